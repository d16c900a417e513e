"""Plans: a draft's operations and accounts, or accounts that attest, assigned to circuits."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.proofs.batch_instances import batch_circuits

from .attestation import AttestationContent, Attested
from .batch import MOST_FACTORS, BatchContent, HealthPart, OperationsPart, PartProof
from .health_groups import HealthGroup, group_accounts
from .unhealthy import require_healthy

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from zkmargin.proofs.batch_instances import BatchCircuits, TradeInstance, UpkeepInstance
    from zkmargin.proofs.circuit_keys import PublishedCircuit

    from .draft import Done, Draft

__all__ = ["AttestationPlan", "Plan", "ProofTask", "plan_attestation", "plan_batch"]

_Instance = TypeVar("_Instance", "TradeInstance", "UpkeepInstance")
_Kind = type[spec.Match] | type[spec.Quote] | tuple[type[spec.Expire], type[spec.Credit], type[spec.Rekey]]
_UPKEEP: _Kind = (spec.Expire, spec.Credit, spec.Rekey)


# No repr: the signals are secret.
@dataclass(frozen=True, slots=True, repr=False)
class ProofTask:
    """A proof to make.

    Attributes
    ----------
    circuit : PublishedCircuit
    signals : dict
        The inputs by name; secret.
    public : tuple of int
        The expected public signals.
    accounts : tuple of int
        The numbers of the accounts that it is about.
    """

    circuit: PublishedCircuit
    signals: dict[str, Any]
    public: tuple[int, ...]
    accounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, repr=False)
class Plan:
    """The proofs of a batch, not made yet. `plan_batch` makes one.

    Attributes
    ----------
    content : BatchContent
        The public part of the batch.
    tasks : tuple of ProofTask
        One for each of the content's parts, in order.
    """

    content: BatchContent
    tasks: tuple[ProofTask, ...]

    def proven(self, proofs: Iterable[Any]) -> tuple[PartProof, ...]:
        """Return the proofs of the tasks, in order, with the public signals that the content lacks."""
        return tuple(_part_proof(task, proof) for task, proof in zip(self.tasks, proofs, strict=True))


# No repr: the signals are secret.
@dataclass(frozen=True, slots=True, repr=False)
class AttestationPlan:
    """The proofs of an attestation, not made yet. `plan_attestation` makes one.

    Attributes
    ----------
    content : AttestationContent
        The public part of the attestation.
    tasks : tuple of ProofTask
        One for each of the content's parts, in order.
    """

    content: AttestationContent
    tasks: tuple[ProofTask, ...]


def plan_batch(draft: Draft, requirement_bps: int, circuits: BatchCircuits | None = None) -> Plan:
    """Assign a draft's operations and accounts to circuits.

    Fills of one kind go to the largest circuits that they fill, and the rest to the smallest circuit that holds it.
    Every touched account is in one proof of health, unless the draft has no fills: upkeep needs none.

    Parameters
    ----------
    draft : Draft
    requirement_bps : int
        The level of the proofs of health, in 1/10000 of the requirement: initial margin, or maintenance margin in a
        batch that only reduces.
    circuits : BatchCircuits, optional
        The circuits to use; all that the package has by default.

    Returns
    -------
    Plan

    Raises
    ------
    StatementError
        With every account that would not be healthy and funded.
    InputError
        If the draft has no operation, or no circuit holds an account or an operation.
    """
    using = circuits or batch_circuits()
    if not draft.operations:
        raise InputError("expected at least one operation", source="draft")
    hasher = fast_hasher()
    fills = [
        (one, part, _fill_batch(part, draft, one))
        for kind, sizes in ((spec.Match, using.match), (spec.Quote, using.quote))
        for part, one in _packed(_of_kind(draft.operations, kind), sizes, kind.__name__.lower())
    ]
    layout = draft.snapshot.table.layout
    upkeep = [
        (one, part, _upkeep_batch(part, draft, one))
        for part, one in _packed(
            _of_kind(draft.operations, _UPKEEP),
            [one for one in using.upkeep if one.layout == layout],
            "upkeep",
        )
    ]
    groups: Sequence[HealthGroup] = ()
    if draft.has_fills:
        draft.check_health(requirement_bps)
        groups = group_accounts(draft.after.values(), layout, using.health)
    before, after = draft.before, draft.after
    content = BatchContent(
        domain=draft.setting.domain,
        time=draft.setting.time,
        reduce_only=draft.setting.reduce_only,
        snapshot_root=spec.snapshot_root(draft.snapshot, hasher),
        requirement_bps=requirement_bps,
        accounts=tuple(
            spec.Touched(
                number, spec.commitment(before[number], hasher), spec.commitment(after[number], hasher)
            )
            for number in before
        ),
        fills=tuple(OperationsPart(one.name, made.digest, made.elements) for one, _, made in fills),
        upkeep=tuple(OperationsPart(one.name, made.digest, made.elements) for one, _, made in upkeep),
        requests=tuple(request for _, _, made in upkeep for request in made.requests),
        health=tuple(_health_part(group) for group in groups),
    )
    if content.factors >= MOST_FACTORS:
        raise InputError(f"{MOST_FACTORS} factors of states or more; settle it in several", source="draft")
    z = content.challenge()
    tasks = [ProofTask(one, *_split(made.inputs(z)), _numbers(part)) for one, part, made in fills]
    tasks += [ProofTask(one, *_split(made.inputs(z)), _numbers(part)) for one, part, made in upkeep]
    return Plan(content, (*tasks, *_health_tasks(groups, draft.snapshot, requirement_bps, z)))


def plan_attestation(  # noqa: PLR0913  # everything that a plan depends on
    accounts: Iterable[spec.Account],
    snapshot: spec.Snapshot,
    requirement_bps: int,
    *,
    domain: int,
    circuits: BatchCircuits | None = None,
    positions: int = 0,
) -> AttestationPlan:
    """Assign accounts to circuits that prove their health.

    Parameters
    ----------
    accounts : iterable of spec.Account
        Openings of their present states, with different numbers.
    snapshot : spec.Snapshot
    requirement_bps : int
        The level of the proofs, in 1/10000 of the requirement.
    domain : int
        The domain of the house, a field element.
    circuits : BatchCircuits, optional
        The circuits to use; all that the package has by default.
    positions : int
        Each account gets a circuit with at least so many places for positions. A proof shows its circuit, and so how
        large an account may be: a larger circuit than the smallest shows less.

    Returns
    -------
    AttestationPlan

    Raises
    ------
    StatementError
        With every account that is not healthy and funded.
    InputError
        If there is no account, two have the same number, or no circuit holds an account.
    """
    by_number = sorted(accounts, key=lambda account: account.number)
    if not by_number:
        raise InputError("expected at least one account", source="accounts")
    for one, other in pairwise(by_number):
        if one.number == other.number:
            raise InputError(f"account {one.number} is listed twice", source="accounts")
    require_healthy(by_number, snapshot, requirement_bps)
    using, hasher = circuits or batch_circuits(), fast_hasher()
    groups = group_accounts(by_number, snapshot.table.layout, using.health, positions)
    content = AttestationContent(
        domain=domain,
        requirement_bps=requirement_bps,
        snapshot_root=spec.snapshot_root(snapshot, hasher),
        accounts=tuple(Attested(one.number, spec.commitment(one, hasher)) for one in by_number),
        health=tuple(_health_part(group) for group in groups),
    )
    tasks = _health_tasks(groups, snapshot, requirement_bps, content.challenge())
    return AttestationPlan(content, tuple(tasks))


def _of_kind(operations: Sequence[Done], kind: _Kind) -> list[Done]:
    return [done for done in operations if isinstance(done.operation, kind)]


def _numbers(part: Sequence[Done]) -> tuple[int, ...]:
    return tuple(sorted({step.after.number for done in part for step in done.steps}))


def _packed(
    operations: Sequence[Done], instances: Sequence[_Instance], name: str
) -> list[tuple[Sequence[Done], _Instance]]:
    """Cut a list of operations into proofs."""
    if not operations:
        return []
    if not instances:
        raise InputError(f"no circuit for operations of the kind {name}", source="circuits")
    sizes = sorted(instances, key=lambda one: one.operations)
    parts: list[tuple[Sequence[Done], _Instance]] = []
    rest = list(operations)
    while rest:
        filled = [one for one in sizes if one.operations <= len(rest)]
        holding = [one for one in sizes if one.operations >= len(rest)]
        # The largest circuit as long as it is filled, then the smallest that holds what is left.
        one = filled[-1] if filled and (filled[-1] is sizes[-1] or not holding) else holding[0]
        parts.append((rest[: one.operations], one))
        rest = rest[one.operations :]
    return parts


def _fill_batch(part: Sequence[Done], draft: Draft, one: TradeInstance) -> spec.TradeBatch:
    operations = [done.operation for done in part]
    steps = [done.steps for done in part]
    return spec.trade_proof(operations, steps, draft.setting, one.operations, hasher=fast_hasher())  # type: ignore[arg-type]


def _upkeep_batch(part: Sequence[Done], draft: Draft, one: UpkeepInstance) -> spec.UpkeepBatch:
    operations = [done.operation for done in part]
    steps = [done.steps[0] for done in part]
    return spec.upkeep_proof(operations, steps, draft.snapshot, one.operations, hasher=fast_hasher())  # type: ignore[arg-type]


def _health_part(group: HealthGroup) -> HealthPart:
    hasher, places = fast_hasher(), group.instance.shape.accounts
    commitments = [spec.commitment(account, hasher) for account in group.accounts]
    commitments += [spec.BLANK_COMMITMENT] * (places - len(commitments))
    numbers = tuple(account.number for account in group.accounts)
    return HealthPart(group.instance.name, spec.digest(commitments, hasher), numbers)


def _health_tasks(
    groups: Sequence[HealthGroup], snapshot: spec.Snapshot, requirement_bps: int, z: int
) -> Iterator[ProofTask]:
    for group in groups:
        shape = group.instance.shape
        inputs = spec.health_inputs(group.accounts, snapshot, shape, requirement_bps, z, hasher=fast_hasher())
        numbers = tuple(account.number for account in group.accounts)
        yield ProofTask(group.instance, *_split(inputs), numbers)


def _split(inputs: Any) -> tuple[dict[str, Any], tuple[int, ...]]:
    return inputs.signals, inputs.public


def _part_proof(task: ProofTask, proof: Any) -> PartProof:
    match task.public:
        case spec.TradeSignals() as public:
            return PartProof(proof, ratio=public.ratio, fees=public.fees)
        case spec.UpkeepSignals() as public:
            return PartProof(proof, ratio=public.ratio, requests=public.requests)
    return PartProof(proof)
