"""A client of the contract BatchVerifier: many proofs of several circuits, verified at once."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.node import connection, node_errors
from zkmargin.chain.verifier import calldata, key_words
from zkmargin.errors import ChainError
from zkmargin.proofs.circuit_keys import circuit_id

from .client import Client

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from web3 import Web3

    from zkmargin.proving.artifacts import Proof, VerificationKey

__all__ = ["BatchVerifier", "batch_arguments"]


class BatchVerifier(Client):
    """A client of a deployed BatchVerifier.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no contract at the address.
    """

    SOURCE = "BatchVerifier.sol"
    # The contract has no transactions.
    GAS = 0

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # `verify` returns nothing, so it would seem to succeed at an address without code.
        with node_errors("the contract's code"):
            code = web3.eth.get_code(self._contract.address)
        if not code:
            raise ChainError(f"BatchVerifier: no contract at {self.address}")

    @classmethod
    def deploy(cls, node: str | Web3, keys: Mapping[str, VerificationKey]) -> Self:
        """Deploy the contract.

        Keys of one phase 1, and development keys of the native core, share alpha, beta and gamma. Then a batch costs
        two pairings less for each further circuit.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        keys : mapping of str to VerificationKey
            By the circuits' names.

        Raises
        ------
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the contract refuses the keys (``NoKeys``, ``InvalidKey``, ``ForgeableKey``, ``TooManyKeys``), the
            node is out of reach, or the deployment fails.
        """
        listed = [(circuit_id(name), *key_words(key)) for name, key in keys.items()]
        return cls._deploy(connection(node), listed)

    def signals(self, circuit: str) -> int:
        """Return the number of public signals of a circuit.

        Raises
        ------
        ChainError
            If the contract has no key for the circuit (``UnknownCircuit``), or the node is out of reach.
        """
        return int(self._ask("signalsOf", circuit_id(circuit)))

    def verify(self, proofs: Sequence[tuple[str, Sequence[int], Proof]]) -> None:
        """Verify proofs together, without a transaction.

        Parameters
        ----------
        proofs : sequence of tuple
            For each proof the circuit's name, the public signals and the proof. Neighbours of one circuit form a
            group; another group of the same circuit costs as much as another circuit.

        Raises
        ------
        InputError
            If a value does not fit in 256 bits.
        ChainError
            If the contract refuses the batch, with the custom error and its values, or the node is out of reach.
        """
        self._ask("verify", *batch_arguments(proofs))


def batch_arguments(
    proofs: Sequence[tuple[str, Sequence[int], Proof]],
) -> tuple[list[tuple[bytes, int]], list[int], list[tuple[Any, ...]]]:
    """Return the arguments of IBatchVerifier's ``verify``: groups, signals, proofs."""
    groups = [(circuit_id(name), len(list(same))) for name, same in groupby(name for name, _, _ in proofs)]
    encoded = [calldata(proof, public) for _, public, proof in proofs]
    signals = [signal for *_, public in encoded for signal in public]
    return groups, signals, [(a, b, c) for a, b, c, _ in encoded]
