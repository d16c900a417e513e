"""Tables on standard output."""

from __future__ import annotations

import os
import sys
from itertools import zip_longest
from typing import TYPE_CHECKING
from unicodedata import combining, east_asian_width

from .output import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["print_table"]

_BOLD, _NORMAL = "\x1b[1m", "\x1b[0m"


def print_table(
    rows: Iterable[Sequence[str]],
    *,
    headings: Sequence[str] = (),
    right: Collection[int] = (),
    indent: int = 0,
) -> None:
    """Write rows in aligned columns, each row on one line of its own.

    No cell is cut or wrapped, whatever the terminal's width: every number can be read, and found with ``grep``. Only
    a terminal gets bold headings.

    Parameters
    ----------
    rows : iterable of sequence of str
        Cells; a row may have fewer than there are columns.
    headings : sequence of str, optional
        They may have several lines.
    right : collection of int, optional
        Columns that are aligned to the right, as numbers are.
    indent : int, optional
        Spaces before each line.
    """
    cells = [[_one_line(cell) for cell in row] for row in rows]
    titles = [heading.split("\n") for heading in headings]
    height = max(map(len, titles), default=0)
    head = list(zip(*([""] * (height - len(one)) + one for one in titles), strict=True))
    columns = zip_longest(*head, *cells, fillvalue="")
    widths = [max(map(_width, column)) for column in columns]
    is_terminal = sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"
    for number, row in enumerate((*head, *cells)):
        parts = [
            _padded(cell, width, right=column in right)
            for column, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        line = (" " * indent + "  ".join(parts)).rstrip()
        sys.stdout.write(f"{_BOLD}{line}{_NORMAL}\n" if is_terminal and number < height else f"{line}\n")


def _padded(cell: str, width: int, *, right: bool) -> str:
    space = " " * (width - _width(cell))
    return space + cell if right else cell + space


def _width(cell: str) -> int:
    """Return the columns that a text takes on a terminal: two for wide letters, none for accents put on others."""
    return sum(0 if combining(one) else 2 if east_asian_width(one) in "WF" else 1 for one in cell)


def _one_line(cell: str) -> str:
    return printable(cell).replace("\n", "\\n").replace("\t", "\\t")
