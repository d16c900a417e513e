"""A client of the contract DisclosureVerifier: margin proofs that also tell equity and requirement.

As with `zkmargin.chain.margin_verifier`, the connection's account is the consumer, for whom alone a
disclosure is good.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from .client import NOBODY, Client, address_of, fitting
from .contracts import contract_errors, sender_of
from .node import connection
from .verifier import AMPLE_GAS, by_number, deploy_verifier, require_signals

if TYPE_CHECKING:
    from collections.abc import Mapping

    from web3 import Web3

    from .margin_verifier import Claim
    from .proof_arguments import Health

__all__ = ["Disclosure", "DisclosureVerifier"]

_SIGNALS = 7


@dataclass(frozen=True, slots=True)
class Disclosure:
    """What is proven of an account.

    Attributes
    ----------
    healthy : bool
        Whether equity is at least the claim's part of the requirement.
    equity : int
        In pico-quote.
    requirement : int
        In micro-quote, at 10 000 bps.
    published_at : int
        The snapshot's time, in seconds since 1970.
    """

    healthy: bool
    equity: int
    requirement: int
    published_at: int


class DisclosureVerifier(Client):
    """A client of a deployed DisclosureVerifier.

    Parameters
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`.
    address : str
        The contract.

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

    SOURCE = "DisclosureVerifier.sol"
    # It has no transactions.
    GAS = 0

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
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
            require_signals(source, _SIGNALS)
        web3 = connection(node)
        addresses = {number: deploy_verifier(web3, one).address for number, one in verifiers.items()}
        return cls.deploy_over(web3, registry, addresses)

    @classmethod
    def deploy_over(cls, node: str | Web3, registry: str, verifiers: Mapping[int, str]) -> Self:
        """Deploy the contract over verifiers that are there, by their addresses; otherwise like `deploy`."""
        web3 = connection(node)
        arguments = address_of("registry", registry), by_number(verifiers)
        return cls._deploy(web3, *arguments)

    def verifier(self, circuit: int) -> str | None:
        """Return the generated verifier of a circuit's number, or None where there is none."""
        found = str(self._ask("verifierOf", fitting("circuit", circuit, 256)))
        return None if found == NOBODY else found

    def disclose(self, claim: Claim, health: Health) -> Disclosure:
        """Return what a disclosure proves, without a transaction.

        Parameters
        ----------
        claim : Claim
            What it has to be about, exactly; its deadline is that of the proof.
        health : Health
            The disclosure.

        Raises
        ------
        InputError
            If the proof shows no equity, or a value does not have its type's range.
        ChainError
            If it is not good, with the contract's error and its values; or if the node is out of reach.
        """
        _, proof = health.disclosure()
        call = self._contract.functions.disclose(claim.arguments(), proof)
        with contract_errors("disclose", self._abi):
            found = call.call({"from": sender_of(self._web3), "gas": AMPLE_GAS})
        return Disclosure(*found)
