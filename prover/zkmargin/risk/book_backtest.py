"""Backtests of a book: its daily requirement, compared with what its positions lost until they could be closed.

The book stays the same on all days, without the positions that have expired or are not listed yet. Positions are
valued at the marks of the later day, and closed there at the bid or the ask. A position that expires in between is
settled at its payoff.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.documents.utc import iso_text
from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.spec.margin import requirement, sum_lots
from zkmargin.venue_data.expiry import payoff

from .closing import ASSUMED, closing_cost
from .losses import LossTest, check_close_out, compare_losses
from .procyclicality import Procyclicality, procyclicality

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from decimal import Decimal

    from zkmargin.spec.table import Row
    from zkmargin.venue_data.instruments import Future, Option

    from .closing import HalfSpread
    from .market_day import Held, MarketDay, ModelRows

    Prices: TypeAlias = Mapping[tuple[str, int], Decimal]

__all__ = ["BookBacktest", "Closings", "LeftOut", "Settlement", "backtest_book"]

_MICRO = 10**6
_BPS = 10_000


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A position that is left out of a day, because it has no value at the end of the close-out.

    Attributes
    ----------
    day : date
        The day of the requirement.
    instrument, reason : str
    """

    day: date
    instrument: str
    reason: str


@dataclass(frozen=True, slots=True)
class Settlement:
    """The settlement of an expired position.

    Attributes
    ----------
    instrument, underlying : str
    expiry : int
        Unix time in seconds.
    price : Decimal
        The delivery price, quote currency per unit of the underlying.
    source : str or None
        The file whose index price stands in for a delivery price; None if that is given.
    seconds : int
        The time between that file and the expiry; 0 if the price is given.
    """

    instrument: str
    underlying: str
    expiry: int
    price: Decimal
    source: str | None
    seconds: int


# No repr: as that of a backtest.
@dataclass(frozen=True, slots=True, repr=False)
class Closings:
    """The cost of closing the positions at the end of each close-out, in the quote currency.

    Attributes
    ----------
    quoted, assumed, at_mark : int
        The number of positions that were closed at a bid or an ask, at the assumed half spread, and at the mark,
        because the day is of a snapshot, over all close-outs.
    costs : tuple of float
        The cost of each close-out, part of its loss; NaN if the loss is not known.
    half_spread : HalfSpread
        The assumption.
    """

    quoted: int
    assumed: int
    at_mark: int
    costs: tuple[float, ...]
    half_spread: HalfSpread

    @property
    def mean(self) -> float:
        """The mean of the costs that are known."""
        return float(np.nanmean(self.costs))

    def __str__(self) -> str:
        """Say how many positions were closed at which prices."""
        spread = self.half_spread
        parts = (
            (self.quoted, "at bid or ask"),
            (
                self.assumed,
                f"at an assumed half spread of {spread.half_spread:.4g} of the mark, "
                f"for options of {spread.volatility_points:.4g} points of volatility",
            ),
            (self.at_mark, "at the mark, because snapshots have no bid and ask"),
        )
        return "; ".join(f"{count} {how}" for count, how in parts if count) or "none, all expired"


# No repr: a backtest of a book is as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class BookBacktest:
    """The backtest of a book under one model, in the quote currency.

    Attributes
    ----------
    model : str
    close_out : int
        The days until the positions are closed.
    quote : str
        The quote currency.
    dates : tuple of date
        The days on which the book had positions, before the last close-out.
    maintenance, initial : LossTest
        The tests of both requirements against the same losses.
    procyclicality : Procyclicality or None
        That of the maintenance margin; None if it is 0 on a day.
    left_out : tuple of LeftOut
        The positions without a value at the end of a close-out. Neither requirement nor loss of the day counts them.
    settlements : tuple of Settlement
        The expired positions.
    closings : Closings
        The cost of closing, which the losses contain.
    estimated : int
        The number of marks of positions that were estimates, over all files.
    """

    model: str
    close_out: int
    quote: str
    dates: tuple[date, ...]
    maintenance: LossTest
    initial: LossTest
    procyclicality: Procyclicality | None
    left_out: tuple[LeftOut, ...]
    settlements: tuple[Settlement, ...]
    closings: Closings
    estimated: int


