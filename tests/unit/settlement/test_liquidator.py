"""The liquidator chooses the circuit of a disclosure among those of the market."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError
from zkmargin.proofs.instances import instances
from zkmargin.settlement.roles.liquidator import Liquidator

OPENING = account().opening(snapshot())
DISCLOSING = tuple(one for one in instances() if one.shape.disclosed)


def chosen(places, *names):
    found = tuple(one for one in DISCLOSING if one.name in names)
    market = SimpleNamespace(disclosures=found, claims=())
    liquidator = Liquidator(market, book=None, places=places)
    return liquidator._disclosing(OPENING, snapshot()).name


def test_fault_15_a_disclosure_has_at_least_so_many_places():
    names = [one.name for one in DISCLOSING]
    assert chosen(0, *names) == "disclosure_13"
    assert chosen(13, *names) == "disclosure_13"
    assert chosen(14, *names) == "disclosure_30"
    # Only circuits of the market count.
    assert chosen(0, "disclosure_64") == "disclosure_64"
    with pytest.raises(
        InputError, match="account 0: positions: no disclosing circuit of the market holds it"
    ):
        chosen(31, "disclosure_13", "disclosure_30")
    with pytest.raises(InputError, match="no disclosing circuit"):
        chosen(0, *(name for name in names if name.startswith("wide")))
