"""Venue data from the files and interfaces of venues: Deribit's and any venue's CSV."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .deribit import import_deribit
    from .plain_csv import import_csv
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        deribit="import_deribit",
        plain_csv="import_csv",
    )

__all__ = ["import_csv", "import_deribit"]
