"""The inputs of a margin circuit for an account, and the expected public signals.

Names are those of the circuit's signals. Step 8, the context, is here: the circuit squares it, so that a
proof cannot be moved to another context.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from .account import EMPTY, Account, Position, commitment, orders_hash
from .checks import SpecError, check_field
from .constants import ARITY, FIELD, INSTRUMENT_LEVELS, TREE_LEVELS
from .lanes import Plan, Shape, plan
from .limits import Limits, within_limits
from .margin import margin
from .poseidon import Hasher, poseidon
from .snapshot import Snapshot, snapshot_root
from .table import Row, Table, pack

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .tree import Tree


class PublicSignals(NamedTuple):
    """The public signals of a margin proof, in the circuit's order; field elements."""

    healthy: int
    account_commitment: int
    snapshot_root: int
    requirement_bps: int
    context: int


@dataclass(frozen=True, slots=True, repr=False)
class CircuitInputs:
    """The inputs of the witness calculator, and the expected public signals.

    Parameters
    ----------
    signals : dict
        Field elements and nested lists of them, by signal name; secret.
    public : PublicSignals
    limits : Limits or None
        The public signals after the others; None in a circuit without limits.
    """

    signals: dict[str, Any]
    public: PublicSignals
    limits: Limits | None = None

    @property
    def all_public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        return (*self.public, *(self.limits or ()))


def circuit_inputs(  # noqa: PLR0913  # everything that a proof depends on
    account: Account,
    snapshot: Snapshot,
    shape: Shape,
    requirement_bps: int,
    context: int,
    *,
    limits: Limits | None = None,
    chosen: Plan | None = None,
    hasher: Hasher = poseidon,
) -> CircuitInputs:
    """Return the inputs of a margin circuit.

    Parameters
    ----------
    account : Account
    snapshot : Snapshot
    shape : Shape
        The shape of the circuit.
    requirement_bps : int
        The claim, 20 bits.
    context : int
        The context, a field element.
    limits : Limits, optional
        The limits on each underlying's net Greeks, in a circuit with limits.
    chosen : Plan, optional
        The lanes, as many as the shape has; by default those of `plan`. For tests: circuits refuse lanes whose
        underlyings do not ascend.
    hasher : Hasher

    Returns
    -------
    CircuitInputs

    Raises
    ------
    SpecError
        If account, snapshot and circuit do not fit each other, a value is out of range, or the account is not
        within the limits.
    """
    check_field("context", context)
    if snapshot.table.layout != shape.layout:
        raise SpecError("layout", "the snapshot has another layout than the circuit")
    if shape.disclosed:
        raise SpecError("disclosed", "a disclosure circuit has other inputs: see disclosure_inputs")
    planned = plan(account, shape)
    chosen = planned if chosen is None else chosen
    if len(chosen.underlyings) != shape.lanes:
        raise SpecError("underlyings", "expected one for each lane of the circuit")
    if shape.limited != (limits is not None):
        raise SpecError("limits", "missing" if shape.limited else "the circuit has none")
    result = margin(account, snapshot, chosen)
    if limits is not None and not within_limits(result, limits):
        raise SpecError("limits", "the account is not within them")
    healthy = int(result.healthy(requirement_bps))
    commit, root = commitment(account, hasher), snapshot_root(snapshot, hasher)
    signals = {
        "requirementBps": requirement_bps,
        "context": context,
        **account_signals(account, hasher),
        **snapshot_signals(snapshot),
        **lane_signals(chosen, snapshot.table.tree),
        **position_signals(account.positions, chosen, shape, snapshot.table, hasher),
    }
    if limits is not None:
        signals["limits"] = list(limits)
    public = PublicSignals(healthy, commit, root, requirement_bps, context)
    return CircuitInputs(signals, public, limits)


def snapshot_signals(snapshot: Snapshot) -> dict[str, Any]:
    """Return the inputs that open a snapshot's root.

    Parameters
    ----------
    snapshot : Snapshot

    Returns
    -------
    dict
    """
    return {
        "prices": list(snapshot.prices),
        "paramsHash": snapshot.params_hash,
        "timestamp": snapshot.timestamp,
        "underlyingRoots": list(snapshot.table.tree.children(TREE_LEVELS, 0)),
    }


def account_signals(account: Account, hasher: Hasher) -> dict[str, Any]:
    """Return the inputs that open an account, without its positions.

    Parameters
    ----------
    account : Account
    hasher : Hasher

    Returns
    -------
    dict
    """
    return {
        "owner": account.owner,
        "account": account.number,
        "key": list(account.key),
        "viewKey": account.view_key,
        "nonce": account.nonce,
        "cash": account.cash % FIELD,
        "amounts": list(account.amounts),
        "orders": orders_hash(account.orders, hasher),
    }


def lane_signals(chosen: Plan, tree: Tree) -> dict[str, Any]:
    """Return the inputs that authenticate the subtree of each lane.

    Parameters
    ----------
    chosen : Plan
    tree : Tree

    Returns
    -------
    dict
    """
    return {
        "laneUnderlying": list(chosen.underlyings),
        "laneChildren": [list(tree.children(INSTRUMENT_LEVELS, u)) for u in chosen.underlyings],
    }


def position_signals(
    positions: Sequence[Position], chosen: Plan, shape: Shape, table: Table, hasher: Hasher
) -> dict[str, Any]:
    """Return the inputs of an account's slots, each with its lane, its row and its path.

    Parameters
    ----------
    positions : Sequence of Position
    chosen : Plan
    shape : Shape
    table : Table
    hasher : Hasher

    Returns
    -------
    dict
    """
    beyond = shape.positions - len(positions)
    slots = [*positions, *[EMPTY] * beyond]
    lanes = [*chosen.lane_of, *[None] * beyond]
    no_row = Row((0,) * shape.layout.slots, 0, 0)
    rows = [no_row if slot == EMPTY else table.rows[slot.instrument] for slot in slots]
    nowhere = _no_children(shape.layout.elements, hasher)
    return {
        "member": [[int(lane == number) for number in range(shape.lanes)] for lane in lanes],
        "index": [slot.index for slot in slots],
        "lots": [slot.lots % FIELD for slot in slots],
        "packed": [list(pack(row)) for row in rows],
        "shortFloor": [row.short_floor for row in rows],
        "addOn": [row.add_on for row in rows],
        "children": [
            [list(level) for level in nowhere] if slot == EMPTY else _children(slot, table.tree)
            for slot in slots
        ],
    }


def _children(position: Position, tree: Tree) -> list[list[int]]:
    """Return the path from a position's row up to one of its lane's children."""
    levels = range(1, INSTRUMENT_LEVELS)
    return [list(tree.children(level, position.instrument // ARITY**level)) for level in levels]


def _no_children(elements: int, hasher: Hasher) -> list[list[int]]:
    """Return the path of an empty slot: a row of zeros at place 0, alone on every level."""
    node = hasher([0] * (elements + 2))
    path: list[list[int]] = []
    for _ in range(1, INSTRUMENT_LEVELS):
        path.append([node] + [0] * (ARITY - 1))
        node = hasher(path[-1])
    return path
