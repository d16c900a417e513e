"""Reading of a file that is an order or a quote sheet."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

from zkmargin.documents.fields import Field
from zkmargin.documents.strict_json import load_json

from .order import SignedOrder
from .sheet import SHEET_FORMAT, SignedSheet

__all__ = ["Signed", "load_signed"]

Signed: TypeAlias = SignedOrder | SignedSheet


def load_signed(path: str | Path) -> Signed:
    """Read a signed order or a signed quote sheet.

    Parameters
    ----------
    path : str or Path
        Its ``format`` says which of the two it is.

    Returns
    -------
    SignedOrder or SignedSheet

    Raises
    ------
    InputError
        With file and key path, if the file is malformed.
    """
    document = load_json(Path(path), max_bytes=SignedSheet.MAX_BYTES)
    is_sheet = isinstance(document, dict) and document.get("format") == SHEET_FORMAT
    return (SignedSheet if is_sheet else SignedOrder).from_json(Field(document, str(path)))
