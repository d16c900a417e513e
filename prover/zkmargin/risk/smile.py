"""Estimates of volatilities between quoted strikes, and checks of them for arbitrage.

An expiry's smile is its total variance w (volatility squared times years to expiry) as a function of the
log-moneyness k = log(strike / forward). It passes through every quoted strike and interpolates between them by the
shape-preserving cubic of F. Fritsch and J. Butland (SIAM J. Sci. Stat. Comput. 5, 1984), called PCHIP in SciPy. The
cubic is monotone between neighbours, so an estimate lies between the variances of the two adjacent strikes. SVI
(J. Gatheral and A. Jacquier, Quantitative Finance 14, 2014) is smoother, but its five parameters do not fit all
quotes: on a chain of Deribit its error at omitted strikes was twice that of the cubic, and an estimate that
contradicts quotes allows arbitrage against them. Nothing is extrapolated.

The checks are those for a finite set of strikes (P. Carr and D. Madan, Finance Research Letters 2, 2005). Among the
adjacent quotes, the estimate's call price must fall by no more than the strike rises and be convex in the strike. Its
total variance must not be below that of an earlier expiry at the same moneyness, nor above that of a later one.
Convexity of prices replaces Durrleman's condition, which needs a second derivative that quotes do not have. The
slope of the smile must not exceed R. Lee's bound for its wings, |dw/dk| <= 2 (Mathematical Finance 14, 2004).
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import pairwise
from math import isnan
from typing import TYPE_CHECKING, Any

from zkmargin.exports import needs_extra

from . import black76
from .quotes import SECONDS_PER_YEAR

with needs_extra("risk"):
    import numpy as np
    from scipy.interpolate import PchipInterpolator  # type: ignore[import-untyped]

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from zkmargin.venue_data.instruments import Option


__all__ = ["LEAST_STRIKES", "Point", "Smile", "Surface", "model_mark", "point"]

LEAST_STRIKES = 4
"""The minimum number of quoted strikes for a smile."""

_STEEPEST = 2.0
_PROBABILITY = 1e-7
_VARIANCE = 1e-12
_PAIR = 2
_NOTHING = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, order=True)
class Point:
    """A strike of a smile.

    Attributes
    ----------
    moneyness : float
        log(strike / forward).
    variance : float
        The total variance: volatility squared times years to expiry.
    """

    moneyness: float
    variance: float


def point(option: Option, time: int) -> Point:
    """Return the point of an option in the smile of its expiry."""
    years = (option.expiry - time) / SECONDS_PER_YEAR
    return Point(float(np.log(float(option.strike / option.forward))), float(option.volatility) ** 2 * years)


def model_mark(option: Option, time: int) -> float:
    """Return the value of an option at its volatility, in the quote currency."""
    deviation = np.sqrt(point(option, time).variance)
    forward, strike = float(option.forward), float(option.strike)
    return float(black76.price(forward, strike, deviation, option.right == "call"))


class Smile:
    """The smile of one expiry.

    Parameters
    ----------
    points : iterable of Point
        At least two points of different moneyness; of several with the same moneyness, the last counts.
    """

    def __init__(self, points: Iterable[Point]) -> None:
        by_moneyness = {one.moneyness: one for one in points}
        self.points = tuple(by_moneyness[key] for key in sorted(by_moneyness))
        variances = [one.variance for one in self.points]
        self._curve: Any = PchipInterpolator([one.moneyness for one in self.points], variances)

    def variance(self, moneyness: float) -> float | None:
        """Return the total variance at a moneyness; None outside the quoted strikes."""
        inside = self.points[0].moneyness <= moneyness <= self.points[-1].moneyness
        return float(self._curve(moneyness)) if inside else None

    def is_too_steep(self, moneyness: float) -> bool:
        """Return whether the slope of the smile at a moneyness exceeds Lee's bound."""
        return bool(abs(self._curve(moneyness, 1)) > _STEEPEST)

    def allows(self, new: Point) -> bool:
        """Return whether call prices remain decreasing and convex in the strike with a new point."""
        below = [one for one in self.points if one.moneyness < new.moneyness][-2:]
        above = [one for one in self.points if one.moneyness > new.moneyness][:2]
        return _is_convex([*below, new, *above])

    def bounds(self, moneyness: float) -> tuple[float, float]:
        """Return the lowest and highest total variance between two strikes without butterfly arbitrage.

        The call price falls with the strike, and is convex in it. So it is at most that on the chord between the two
        adjacent strikes, and at least those on the continued chords on either side (Carr and Madan).

        Parameters
        ----------
        moneyness : float
            Inside the quoted strikes.
        """
        quoted = next((one.variance for one in self.points if one.moneyness == moneyness), None)
        if quoted is not None:
            return quoted, quoted
        below = _calls([one for one in self.points if one.moneyness < moneyness][-_PAIR:])
        above = _calls([one for one in self.points if one.moneyness > moneyness][:_PAIR])
        strike, left, right = float(np.exp(moneyness)), below[-1], above[0]
        # Beyond the last strike a call falls by at most as much as the strike rises, and it does not rise.
        fall = _slope(*below) if len(below) == _PAIR else -1.0
        rise = _slope(*above) if len(above) == _PAIR else 0.0
        lowest = max(left[1] + fall * (strike - left[0]), right[1] + rise * (strike - right[0]))
        highest = left[1] + _slope(left, right) * (strike - left[0])
        middle = float(self._curve(moneyness))
        low, high = (black76.implied_deviation([lowest, highest], 1.0, strike, is_call=True) ** 2).tolist()
        # A price at or below intrinsic value has no volatility. The checks of an estimate have a tolerance.
        return min(middle, 0.0 if isnan(low) else low), max(middle, 0.0 if isnan(high) else high)

    def with_point(self, new: Point) -> Smile:
        """Return the smile with another point, treated as quoted."""
        return Smile([*self.points, new])


