"""A customer's check that its account is in a proof of solvency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import ARITY
from zkmargin.spec.tree import climb

from .report import REPORT, SolvencyReport
from .verification import load_chunks

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Inclusion", "find_inclusion"]


@dataclass(frozen=True, slots=True)
class Inclusion:
    """The place of an account in the tree of a proof of solvency.

    Attributes
    ----------
    commitment : int
    place : int
        The number of the leaf, from 0.
    children : tuple of tuple of int
        The eight children on each level above it, the level of the leaves first.
    root : int
    """

    commitment: int
    place: int
    children: tuple[tuple[int, ...], ...]
    root: int

    def holds(self) -> bool:
        """Return whether the path leads from the account to the root."""
        return climb(self.commitment, self.place, self.children, fast_hasher()) == self.root


def find_inclusion(folder: Path, commitment: int, snapshot_root: int) -> Inclusion:
    """Find an account in a proof of solvency. `verify_solvency` verifies the proof itself.

    Parameters
    ----------
    folder : Path
        With ``report.json`` and ``chunks``.
    commitment : int
        The account's commitment under the snapshot, which the customer computes.
    snapshot_root : int

    Returns
    -------
    Inclusion

    Raises
    ------
    StatementError
        If the proof is for another snapshot, the account is not in it, or its path does not lead to the root.
    InputError
        If a file is malformed.
    """
    report = SolvencyReport.load(folder / REPORT)
    if report.snapshot_root != snapshot_root:
        raise StatementError("the proof is for another snapshot")
    hasher = fast_hasher()
    nodes: list[int] = []
    found: tuple[int, tuple[int, ...]] | None = None
    for chunk in load_chunks(folder, report):
        if found is None and commitment in chunk.commitments:
            place = chunk.commitments.index(commitment)
            eight = place - place % ARITY
            found = ARITY * len(nodes) + place, chunk.commitments[eight : eight + ARITY]
        nodes += spec.first_level(chunk.commitments, hasher)
    if found is None or commitment == spec.BLANK_COMMITMENT:
        raise StatementError("the account is not in the proof of solvency")
    place, leaves = found
    children = [leaves]
    position = place // ARITY
    for level in spec.upper_levels(nodes, hasher)[:-1]:
        position //= ARITY
        children.append(level[ARITY * position : ARITY * (position + 1)])
    inclusion = Inclusion(commitment, place, tuple(children), report.root)
    if not inclusion.holds():
        raise StatementError("the account's path does not lead to the root of the report")
    return inclusion
