"""Snapshots: a risk table, collateral prices and parameters of one moment, under one root."""

from __future__ import annotations

from .parts import Listing, Parts
from .snapshot import Snapshot

__all__ = ["Listing", "Parts", "Snapshot"]
