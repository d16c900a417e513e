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
    from collections.abc import Collection, Mapping, Sequence

    from zkmargin.proving.artifacts import Proof, VerificationKey

    from .attestation import Attestation, AttestationContent
    from .batch import Batch, BatchContent, HealthPart, OperationsPart, PartProof

__all__ = ["verify_attestation", "verify_batch"]


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
    _check_range(content)
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
        *_health_signals(content, {touched.number: touched.last for touched in content.accounts}, z),
    ]
    _require(bool(content.parts), "the batch has no proof")
    _check_proofs(content.parts, signals, [one.proof for one in batch.proofs], keys)
    return {touched.number: touched.last for touched in content.accounts}


def verify_attestation(
    attestation: Attestation,
    *,
    domain: int,
    states: Mapping[int, int],
    keys: Mapping[str, VerificationKey],
) -> None:
    """Verify that accounts are healthy.

    That snapshot and requirement are acceptable is for the caller.

    Parameters
    ----------
    attestation : Attestation
    domain : int
        The domain of the house.
    states : mapping of int to int
        The commitments of the accounts, by number. The caller's own record, never the attestation's.
    keys : mapping of str to VerificationKey
        By the circuits' names.

    Raises
    ------
    StatementError
        With the reason, if the attestation is not valid.
    InputError
        If a key is missing.
    """
    content = attestation.content
    _require(content.domain == domain, "the attestation is for another domain")
    _require(bool(content.accounts), "the attestation has no account")
    for number, commitment in content.accounts:
        _require(states.get(number) == commitment, f"account {number} is not in the state that is proven")
    _check_health_covers(content.health, [number for number, _ in content.accounts])
    _require(len(attestation.proofs) == len(content.health), "expected a proof for each part")
    signals = _health_signals(content, dict(content.accounts), content.challenge())
    _check_proofs(content.health, signals, attestation.proofs, keys)


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


def _check_range(content: BatchContent) -> None:
    """Check that last states and sealed elements are field elements: modulo r, c + r is the state c."""
    elements = (element for part in content.operations for element in part.elements)
    values = (*(touched.last for touched in content.accounts), *elements)
    _require(
        all(0 <= value < FIELD for value in values), "a state or a sealed element is not a field element"
    )


def _check_requests(content: BatchContent, waiting: Collection[spec.Request]) -> None:
    _require(Counter(content.requests) <= Counter(waiting), "a request of the batch does not wait")


def _check_coverage(content: BatchContent) -> None:
    """Check that every account has proven health, unless the batch has no fills."""
    expected = [touched.number for touched in content.accounts] if content.fills or content.health else []
    _check_health_covers(content.health, expected)


def _check_health_covers(parts: Sequence[HealthPart], accounts: Sequence[int]) -> None:
    covered = [number for part in parts for number in part.accounts]
    _require(sorted(covered) == sorted(accounts), "the proofs of health do not cover every account once")


def _check_proofs(
    parts: Sequence[OperationsPart | HealthPart],
    signals: Sequence[tuple[int, ...]],
    proofs: Sequence[Proof],
    keys: Mapping[str, VerificationKey],
) -> None:
    circuits = [part.circuit for part in parts]
    for name in circuits:
        if name not in keys:
            raise InputError(f"no verification key of {name}", source="keys")
    claims = [
        (keys[name], public, proof) for name, public, proof in zip(circuits, signals, proofs, strict=True)
    ]
    for place in find_invalid(claims):
        raise StatementError(f"the proof of {circuits[place]} is not valid")


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


def _health_signals(
    content: BatchContent | AttestationContent, states: Mapping[int, int], z: int
) -> list[tuple[int, ...]]:
    """Return the signals of the proofs of health, of accounts in the states that they must have."""
    signals: list[tuple[int, ...]] = []
    for part in content.health:
        circuit = _circuit(part.circuit)
        if not isinstance(circuit, HealthInstance):
            raise StatementError(f"{part.circuit} is no circuit of health")
        places = circuit.shape.accounts
        _require(len(part.accounts) <= places, f"{part.circuit} has no place for so many accounts")
        commitments = [states[number] for number in part.accounts]
        commitments += [spec.BLANK_COMMITMENT] * (places - len(commitments))
        accounts = spec.horner(commitments, z)
        signals.append((part.digest, accounts, content.snapshot_root, content.requirement_bps, z))
    return signals


def _circuit(name: str) -> object:
    for one in batch_circuits().all:
        if one.name == name:
            return one
    raise StatementError(f"{name} is no circuit of batches")


def _require(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(reason)
