"""``zkmargin collateral``."""

from __future__ import annotations

from decimal import Decimal
from math import ceil
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.files import write_text
from zkmargin.risk.adjustment import load_adjustment
from zkmargin.risk.collateral import load_collateral

from . import typed
from .histories import AdjustmentFile, AllowGaps, ShiftDays, describe_history, parse_histories
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from fractions import Fraction

__all__ = ["collateral_app"]

collateral_app = typed.Group()


@collateral_app.command()
def adjust(  # noqa: PLR0913, PLR0917  # the options of a command
    collateral: Annotated[
        Path, typed.Argument(help="The collateral with its minimum haircuts, a TOML file.")
    ],
    history: Annotated[
        list[str], typed.Option("--history", help="Daily prices, CSV: ASSET=FILE. Once per asset.")
    ],
    out: Annotated[Path, typed.Option("-o", "--out", help="The file to write, TOML.")],
    days: Annotated[
        int, typed.Option("--days", min=1, max=365, help="The days that selling the collateral takes.")
    ] = 1,
    adjustment: AdjustmentFile = None,
    allow_gaps: AllowGaps = False,
    shift_days: ShiftDays = 0,
    as_json: Json = False,
) -> None:
    """Raise haircuts to the level that the volatility of daily prices implies."""
    from zkmargin.risk.collateral_adjust import adjust_haircuts, collateral_text  # noqa: PLC0415

    before = load_collateral(collateral)
    histories = parse_histories(history, allow_gaps=allow_gaps, shift_days=shift_days)
    chosen = load_adjustment(adjustment)
    after = adjust_haircuts(before, {one.name: one for one in histories}, chosen, Decimal(days))
    origin = f"{collateral.name}, raised for {days} days of liquidation by the adjustment {chosen.name}"
    spans = (f"{one.name}: {describe_history(one)}" for one in histories)
    write_text(out, collateral_text(after, "\n".join([origin, *spans])))
    rows = [
        (new.asset, _shown(old.effective_haircut), _shown(new.effective_haircut))
        for old, new in zip(before, after, strict=True)
    ]
    if as_json:
        haircuts = [{"asset": name, "before": old, "after": new} for name, old, new in rows]
        print_json({"file": str(out), "days": days, "adjustment": chosen.name, "haircuts": haircuts})
        return
    print_line(f"{out}: effective haircuts for {days} days")
    print_table(rows, headings=("asset", "before", "after"), right={1, 2}, indent=2)


def _shown(haircut: Fraction) -> str:
    """Round a haircut up to four decimals."""
    return str(Decimal(ceil(haircut * 10**4)).scaleb(-4))
