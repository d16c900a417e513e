"""Venue data from venues' answers, whatever their format."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.venue_data.exclusions import Estimate, Exclusion

from .answers import read_answer
from .assembly import Book, assemble
from .columns import SOURCES
from .derived import MODEL_MARK, NO_PAIR, forwards_by_parity, marks_by_volatility
from .lots import LOTS, OTHER_LOT, check_lot
from .quote import Quote

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from zkmargin.venue_data.venue_data import VenueData

    from .answers import Answer, Row
    from .names import Name

__all__ = ["Choices", "import_answers", "import_deribit", "venue_data_of_answers"]

_QUOTE = "USD"
_DIGITS = Decimal("1e-18")
_CONTEXT = Context(prec=80)
_VALUES = ("mark", "bid", "ask", "volatility", "forward", "index")


class Choices(TypedDict, total=False):
    """Optional arguments of an import.

    Attributes
    ----------
    previous : VenueData or None
        The previous venue data, whose instruments keep their ids. Pass them whenever accounts are committed
        under them.
    time : int or None
        Unix time in seconds; by default the newest time in the answers.
    lots : mapping of str to Decimal
        Units of the underlying in one lot, by underlying; by default those of the previous venue data, then `LOTS`,
        then 1.
    underlyings : collection of str
        The underlyings to import, all by default. Deribit's answer for USDC has two dozen.
    spot : collection of str
        Underlyings to list as instruments themselves, `BTC-SPOT`, in addition to those of the previous venue data.
    index_prices : mapping of str to Decimal
        Index prices by underlying, instead of those in the answers.
    fill_from_smile : bool
        Whether to estimate the marks of options without a usable mark from those with one.
    """

    previous: VenueData | None
    time: int | None
    lots: Mapping[str, Decimal]
    underlyings: Collection[str]
    spot: Collection[str]
    index_prices: Mapping[str, Decimal]
    fill_from_smile: bool


def import_answers(source: str, *paths: str | Path, **choices: Unpack[Choices]) -> VenueData:
    """Import answers of a venue or files of a collector.

    Options settled in the coin are quoted in the coin; their mark becomes mark times forward, the undiscounted
    Black-76 value. Inverse futures become linear: N dollars at price P are N/P coins. Answers of different kinds
    complete each other: an instrument's values may be in several.

    Parameters
    ----------
    source : str
        One of `zkmargin.venues.columns.SOURCES`, such as ``bybit``.
    *paths : str or Path
        Answers as JSON, or their rows as CSV (``.csv``, ``.csv.gz``).
    **choices
        See `Choices`.

    Returns
    -------
    VenueData
        Instruments without a value are in its `exclusions`, and those whose mark is not the venue's in its
        `estimates`, with the reason.

    Raises
    ------
    InputError
        If a file is malformed, is a venue's error answer or of another format; if two rows of an instrument differ; if
        there is no time, no index price, or too many instruments; if a requested underlying has no instruments; if a
        lot is worth too little; or if an instrument has other terms in the previous venue data.
    """
    if source not in SOURCES:
        hint = did_you_mean(source, SOURCES) or f": expected one of {', '.join(SOURCES)}"
        raise InputError(f"no source {source}{hint}", source="source")
    return venue_data_of_answers([read_answer(Path(path), source) for path in paths], **choices)


def import_deribit(*paths: str | Path, **choices: Unpack[Choices]) -> VenueData:
    """Import answers of Deribit, as `import_answers` does."""
    return import_answers("deribit", *paths, **choices)


def venue_data_of_answers(answers: Sequence[Answer], **choices: Unpack[Choices]) -> VenueData:
    """Assemble venue data from answers; otherwise as `import_answers`."""
    source = ", ".join(one.source for one in answers)
    try:
        return _venue_data(answers, choices)
    except InputError as error:
        raise InputError(error.reason, source=error.source or source, key=error.key) from None


def _venue_data(answers: Sequence[Answer], choices: Choices) -> VenueData:
    previous, time = choices.get("previous"), choices.get("time")
    rows, prices = _rows(answers, time)
    listed, unknown = _by_underlying(rows, choices.get("underlyings", ()))
    moment = _newest(rows) if time is None else time
    listed = _with_forwards(listed)
    given = dict(choices.get("index_prices", {}))
    for what, bases in (("index price", given), ("lot", choices.get("lots") or {})):
        for base in bases:
            if base not in listed:
                raise InputError(f"no instruments of {base}{did_you_mean(base, listed)}", source=what)
    lots, books, estimated = _lots(previous, choices), {}, set[str]()
    for base, found in listed.items():
        price, lot = given.get(base) or _index_price(base, found, prices), lots.get(base, OTHER_LOT)
        check_lot(base, lot, price)
        marks = marks_by_volatility(found, moment)
        estimated |= {name for name, mark in marks.items() if mark}
        books[base] = Book(price, [_quote(name, row, lot, marks.get(row.name)) for name, row in found])
    made = assemble(
        moment,
        _QUOTE,
        books,
        previous,
        unknown=unknown,
        spot=choices.get("spot", ()),
        fill_from_smile=choices.get("fill_from_smile", False),
    )
    listed_already = {one.name for one in made.estimates}
    valued = [one.name for _, _, one in made.instruments() if one.name in estimated - listed_already]
    return replace(made, estimates=(*made.estimates, *(Estimate(name, MODEL_MARK) for name in valued)))


def _rows(answers: Sequence[Answer], time: int | None) -> tuple[list[Row], dict[str, Decimal]]:
    """Return one row for each instrument, and index prices that are rows of their own."""
    seen: dict[str, Row] = {}
    kinds: dict[str, dict[str, Row]] = {}
    prices: dict[str, Decimal] = {}
    for answer in answers:
        for _, columns, row in answer.rows:
            if columns.names is None:
                base, _, quote = row.name.partition("-")
                if quote == _QUOTE and row.index is not None:
                    prices[base] = row.index
                continue
            before = seen.get(row.name)
            if columns.is_stream:
                if not (time and row.time and row.time > time) and (
                    before is None or (row.time or 0) >= (before.time or 0)
                ):
                    seen[row.name] = row
                continue
            found = kinds.setdefault(row.name, {})
            if found.get(columns.answer) == row:
                continue
            if columns.answer in found or (before is not None and _overlap(before, row)):
                reason = "duplicate instrument with other values: give answers of one moment"
                raise InputError(reason, source=answer.source, key=row.name)
            found[columns.answer] = row
            seen[row.name] = row if before is None else before.completed(row)
    if not seen:
        raise InputError("no instruments")
    return list(seen.values()), prices


def _overlap(one: Row, other: Row) -> bool:
    return any(getattr(one, name) is not None and getattr(other, name) is not None for name in _VALUES)


def _by_underlying(
    rows: list[Row], wanted: Collection[str]
) -> tuple[dict[str, list[tuple[Name, Row]]], list[Exclusion]]:
    listed: dict[str, list[tuple[Name, Row]]] = {}
    unknown = []
    for row in rows:
        if row.terms is None:
            unknown.append(Exclusion(row.name, "not an option, a future or a perpetual"))
        else:
            listed.setdefault(row.terms.base, []).append((row.terms, row))
    for base in wanted:
        if base not in listed:
            raise InputError(f"no instruments of {base}{did_you_mean(base, listed)}")
    return {base: found for base, found in listed.items() if not wanted or base in wanted}, unknown


def _newest(rows: list[Row]) -> int:
    times = [row.time for row in rows if row.time is not None]
    if not times:
        raise InputError("no time in the answers: set the time of the venue data (--time)")
    return max(times)


def _with_forwards(listed: dict[str, list[tuple[Name, Row]]]) -> dict[str, list[tuple[Name, Row]]]:
    found = forwards_by_parity(row for rows in listed.values() for _, row in rows)

    def completed(name: Name, row: Row) -> Row:
        if row.has_forward or name.strike is None or name.expiry is None:
            return row
        return replace(row, forward=found.get((name.base, name.linear, name.expiry)))

    return {base: [(name, completed(name, row)) for name, row in rows] for base, rows in listed.items()}


def _lots(previous: VenueData | None, choices: Choices) -> dict[str, Decimal]:
    known = {
        one.name: one.instruments[0].lot
        for one in (previous.underlyings if previous else ())
        if one.instruments
    }
    return dict(LOTS) | known | dict(choices.get("lots") or {})


def _index_price(base: str, listed: list[tuple[Name, Row]], prices: Mapping[str, Decimal]) -> Decimal:
    priced = [row for _, row in listed if row.index is not None and row.index > 0]
    newest = max(priced, key=lambda row: (row.time or 0, row.name), default=None)
    if newest is not None and newest.index is not None:
        return newest.index
    if prices.get(base, Decimal(0)) > 0:
        return prices[base]
    forwards = [
        (name.expiry or 0, row.forward) for name, row in listed if row.forward is not None and row.forward > 0
    ]
    hint = f"; the forward of its next expiry is {decimal_text(min(forwards)[1])}" if forwards else ""
    raise InputError(f"no index price of {base} in the answers: give it (--index {base}=PRICE){hint}")


def _quote(name: Name, row: Row, lot: Decimal, model_mark: Decimal | None) -> Quote:
    option = name.strike is not None
    currencies = (name.linear or (name.base if option else _QUOTE), "")
    in_coins = option and not name.linear and row.forward is not None and row.forward > 0
    unit = row.forward if in_coins and row.forward is not None else Decimal(1)

    def price(number: Decimal | None) -> Decimal | None:
        return None if number is None else _CONTEXT.multiply(number, unit).quantize(_DIGITS, context=_CONTEXT)

    flaw = "" if row.quote in currencies else "quoted in another currency than its name says"
    if option and not row.has_forward and row.forward is None:
        flaw = flaw or NO_PAIR
    return Quote(
        name=row.name,
        lot=lot,
        expiry=name.expiry,
        strike=name.strike,
        right=name.right,
        mark=price(row.mark) if model_mark is None else model_mark,
        forward=row.forward if option else None,
        bid=price(row.bid),
        ask=price(row.ask),
        volatility=None if row.volatility is None else row.volatility.quantize(_DIGITS, context=_CONTEXT),
        time=row.time,
        flaw=flaw,
    )
