"""Verification of a batch from public data, as a contract does it.

A proof of operations shows the ratio of the factors of consumed states to those of made ones, at the point z. Over a
whole batch, every state that an operation makes is consumed by the next one or is the account's last, so that

    product of all ratios * product of factors of last states = product of factors of first states

holds at z only if it holds for the states. docs/clearing.md says why.
"""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.batch_instances import HealthInstance, TradeInstance, UpkeepInstance, batch_circuits
from zkmargin.proving.verify import find_invalid
from zkmargin.spec.constants import CLOCK_BITS, FIELD

from .batch import MOST_FACTORS

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from zkmargin.proving.artifacts import VerificationKey

    from .batch import Batch, BatchContent, HealthPart, OperationsPart, PartProof

__all__ = ["verify_batch"]


def verify_batch(
    batch: Batch,
    *,
    domain: int,
    states: Mapping[int, int],
    requests: Collection[spec.Request],
    keys: Mapping[str, VerificationKey],
) -> dict[int, int]:
    """Verify a batch, and return the commitments of its accounts after it.

    That time, snapshot and requirement are acceptable is for the caller.

    Parameters
    ----------
    batch : Batch
    domain : int
        The domain that orders must have been signed for.
    states : mapping of int to int
        The commitments before the batch, by the accounts' numbers. The caller's own record, never the batch's.
    requests : collection of Request
        The credits and new keys that wait; those of the batch must be among them.
    keys : mapping of str to VerificationKey
        By the circuits' names.

    Returns
    -------
    dict of int to int
        The last commitments, by the accounts' numbers.

    Raises
    ------
    StatementError
        With the reason, if the batch is not valid.
    InputError
        If a key is missing.
    """
    content = batch.content
    _require(content.domain == domain, "the batch is for another domain")
    _check_accounts(content, states)
    _check_requests(content, requests)
    _check_coverage(content)
    _require(len(batch.proofs) == len(content.parts), "expected a proof for each part")
    z = content.challenge()
    _check_products(batch, z)
    fills = len(content.fills)
    proven = list(zip(content.operations, batch.proofs, strict=False))
    signals = [
        *(_fill_signals(content, part, proof, z) for part, proof in proven[:fills]),
        *(_upkeep_signals(content, part, proof, z) for part, proof in proven[fills:]),
        *(_health_signals(content, part, z) for part in content.health),
    ]
    _require(bool(content.parts), "the batch has no proof")
    for part in content.parts:
        if part.circuit not in keys:
            raise InputError(f"no verification key of {part.circuit}", source="keys")
    circuits = [part.circuit for part in content.parts]
    proofs = [
        (keys[name], public, one.proof)
        for name, public, one in zip(circuits, signals, batch.proofs, strict=True)
    ]
    for place in find_invalid(proofs):
        raise StatementError(f"the proof of {circuits[place]} is not valid")
    return {touched.number: touched.last for touched in content.accounts}


def _check_accounts(content: BatchContent, states: Mapping[int, int]) -> None:
    _require(bool(content.accounts), "the batch has no account")
    numbers = [touched.number for touched in content.accounts]
    ascending = all(one < other for one, other in pairwise(numbers))
    _require(ascending, "the accounts do not ascend")
    for touched in content.accounts:
        known = states.get(touched.number)
        _require(
            known == touched.first, f"account {touched.number} is not in the state that the batch consumes"
        )
    _require(content.factors < MOST_FACTORS, f"the batch has {MOST_FACTORS} factors of states or more")


def _check_requests(content: BatchContent, waiting: Collection[spec.Request]) -> None:
    _require(Counter(content.requests) <= Counter(waiting), "a request of the batch does not wait")


def _check_coverage(content: BatchContent) -> None:
    """Check that every account has proven health, unless the batch has no fills."""
    covered = [number for part in content.health for number in part.accounts]
    expected = [touched.number for touched in content.accounts] if content.fills or content.health else []
    _require(sorted(covered) == expected, "the proofs of health do not cover every account once")


def _check_products(batch: Batch, z: int) -> None:
    content, proofs = batch.content, batch.proofs[: len(batch.content.operations)]
    ends = ((touched.number, end) for touched in content.accounts for end in (touched.first, touched.last))
    _require(all(spec.factor(end, number, z) for number, end in ends), "z is a root of a product of states")
    _require(
        spec.is_consistent([proof.ratio for proof in proofs], content.accounts, z),
        "the operations do not lead from the first to the last states",
    )
    requested = 1
    for proof in proofs:
        requested = requested * proof.requests % FIELD
    expected = 1
    for request in content.requests:
        expected = expected * request.factor(z) % FIELD
    _require(requested == expected, "the credits and new keys are not those of the requests")


def _fill_signals(content: BatchContent, part: OperationsPart, proof: PartProof, z: int) -> tuple[int, ...]:
    _require(isinstance(_circuit(part.circuit), TradeInstance), f"{part.circuit} is no circuit of fills")
    _require(proof.requests == 1, "fills have no requests")
    clock = content.time + (content.reduce_only << CLOCK_BITS)
    sealed = spec.horner(part.elements, z)
    return (part.digest, proof.ratio, sealed, proof.fees, clock, content.domain, z)


def _upkeep_signals(content: BatchContent, part: OperationsPart, proof: PartProof, z: int) -> tuple[int, ...]:
    _require(isinstance(_circuit(part.circuit), UpkeepInstance), f"{part.circuit} is no circuit of upkeep")
    _require(proof.fees == 0, "upkeep has no fees")
    sealed = spec.horner(part.elements, z)
    return (part.digest, proof.ratio, sealed, proof.requests, content.snapshot_root, z)


def _health_signals(content: BatchContent, part: HealthPart, z: int) -> tuple[int, ...]:
    circuit = _circuit(part.circuit)
    if not isinstance(circuit, HealthInstance):
        raise StatementError(f"{part.circuit} is no circuit of health")
    places = circuit.shape.accounts
    _require(len(part.accounts) <= places, f"{part.circuit} has no place for so many accounts")
    last = {touched.number: touched.last for touched in content.accounts}
    commitments = [last[number] for number in part.accounts]
    commitments += [spec.BLANK_COMMITMENT] * (places - len(commitments))
    return (part.digest, spec.horner(commitments, z), content.snapshot_root, content.requirement_bps, z)


def _circuit(name: str) -> object:
    for one in batch_circuits().all:
        if one.name == name:
            return one
    raise StatementError(f"{name} is no circuit of batches")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(reason)
