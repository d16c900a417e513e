"""Deribit's market as a `Market`."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import InputError
from .book_summary import BookSummary, read_book_summaries
from .instruments import Exclusion, Future, Instrument, Option, Perpetual, Underlying
from .listing import assign_indices, known_indices, order_underlyings
from .market import Market
from .names import Name, parse_name
from .volatility import fill_volatilities

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["LOTS", "import_deribit"]

LOTS: Mapping[str, Decimal] = {"BTC": Decimal("0.001"), "ETH": Decimal("0.01"), "SOL": Decimal("0.1")}
"""Units of the underlying in one lot: tens of dollars, so a micro-dollar is small and 2^31 lots are many."""

_OTHER_LOT = Decimal(1)
_QUOTE = "USD"
_MAX_AGE = 300
_DIGITS = Decimal("1e-12")
_CONTEXT = Context(prec=80)


@dataclass(frozen=True, slots=True)
class _Listed:
    name: Name
    row: BookSummary


def import_deribit(
    *paths: str | Path,
    previous: Market | None = None,
    time: int | None = None,
    lots: Mapping[str, Decimal] | None = None,
) -> Market:
    """Import what ``public/get_book_summary_by_currency`` answered.

    Options settled in the coin are quoted in the coin; their mark becomes ``mark_price * underlying_price``,
    the undiscounted Black-76 value. An inverse future of N dollars at price P is a linear one of N/P coins.

    Parameters
    ----------
    *paths : str or Path
        One file per currency: the answer as JSON, or its rows as CSV (``.csv``).
    previous : Market, optional
        The market before this one, whose instruments keep their numbers. Give it whenever accounts exist that
        were committed to under it.
    time : int, optional
        Unix time in seconds; by default the newest ``creation_timestamp``.
    lots : mapping of str to Decimal, optional
        Units of the underlying in one lot, by underlying; `LOTS` for those not named, else 1.

    Returns
    -------
    Market
        What cannot be valued is in its `exclusions`, with the reason.

    Raises
    ------
    InputError
        If a file is not in Deribit's format, names an instrument twice, or has no time, no index price or too
        many instruments.
    """
    rows = _read(paths)
    listed: dict[str, list[_Listed]] = defaultdict(list)
    unknown = []
    for row in rows:
        name = parse_name(row.name)
        if name is None:
            unknown.append(Exclusion(row.name, "not an option, a future or a perpetual"))
        else:
            listed[name.base].append(_Listed(name, row))
    source = ", ".join(str(path) for path in paths)
    try:
        moment = _time(rows) if time is None else time
        order = order_underlyings(listed, previous)
        chosen = dict(LOTS) | dict(lots or {})
        parts = [
            _underlying(base, listed[base], moment, previous, chosen.get(base, _OTHER_LOT)) for base in order
        ]
        exclusions = (*unknown, *(one for _, excluded in parts for one in excluded))
        return Market(moment, _QUOTE, tuple(underlying for underlying, _ in parts), exclusions)
    except InputError as error:
        raise InputError(error.reason, source=source, key=error.key) from None


def _read(paths: Iterable[str | Path]) -> list[BookSummary]:
    rows, seen = [], set()
    for path in paths:
        for row in read_book_summaries(Path(path)):
            if row.name in seen:
                raise InputError("an instrument stands there twice", source=str(path), key=row.name)
            seen.add(row.name)
            rows.append(row)
    if not rows:
        raise InputError("no instruments", source=", ".join(str(path) for path in paths))
    return rows


def _time(rows: list[BookSummary]) -> int:
    times = [row.created for row in rows if row.created is not None]
    if not times:
        raise InputError("no creation_timestamp: the market's time must be given")
    return int(max(times) // 1000)


def _underlying(
    base: str, listed: list[_Listed], moment: int, previous: Market | None, lot: Decimal
) -> tuple[Underlying, list[Exclusion]]:
    price = _index_price(base, listed, previous)
    alive = sorted(
        (one for one in listed if _is_alive(one.name, moment)),
        key=lambda one: (one.name.order(), one.row.name),
    )
    known, start = known_indices(previous, base)
    gone = sorted(set(known) - {one.row.name for one in listed})
    gone = [name for name in gone if _is_alive(parse_name(name), moment)]
    indices, start = assign_indices([*gone, *(one.row.name for one in alive)], known, start)
    excluded = [Exclusion(name, "not in the files, but listed before", base, known[name]) for name in gone]
    excluded += [
        Exclusion(one.row.name, "expired", base) for one in listed if not _is_alive(one.name, moment)
    ]
    instruments: list[Instrument] = []
    for one in alive:
        index = indices[one.row.name]
        reason = _flaw(one, moment)
        if reason:
            excluded.append(Exclusion(one.row.name, reason, base, index))
        else:
            instruments.append(_instrument(one, index, lot))
    instruments, uninvertible = fill_volatilities(instruments, moment)
    excluded += [Exclusion(one.name, reason, base, one.index) for one, reason in uninvertible]
    ordered = tuple(sorted(instruments, key=lambda one: one.index))
    return Underlying(base, price, start, ordered), excluded


def _is_alive(name: Name | None, moment: int) -> bool:
    return name is not None and (name.expiry is None or name.expiry > moment)


def _index_price(base: str, listed: list[_Listed], previous: Market | None) -> Decimal:
    rows = [one.row for one in listed if one.row.index is not None and one.row.index > 0]
    if rows:
        newest = max(rows, key=lambda row: (row.created or 0, row.name))
        return newest.index or Decimal(0)
    if not listed and previous is not None:
        # Nothing of it is listed any more; it keeps its number, and no instrument uses the price.
        return next(one.price for one in previous.underlyings if one.name == base)
    raise InputError(f"no index price (estimated_delivery_price) of {base}")


def _flaw(one: _Listed, moment: int) -> str | None:
    """Say why an instrument cannot be valued."""
    row, option = one.row, one.name.right is not None
    expected = (one.name.linear or (one.name.base if option else _QUOTE), "")
    flaws = {
        "quoted in another currency than its name says": row.quote not in expected,
        "no mark": row.mark is None or row.mark == 0,
        "negative mark": row.mark is not None and row.mark < 0,
        "no forward": option and (row.forward is None or row.forward <= 0),
        "bid above ask": bool(row.bid and row.ask and row.bid > row.ask),
        f"older than {_MAX_AGE} s": row.created is not None and row.created // 1000 + _MAX_AGE < moment,
        f"newer than the market's time by {_MAX_AGE} s": (
            row.created is not None and row.created // 1000 - _MAX_AGE > moment
        ),
        "volatility of zero": option and row.volatility is not None and row.volatility <= 0,
    }
    return next((reason for reason, is_so in flaws.items() if is_so), None)


def _instrument(one: _Listed, index: int, lot: Decimal) -> Instrument:
    row, name = one.row, one.name
    mark = row.mark or Decimal(0)
    if name.expiry is None:
        return Perpetual(row.name, index, lot, mark)
    if name.strike is None or name.right is None:
        return Future(row.name, index, lot, name.expiry, mark)
    forward = row.forward or Decimal(0)
    value = mark if name.linear else _CONTEXT.multiply(mark, forward).quantize(_DIGITS, context=_CONTEXT)
    volatility = ((row.volatility or Decimal(0)) / 100).quantize(_DIGITS)
    return Option(row.name, index, lot, name.expiry, name.strike, name.right, forward, value, volatility)