class Surface:
    """The smiles of one underlying, and estimates between their strikes.

    Parameters
    ----------
    quoted : sequence of Option
        Options of one underlying with volatilities. Of the call and the put at a strike, the one out of the money
        is used, because its volatility is more accurate.
    time : int
        The time of the venue data, Unix time in seconds.
    """

    def __init__(self, quoted: Sequence[Option], time: int) -> None:
        self._time = time
        strikes: dict[int, dict[Any, Option]] = defaultdict(dict)
        for option in sorted(quoted, key=_is_out_of_the_money):
            strikes[option.expiry][option.strike] = option
        self._smiles: Mapping[int, Smile] = {
            expiry: Smile(point(one, time) for one in options.values())
            for expiry, options in sorted(strikes.items())
            if len(options) >= LEAST_STRIKES
        }
        self._checked = dict(self._smiles)

    def smile(self, expiry: int) -> Smile | None:
        """Return the smile of an expiry, or None if it has too few quoted strikes."""
        return self._smiles.get(expiry)

    def estimate(self, option: Option) -> tuple[tuple[float, float, float], str]:
        """Return an estimate of an option's volatility from the smile of its expiry.

        Estimates are checked against quotes and earlier estimates, but do not change the smile.

        Returns
        -------
        volatilities : tuple of float
            The annual volatility, and the lowest and highest without butterfly arbitrage; 0 without an estimate.
        reason : str
            The reason for no estimate, or an empty string.
        """
        smile = self.smile(option.expiry)
        if smile is None:
            return _NOTHING, f"fewer than {LEAST_STRIKES} strikes of its expiry have a usable volatility"
        moneyness = point(option, self._time).moneyness
        variance = smile.variance(moneyness)
        if variance is None:
            return _NOTHING, "its strike is outside those of its expiry with a usable volatility"
        new = Point(moneyness, variance)
        reason = self._flaw(option.expiry, smile, new)
        if reason:
            return _NOTHING, reason
        self._checked[option.expiry] = self._checked[option.expiry].with_point(new)
        years = (option.expiry - self._time) / SECONDS_PER_YEAR
        volatility, low, high = np.sqrt(np.array([variance, *smile.bounds(moneyness)]) / years).tolist()
        return (volatility, low, high), ""

    def _flaw(self, expiry: int, smile: Smile, new: Point) -> str:
        flaws = {
            "the smile at its strike is steeper than Lee's bound": smile.is_too_steep(new.moneyness),
            "the estimate would allow butterfly arbitrage": not self._checked[expiry].allows(new),
            "the estimate would allow calendar arbitrage": self._has_calendar_arbitrage(expiry, new),
        }
        return next((reason for reason, is_so in flaws.items() if is_so), "")

    def _has_calendar_arbitrage(self, expiry: int, new: Point) -> bool:
        """Compare with the nearest earlier and later expiry whose quoted strikes include the moneyness."""
        at = {other: one.variance(new.moneyness) for other, one in self._smiles.items()}
        earlier = [found for other, found in at.items() if other < expiry and found is not None]
        later = [found for other, found in at.items() if other > expiry and found is not None]
        falls = bool(earlier) and new.variance < earlier[-1] - _VARIANCE
        return falls or (bool(later) and new.variance > later[0] + _VARIANCE)


def _calls(points: Sequence[Point]) -> list[tuple[float, float]]:
    """Return strike and call price of points, at a forward of 1."""
    strike = np.exp([one.moneyness for one in points])
    call = black76.price(1.0, strike, np.sqrt([one.variance for one in points]), is_call=True)
    return list(zip(strike.tolist(), call.tolist(), strict=True))


def _slope(left: tuple[float, float], right: tuple[float, float]) -> float:
    return (right[1] - left[1]) / (right[0] - left[0])


def _is_convex(points: Sequence[Point]) -> bool:
    """Return whether the slopes of call prices in the strike increase, from at least -1 to at most 0.

    A slope is minus the probability of a forward above the strike at expiry; a tolerance allows for rounding.
    """
    slopes = np.array([-1.0, *(_slope(*pair) for pair in pairwise(_calls(points))), 0.0])
    return bool((np.diff(slopes) >= -_PROBABILITY).all())


def _is_out_of_the_money(option: Option) -> bool:
    return option.strike >= option.forward if option.right == "call" else option.strike <= option.forward
