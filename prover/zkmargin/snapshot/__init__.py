"""Snapshots: a risk table, collateral prices and parameters of one moment, under one root."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .parts import Listing, Parts
    from .snapshot import Snapshot
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        parts="Listing Parts",
        snapshot="Snapshot",
    )

__all__ = ["Listing", "Parts", "Snapshot"]
