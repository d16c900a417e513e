"""Proofs in a falling market: no option of the book is left out because its quotes contradict each other."""

from __future__ import annotations

from decimal import Decimal

import pytest

from support import crash
from support.circuits import margin_instance
from support.margin_values import KEYS
from zkmargin import MarginProver, Requirement, Snapshot, load_model
from zkmargin.account.report import margin_report
from zkmargin.errors import InputError
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.venue_data import Option
from zkmargin.venues import import_deribit

SPAN = load_model("span")


@pytest.fixture(scope="module")
def venue_data(tmp_path_factory):
    return import_deribit(crash.write(tmp_path_factory.mktemp("crash") / "crash.csv", crash.rows()))


@pytest.fixture(scope="module")
def snapshot(venue_data):
    return Snapshot.build(venue_data, SPAN)


@pytest.fixture(scope="module")
def true(tmp_path_factory):
    """Return the snapshot of the true prices, without stale volatilities and late marks."""
    folder = tmp_path_factory.mktemp("true")
    data = import_deribit(crash.write(folder / "true.csv", crash.rows(stale=(), late=())))
    assert data.estimates == ()
    return Snapshot.build(data, SPAN)


def test_every_option_is_listed_and_the_contradictions_are_estimates(venue_data, snapshot):
    options = [one for _, _, one in venue_data.instruments() if isinstance(one, Option)]
    assert (len(options), venue_data.exclusions) == (40, ())
    assert {one.name for one in venue_data.estimates} == {*crash.STALE, *crash.LATE}
    found = {one.name: one for one in options}
    for name in crash.STALE:
        assert float(found[name].volatility) == pytest.approx(crash.true_volatility(name), abs=1e-4)
    for one in venue_data.estimates:
        low, high = one.volatilities
        assert low <= Decimal(repr(crash.true_volatility(one.name))) <= high + Decimal("1e-4")
    assert verify_snapshot(snapshot, venue_data).holds


def test_the_book_requires_no_less_than_at_the_true_prices(snapshot, true):
    for legs in range(1, 31):
        found, wanted = (margin_report(crash.book(legs), one).maintenance for one in (snapshot, true))
        assert found >= wanted
    # The volatilities of eight legs are off by 30 points, and none of these legs hedges another.
    assert found < wanted * Decimal("1.4")


def test_a_snapshot_of_stale_volatilities_only_is_refused(tmp_path):
    data = import_deribit(crash.write(tmp_path / "stale.csv", crash.rows(stale=tuple(crash.names()))))
    with pytest.raises(InputError, match=r"^estimates: \d\d of 44 instruments are estimates"):
        Snapshot.build(data, SPAN)


@pytest.mark.parametrize(
    ("circuit", "legs"), [("margin_13", 13), pytest.param("margin_30", 30, marks=pytest.mark.slow)]
)
def test_the_book_is_proven(snapshot, circuit, legs):
    margin_instance(circuit)
    account = crash.book(legs)
    proof = MarginProver(keys=KEYS).prove(account, snapshot, Requirement.INITIAL, context=5)
    proof.verify(
        snapshot, commitment=account.commitment(snapshot), requirement=Requirement.INITIAL, context=5
    )
    assert len([name for name in account.positions if name in {*crash.STALE, *crash.LATE}]) == 8
    assert proof.healthy
