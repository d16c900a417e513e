"""Venue data and positions from the files and interfaces of venues, by a table of formats, and from any venue's CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .chains import import_answers, import_deribit
    from .plain_csv import import_csv, import_csv_days
    from .positions import PositionFormat, VenuePosition, read_positions
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        chains="import_answers import_deribit",
        plain_csv="import_csv import_csv_days",
        positions="PositionFormat VenuePosition read_positions",
    )

__all__ = [
    "PositionFormat",
    "VenuePosition",
    "import_answers",
    "import_csv",
    "import_csv_days",
    "import_deribit",
    "read_positions",
]
