"""Differences between two snapshots that must not pass unnoticed: with them, ``snapshot diff`` exits with 1.

Each rule is a function that yields one sentence for each finding; `_RULES` lists them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .collateral_list import collateral_names
from .renumbered import renumbered
from .rows import row_faults

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .snapshot import Snapshot

__all__ = ["alarms"]


def alarms(before: Snapshot, after: Snapshot) -> tuple[str, ...]:
    """Return the alarms, one sentence each, in the order of the rules.

    Parameters
    ----------
    before, after : Snapshot
        The earlier and the later snapshot of one market.
    """
    return tuple(text for rule in _RULES for text in rule(before, after))


def _collateral(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield an alarm if the list of collateral assets has other members or another order."""
    old, new = (", ".join(collateral_names(one)) or "empty" for one in (before, after))
    if old != new:
        yield f"the collateral list changed from {old} to {new}; accounts hold amounts by place"


def _quote(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield an alarm if cash and prices are in another currency."""
    old, new = before.parts.quote, after.parts.quote
    if old != new:
        yield f"the quote currency changed from {old} to {new}; it is the currency of cash and of all prices"


def _meaning(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield an alarm if ids, lots or places mean something else."""
    if any(renumbered(before, after)):
        yield "ids, lots or places changed, to which commitments of accounts refer"


def _rows(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield an alarm for each row that was dropped too early, or changed though it was settled."""
    yield from row_faults(before, after, is_next=False)


def _index_prices(before: Snapshot, after: Snapshot) -> Iterator[str]:
    """Yield an alarm if one root has two sets of index prices."""
    if before.root == after.root and before.parts.index_prices != after.parts.index_prices:
        yield "index prices differ, which signatures cover and the root does not"


_RULES = (_collateral, _quote, _meaning, _rows, _index_prices)