def backtest_book(  # noqa: PLR0913  # the subject of a backtest, and its criteria
    positions: Mapping[str, Decimal],
    days: Sequence[MarketDay],
    model: str,
    *,
    close_out: int = 1,
    confidence: float = 0.99,
    delivery: Prices | None = None,
    assumed: HalfSpread = ASSUMED,
) -> BookBacktest:
    """Test a model on a book.

    Parameters
    ----------
    positions : mapping of str to Decimal
        Quantities by instrument, in units of the underlying; multiples of the lots.
    days : sequence of MarketDay
        Days in ascending order, at most one a day, all with the model.
    model : str
        The name of the model.
    close_out : int
        The days until the positions are closed.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    delivery : mapping of (str, int) to Decimal, optional
        Delivery prices as in `zkmargin.venue_data.expire`. Without one, the index price of the day that is nearest in
        time to the expiry stands in.
    assumed : HalfSpread
        For closing instruments of venue data without a bid or an ask. Those of snapshots are closed at their marks.

    Returns
    -------
    BookBacktest

    Raises
    ------
    InputError
        If the close-out is not from 1 to 30 days, or none ends on one of the days; if a quantity is no multiple of its
        lot; or if a delivery price settles no position.
    """
    check_close_out(close_out)
    book = _Book(positions, days, model, delivery or {}, assumed)
    found = list(book.windows(close_out))
    if not any(np.isfinite(one.loss) for one in found):
        apart = "a day" if close_out == 1 else f"{close_out} days"
        raise InputError(f"no two files {apart} apart have positions of the book", source="book")
    book.check_delivery()
    needed = np.array([one.requirement for one in found])
    initial = needed * np.array([one.initial_bps / _BPS for one in found])
    losses, ends = np.array([one.loss for one in found]), tuple(one.end for one in found)
    tests = [
        compare_losses(part, losses, ends, confidence, overlap=close_out > 1) for part in (needed, initial)
    ]
    return BookBacktest(
        model=model,
        close_out=close_out,
        quote=days[0].quote,
        dates=tuple(one.day for one in found),
        maintenance=tests[0],
        initial=tests[1],
        procyclicality=procyclicality(needed) if (needed > 0).all() else None,
        left_out=tuple(book.left_out),
        settlements=tuple(book.settlements.values()),
        closings=Closings(**book.closed, costs=tuple(one.cost for one in found), half_spread=assumed),
        estimated=sum(len(day.estimated) for day in days),
    )


# No repr: it has the requirement of an account.
@dataclass(frozen=True, slots=True, repr=False)
class _Window:
    """A day of a book and its close-out: requirement and loss, of which `cost` is what closing costs beyond the marks.

    They are in the quote currency; loss and cost are NaN if they are not known.
    """

    day: date
    end: date
    requirement: float
    initial_bps: int
    loss: float
    cost: float


