"""Derive's portfolio margin (PMRM, version 2) by its formulas, in floats.

It is independent of `zkmargin.risk`: prices are QuantLib's, and each option is shocked by itself. The formulas are
those of derivexyz/v2-core, ``src/risk-managers/PMRMLib_2.sol``, and the parameters those of its
``scripts/config-mainnet.sol`` (``getDefaultPM2Scenarios``, ``getPMRM2Params``). Collateral, low confidence of a feed
and loss of the peg are omitted.

Amounts are in the quote currency; equity must exceed the requirement.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import QuantLib

DAY = 1 / 365


@dataclass(frozen=True)
class Holding:
    """A position in an option: `years` to expiry, signed `amount` in units of the underlying."""

    years: float
    forward: float
    strike: float
    is_call: bool
    volatility: float
    amount: float


@dataclass(frozen=True)
class Portfolio:
    """The positions in one underlying; `rates` are annual, by years to expiry, by default 0."""

    spot: float
    options: tuple[Holding, ...] = ()
    perpetual: float = 0.0
    perpetual_price: float = 0.0
    rates: Mapping[float, float] = field(default_factory=dict)

    def expiries(self) -> list[tuple[float, list[Holding]]]:
        by_expiry = defaultdict(list)
        for one in self.options:
            by_expiry[one.years].append(one)
        return sorted(by_expiry.items())


@dataclass(frozen=True)
class Scenario:
    spot: float
    volatility: str
    dampening: float = 1.0


def _regular() -> tuple[Scenario, ...]:
    inner = [
        Scenario(1 + move / 1000, direction)
        for move in (135, 90, 45, 0, -45, -90, -135)
        for direction in ("up", "none", "down")
    ]
    return (Scenario(1.18, "up"), *inner, Scenario(0.82, "up"))


TAILS = (
    (0.34, 0.21),
    (0.67, 0.42),
    (1.5, 0.2772),
    (2, 0.1386),
    (3, 0.0693),
    (4, 0.0462),
    (5, 0.03465),
    (6, 0.02772),
)


@dataclass(frozen=True)
class Parameters:
    """The contract's parameters with its names in words; the defaults are those of the mainnet."""

    scenarios: tuple[Scenario, ...] = (
        *_regular(),
        *(Scenario(spot, "up", dampening) for spot, dampening in TAILS),
        Scenario(1, "linear"),
        Scenario(1, "abs"),
    )
    range_up: float = 0.5
    range_down: float = 0.3
    powers: tuple[float, float] = (0.3, 0.13)
    least_up: float = 0.4
    skew_cap: Mapping[str, tuple[float, float]] = field(
        default_factory=lambda: {"linear": (0.25, -0.1), "abs": (0.25, -0.1)}
    )
    skew_width: tuple[float, float, float, float] = (0.01, 4, 0.6, 0)
    discount: tuple[float, float, float] = (0.95, 0, 0.16)
    markup: tuple[float, float, float] = (1.05, 0, 0.16)
    basis_moves: tuple[float, float] = (1.045, 0.955)
    basis_factor: tuple[float, float] = (0.5, 2)
    loss_factor: tuple[float, float] = (0.8, 1.0)
    perpetual_part: tuple[float, float] = (0.03, 0.01)
    option_part: tuple[float, float] = (0.003, 0.002)


MAINNET = Parameters()


@dataclass(frozen=True)
class Margin:
    """A margin; `losses` are by scenario, before the loss factor, with negative gains."""

    losses: tuple[float, ...]
    basis: float
    maintenance: float
    initial: float


def margin(portfolio: Portfolio, parameters: Parameters = MAINNET) -> Margin:
    """Return the margin of a portfolio."""
    losses = tuple(-scenario_gain(portfolio, one, parameters) for one in parameters.scenarios)
    basis = -sum(_basis_gain(years, held, portfolio, parameters) for years, held in portfolio.expiries())
    perpetuals = abs(portfolio.perpetual) * portfolio.spot
    naked = sum(_naked(held) for _, held in portfolio.expiries()) * portfolio.spot
    worst = max(basis, *losses)
    parts = [
        perpetuals * perpetual + naked * option
        for perpetual, option in zip(parameters.perpetual_part, parameters.option_part, strict=True)
    ]
    maintenance, initial = parameters.loss_factor
    return Margin(losses, basis, worst * maintenance + parts[0], worst * initial + sum(parts))


