"""Repricing of all instruments of an underlying in all scenarios of a model, in floats.

Options are priced by Black-76 at rate 0, since the forward of each expiry contains the interest. Futures and
perpetuals move with the price. Expired instruments do not change. All prices of an underlying move by the same
fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra
from zkmargin.venue_data.instruments import Expired, Option

from . import black76
from .quotes import SECONDS_PER_YEAR

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.venue_data.instruments import Instrument, Underlying

    from .black76 import Floats
    from .model import Model
    from .ranges import Ranges

__all__ = ["Greeks", "greeks", "instant_gains", "scenario_values"]

_DAYS_PER_YEAR = 365
_SECONDS_PER_DAY = 86400


@dataclass(frozen=True, slots=True)
class Greeks:
    """Sensitivities of one unit of each instrument, in the quote currency; shape (instruments,).

    Attributes
    ----------
    delta : ndarray of float64
        Gain per doubling of the price at today's delta: dV/dF * F.
    gamma : ndarray of float64
        Change of `delta` per 1 % move by the curvature alone: d2V/dF2 * F^2 / 100.
    vega : ndarray of float64
        Gain per volatility point: dV/dvolatility / 100.
    """

    delta: Floats
    gamma: Floats
    vega: Floats


@dataclass(frozen=True, slots=True)
class _Options:
    """Options of one underlying as columns, shape (options, 1)."""

    forward: Floats
    strike: Floats
    volatility: Floats
    years: Floats
    is_call: Floats

    @property
    def deviation(self) -> Floats:
        return self.volatility * np.sqrt(self.years)


def scenario_values(underlying: Underlying, time: int, model: Model) -> Floats:
    """Return the gain of one unit of each instrument in each scenario, times its cover.

    Parameters
    ----------
    underlying : Underlying
    time : int
        The time of the venue data, Unix time in seconds.
    model : Model

    Returns
    -------
    ndarray of float64, shape (instruments, scenarios)
        Gains in the quote currency.
    """
    ranges = model.ranges(underlying.name)
    moves = np.array([float(one.move(ranges)) for one in model.scenarios])
    linear = np.array([one.is_linear for one in model.scenarios], dtype=bool)
    gains = np.outer(_levels(underlying), moves)
    is_option = _is_option(underlying)
    if is_option.any():
        # A linear scenario reprices nothing, and its move may be below -100 %.
        repriced = np.where(linear, 0.0, moves)
        gains[is_option] = _option_gains(_options(underlying, time), repriced, model, ranges)
    if linear.any():
        gains[:, linear] = np.outer(greeks(underlying, time).delta, moves[linear])
    gains *= np.array([float(one.weight(ranges)) for one in model.scenarios])
    return gains


def instant_gains(underlying: Underlying, time: int, moves: Floats, factors: Floats) -> Floats:
    """Return the gain of one unit of each instrument for each move and volatility, at once: no time passes.

    Parameters
    ----------
    underlying : Underlying
    time : int
        The time of the venue data, Unix time in seconds.
    moves : ndarray of float64, shape (moves,)
        Relative moves of all prices, above -1.
    factors : ndarray of float64, shape (factors,)
        Factors of all volatilities, above 0.

    Returns
    -------
    ndarray of float64, shape (instruments, moves, factors)
        Gains in the quote currency.
    """
    gains = np.multiply.outer(np.outer(_levels(underlying), moves), np.ones_like(factors))
    is_option = _is_option(underlying)
    if is_option.any():
        one = _options(underlying, time)
        forward, strike, deviation, is_call = (
            column[:, :, np.newaxis] for column in (one.forward, one.strike, one.deviation, one.is_call)
        )
        now = black76.price(forward, strike, deviation, is_call)
        moved = forward * (1 + moves[np.newaxis, :, np.newaxis])
        gains[is_option] = black76.price(moved, strike, deviation * factors, is_call) - now
    return gains


def greeks(underlying: Underlying, time: int) -> Greeks:
    """Return today's Greeks of one unit of each instrument.

    Parameters
    ----------
    underlying : Underlying
    time : int
        The time of the venue data, Unix time in seconds.
    """
    delta = _levels(underlying)
    gamma, vega = np.zeros_like(delta), np.zeros_like(delta)
    is_option = _is_option(underlying)
    if is_option.any():
        one = _options(underlying, time)
        point = (one.forward, one.strike, one.deviation)
        delta[is_option] *= black76.delta(*point, one.is_call)[:, 0]
        gamma[is_option] = (black76.gamma(*point) * one.forward**2 / 100)[:, 0]
        vega[is_option] = (black76.vega(*point, one.years) / 100)[:, 0]
    return Greeks(delta, gamma, vega)


def _option_gains(one: _Options, moves: Floats, model: Model, ranges: Ranges) -> Floats:
    look_ahead = float(model.look_ahead_days) * _SECONDS_PER_DAY / SECONDS_PER_YEAR
    years = np.maximum(one.years - look_ahead, 0.0)
    deviation = _shocked(one, model, ranges) * np.sqrt(years)
    now = black76.price(one.forward, one.strike, one.deviation, one.is_call)
    return black76.price(one.forward * (1 + moves), one.strike, deviation, one.is_call) - now


def _shocked(one: _Options, model: Model, ranges: Ranges) -> Floats:
    """Return the volatility of each option in each scenario, shape (options, scenarios)."""
    steps = np.array([float(scenario.volatility) for scenario in model.scenarios])
    in_points = np.array([scenario.is_points for scenario in model.scenarios], dtype=bool)
    days = one.years[:, 0] * _DAYS_PER_YEAR
    parts = np.array([ranges.volatility_range(number) for number in days])
    points = np.array([[ranges.points(number)] for number in days])
    up, down = np.split(np.maximum(parts * one.volatility, float(ranges.volatility_scan_minimum)), 2, axis=1)
    lowest = np.where(steps > 0, float(ranges.volatility_floor), 0.0)
    moves: Floats = np.where(in_points, points, np.where(steps > 0, up, down))
    return np.maximum(one.volatility + steps * moves, lowest)


def _levels(underlying: Underlying) -> Floats:
    """Return the price of each instrument that scenarios move; 0 if it has expired."""
    return np.array([float(_level(one)) for one in underlying.instruments])


def _level(one: Instrument) -> Decimal | int:
    if isinstance(one, Expired):
        return 0
    return one.forward if isinstance(one, Option) else one.mark


def _is_option(underlying: Underlying) -> Floats:
    return np.array([isinstance(one, Option) for one in underlying.instruments], dtype=bool)


def _options(underlying: Underlying, time: int) -> _Options:
    options = [one for one in underlying.instruments if isinstance(one, Option)]
    forward, strike, volatility = (
        np.array([[float(getattr(one, name))] for one in options])
        for name in ("forward", "strike", "volatility")
    )
    years = np.array([[(one.expiry - time) / SECONDS_PER_YEAR] for one in options])
    return _Options(forward, strike, volatility, years, np.array([[one.right == "call"] for one in options]))
