"""What the clients of MarginVerifier and DisclosureVerifier have in common: the verifiers under them."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Self

from zkmargin.chain.node import connection
from zkmargin.chain.verifier import deploy_verifier, require_signals

from .client import NOBODY, Client, address_of, fitting

if TYPE_CHECKING:
    from collections.abc import Mapping

    from web3 import Web3

__all__ = ["ProofVerifier"]


class ProofVerifier(Client):
    """A client of a contract that checks proofs of several circuits.

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    registry : str
        The contract that knows the snapshots.
    """

    SIGNALS: ClassVar[int]
    """How many public signals its circuits have."""

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # A check returns nothing, so at an address without code it would seem to succeed.
        self.registry: str = self._ask("registry")

    @classmethod
    def deploy(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the circuits' verifiers and the contract that puts them together.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        registry : str
            The address of the contract that knows the snapshots.
        verifiers : mapping of int to str
            By the circuit's number (its place in ``circuits/instances.json``), what
            `zkmargin.chain.export_verifier` returned. Numbers may be left out.

        Raises
        ------
        InputError
            If a source is not such a verifier, or proofs for its key can be forged.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach or a deployment fails.
        """
        for source in verifiers.values():
            require_signals(source, cls.SIGNALS)
        web3 = connection(node)
        addresses = {number: deploy_verifier(web3, one).address for number, one in verifiers.items()}
        return cls.deploy_over(web3, registry, addresses)

    @classmethod
    def deploy_over(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the contract over verifiers that are there, by their addresses; otherwise like `deploy`."""
        listed = [verifiers.get(number, NOBODY) for number in range(max(verifiers, default=-1) + 1)]
        return cls._deploy(connection(node), address_of("registry", registry), listed)

    def verifier(self, circuit: int) -> str | None:
        """Return the generated verifier of a circuit's number, or None where there is none."""
        found = str(self._ask("verifierOf", fitting("circuit", circuit, 256)))
        return None if found == NOBODY else found
