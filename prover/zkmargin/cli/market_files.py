"""Market files and times of the commands under ``zkmargin market``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..utc import utc_text
from .exclusions import exclusions_to_json, show_exclusions
from .output import print_json, print_line

if TYPE_CHECKING:
    from ..market import Market

__all__ = ["MarketOut", "load_market", "save_market", "seconds"]

MarketOut = Annotated[Path, typer.Option("-o", "--out", help="Where the market goes.")]

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"


def load_market(path: Path | None) -> Market | None:
    """Read a market file, if there is one."""
    from ..market import Market  # noqa: PLC0415  # imports are left to the commands

    return None if path is None else Market.load(path)


def seconds(text: str | None) -> int | None:
    """Read the value of ``--time``, if there is one."""
    from ..market.venue_files import parse_time  # noqa: PLC0415  # imports are left to the commands

    return None if text is None else parse_time(text, "--time")


def save_market(market: Market, out: Path, *, as_json: bool) -> None:
    """Write the market and show what it holds."""
    from ..market import Settled  # noqa: PLC0415  # imports are left to the commands

    market.save(out)
    kinds = [type(one) for _, _, one in market.instruments()]
    count, settled = len(kinds), kinds.count(Settled)
    names = [one.name for one in market.underlyings]
    if as_json:
        shown = {
            "file": str(out),
            "time": str(market.time),
            "underlyings": names,
            "instruments": count,
            "settled": settled,
        }
        estimates = [{"name": one.name, "reason": one.reason} for one in market.estimates]
        exclusions = exclusions_to_json(market.exclusions)
        print_json({**shown, "estimates": estimates, "exclusions": exclusions})
        return
    print_line(f"{out}: {count} instruments of {', '.join(names)} at {utc_text(market.time, _CLOCK)}")
    if settled:
        print_line(f"settled: {settled}")
    if market.estimates:
        print_line(f"estimated: {len(market.estimates)} (all of them are in the file)")
    show_exclusions(market.exclusions)