def scenario_gain(portfolio: Portfolio, scenario: Scenario, parameters: Parameters = MAINNET) -> float:
    """Return the gain of a scenario over the present value, with dampening."""
    gain = portfolio.perpetual * portfolio.perpetual_price * (scenario.spot - 1) * scenario.dampening
    for years, held in portfolio.expiries():
        discount = math.exp(-portfolio.rates.get(years, 0) * years)
        now = discount * sum(one.amount * _price(one, one.forward, one.volatility) for one in held)
        then = discount * sum(
            one.amount
            * _price(one, one.forward * scenario.spot, shocked(one, scenario.volatility, parameters))
            for one in held
        )
        part = static_discounts(years, portfolio.rates.get(years, 0), parameters)[then < 0]
        change = (then * part - now) * scenario.dampening
        gain += -abs(change) if scenario.volatility in parameters.skew_cap else change
    return gain


def static_discounts(years: float, rate: float, parameters: Parameters = MAINNET) -> tuple[float, float]:
    """Return the factors of an expiry's value for positive and for negative values."""
    base, times, plus = parameters.discount
    positive = base * math.exp(-years * (rate * times + plus))
    base, times, plus = parameters.markup
    negative = base * math.exp(years * (rate * times + plus))
    return positive, min(negative, math.exp(rate * years))


def shocked(one: Holding, direction: str, parameters: Parameters = MAINNET) -> float:
    """Return an option's volatility in a scenario."""
    scale = (30 * DAY / max(one.years, DAY)) ** parameters.powers[one.years > 30 * DAY]
    if direction == "up":
        return max(one.volatility * (1 + parameters.range_up * scale), parameters.least_up)
    if direction == "down":
        return one.volatility * max(1 - parameters.range_down * scale, 0)
    return one.volatility * (1.0 if direction == "none" else skew_multiplier(one, direction, parameters))


def skew_multiplier(one: Holding, direction: str, parameters: Parameters = MAINNET) -> float:
    """Return the factor of an option's volatility in a skew scenario."""
    root = math.sqrt(one.years)
    base, slope = parameters.skew_cap[direction]
    cap = base + slope * root
    least, width, level, level_slope = parameters.skew_width
    reach = max(least, root * width * (level + level_slope * root))
    moneyness = math.log(one.strike / one.forward)
    tilt = abs(moneyness) if direction == "abs" else moneyness
    return max(1 + max(-cap, min(cap, tilt * cap / reach)), 0)


def _basis_gain(years: float, held: Sequence[Holding], portfolio: Portfolio, parameters: Parameters) -> float:
    discount = math.exp(-portfolio.rates.get(years, 0) * years)
    now = sum(one.amount * _price(one, one.forward, one.volatility) for one in held)
    changes = [
        sum(one.amount * _price(one, one.forward * move, one.volatility) for one in held) - now
        for move in parameters.basis_moves
    ]
    fixed, yearly = parameters.basis_factor
    return min(0.0, *changes) * discount * (fixed + yearly * years)


def _naked(held: Sequence[Holding]) -> float:
    """Return the net short options of an expiry by strike."""
    by_strike: dict[float, list[float]] = defaultdict(list)
    for one in held:
        by_strike[one.strike].append(one.amount)
    return sum(max(0.0, -sum(amounts)) for amounts in by_strike.values())


def _price(one: Holding, forward: float, volatility: float) -> float:
    kind = QuantLib.Option.Call if one.is_call else QuantLib.Option.Put
    return QuantLib.blackFormula(kind, one.strike, forward, volatility * math.sqrt(one.years))
