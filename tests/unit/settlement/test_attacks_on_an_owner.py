"""Nodes that lie to an owner: nothing is sent that the owner did not mean."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from zkmargin import InputError, spec
from zkmargin.settlement.book import Book
from zkmargin.settlement.roles.holder import Holder

VENUE, OTHER = (spec.trading_key(bytes([n]) * 32) for n in (1, 2))


def test_attack_a_node_that_names_a_venue_key_of_its_own(tmp_path):
    """The view key would be sealed to the node, which could read the account for ever."""
    sent = []
    house = SimpleNamespace(
        standing=lambda: SimpleNamespace(ended=False),
        venue_key=lambda: OTHER,
        register=lambda: sent.append("register"),
        count=lambda: 0,
    )
    deployment = SimpleNamespace(venue_key=VENUE, circuits={})
    market = SimpleNamespace(house=house, deployment=deployment, claims=(), sender="0x" + "11" * 20)
    with Book(tmp_path / "book.db") as book:
        with pytest.raises(InputError, match="venue key: another one than in the deployment"):
            Holder(market, book).open(spec.NO_KEY)
        assert (sent, book.accounts()) == ([], {})