class _Book:
    """A book over all days, and what is to be reported of its positions."""

    def __init__(
        self,
        positions: Mapping[str, Decimal],
        days: Sequence[MarketDay],
        model: str,
        delivery: Prices,
        assumed: HalfSpread,
    ) -> None:
        self.left_out: list[LeftOut] = []
        self.settlements: dict[str, Settlement] = {}
        self.closed = {"quoted": 0, "assumed": 0, "at_mark": 0}
        self._assumed = assumed
        self._positions = {name: Fraction(quantity) for name, quantity in positions.items()}
        self._days, self._model, self._delivery = days, model, delivery

    def windows(self, close_out: int) -> Iterator[_Window]:
        """Yield the days with positions whose close-out ends by the last day."""
        by_date, last = {day.date: day for day in self._days}, self._days[-1].date
        for day in self._days:
            end = day.date + timedelta(days=close_out)
            live = [name for name in self._positions if name in day.held and not day.held[name].is_settled]
            if live and end <= last:
                yield self._window(day, end, by_date.get(end), live)

    def check_delivery(self) -> None:
        """Refuse delivery prices that settled nothing."""
        for name, expiry in self._delivery:
            settled = (one for one in self.settlements.values() if one.expiry == expiry)
            if not any(name in {one.instrument, one.underlying} for one in settled):
                raise InputError(
                    "no position of the book expired", source="prices", key=f"{name}@{iso_text(expiry)}"
                )

    def _window(self, day: MarketDay, end: date, later: MarketDay | None, live: list[str]) -> _Window:
        model = day.models[self._model]
        loss, cost, kept = Fraction(0), 0.0, live
        if later is not None:
            values = {name: self._later(name, day, later) for name in live}
            kept = [name for name in live if values[name] is not None]
            loss = sum(
                (self._positions[name] * (_mark(name, day, model) - (values[name] or 0)) for name in kept),
                loss,
            )
            cost = sum(self._cost(name, later.held[name]) for name in kept if name in later.held)
        lanes: dict[str, list[tuple[int, Row]]] = {}
        for name in kept:
            lots = self._positions[name] / Fraction(day.held[name].lot)
            if lots.denominator != 1:
                raise InputError("a quantity is not a multiple of the instrument's lot", source="book")
            lanes.setdefault(day.held[name].underlying, []).append((int(lots), model.rows[name]))
        needed = requirement(sum_lots(0, held, model.layout) for held in lanes.values())
        known = later is not None and bool(kept)
        return _Window(
            day=day.date,
            end=end,
            requirement=needed / _MICRO,
            initial_bps=model.initial_bps,
            loss=float(loss / _MICRO) + cost if known else float("nan"),
            cost=cost if known else float("nan"),
        )

    def _cost(self, name: str, held: Held) -> float:
        """Return what closing a position costs beyond its mark, in the quote currency, and count it."""
        if held.is_settled:
            return 0.0
        if held.instrument is None:
            self.closed["at_mark"] += 1
            return 0.0
        found = closing_cost(held.instrument, float(self._positions[name]), held.vega, self._assumed)
        if found is None:
            return 0.0
        self.closed["quoted" if found.is_quoted else "assumed"] += 1
        return found.cost

    def _later(self, name: str, day: MarketDay, later: MarketDay) -> Fraction | None:
        """Return the value of a unit at the end of the close-out, in micro-quote; None if it has none."""
        if name in later.held:
            return _mark(name, later, later.models[self._model])
        terms, underlying = day.held[name].terms, day.held[name].underlying
        if terms is not None and terms.expiry <= later.time:
            return Fraction(payoff(terms, self._price(terms, underlying))) * _MICRO
        reason = later.reasons.get(name, "not listed")
        self.left_out.append(LeftOut(day.date, name, f"{later.source}: {reason}"))
        return None

    def _price(self, terms: Option | Future, underlying: str) -> Decimal:
        """Return the delivery price of an expired instrument, and report it."""
        given = (self._delivery.get((name, terms.expiry)) for name in (terms.name, underlying))
        price = next((one for one in given if one is not None), None)
        source, seconds = None, 0
        if price is None:
            days = [one for one in self._days if underlying in one.prices]
            nearest = min(days, key=lambda one: abs(one.time - terms.expiry))
            price, source = nearest.prices[underlying], nearest.source
            seconds = abs(nearest.time - terms.expiry)
        self.settlements[terms.name] = Settlement(
            terms.name, underlying, terms.expiry, price, source, seconds
        )
        return price


def _mark(name: str, day: MarketDay, model: ModelRows) -> Fraction:
    """Return the mark of a unit, in micro-quote."""
    return model.rows[name].slots[model.layout.mark] / Fraction(day.held[name].lot)
