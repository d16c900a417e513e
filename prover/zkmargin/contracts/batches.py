"""A client of the contract Batches, and batches and attestations as arguments of contracts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.contract import contract_errors, sender_of
from zkmargin.chain.node import connection
from zkmargin.chain.verifier import calldata
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import HealthInstance, TradeInstance, UpkeepInstance, batch_circuits
from zkmargin.proofs.circuit_keys import circuit_id

from .client import Client, address_of, fitting, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from web3 import Web3

    from zkmargin.clearing import Attestation, Batch, HealthPart, OperationsPart, PartProof
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.artifacts import Proof

__all__ = [
    "Batches",
    "attestation_arguments",
    "batch_arguments",
    "health_arguments",
    "health_of_one",
    "listed_circuit",
]

_KINDS = {TradeInstance: 1, UpkeepInstance: 2, HealthInstance: 3}


class Batches(Client):
    """A client of a contract that checks batches and attestations. It sends no transactions.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    verifier : str
        The contract that verifies all proofs.
    """

    SOURCE = "clearing/Batches.sol"
    CALLED = ("BatchVerifier.sol",)
    # A batch of 128 accounts with 20 fills each takes a third of it.
    GAS = 30_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # A check returns nothing, so it would seem to succeed at an address without code.
        self.verifier: str = self._ask("verifier")

    @classmethod
    def deploy(
        cls, node: str | Web3, verifier: str, circuits: Iterable[PublishedCircuit] | None = None
    ) -> Self:
        """Deploy the contract.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        verifier : str
            The address of the contract that verifies all proofs.
        circuits : iterable of PublishedCircuit, optional
            Circuits of fills, upkeep and health that the verifier has keys of; all of the package by default.

        Raises
        ------
        InputError
            If a circuit is not one of batches.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach, or the contract rejects the arguments.
        """
        chosen = batch_circuits().all if circuits is None else circuits
        listed = [listed_circuit(one) for one in chosen]
        return cls._deploy(connection(node), address_of("verifier", verifier), listed)

    def check_batch(self, batch: Batch, *, firsts: Sequence[int] | None = None) -> int:
        """Check a batch, by a call without a transaction.

        Parameters
        ----------
        batch : Batch
        firsts : sequence of int, optional
            The commitments before the batch, in the order of its accounts; those of its content by default.

        Returns
        -------
        int
            The fees of all fills, in micro-quote.

        Raises
        ------
        InputError
            If a value does not fit its type.
        ChainError
            If the contract rejects the batch, with the custom error and its values, or the node is out of reach.
        """
        content = batch.content
        before = [touched.first for touched in content.accounts] if firsts is None else firsts
        return int(
            self._check(
                "checkBatch",
                batch_arguments(batch),
                fitting("domain", content.domain, 256),
                fitting("requirement_bps", content.requirement_bps, 256),
                [fitting("firsts", one, 256) for one in before],
            )
        )

    def check_health(self, attestation: Attestation) -> None:
        """Check an attestation, by a call without a transaction; errors are those of `check_batch`."""
        self._check("checkHealth", *attestation_arguments(attestation))

    def _check(self, function: str, *arguments: Any) -> Any:
        call = self._contract.functions[function](*arguments)
        with contract_errors(function, self._abi, self.CALLED):
            return call.call({"from": sender_of(self._web3), "gas": self.GAS})


def batch_arguments(batch: Batch) -> tuple[Any, ...]:
    """Return IBatches' struct ``Batch``.

    Parameters
    ----------
    batch : Batch

    Returns
    -------
    tuple
        Without domain, requirement and first commitments, which the contract knows.

    Raises
    ------
    InputError
        If a value does not fit its type, a part has no proof, or a proof of health is of an account that is not in the
        batch.
    """
    content, proofs = batch.content, batch.proofs
    if len(proofs) != len(content.parts):
        raise InputError(
            f"expected {len(content.parts)} proofs, one for each part, got {len(proofs)}", source="batch"
        )
    fills, operations = len(content.fills), len(content.operations)
    numbers = [touched.number for touched in content.accounts]
    return (
        fitting("time", content.time, 256),
        content.reduce_only,
        word("snapshot_root", content.snapshot_root),
        [_words("accounts", touched.number, touched.last) for touched in content.accounts],
        [_operations(*one, one[1].fees) for one in zip(content.fills, proofs[:fills], strict=True)],
        [
            _operations(*one, one[1].requests)
            for one in zip(content.upkeep, proofs[fills:operations], strict=True)
        ],
        [_words("requests", *request) for request in content.requests],
        health_arguments(content.health, [one.proof for one in proofs[operations:]], numbers),
    )


def attestation_arguments(attestation: Attestation) -> tuple[Any, ...]:
    """Return the arguments of ``checkHealth``, without proofs of other statements.

    Raises
    ------
    InputError
        If a value does not fit its type, there is not one proof for each part, or an account of a part is not listed.
    """
    content = attestation.content
    numbers = [one.number for one in content.accounts]
    return (
        fitting("domain", content.domain, 256),
        fitting("requirement_bps", content.requirement_bps, 256),
        word("snapshot_root", content.snapshot_root),
        list(_words("accounts", *numbers)),
        list(_words("accounts", *(one.commitment for one in content.accounts))),
        health_arguments(content.health, attestation.proofs, numbers),
        [],
    )


def health_of_one(attestation: Attestation) -> tuple[bytes, tuple[Any, ...]]:
    """Return the snapshot's root and IBatches' struct ``Health`` of an attestation of one account.

    Raises
    ------
    InputError
        If it is of several accounts, or a value does not fit its type.
    """
    if len(attestation.content.accounts) != 1:
        raise InputError("expected proofs of one account", source="health")
    _, _, root, _, _, (health,), _ = attestation_arguments(attestation)
    return root, health


def health_arguments(
    parts: Sequence[HealthPart], proofs: Sequence[Proof], accounts: Sequence[int]
) -> list[tuple[Any, ...]]:
    """Return a list of IBatches' struct ``Health``.

    Parameters
    ----------
    parts : sequence of HealthPart
    proofs : sequence of Proof
        One for each part.
    accounts : sequence of int
        The numbers of all accounts, in the order that the structs' places refer to.

    Returns
    -------
    list of tuple

    Raises
    ------
    InputError
        If a value does not fit its type, there is not one proof for each part, or an account of a part is not listed.
    """
    if len(proofs) != len(parts):
        raise InputError(f"expected {len(parts)} proofs, got {len(proofs)}", source="health")
    places = {number: place for place, number in enumerate(accounts)}
    for part in parts:
        for number in part.accounts:
            if number not in places:
                raise InputError(f"account {number} is not one of the batch", source="health")
    return [
        (
            circuit_id(part.circuit),
            *_words("health", part.digest),
            [places[number] for number in part.accounts],
            calldata(proof, ())[:3],
        )
        for part, proof in zip(parts, proofs, strict=True)
    ]


def _operations(part: OperationsPart, proof: PartProof, total: int) -> tuple[Any, ...]:
    return (
        circuit_id(part.circuit),
        *_words("operations", part.digest, proof.ratio, total),
        list(_words("elements", *part.elements)),
        calldata(proof.proof, ())[:3],
    )


def _words(name: str, *values: int) -> tuple[int, ...]:
    return tuple(fitting(name, value, 256) for value in values)


def listed_circuit(circuit: PublishedCircuit) -> tuple[bytes, int, int]:
    """Return IBatches' struct ``Circuit``: identifier, kind, and the places for accounts of a circuit of health.

    Raises
    ------
    InputError
        If the circuit is not one of batches.
    """
    for kind, number in _KINDS.items():
        if isinstance(circuit, kind):
            places = circuit.shape.accounts if isinstance(circuit, HealthInstance) else 0
            return circuit_id(circuit.name), number, places
    raise InputError(f"{circuit.name} is no circuit of batches", source="circuits")
