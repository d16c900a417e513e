"""A batch: what its operations leave public, and the proofs of it.

The public part is enough to compute the point z, to check the proofs (`verify_batch`) and, for a holder with its last
opening, to follow its account (`latest_opening`). docs/clearing.md describes a batch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.proofs.circuit_keys import circuit_id
from zkmargin.proofs.words import hash_words
from zkmargin.spec.batch import ACCOUNT_POWER

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin import spec
    from zkmargin.proving.artifacts import Proof

__all__ = ["Batch", "BatchContent", "HealthPart", "OperationsPart", "PartProof"]

MOST_FACTORS = ACCOUNT_POWER
"""A batch has fewer factors of states: this power of z stands before the accounts' numbers."""


@dataclass(frozen=True, slots=True)
class OperationsPart:
    """The public part of a list of operations that one proof is about.

    Attributes
    ----------
    circuit : str
        The circuit's name, such as ``match_15`` or ``upkeep_6``.
    digest : int
        The digest of the states.
    elements : tuple of int
        A sealed element for each account of each operation, in order.
    """

    circuit: str
    digest: int
    elements: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HealthPart:
    """The public part of a proof of health.

    Attributes
    ----------
    circuit : str
        The circuit's name, such as ``health_24x13``.
    digest : int
        The digest of the commitments.
    accounts : tuple of int
        The accounts' numbers, in the circuit's order; the places behind them are blank.
    """

    circuit: str
    digest: int
    accounts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class BatchContent:
    """What a batch makes public.

    Attributes
    ----------
    domain : int
        A field element of the chain and the house.
    time : int
        Unix time in seconds, for the validity of orders.
    reduce_only : bool
        Whether no fill opens or turns a position.
    snapshot_root : int
        The snapshot of health proofs and expiries.
    requirement_bps : int
        The level of the proofs of health, in 1/10000 of the requirement.
    accounts : tuple of spec.Touched
        In strictly ascending order: an account that was listed twice could have two chains of states.
    fills : tuple of OperationsPart
        Matches and quotes.
    upkeep : tuple of OperationsPart
        Expiries, credits and new keys.
    requests : tuple of Request
        The credits and new keys, which must be on chain.
    health : tuple of HealthPart
        Covers every account once; empty in a batch of upkeep alone.
    """

    domain: int
    time: int
    reduce_only: bool
    snapshot_root: int
    requirement_bps: int
    accounts: tuple[spec.Touched, ...]
    fills: tuple[OperationsPart, ...]
    upkeep: tuple[OperationsPart, ...]
    requests: tuple[spec.Request, ...]
    health: tuple[HealthPart, ...]

    @property
    def operations(self) -> tuple[OperationsPart, ...]:
        """The parts with operations, fills first."""
        return self.fills + self.upkeep

    @property
    def parts(self) -> tuple[OperationsPart | HealthPart, ...]:
        """All parts, in the order of a batch's proofs."""
        return (*self.operations, *self.health)

    @property
    def factors(self) -> int:
        """The number of factors of states: of first and last ones, and of those that each operation takes and makes."""
        return 2 * len(self.accounts) + 2 * sum(len(part.elements) for part in self.operations)

    def challenge(self) -> int:
        """Return z: the hash of the whole content, so that nothing of it can be chosen to suit z.

        Returns
        -------
        int
            ``keccak256`` of the content as words of 32 bytes, every list after its length, mod r.
        """
        return hash_words(self._words())

    def _words(self) -> Iterator[int]:
        yield from (self.domain, self.time, int(self.reduce_only), self.snapshot_root, self.requirement_bps)
        yield len(self.accounts)
        for touched in self.accounts:
            yield from touched
        for parts in (self.fills, self.upkeep):
            yield len(parts)
            for part in parts:
                yield from (circuit_word(part.circuit), part.digest, len(part.elements), *part.elements)
        yield len(self.requests)
        for request in self.requests:
            yield from request
        yield from health_words(self.health)


@dataclass(frozen=True, slots=True)
class PartProof:
    """A proof of a part, and the public signals that the content does not determine.

    Attributes
    ----------
    proof : Proof
    ratio : int
        The product of the factors of all consumed states, over that of all made ones; 1 in a proof of health.
    fees : int
        The sum of the fees of all fills in micro-quote; 0 in other parts.
    requests : int
        The product of the factors of all requests; 1 in other parts.
    """

    proof: Proof
    ratio: int = 1
    fees: int = 0
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Batch:
    """A proven batch.

    Attributes
    ----------
    content : BatchContent
    proofs : tuple of PartProof
        One for each of the content's parts, in order.
    """

    content: BatchContent
    proofs: tuple[PartProof, ...]

    @property
    def fees(self) -> int:
        """The fees of all fills, in micro-quote: what the house has taken from the accounts' cash."""
        return sum(one.fees for one in self.proofs)


def circuit_word(name: str) -> int:
    """Return the number that stands for a circuit in a hash."""
    return int.from_bytes(circuit_id(name), "big")


def health_words(parts: Sequence[HealthPart]) -> Iterator[int]:
    """Return proofs of health as words of a hash."""
    yield len(parts)
    for part in parts:
        yield from (circuit_word(part.circuit), part.digest, len(part.accounts), *part.accounts)
