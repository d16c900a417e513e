"""Derive's own margins of a portfolio in one underlying.

The models ``derive_pmrm`` and ``derive_standard`` approximate them, because both treat each expiry separately. These
figures are private information beside a requirement; no row and no proof depends on them.

The formulas are those of derivexyz/v2-core, ``src/risk-managers/PMRMLib_2.sol`` and ``StandardManager.sol``, the
parameters those of its ``scripts/config-mainnet.sol`` (``getPMRM2Params``, ``getSRMParams``). Left out is only what
raises a margin: PMRM's two skew scenarios, a low confidence of oracles, a lost peg of the stablecoin, and the standard
margin's extra terms of puts deep in the money. So the results are lower bounds of the venue's, at an interest rate
of 0 and for collateral that the scenarios do not hedge.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from .model import Model

__all__ = ["Leg", "Linear", "portfolio_margin", "standard_margin"]

_ZERO = Fraction(0)

_LOSS_FACTOR = Fraction("0.8")
"""The part of the worst loss that is maintenance margin (mmFactor); all of it is initial margin (imFactor)."""

_PERPETUAL = (Fraction("0.03"), Fraction("0.04"))
"""Of the spot value of perpetuals, in maintenance and initial margin."""

_SHORT = (Fraction("0.003"), Fraction("0.005"))
"""Of the spot price, for each net short option of a strike."""

_DISCOUNT, _DISCOUNT_RATE = 0.95, 0.16
"""The static discount of an expiry of positive value: 0.95 exp(-0.16 years)."""

_MARKUP = 1.05
"""That of one of negative value is min(1.05 exp(0.16 years), exp(rate years)): 1 at a rate of 0."""

_BASIS, _BASIS_YEARLY = Fraction("0.5"), Fraction(2)
"""The part of an expiry's loss in a basis scenario that is charged, and its growth per year."""

_BASIS_MOVES = (Fraction("0.045"), Fraction("-0.045"))

_UNPAIRED = (Fraction("1.1"), Fraction("1.2"))
"""Of the forward, for each net short call beyond the largest loss."""


# No repr: legs are as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class Leg:
    """A position in an option. Amounts are of the whole position, in the quote currency.

    Attributes
    ----------
    years : Fraction
        To its expiry.
    strike : Fraction
    is_call : bool
    units : Fraction
        Of the underlying; negative if short.
    value : Fraction
        At the mark.
    gains : tuple of Fraction
        In each scenario of the model, before the cover; empty if it has none.
    charge : Fraction
        The isolated charge per unit beyond the mark, if it is short; used by the standard margin.
    """

    years: Fraction
    strike: Fraction
    is_call: bool
    units: Fraction
    value: Fraction
    gains: tuple[Fraction, ...] = ()
    charge: Fraction = _ZERO


@dataclass(frozen=True, slots=True, repr=False)
class Linear:
    """Positions in perpetuals and futures: their size in units of the underlying, and their gains as those of `Leg`."""

    units: Fraction
    gains: tuple[Fraction, ...]


def portfolio_margin(
    legs: Sequence[Leg], linear: Sequence[Linear], spot: Fraction, model: Model, *, initial: bool
) -> Fraction:
    """Return a lower bound of Derive's portfolio margin (PMRM, version 2), which the equity must cover.

    Parameters
    ----------
    legs, linear : Sequence
        The positions in one underlying.
    spot : Fraction
        Its index price.
    model : Model
        ``derive_pmrm``, whose scenarios the gains have.
    initial : bool
        Initial margin instead of maintenance margin.

    Returns
    -------
    Fraction
        In the quote currency.
    """
    scenarios = range(len(model.scenarios))
    gains = [float(sum(one.gains[s] for one in linear)) for s in scenarios]
    up, down = (_unshocked(model, move) for move in _BASIS_MOVES)
    basis, short = _ZERO, _ZERO
    for years, held in _by_expiry(legs):
        now = _total(one.value for one in held)
        changes = [_total(one.gains[s] for one in held) for s in scenarios]
        for s, change in enumerate(changes):
            gains[s] += float(now + change) * _factor(now + change, years) - float(now)
        basis += (_BASIS + _BASIS_YEARLY * years) * max(_ZERO, -changes[up], -changes[down])
        short += _net_short(held)
    damped = (float(one.weight(model.default) / _LOSS_FACTOR) for one in model.scenarios)
    worst = max(basis, *(Fraction(-part * gain) for part, gain in zip(damped, gains, strict=True)))
    charges = _total(abs(one.units) for one in linear) * _PERPETUAL[initial] + short * _SHORT[initial]
    return worst * (1 if initial else _LOSS_FACTOR) + charges * spot


def standard_margin(legs: Sequence[Leg], forwards: Mapping[Fraction, Fraction], *, initial: bool) -> Fraction:
    """Return a lower bound of Derive's standard margin of options, as equity that contains their marks must cover it.

    An expiry needs its isolated margins, or its largest loss at settlement if that is smaller. The venue asks for
    cash and does not count long options; as the equity does, their marks are added.

    Parameters
    ----------
    legs : Sequence of Leg
        The options in one underlying.
    forwards : Mapping of Fraction to Fraction
        Forwards by years to expiry. Where one is missing, net short calls add nothing to the largest loss.
    initial : bool
        Initial margin instead of maintenance margin; the legs' charges are then those of initial margin.

    Returns
    -------
    Fraction
        In the quote currency.
    """
    total = _ZERO
    for years, held in _by_expiry(legs):
        isolated = _total(-one.units * one.charge - one.value for one in held if one.units < 0)
        loss = -min(_ZERO, *(_settled(held, price) for price in (_ZERO, *(one.strike for one in held))))
        calls = _total(one.units for one in held if one.is_call)
        loss += max(_ZERO, -calls) * _UNPAIRED[initial] * forwards.get(years, _ZERO)
        total += min(isolated, loss) + _total(one.value for one in held)
    return total


def _factor(value: Fraction, years: Fraction) -> float:
    growth = math.exp(_DISCOUNT_RATE * float(years))
    return _DISCOUNT / growth if value >= 0 else min(_MARKUP * growth, 1.0)


def _unshocked(model: Model, move: Fraction) -> int:
    """Return the number of the scenario with a price move and no move of the volatility."""
    return next(
        number
        for number, one in enumerate(model.scenarios)
        if one.move(model.default) == move and one.volatility == 0
    )


def _settled(held: Iterable[Leg], price: Fraction) -> Fraction:
    """Return the value of options at a settlement price."""
    return _total(
        one.units * max(_ZERO, price - one.strike if one.is_call else one.strike - price) for one in held
    )


def _by_expiry(legs: Sequence[Leg]) -> list[tuple[Fraction, list[Leg]]]:
    ordered = sorted(legs, key=lambda one: one.years)
    return [(years, list(held)) for years, held in groupby(ordered, key=lambda one: one.years)]


def _net_short(held: Iterable[Leg]) -> Fraction:
    """Return the net short options of an expiry, calls and puts of a strike together."""
    units: dict[Fraction, Fraction] = defaultdict(Fraction)
    for one in held:
        units[one.strike] += one.units
    return _total(max(_ZERO, -net) for net in units.values())


def _total(numbers: Iterable[Fraction]) -> Fraction:
    return sum(numbers, _ZERO)
