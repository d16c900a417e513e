"""Repricing: every instrument of a market under every scenario of a model, as rows of the risk table.

Floats live here and nowhere after: `round_row` of the specification turns them into integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from ..errors import InputError
from ..market.instruments import Option
from ..spec.checks import SpecError
from ..spec.rounding import round_row
from . import black76
from .quotes import SECONDS_PER_YEAR, misprices

if TYPE_CHECKING:
    from ..market.instruments import Instrument, Underlying
    from ..market.market import Market
    from ..spec.table import Row
    from .black76 import Floats
    from .model import Model, Ranges

__all__ = ["risk_rows", "scenario_values"]

_MICRO = 10**6
_SECONDS_PER_DAY = 86400


@dataclass(frozen=True, slots=True)
class _Terms:
    """Options of one underlying as columns, shape (options, 1)."""

    forward: Floats
    strike: Floats
    volatility: Floats
    years: Floats
    is_call: Floats


def risk_rows(market: Market, model: Model) -> dict[int, Row]:
    """Reprice a market.

    Parameters
    ----------
    market : Market
    model : Model

    Returns
    -------
    dict of int to Row
        By instrument id. Values are in micro-quote per lot: the gain of one long lot in each scenario, times
        its cover; the mark; the gain per doubling of the price at today's delta.

    Raises
    ------
    InputError
        Naming the instrument, if a value is not below 2^44 micro-quote or an option's volatility does not
        give its mark.
    """
    rows: dict[int, Row] = {}
    ids = {instrument.name: number for number, _, instrument in market.instruments()}
    for underlying in market.underlyings:
        _check_marks(underlying, market.time)
        values = scenario_values(underlying, market.time, model)
        deltas = _deltas(underlying, market.time)
        for instrument, gains, delta in zip(underlying.instruments, values, deltas, strict=True):
            rows[ids[instrument.name]] = _row(instrument, gains, float(delta), underlying, model)
    return rows


def scenario_values(underlying: Underlying, time: int, model: Model) -> Floats:
    """Return the gain of one unit of each instrument in each scenario, times its cover.

    Parameters
    ----------
    underlying : Underlying
    time : int
        The market's, Unix time in seconds.
    model : Model

    Returns
    -------
    ndarray of float64, shape (instruments, scenarios)
        In the quote currency.
    """
    ranges = model.ranges(underlying.name)
    moves = np.array([float(one.price * Fraction(ranges.price_scan_range)) for one in model.scenarios])
    cover = np.array([float(one.cover) for one in model.scenarios])
    gains = np.outer([float(_level(one)) for one in underlying.instruments], moves)
    is_option = _is_option(underlying)
    if is_option.any():
        gains[is_option] = _option_gains(_terms(underlying, time), moves, model, ranges)
    gains *= cover
    return gains


def _option_gains(terms: _Terms, moves: Floats, model: Model, ranges: Ranges) -> Floats:
    steps = np.array([float(one.volatility) for one in model.scenarios])
    minimum = float(ranges.volatility_scan_minimum)
    width = np.maximum(float(ranges.volatility_scan_range) * terms.volatility, minimum)
    volatility = np.maximum(terms.volatility + steps * width, 0.0)
    look_ahead = float(model.look_ahead_days) * _SECONDS_PER_DAY / SECONDS_PER_YEAR
    years = np.maximum(terms.years - look_ahead, 0.0)
    now = _price(terms.forward, terms, terms.volatility * np.sqrt(terms.years))
    return _price(terms.forward * (1 + moves), terms, volatility * np.sqrt(years)) - now


def _price(forward: Floats, terms: _Terms, deviation: Floats) -> Floats:
    return black76.price(forward, terms.strike, deviation, terms.is_call)


def _deltas(underlying: Underlying, time: int) -> Floats:
    """Return the gain per doubling of the price at today's delta, for one unit: delta times the forward."""
    gains = np.array([float(_level(one)) for one in underlying.instruments])
    is_option = _is_option(underlying)
    if is_option.any():
        terms = _terms(underlying, time)
        deviation = terms.volatility * np.sqrt(terms.years)
        gains[is_option] *= black76.delta(terms.forward, terms.strike, deviation, terms.is_call)[:, 0]
    return gains


def _row(instrument: Instrument, gains: Floats, delta: float, underlying: Underlying, model: Model) -> Row:
    scale = Fraction(instrument.lot) * _MICRO
    slots = [Fraction(float(gain)) * scale for gain in gains]
    slots += [Fraction(instrument.mark) * scale, Fraction(delta) * scale]
    notional = Fraction(underlying.price) * scale
    ranges = model.ranges(underlying.name)
    short = Fraction(ranges.short_option_minimum) if isinstance(instrument, Option) else Fraction(0)
    try:
        return round_row(slots, short * notional, Fraction(ranges.add_on) * notional)
    except SpecError as error:
        reason = f"{error.key} of one lot, in micro-quote, is {error.reason}: a smaller lot is needed"
        raise InputError(reason, key=instrument.name) from None


def _check_marks(underlying: Underlying, time: int) -> None:
    options = [one for one in underlying.instruments if isinstance(one, Option)]
    for option, wrong in zip(options, misprices(options, time), strict=True):
        if wrong:
            raise InputError("its volatility does not give its mark", key=option.name)


def _is_option(underlying: Underlying) -> Floats:
    return np.array([isinstance(one, Option) for one in underlying.instruments], dtype=bool)


def _terms(underlying: Underlying, time: int) -> _Terms:
    options = [one for one in underlying.instruments if isinstance(one, Option)]
    forward, strike, volatility = (
        np.array([[float(getattr(one, name))] for one in options])
        for name in ("forward", "strike", "volatility")
    )
    years = np.array([[(one.expiry - time) / SECONDS_PER_YEAR] for one in options])
    return _Terms(forward, strike, volatility, years, np.array([[one.right == "call"] for one in options]))


def _level(one: Instrument) -> Fraction:
    """Return the price that the scenarios move."""
    return Fraction(one.forward if isinstance(one, Option) else one.mark)
