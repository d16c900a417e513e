"""Daily implied volatilities of one underlying at constant tenors, from a CSV, read strictly."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra
from zkmargin.venue_data.instruments import NAME

from .history import History, read_text
from .volatility_backtest import VolatilityMoves

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

__all__ = ["VolatilityHistory", "load_volatilities"]

_INDEX_TENOR = 30
"""The tenor of a volatility index, such as Deribit's DVOL (30 days, insights.deribit.com/exchange-updates/dvol-deribit-
implied-volatility-index)."""

_INDEX_COLUMNS = ("close", "dvol", "volatility")
_TENOR = re.compile(r"([1-9][0-9]{0,3})d", re.ASCII | re.IGNORECASE)
_NUMBER = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,18})?", re.ASCII)
_LEAST_PERCENT = 5.0


@dataclass(frozen=True, slots=True)
class VolatilityHistory:
    """Daily implied volatilities of one underlying at constant tenors.

    Attributes
    ----------
    name : str
        The underlying.
    dates : tuple of date
        In ascending order.
    tenors : mapping of int to ndarray of float64, shape (dates,)
        Annual volatilities, 0.7 is 70 %, by days; NaN if not known.
    """

    name: str
    dates: tuple[date, ...]
    tenors: Mapping[int, Floats]

    def moves(self, close_out: int) -> list[VolatilityMoves]:
        """Return the moves over a number of days, by tenor."""
        begins = [day for day in self.dates if day + timedelta(days=close_out) <= self.dates[-1]]
        ends = tuple(day + timedelta(days=close_out) for day in begins)
        found = []
        for tenor, values in self.tenors.items():
            by_day = dict(zip(self.dates, values, strict=True))
            after = np.array([by_day.get(end, np.nan) for end in ends])
            days, before = np.full(len(begins), float(tenor)), values[: len(begins)]
            found.append(VolatilityMoves(self.name, tenor, ends, days, before, after))
        return found

    def index(self) -> History:
        """Return the volatility at 30 days as a history of closes, in percent.

        Raises
        ------
        InputError
            If there is none, or for fewer than two days.
        """
        values = self.tenors.get(_INDEX_TENOR, np.full(len(self.dates), np.nan))
        known = [(day, one) for day, one in zip(self.dates, values.tolist(), strict=True) if isfinite(one)]
        if len(known) <= 1:
            reason = f"ranges follow from a volatility at {_INDEX_TENOR} days, which is not known"
            raise InputError(reason, source=self.name)
        days, closes = zip(*known, strict=True)
        return History(self.name, days, tuple(Decimal(repr(100 * one)) for one in closes))


def load_volatilities(path: str | Path, *, name: str | None = None, shift_days: int = 0) -> VolatilityHistory:
    """Read daily volatilities at constant tenors.

    Parameters
    ----------
    path : str or Path
        A CSV file in UTF-8 with a header: the column ``date`` (YYYY-MM-DD, ascending) and a column for each tenor,
        such as ``3d`` and ``30d``; or one column ``close``, ``dvol`` or ``volatility`` of an index at 30 days. Other
        columns are ignored. Values are annual and in percent, 55.2; empty ones are not known.
    name : str, optional
        The underlying, by default the file's name without its extension.
    shift_days : int
        The number of days to add to each date, for files that label a day by an adjacent one.

    Returns
    -------
    VolatilityHistory
        Tenors in ascending order.

    Raises
    ------
    InputError
        With file and line, if a column is missing, a value is malformed, days are not in ascending order, or all values
        are below 5, as fractions are.
    """
    source = Path(path)
    called = source.stem if name is None else name
    if not NAME.fullmatch(called):
        raise InputError("expected the name of an underlying, as in BTC=volatility.csv", source=called)
    days: list[date] = []
    columns: dict[int, list[float]] = {}
    for key, day, values in _rows(source):
        if days and day <= days[-1]:
            raise InputError("not in ascending order", source=str(source), key=key)
        days.append(day)
        for tenor, value in values.items():
            columns.setdefault(tenor, []).append(value)
    series = {tenor: np.array(columns[tenor]) / 100 for tenor in sorted(columns)}
    known = np.concatenate([[], *series.values()])
    known = known[np.isfinite(known)]
    if not known.size:
        raise InputError("no volatilities", source=str(source))
    if known.max() * 100 < _LEAST_PERCENT:
        reason = f"expected percent, such as 55.2; all values are below {_LEAST_PERCENT:g}"
        raise InputError(reason, source=str(source))
    shifted = tuple(day + timedelta(days=shift_days) for day in days)
    return VolatilityHistory(called, shifted, series)


def _rows(path: Path) -> Iterator[tuple[str, date, dict[int, float]]]:
    """Yield the place, the day and the volatilities in percent of each row."""
    reader = csv.reader(io.StringIO(read_text(path), newline=""), strict=True)
    try:
        header = [one.strip().lower() for one in next(reader, [])]
        tenors = _tenors(header, path)
        if header.count("date") != 1:
            raise InputError("expected one column date", source=str(path), key="line 1")
        for row in reader:
            key = f"line {reader.line_num}"
            if len(row) != len(header):
                reason = f"expected {len(header)} values as in the header, got {len(row)}"
                raise InputError(reason, source=str(path), key=key)
            day = _day(row[header.index("date")], path, key)
            yield key, day, {tenor: _value(row[place], path, key) for tenor, place in tenors.items()}
    except csv.Error as error:
        raise InputError(f"not CSV: {error}", source=str(path), key=f"line {reader.line_num}") from None


def _tenors(header: list[str], path: Path) -> dict[int, int]:
    """Return the column of each tenor."""
    found = {int(match[1]): place for place, one in enumerate(header) if (match := _TENOR.fullmatch(one))}
    index = next((header.index(one) for one in _INDEX_COLUMNS if one in header), None)
    if not found and index is not None:
        found = {_INDEX_TENOR: index}
    if not found:
        reason = f"expected columns of tenors, such as 30d, or one of {', '.join(_INDEX_COLUMNS)}"
        raise InputError(reason, source=str(path), key="line 1")
    return found


def _day(text: str, path: Path, key: str) -> date:
    try:
        return date.fromisoformat(text.strip()[:10])
    except ValueError:
        raise InputError("expected a date YYYY-MM-DD", source=str(path), key=f"{key}.date") from None


def _value(text: str, path: Path, key: str) -> float:
    if not text.strip():
        return float("nan")
    if not _NUMBER.fullmatch(text.strip()) or float(text) == 0:
        raise InputError("expected a positive number such as 55.2", source=str(path), key=key)
    return float(text)
