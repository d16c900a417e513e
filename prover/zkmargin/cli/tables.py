"""Tables on standard output, laid out by Rich."""

from __future__ import annotations

import io
import sys
from typing import TYPE_CHECKING

from .output import printable

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

__all__ = ["print_table"]

_UNLIMITED = 1_000_000


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
    from rich.console import Console  # noqa: PLC0415  # only commands that print tables need it
    from rich.table import Table  # noqa: PLC0415
    from rich.text import Text  # noqa: PLC0415

    cells = [[_one_line(cell) for cell in row] for row in rows]
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, show_header=bool(headings))
    for column in range(max(map(len, [headings, *cells]))):
        heading = headings[column] if column < len(headings) else ""
        table.add_column(
            Text(heading, style="bold"),
            justify="right" if column in right else "left",
            vertical="bottom",
            no_wrap=True,
        )
    for row in cells:
        table.add_row(*map(Text, row))
    is_terminal = sys.stdout.isatty()
    console = Console(
        file=io.StringIO(),
        width=_UNLIMITED,
        force_terminal=is_terminal,
        color_system="auto" if is_terminal else None,
        highlight=False,
    )
    with console.capture() as capture:
        console.print(table)
    for line in capture.get().splitlines():
        sys.stdout.write(f"{' ' * indent}{line}".rstrip() + "\n")


def _one_line(cell: str) -> str:
    return printable(cell).replace("\n", "\\n").replace("\t", "\\t")
