"""``zkmargin market`` and ``zkmargin snapshot``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line

if TYPE_CHECKING:
    from ..market import Exclusion

__all__ = ["market_app", "snapshot_app"]

market_app = typer.Typer(no_args_is_help=True, help="Import what a venue lists.")
import_app = typer.Typer(no_args_is_help=True, help="Import what a venue lists.")
market_app.add_typer(import_app, name="import")
snapshot_app = typer.Typer(no_args_is_help=True, help="Build risk snapshots.")

_SHOWN = 5


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
        print_json({**shown, "exclusions": _exclusions(market.exclusions)})
        return
    print_line(f"{out}: {count} instruments of {', '.join(one.name for one in market.underlyings)}")
    _show_exclusions(market.exclusions)


@snapshot_app.command()
def build(
    market: Annotated[Path, typer.Argument(help="A file from zkmargin market import.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where the snapshot goes.")],
    model: Annotated[str, typer.Option("--model", help="The margin model: a name, or a TOML file.")] = "span",
    collateral: Annotated[
        Path | None, typer.Option("--collateral", help="The collateral and its haircuts: a TOML file.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Reprice a market under a margin model, and commit to the result."""
    from ..market import Market  # noqa: PLC0415  # imports are left to the commands
    from ..risk import load_collateral, load_model  # noqa: PLC0415
    from ..snapshot import Snapshot  # noqa: PLC0415

    chosen = load_model(Path(model) if "/" in model or model.endswith(".toml") else model)
    made = Snapshot.build(Market.load(market), chosen, collateral=load_collateral(collateral))
    made.save(out)
    count = len(made.parts.listings)
    if as_json:
        shown = {"file": str(out), "root": str(made.root), "timestamp": str(made.timestamp)}
        exclusions = _exclusions(made.parts.exclusions)
        print_json({**shown, "model": chosen.name, "instruments": count, "exclusions": exclusions})
        return
    print_line(f"{out}: {count} instruments under {chosen.name}")
    print_line(f"root {made.root}")
    _show_exclusions(made.parts.exclusions)


def _exclusions(exclusions: tuple[Exclusion, ...]) -> list[dict[str, str]]:
    return [{"name": one.name, "reason": one.reason} for one in exclusions]


def _show_exclusions(exclusions: tuple[Exclusion, ...]) -> None:
    if exclusions:
        print_line(f"left out: {len(exclusions)}")
    for one in exclusions[:_SHOWN]:
        print_line(f"  {one.name}: {one.reason}")
    if len(exclusions) > _SHOWN:
        print_line("  ... (all of them are in the file)")
