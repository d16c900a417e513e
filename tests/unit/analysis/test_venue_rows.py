"""Rows of an account's instruments from venue data with estimates."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.venues import CHAIN, market
from zkmargin import Account, Snapshot, load_model
from zkmargin.analysis.venue_rows import Shock, check_venue_data, held_rows
from zkmargin.errors import InputError
from zkmargin.risk.stress import stressed
from zkmargin.venue_data import Estimate

ESTIMATES = tuple(
    Estimate(one.name, "stale", None, (one.volatility / 2, one.volatility * 2)) for one in CHAIN[3:5]
)
DATA = replace(market(*CHAIN), estimates=ESTIMATES)
SNAPSHOT = Snapshot.build(DATA, load_model("span"), max_estimated=Decimal(1))


def _opening(*places: int):
    positions = {CHAIN[place].name: Decimal(1) for place in places}
    return Account.new(cash=Decimal(1000), collateral={}, positions=positions).opening(SNAPSHOT)


@pytest.mark.parametrize("places", [(3,), (0, 1, 4), (1, 2)])
def test_rows_of_estimates_cover_their_range(places):
    """An account may hold both estimates, one or none."""
    held = check_venue_data(_opening(*places), SNAPSHOT, DATA)
    assert [one.name for one in held[0].instruments] == [CHAIN[place].name for place in places]
    rows = held_rows(held[0], 0, SNAPSHOT, Shock())
    for place in places:
        assert abs(rows[place].add_on - SNAPSHOT.parts.rows[place].add_on) <= 1


def test_a_shock_of_volatilities_moves_the_range_too():
    held = check_venue_data(_opening(3), SNAPSHOT, DATA)
    data = stressed(DATA, DATA.time, volatility={"ETH": Decimal("0.1")})
    wanted = Snapshot.build(data, load_model("span"), max_estimated=Decimal(1)).parts.rows[3]
    (row,) = held_rows(held[0], 0, SNAPSHOT, Shock(points=0.1)).values()
    assert row.add_on == pytest.approx(wanted.add_on, abs=2)
    assert row.add_on > 100


def test_a_row_without_the_charge_of_its_estimate_is_refused():
    parts = replace(SNAPSHOT.parts, estimates=())
    with pytest.raises(InputError, match="must give the snapshot's rows"):
        check_venue_data(_opening(3), Snapshot.commit(parts), DATA)
