"""Venue data from the files and interfaces of venues: Deribit's and any venue's CSV."""

from __future__ import annotations

from .deribit import import_deribit
from .plain_csv import import_csv

__all__ = ["import_csv", "import_deribit"]
