"""``zkmargin snapshot``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .exclusions import exclusions_to_json, show_exclusions
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line

__all__ = ["snapshot_app"]

snapshot_app = typer.Typer(no_args_is_help=True, help="Build risk snapshots.")


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
        exclusions = exclusions_to_json(made.parts.exclusions)
        print_json({**shown, "model": chosen.name, "instruments": count, "exclusions": exclusions})
        return
    print_line(f"{out}: {count} instruments under {chosen.name}")
    print_line(f"root {made.root}")
    show_exclusions(made.parts.exclusions)
