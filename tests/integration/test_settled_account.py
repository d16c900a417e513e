"""An account that holds what has expired can be proven, in health and in default, and traded into cash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.circuits import margin_instance
from support.expired_venue_data import AFTER, BEFORE, DAY, EXPIRING, LIVE, PRICES, account, listed
from support.margin_values import KEYS, VIEW_KEY
from zkmargin import InputError, MarginProver, Requirement, Snapshot, StatementError, load_model
from zkmargin.account.report import margin_report
from zkmargin.proofs.transition import Change, TransitionProver
from zkmargin.spec import STANDARD
from zkmargin.venue_data import expire

SPAN = load_model("span")
POSITIONS = {"1900-C": "-3", "PERP": "0.5"}


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


@pytest.fixture(scope="module")
def prover():
    margin_instance("margin_13")
    return MarginProver(keys=KEYS)


@pytest.fixture(scope="module")
def venue_data(tmp_path_factory):
    """Return the venue data before the expiry, after it, and without the expired instruments."""
    folder = tmp_path_factory.mktemp("venue_data")
    before = listed(folder, LIVE + EXPIRING, BEFORE)
    after = expire(before, listed(folder, LIVE, AFTER, before), PRICES)
    return before, after, listed(folder, LIVE, AFTER + 7 * DAY, after)


@pytest.fixture(scope="module")
def snapshots(venue_data):
    return [Snapshot.build(one, SPAN) for one in venue_data]


def test_health_and_default_are_proven_after_the_expiry(prover, snapshots):
    before, after, _ = snapshots
    # The option sold costs 450.75, the perpetual is worth 1020: 569.25 and the cash.
    rich, poor = account("1000", POSITIONS), account("-500", POSITIONS)
    assert rich.commitment(before) == rich.commitment(after)
    proof = prover.prove(rich, after, Requirement.INITIAL, context=5)
    proof.verify(after, commitment=rich.commitment(before), requirement=Requirement.INITIAL, context=5)
    assert proof.instance.name == "margin_13"
    with pytest.raises(StatementError, match="not healthy"):
        prover.prove(poor, after, context=5)
    default = prover.prove(poor, after, context=5, allow_unhealthy=True)
    default.verify(after, context=5, allow_unhealthy=True)
    assert not default.healthy


def test_a_trade_at_the_mark_turns_it_into_cash(prover, snapshots):
    _, after, over = snapshots
    margin_instance("transition")
    old = account("1000", POSITIONS)
    (lots,) = [
        one.lots for one in old.opening(after).positions if one.instrument == after.listing("1900-C").id
    ]
    paid = Decimal(lots * after.row("1900-C").slots[STANDARD.mark]) / 10**6
    held = old.holding({"PERP": Decimal("0.5")})
    new = replace(held, nonce=2, view_key=VIEW_KEY + 1, cash=old.cash + paid)
    assert paid == Decimal("-450.75")
    assert new.commitment(after) == new.commitment(over)
    TransitionProver(keys=KEYS).prove(old, new, after, change=Change(), context=5)
    reports = [margin_report(one, after) for one in (old, new)]
    assert len({(one.equity, one.maintenance) for one in reports}) == 1
    prover.prove(new, over, Requirement.INITIAL, context=5).verify(over, context=5)


def test_nothing_is_proven_of_it_once_the_row_has_left(prover, snapshots):
    with pytest.raises(InputError, match="the snapshot has no such instrument"):
        prover.prove(account("1000", POSITIONS), snapshots[2], context=5)
