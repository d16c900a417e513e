"""Derive's standard margin: the model equals the venue's test cases and is never below the venue's margin."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from support.venues import CHAIN, LOT, MICRO, margin, market, needed, option, perpetual, table
from zkmargin.risk import load_model
from zkmargin.risk.charges import Charge, Charges, Term
from zkmargin.venue_data import Option, Right

STANDARD, STANDARD_INITIAL = load_model("derive_standard"), load_model("derive_standard_initial")
UNIT = float(LOT)
CALL, PUT = Right.CALL, Right.PUT

# derivexyz/v2-core, test-cases-2.json of the standard manager's tests, spot 2000, in dollars; with the rates
# of those tests, 7.5 % and 15 to 10 %. Marks are what is left of the maintenance margin there.
DERIVE_CASES = {
    "short_OTM_call": (option(2500, CALL, days=18, forward=2000, volatility=0.4615), -1, 151, 201),
    "short_OTM_put": (option(1100, PUT, days=11, forward=2000, volatility=0.5), -1, 150, 200),
    "short_ITM_call": (option(1500, CALL, days=11, forward=2002, volatility=0.2), -1, 652, 802),
    "short_ITM_put": (option(3000, PUT, days=11, forward=2003, volatility=0.2), -2, 2294, 2594),
}


def _with_options(model, *short: Term):
    charge = Charge(short=short, add_on=(Term(mark=Decimal(1)),))
    default = replace(model.default, charges=Charges(call=charge, put=charge))
    return replace(model, default=default, underlyings=MappingProxyType({}))


@pytest.mark.parametrize("case", DERIVE_CASES)
def test_the_cases_of_derive(case):
    held, units, maintenance, initial = DERIVE_CASES[case]
    minus = Decimal(-1)
    models = (
        _with_options(STANDARD, Term(index=Decimal("0.075"), mark=minus)),
        _with_options(
            STANDARD_INITIAL,
            Term(index=Decimal("0.10"), mark=minus),
            Term(index=Decimal("0.15"), mark=minus, out_of_the_money=minus),
        ),
    )
    mark = -units * float(held.mark)
    for model, expected, rate in zip(models, (maintenance, initial), (0.075, 0.15), strict=True):
        beyond = max(0.0, mark + units * rate * 2000)  # of a mark above the rate
        found = needed(market(held), model, {0: 100 * units})
        assert found == pytest.approx(expected + beyond, abs=1)


def _isolated(one: Option, units: float, *, initial: bool) -> float:
    """Return Derive's isolated margin of an option on ETH at spot 2000, including its mark."""
    spot, mark = 2000.0, float(one.mark)
    if units >= 0:
        return 0.0
    is_call = one.right == CALL
    maintenance = mark + (0.09 * spot if is_call else max(0.09 * spot, 0.09 * mark))
    if not initial:
        return -units * maintenance
    distance = max(0.0, float(one.strike) - spot if is_call else spot - float(one.strike))
    simple = mark + max(0.15 * spot - distance, 0.13 * spot)
    return -units * (simple if is_call else max(simple, 1.05 * maintenance))


DERIVE_CHAIN = (perpetual(2003), *CHAIN[1:], option(1500, CALL, days=40), option(4500, PUT, days=40))
DERIVE_ROWS = {
    model.name: table(market(*DERIVE_CHAIN), model) for model in (STANDARD, STANDARD_INITIAL)
}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "perpetual_rate"), [("derive_standard", 0.05), ("derive_standard_initial", 0.066)]
)
@given(lots=st.lists(st.integers(-500, 500), min_size=8, max_size=8))
def test_derive_standard_is_never_below_the_isolated_margins(model, perpetual_rate, lots):
    initial = model.endswith("initial")
    units = [UNIT * number for number in lots]
    options = list(zip(DERIVE_CHAIN[1:], units[1:], strict=True))
    venue = abs(units[0]) * perpetual_rate * 2003
    venue += sum(_isolated(one, unit, initial=initial) for one, unit in options)
    # A short option whose mark is above its charge is charged the mark.
    beyond = sum(
        -unit * max(0.0, float(one.mark) - (_isolated(one, -1, initial=initial) - float(one.mark)))
        for one, unit in options
        if unit < 0
    )
    result = margin(DERIVE_ROWS[model], dict(enumerate(lots)))
    perpetual_mark = units[0] * 2003  # equity of a perpetual is cash and mark; here there is no cash
    ours = result.requirement / MICRO - result.equity / MICRO**2 + perpetual_mark
    assert ours == pytest.approx(venue + beyond, abs=1e-5 * sum(map(abs, lots)) + 1e-6)


@given(lots=st.lists(st.integers(-500, 500), min_size=8, max_size=8))
@example([0, 0, -100, 0, 0, 0, 0, 0])  # 15 % over 9 %
def test_the_multiple_of_derive_standard_bounds_its_initial_margin(lots):
    ours, exact = (margin(rows, dict(enumerate(lots))).requirement for rows in DERIVE_ROWS.values())
    assert ours * STANDARD.initial_bps >= (exact - 10 * sum(map(abs, lots))) * 10_000
