"""The base of the clients of MarginVerifier and DisclosureVerifier: the circuits' verifiers below them."""

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

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.

    Attributes
    ----------
    address : str
        The contract, with its checksum.
    registry : str
        The contract that publishes snapshots.
    """

    SIGNALS: ClassVar[int]
    """The number of public signals of its circuits."""

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        # A check returns nothing, so it would seem to succeed at an address without code.
        self.registry: str = self._ask("registry")

    @classmethod
    def deploy(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the circuits' verifiers and the contract over them.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        registry : str
            The address of the contract that publishes snapshots.
        verifiers : mapping of int to str
            The source from `zkmargin.chain.export_verifier` by the circuit's number, its place in
            ``circuits/instances.json``. Numbers may be missing.

        Raises
        ------
        InputError
            If a source is not a generated verifier, or proofs for its key can be forged.
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
        """Deploy the contract over deployed verifiers, by address; otherwise like `deploy`."""
        listed = [verifiers.get(number, NOBODY) for number in range(max(verifiers, default=-1) + 1)]
        return cls._deploy(connection(node), address_of("registry", registry), listed)

    def verifier(self, circuit: int) -> str | None:
        """Return the address of a circuit's verifier, or None if it has none."""
        found = str(self._ask("verifierOf", fitting("circuit", circuit, 256)))
        return None if found == NOBODY else found
