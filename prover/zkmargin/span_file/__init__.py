"""Importer of SPAN risk parameter files, XML and CME's expanded unpacked format (docs/formats/span-file.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .contents import Commodity, Contract, Family, Header, PriceFormat, ScanRange, SpanFile
    from .importer import import_span
    from .reader import read_span_file
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        contents="Commodity Contract Family Header PriceFormat ScanRange SpanFile",
        importer="import_span",
        reader="read_span_file",
    )

__all__ = [
    "Commodity",
    "Contract",
    "Family",
    "Header",
    "PriceFormat",
    "ScanRange",
    "SpanFile",
    "import_span",
    "read_span_file",
]
