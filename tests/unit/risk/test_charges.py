"""Charges in model files: terms, kinds of instrument, leverage tiers."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.risk import Charge, Charges, Term, Tier, Tiers
from zkmargin.risk.charges import Bases, read_charges, write_charges

BASES = Bases(
    index=Fraction(2000),
    mark=Fraction(50),
    delta=Fraction(700),
    out_of_the_money=Fraction(90),
    delta_years=Fraction(350),
)
NONE = Charges()


def _read(text: str, inherited: Charges = NONE) -> Charges:
    return read_charges(Field(tomllib.loads(text), "x.toml", "charges"), inherited)


def _term(**rates: str) -> Term:
    return Term(**{name: Decimal(rate) for name, rate in rates.items()})


def test_a_term_is_the_sum_of_its_rates_times_their_bases():
    assert _term(index="0.15", out_of_the_money="-1").value(BASES) == 300 - 90
    assert _term(mark="0.1", delta="0.02").value(BASES) == 5 + 14
    assert _term(delta="0.01", delta_years="0.06").value(BASES) == 7 + 21
    assert Term().value(BASES) == 0


def test_the_largest_term_counts_and_at_least_0():
    charge = Charge(
        short=(_term(index="0.15", out_of_the_money="-1"), _term(index="0.13")), add_on=(_term(mark="-1"),)
    )
    assert charge.short_floor(BASES) == 260
    near = replace(BASES, out_of_the_money=Fraction(10))
    assert charge.short_floor(near) == 290
    assert charge.contingency(BASES) == 0
    assert (Charge().short_floor(BASES), Charge().contingency(BASES)) == (0, 0)


def test_an_option_charge_applies_to_calls_and_puts_without_their_own():
    charges = _read(
        'option.short = [{ index = "0.03" }]\nput.short = [{ mark = "1" }]\n'
        'future.add_on = [{ delta = "0.01" }]'
    )
    assert charges == Charges(
        call=Charge(short=(_term(index="0.03"),)),
        put=Charge(short=(_term(mark="1"),)),
        future=Charge(add_on=(_term(delta="0.01"),)),
    )


def test_a_named_kind_replaces_the_inherited_charge():
    inherited = _read('call.short = [{ index = "0.03" }]\nperpetual.add_on = [{ index = "0.01" }]')
    assert _read("", inherited) == inherited
    assert _read("option = {}", inherited) == Charges(perpetual=inherited.perpetual)
    assert _read('call.add_on = [{ mark = "1" }]', inherited).call == Charge(add_on=(_term(mark="1"),))


TIERS = """
[perpetual]
position_limit = "100000"
tiers = [{ up_to = "50000", rate = "0.004" }, { up_to = "250000.0", rate = "0.005" }]
"""


def test_tiers_charge_their_effective_rate_at_the_limit():
    # 50 000 at 0.4 % and 50 000 at 0.5 %: 450 of 100 000.
    charge = _read(TIERS).perpetual
    assert charge.tiers == Tiers(
        (Tier(Decimal(50_000), Decimal("0.004")), Tier(Decimal(250_000), Decimal("0.005"))), Decimal(100_000)
    )
    assert charge.tiers.rate == Fraction(45, 10_000)
    assert charge.contingency(BASES) == 50 * Fraction(45, 10_000)


RATES = st.lists(st.decimals(0, "0.5", places=4), min_size=1, max_size=6).map(sorted)
WIDTHS = st.lists(st.decimals("0.01", 10**6, places=2), min_size=6, max_size=6).map(
    lambda one: list(accumulate(one))
)
PARTS = st.fractions(0, 1)


@given(RATES, WIDTHS, PARTS, PARTS)
def test_the_charge_is_never_below_the_schedule_up_to_the_limit(rates, ends, part, smaller):
    tiers = tuple(Tier(end, rate) for end, rate in zip(ends, rates, strict=False))
    limit = max(Decimal("0.01"), round(tiers[-1].up_to * Decimal(float(part)), 2))
    schedule = Tiers(tiers, min(limit, tiers[-1].up_to))
    notional = smaller * Fraction(schedule.position_limit)
    assert schedule.requirement(notional) <= schedule.rate * notional
    assert schedule.requirement(Fraction(schedule.position_limit)) == schedule.rate * Fraction(
        schedule.position_limit
    )
    # Binance prints the same schedule as rate * n less a constant for each tier.
    number = next(i for i, tier in enumerate(tiers) if notional <= tier.up_to)
    deduction = sum(
        (Fraction(tiers[i].up_to) * Fraction(tiers[i + 1].rate - tiers[i].rate) for i in range(number)),
        Fraction(0),
    )
    assert schedule.requirement(notional) == Fraction(tiers[number].rate) * notional - deduction


@pytest.mark.parametrize(
    "text",
    [
        "",
        'option.short = [{ index = "0.150", out_of_the_money = "-1" }, { index = "0.13" }]',
        TIERS + 'short = [{ index = "0.01" }]',
        'future.add_on = [{ delta = "0.008" }, { delta_years = "0.06" }]',
    ],
)
def test_charges_survive_their_json(text):
    charges = _read(text)
    assert read_charges(Field(write_charges(charges), "x"), NONE) == charges


@pytest.mark.parametrize(
    ("text", "key", "reason"),
    [
        ("swap = {}", "swap", "unknown key"),
        ("option = 1", "option", "expected an object"),
        ("option.long = []", "option.long", "unknown key"),
        ("option.tiers = []", "option.tiers", "unknown key"),
        ("call.position_limit = '1'", "call.position_limit", "unknown key"),
        ("option.short = {}", "option.short", "expected a list"),
        ("option.short = [{}]", "option.short[0]", "expected a rate of index"),
        ("option.short = [{ index = '0' }]", "option.short[0]", "expected a rate of index"),
        ("option.short = [{ strike = '1' }]", "option.short[0].strike", "unknown key"),
        ("option.short = [{ index = 0.1 }]", "option.short[0].index", "as a decimal string"),
        ("future.tiers = []", "future.position_limit", "missing"),
        ("future.position_limit = '1'", "future.tiers", "missing"),
        ("future = { tiers = [], position_limit = '1' }", "future.tiers", "expected at least one tier"),
        (
            "future = { tiers = [], position_limit = '1', add_on = [] }",
            "future.add_on",
            "together with tiers",
        ),
        (
            TIERS.replace('"250000.0"', '"50000"'),
            "perpetual.tiers[1].up_to",
            "must be above the previous tier",
        ),
        (TIERS.replace('"50000"', '"0"'), "perpetual.tiers[0].up_to", "must be above"),
        (
            TIERS.replace('"0.005"', '"0.003"'),
            "perpetual.tiers[1].rate",
            "must not be below the previous tier",
        ),
        (TIERS.replace('"0.004"', '"-0.004"'), "perpetual.tiers[0].rate", "below"),
        (TIERS.replace('"100000"', '"250001"'), "perpetual.position_limit", "within the last tier"),
        (TIERS.replace('"100000"', '"0"'), "perpetual.position_limit", "must be above 0"),
    ],
)
def test_malformed_charges_are_refused_with_their_key(text, key, reason):
    with pytest.raises(InputError, match=reason) as caught:
        _read(text)
    assert caught.value.key == f"charges.{key}"
