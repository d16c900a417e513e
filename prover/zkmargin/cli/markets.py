"""``zkmargin market``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import Annotated

import typer

from .exclusions import exclusions_to_json, show_exclusions
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line

__all__ = ["market_app"]

market_app = typer.Typer(no_args_is_help=True, help="Import what a venue lists.")
import_app = typer.Typer(no_args_is_help=True, help="Import what a venue lists.")
market_app.add_typer(import_app, name="import")


@import_app.command()
def deribit(
    files: Annotated[
        list[Path], typer.Argument(help="Answers of get_book_summary_by_currency, JSON or CSV.")
    ],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the market goes.")],
    previous: Annotated[
        Path | None,
        typer.Option("--previous", help="The market before: its instruments keep their numbers."),
    ] = None,
    time: Annotated[
        int | None, typer.Option("--time", help="Unix time; that of the newest row if left out.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Import Deribit's options, futures and perpetuals."""
    from ..market import Market, import_deribit  # noqa: PLC0415  # imports are left to the commands

    market = import_deribit(*files, previous=None if previous is None else Market.load(previous), time=time)
    market.save(out)
    count = sum(1 for _ in market.instruments())
    if as_json:
        names = [one.name for one in market.underlyings]
        shown = {"file": str(out), "time": str(market.time), "underlyings": names, "instruments": count}
        print_json({**shown, "exclusions": exclusions_to_json(market.exclusions)})
        return
    print_line(f"{out}: {count} instruments of {', '.join(one.name for one in market.underlyings)}")
    show_exclusions(market.exclusions)
