"""Chunks: all accounts, assigned to circuits and in order, with the sums before each chunk."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import ARITY

from .blinds import blind
from .report import SolvencyReport, lots_point

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from zkmargin.proofs.solvency_instances import SolvencyInstance

    from .survey import Surveyed

__all__ = ["ChunkTask", "SolvencyPlan", "plan_solvency"]


# No repr: sums and blinds are secret.
@dataclass(frozen=True, slots=True, repr=False)
class ChunkTask:
    """A chunk to prove.

    Attributes
    ----------
    number : int
        From 0.
    circuit : SolvencyInstance
    paths : tuple of Path
        The account files.
    commitments : tuple of int
        Those of the accounts, and of the blank account in the places behind them.
    before, after : Sums
        Secret.
    blinds : (int, int)
        Secret.
    """

    number: int
    circuit: SolvencyInstance
    paths: tuple[Path, ...]
    commitments: tuple[int, ...]
    before: spec.Sums
    after: spec.Sums
    blinds: tuple[int, int]


@dataclass(frozen=True, slots=True, repr=False)
class SolvencyPlan:
    """All chunks, and the report that their proofs will show.

    Attributes
    ----------
    tasks : tuple of ChunkTask
    report : SolvencyReport
    x : int
        The point at which lots are compared.
    """

    tasks: tuple[ChunkTask, ...]
    report: SolvencyReport
    x: int


def plan_solvency(
    accounts: Sequence[Surveyed],
    circuits: Sequence[SolvencyInstance],
    snapshot_root: int,
    requirement_bps: int,
    seed: bytes,
) -> SolvencyPlan:
    """Assign accounts to chunks, and compute the sums between these.

    Parameters
    ----------
    accounts : sequence of Surveyed
        At least one.
    circuits : sequence of SolvencyInstance
        Those of the snapshot's layout, the smallest first.
    snapshot_root, requirement_bps : int
    seed : bytes
        The secret from which blinds are derived.

    Returns
    -------
    SolvencyPlan

    Raises
    ------
    InputError
        If an account is too large for every circuit.
    """
    hasher, groups = fast_hasher(), _grouped(accounts, circuits)
    filled = [_filled(group, circuit) for circuit, group in groups]
    nodes = [node for commitments in filled for node in spec.first_level(commitments, hasher)]
    root = spec.upper_levels(nodes, hasher)[-1][0]
    x = lots_point(root, sum(map(len, filled)), snapshot_root)
    tasks: list[ChunkTask] = []
    before, hidden = spec.NO_SUMS, 0
    for number, ((circuit, group), commitments) in enumerate(zip(groups, filled, strict=True)):
        after = before
        for one in group:
            lots = spec.Sums(0, 0, 0, spec.NO_AMOUNTS, spec.lots_value(one.held, x))
            after += one.sums + lots
        following = blind(seed, x, number) if number + 1 < len(groups) else 0
        paths = tuple(one.path for one in group)
        tasks.append(ChunkTask(number, circuit, paths, commitments, before, after, (hidden, following)))
        before, hidden = after, following
    report = SolvencyReport(
        snapshot_root=snapshot_root,
        requirement_bps=requirement_bps,
        root=root,
        chunks=len(tasks),
        accounts=len(accounts),
        unhealthy=before.unhealthy,
        deficit=before.deficit,
        cash=before.cash,
        amounts=before.amounts,
        lots=before.lots,
    )
    return SolvencyPlan(tuple(tasks), report, x)


def _grouped(
    accounts: Sequence[Surveyed], circuits: Sequence[SolvencyInstance]
) -> list[tuple[SolvencyInstance, list[Surveyed]]]:
    """Give each account the smallest circuit that holds it, and put together those that hold the same."""
    waiting: dict[str, list[Surveyed]] = {circuit.name: [] for circuit in circuits}
    for one in accounts:
        waiting[_smallest(one, circuits).name].append(one)
    groups: list[tuple[SolvencyInstance, list[Surveyed]]] = []
    for circuit in circuits:
        # Those that hold the same groups of eight neighbours share rows.
        similar = sorted(waiting[circuit.name], key=_octets)
        group: list[Surveyed] = []
        held: set[int] = set()
        for one in similar:
            more = held | {position.instrument for position in one.held}
            if len(group) == circuit.shape.accounts or not _has_rows(circuit, more):
                groups.append((circuit, group))
                group, more = [], {position.instrument for position in one.held}
            group.append(one)
            held = more
        if group:
            groups.append((circuit, group))
    return groups


def _octets(one: Surveyed) -> list[int]:
    """Return the groups of eight neighbouring instruments that an account holds."""
    return sorted({position.instrument // ARITY for position in one.held})


def _smallest(one: Surveyed, circuits: Sequence[SolvencyInstance]) -> SolvencyInstance:
    for circuit in circuits:
        shape = circuit.shape.account
        fits = one.slots <= shape.positions and one.underlyings <= shape.lanes
        if fits and _has_rows(circuit, {position.instrument for position in one.held}):
            return circuit
    raise InputError(
        "more positions, or in more underlyings, than the largest circuit of solvency holds",
        source=str(one.path),
        key="positions",
    )


def _has_rows(circuit: SolvencyInstance, instruments: set[int]) -> bool:
    """Return whether a circuit looks up as many rows."""
    try:
        spec.choose_rows(instruments, circuit.shape.octets, circuit.shape.singles)
    except spec.SpecError:
        return False
    return True


def _filled(group: Sequence[Surveyed], circuit: SolvencyInstance) -> tuple[int, ...]:
    blanks = circuit.shape.accounts - len(group)
    return (*(one.commitment for one in group), *[spec.BLANK_COMMITMENT] * blanks)
