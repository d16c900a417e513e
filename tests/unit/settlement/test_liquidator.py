"""The liquidator discloses whatever account its owner has made, by a circuit of the market."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError, spec
from zkmargin.account.opened import opening_of
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.instances import instances
from zkmargin.settlement.roles import liquidator as module
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


def test_attack_a_short_view_key_does_not_keep_an_account_from_its_auction(monkeypatch):
    """The circuits take every view key of 248 bits; account files refuse those below 2^128."""

    class Unproven:
        def __init__(self, _prover):
            pass

        def prove(self, opened, data, **_):
            signals = SimpleNamespace(account_commitment=commit(opening_of(opened, data)[1]))
            return SimpleNamespace(statement=SimpleNamespace(signals=signals))

    def commit(opening):
        return spec.commitment(opening, fast_hasher())

    monkeypatch.setattr(module, "MarginProver", Unproven)
    auctions = SimpleNamespace(context=lambda _number: 5)
    market = SimpleNamespace(disclosures=DISCLOSING, claims=(), auctions=auctions)
    for view_key in (0, 1, 2**128 - 1, 2**248 - 1):
        opening = replace(OPENING, view_key=view_key)
        proof, elements = Liquidator(market, book=None)._disclosed(opening, snapshot())
        assert proof.statement.signals.account_commitment == commit(opening)
        assert spec.account_of(elements) == opening
