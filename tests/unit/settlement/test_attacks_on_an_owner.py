"""Nodes that lie to an owner: nothing is sent that the owner did not mean."""

from __future__ import annotations

from decimal import Decimal
from types import SimpleNamespace

import pytest

from zkmargin import ChainError, InputError, spec
from zkmargin.account.funds import Funds
from zkmargin.contracts.house_values import HouseState
from zkmargin.settlement.book import Book
from zkmargin.settlement.roles.holder import Holder
from zkmargin.settlement.roles.owner import Owner

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


def test_attack_a_token_that_refuses_the_second_deposit_does_not_make_the_first_be_repeated(monkeypatch):
    deposited = []

    def deposit(number, slot, micro):
        if deposited:
            raise ChainError("deposit: reverted: CapExceeded")
        deposited.append((number, slot, micro))
        return 5

    names = {"cash": spec.CASH, "ETH": 2}
    market = SimpleNamespace(
        house=SimpleNamespace(deposit=deposit, is_called=lambda _number: False),
        deployment=SimpleNamespace(slot=names.get),
        asset_name={slot: name for name, slot in names.items()}.get,
        allow=lambda _amounts: None,
    )
    owner = Owner(market)
    monkeypatch.setattr(owner, "_own", lambda _number: SimpleNamespace(state=HouseState.OPEN))
    for name in ("_require_running", "_require_balance", "_require_room"):
        monkeypatch.setattr(owner, name, lambda *_: None)
    with pytest.raises(ChainError, match=r"CapExceeded; deposited already: 2\.5 cash"):
        owner.deposit(1, Funds("cash", Decimal("2.5")), Funds("ETH", Decimal(1)))
    with pytest.raises(ChainError, match=r"CapExceeded$"):
        owner.deposit(1, Funds("ETH", Decimal(1)))
