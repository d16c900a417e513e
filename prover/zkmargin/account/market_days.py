"""The days of a book, from a folder of snapshots or venue data, or of a venue's own files."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise
from types import MappingProxyType
from typing import TYPE_CHECKING

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.risk.market_day import Held, MarketDay, ModelRows, market_day
from zkmargin.risk.model import DEFAULT_MODEL, load_model
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data.venue_data import VenueData

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Sequence
    from pathlib import Path

    from zkmargin.risk.model import Model

    from .account import Account

__all__ = ["check_book", "days_of_files", "days_of_venue_data", "files_by_day", "venue_data_of_files"]

_SNAPSHOT = "zkmargin-snapshot/"
_VENUE_DATA = "zkmargin-venue-data/"


def days_of_files(folder: Path, names: Collection[str], models: Sequence[Model]) -> list[MarketDay]:
    """Read a folder of snapshots or of venue data, a file for each day.

    Parameters
    ----------
    folder : Path
        Files in any order; those that begin with a dot are ignored.
    names : collection of str
        The instruments of the book.
    models : sequence of Model
        The models for venue data, `span` if there are none. A snapshot has the rows of its own model.

    Returns
    -------
    list of MarketDay
        In the order of their times.

    Raises
    ------
    InputError
        With the file, if it is neither or malformed, or an instrument has no row under a model; if two files are of
        one day, or quote currencies or models differ; or if there are models for snapshots.
    """
    days = []
    for file in _files(folder):
        read = _read(file)
        if isinstance(read, VenueData):
            days.append(_named(read, names, models or [load_model(DEFAULT_MODEL)], str(file)))
        elif models:
            reason = f"a snapshot of the model {read.parts.model.name}; other models need venue data"
            raise InputError(reason, source=str(file))
        else:
            days.append(_snapshot_day(read, names, str(file)))
    return _ordered(days)


def days_of_venue_data(
    found: Iterable[tuple[str, VenueData]], names: Collection[str], models: Sequence[Model]
) -> list[MarketDay]:
    """Return the days of venue data, each with the name of its file; see `days_of_files`."""
    chosen = models or [load_model(DEFAULT_MODEL)]
    return _ordered([_named(venue_data, names, chosen, source) for source, venue_data in found])


def venue_data_of_files(folder: Path) -> Iterator[tuple[str, VenueData]]:
    """Yield the venue data of a folder, a file for each day, with their names.

    Raises
    ------
    InputError
        With the file, if it is malformed or a snapshot, which has no volatilities.
    """
    for file in _files(folder):
        read = _read(file)
        if isinstance(read, Snapshot):
            raise InputError("a snapshot, which has no volatilities; expected venue data", source=str(file))
        yield str(file), read


def files_by_day(folder: Path) -> list[tuple[Path, ...]]:
    """List a folder: a file is a day of its own; the files of a folder within it are one day.

    Raises
    ------
    InputError
        If there is no such folder, or it is empty.
    """
    try:
        entries = [one for one in sorted(folder.iterdir()) if not one.name.startswith(".")]
        found = [tuple(sorted(one.iterdir())) if one.is_dir() else (one,) for one in entries]
    except OSError as error:
        raise InputError(f"cannot be listed: {error.strerror}", source=str(folder)) from None
    if not found:
        raise InputError("no files", source=str(folder))
    return found


def check_book(account: Account, days: Sequence[MarketDay]) -> None:
    """Check that each position of an account is an instrument of a day, and a multiple of its lots.

    Raises
    ------
    InputError
        With the place of the position in the account's file.
    """
    for number, (name, quantity) in enumerate(account.positions.items()):
        key = f"positions[{number}]"
        lots = {day.held[name].lot for day in days if name in day.held}
        if not lots:
            reasons = [day.reasons[name] for day in days if name in day.reasons]
            reason = "no file has this instrument" + (f": {reasons[0]}" if reasons else "")
            raise InputError(reason, source=account.source, key=f"{key}.instrument")
        if any((Fraction(quantity) / Fraction(lot)).denominator > 1 for lot in lots):
            reason = "not a multiple of the instrument's lot"
            raise InputError(reason, source=account.source, key=f"{key}.quantity")


def _files(folder: Path) -> Iterator[Path]:
    for files in files_by_day(folder):
        if len(files) != 1:
            raise InputError("expected a file for each day, no folders", source=str(files[0].parent))
        yield files[0]


def _read(file: Path) -> Snapshot | VenueData:
    document = Field(load_json(file, max_bytes=Snapshot.MAX_BYTES), str(file))
    entry = document.entries().get("format")
    text = entry.value if entry is not None and isinstance(entry.value, str) else ""
    try:
        if text.startswith(_VENUE_DATA):
            return VenueData.from_json(document)
        if text.startswith(_SNAPSHOT):
            return Snapshot.from_json(document)
    except InputError as error:
        raise InputError(error.reason, source=error.source or str(file), key=error.key) from None
    raise InputError("neither a snapshot nor venue data", source=str(file))


def _named(venue_data: VenueData, names: Collection[str], models: Sequence[Model], source: str) -> MarketDay:
    try:
        return market_day(venue_data, names, models, source)
    except InputError as error:
        raise InputError(error.reason, source=error.source or source, key=error.key) from None


def _snapshot_day(snapshot: Snapshot, names: Collection[str], source: str) -> MarketDay:
    parts = snapshot.parts
    held, rows = {}, {}
    for one in parts.listings:
        if one.name in names:
            underlying = parts.underlyings[one.id // INSTRUMENTS]
            held[one.name] = Held(underlying, one.lot, is_settled=one.settled is not None)
            rows[one.name] = parts.rows[one.id]
    return MarketDay(
        source=source,
        time=parts.timestamp,
        quote=parts.quote,
        prices=dict(zip(parts.underlyings, parts.index_prices, strict=True)),
        held=held,
        reasons={one.name: one.reason for one in parts.exclusions if one.name in names},
        estimated=frozenset(one.name for one in parts.estimates if one.name in names),
        models={parts.model.name: ModelRows(MappingProxyType(rows), parts.layout, parts.model.initial_bps)},
    )


def _ordered(days: list[MarketDay]) -> list[MarketDay]:
    days = sorted(days, key=lambda day: day.time)
    for one, other in pairwise(days):
        if one.date == other.date:
            raise InputError(f"of the same day as {one.source}, {one.date}", source=other.source)
        if one.quote != other.quote:
            raise InputError(f"another quote currency than {one.source}", source=other.source)
        if set(one.models) != set(other.models):
            raise InputError(f"of another model than {one.source}", source=other.source)
    return days
