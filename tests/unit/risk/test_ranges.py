"""Volatility scan ranges by days to expiry."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.risk import Charge, Charges, Ranges, Term, load_model
from zkmargin.risk.ranges import VolatilityTerm, read_ranges, write_ranges

PARTS = st.tuples(*[st.decimals("0.01", 2, places=2)] * 2)
POWERS = st.tuples(*[st.decimals(0, 1, places=2)] * 2)
DAYS = st.floats(0, 2000)
NUMBERS = st.decimals(0, 5, places=4)
RATES = dict.fromkeys(
    ("index", "mark", "delta", "out_of_the_money", "delta_years"), st.decimals(-1, 1, places=4)
)
TERMS = st.lists(st.builds(Term, **RATES).filter(lambda one: one != Term()), max_size=2).map(tuple)
CHARGES = st.builds(Charge, short=TERMS, add_on=TERMS)


def _ranges(parts: tuple[Decimal, Decimal], powers: tuple[Decimal, Decimal]) -> Ranges:
    return Ranges(Decimal(0), *parts, volatility_term_powers=powers)


@pytest.mark.parametrize(("model", "up", "down"), [("deribit", 0.5, 0.25), ("paradex", 0.4, 0.22)])
@pytest.mark.parametrize(
    ("days", "term"),
    # 30^0.3 up to one day, 10^0.3, 2^0.3, 1, 2^-0.13 and 12^-0.13.
    [(0, 2.774191), (1, 2.774191), (3, 1.995262), (15, 1.231144), (30, 1), (60, 0.913831), (360, 0.723946)],
)
def test_published_ranges_by_days_to_expiry(model, up, down, days, term):
    ranges = load_model(model).ranges("BTC")
    assert ranges.volatility_range(days) == pytest.approx((up * term, down * term), rel=1e-6)


@pytest.mark.parametrize(
    ("days", "part"), [(0.5, 0.693548), (1, 0.693548), (3, 0.498816), (30, 0.25), (31, 0.25), (400, 0.25)]
)
def test_the_range_of_span_rises_below_30_days_only(days, part):
    assert load_model("span").ranges("BTC").volatility_range(days) == pytest.approx((part, part), rel=1e-5)


@given(PARTS, POWERS, DAYS, DAYS)
def test_a_range_is_positive_and_never_rises_with_the_days_to_expiry(parts, powers, one, other):
    ranges = _ranges(parts, powers)
    near, far = (ranges.volatility_range(days) for days in sorted((one, other)))
    assert all(early >= late > 0 for early, late in zip(near, far, strict=True))


@given(PARTS, POWERS)
def test_a_range_is_the_given_one_at_30_days_and_without_powers_always(parts, powers):
    up_and_down = tuple(float(part) for part in parts)
    assert _ranges(parts, powers).volatility_range(30) == up_and_down
    flat = _ranges(parts, (Decimal(0), Decimal(0)))
    assert flat.volatility_range(2) == flat.volatility_range(700) == up_and_down


@given(st.tuples(*[NUMBERS] * 5), POWERS, st.tuples(*[CHARGES] * 4))
def test_ranges_survive_their_json(numbers, powers, charges):
    ranges = Ranges(*numbers, powers, Charges(*charges))
    assert read_ranges(Field(write_ranges(ranges), "x"), None) == ranges


TERMS_TABLE = (
    VolatilityTerm(Decimal(10), Decimal(2), Decimal("0.5")),
    VolatilityTerm(Decimal(30), Decimal(1), Decimal(1)),
    VolatilityTerm(Decimal(90), Decimal("0.4"), Decimal(0)),
)


@pytest.mark.parametrize(
    ("days", "part", "points"),
    [(0, 2, 0.5), (10, 2, 0.5), (20, 1.5, 0.75), (30, 1, 1), (60, 0.7, 0.5), (90, 0.4, 0), (1000, 0.4, 0)],
)
def test_terms_are_linear_between_their_days_and_constant_outside(days, part, points):
    ranges = replace(
        _ranges((Decimal("0.3"), Decimal("0.2")), (Decimal(0), Decimal(0))),
        volatility_points=Decimal("0.1"),
        volatility_terms=TERMS_TABLE,
    )
    assert ranges.volatility_range(days) == pytest.approx((0.3 * part, 0.2 * part))
    assert ranges.points(days) == pytest.approx(0.1 * points)
    assert read_ranges(Field(write_ranges(ranges), "x"), None) == ranges
    # A snapshot of a model without them has the parameters that it had before there were any.
    plain = write_ranges(replace(ranges, volatility_terms=(), volatility_points=Decimal(0)))
    assert not {"volatility_terms", "volatility_points"} & set(plain)


def test_terms_must_ascend():
    ranges = replace(load_model("span").default, volatility_terms=(TERMS_TABLE[1], TERMS_TABLE[1]))
    with pytest.raises(InputError, match=r"volatility_terms\[1\].days: must be above the previous term"):
        read_ranges(Field(write_ranges(ranges), "x"), None)
    with pytest.raises(InputError, match="volatility_terms: expected at least one term"):
        read_ranges(Field({**write_ranges(ranges), "volatility_terms": []}, "x"), None)
