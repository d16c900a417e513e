"""Files of many days for backtests: snapshots, venue data, or a venue's own files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  # a dataclass keeps its annotations
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import expected_one_of
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .output import progress

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["MarketFiles"]

_PLAIN = "csv"


@dataclass(frozen=True, slots=True)
class MarketFiles:
    """The options that name files of many days.

    Attributes
    ----------
    snapshots : Path or None
        A folder of snapshots or venue data.
    market_history : Path or None
        A folder of a venue's own files, or a plain CSV of many days.
    source : str
        The format of `market_history`.
    fill_from_smile : bool
        Whether to estimate options without a usable mark in `market_history`.
    """

    snapshots: Path | None
    market_history: Path | None
    source: str
    fill_from_smile: bool

    def imported(self, spot: Collection[str] = ()) -> Iterator[tuple[str, VenueData]]:
        """Import `market_history` day by day, and yield the venue data with the name of the file.

        Parameters
        ----------
        spot : collection of str
            Underlyings to list as instruments themselves.

        Raises
        ------
        InputError
            If there is no such format, or a file is malformed.
        """
        from zkmargin.account.market_days import files_by_day  # noqa: PLC0415
        from zkmargin.venues import import_answers, import_csv, import_csv_days  # noqa: PLC0415
        from zkmargin.venues.columns import SOURCES  # noqa: PLC0415

        path, fill = self.market_history, self.fill_from_smile
        assert path is not None  # noqa: S101  # the command has checked it
        known = (_PLAIN, *SOURCES)
        if self.source not in known:
            raise InputError(f"no such source; {expected_one_of(self.source, known)}", source="--source")
        if path.is_file():
            if self.source != _PLAIN:
                raise InputError("expected a folder; one file of many days is a plain CSV", source=str(path))
            for day in import_csv_days(path, spot=spot, fill_from_smile=fill):
                yield f"{path}, {utc_text(day.time, '%Y-%m-%d')}", day
            return
        with progress(lines=False) as report:
            days = files_by_day(path)
            for number, files in enumerate(days):
                name = str(files[0] if len(files) == 1 else files[0].parent)
                report(name, number, len(days))
                if self.source != _PLAIN:
                    yield name, import_answers(self.source, *files, spot=spot, fill_from_smile=fill)
                elif len(files) != 1:
                    raise InputError("expected one plain CSV for each day", source=name)
                else:
                    yield name, import_csv(files[0], spot=spot, fill_from_smile=fill)
