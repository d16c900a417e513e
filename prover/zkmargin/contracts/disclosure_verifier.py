"""A client of the contract DisclosureVerifier: margin proofs that disclose equity and requirement.

As with `MarginVerifier`, the connection's account is the consumer. The disclosure is valid for it alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.chain.contract import contract_errors, sender_of
from zkmargin.chain.verifier import AMPLE_GAS

from .proof_verifier import ProofVerifier

if TYPE_CHECKING:
    from .margin_verifier import Claim
    from .proof_arguments import Health

__all__ = ["Disclosure", "DisclosureVerifier"]


@dataclass(frozen=True, slots=True)
class Disclosure:
    """The facts that a disclosure proves about an account.

    Attributes
    ----------
    healthy : bool
        Whether equity is at least the claimed multiple of the requirement.
    equity : int
        Equity in pico-quote.
    requirement : int
        The maintenance requirement, in micro-quote.
    published_at : int
        The time of the snapshot, in Unix time.
    """

    healthy: bool
    equity: int
    requirement: int
    published_at: int


class DisclosureVerifier(ProofVerifier):
    """A client of a deployed DisclosureVerifier: see `ProofVerifier`."""

    SOURCE = "DisclosureVerifier.sol"
    SIGNALS = 7
    # The contract has no transactions.
    GAS = 0

    def disclose(self, claim: Claim, health: Health) -> Disclosure:
        """Return the facts that a disclosure proves, without a transaction.

        Parameters
        ----------
        claim : Claim
            The expected claim; its deadline is the proof's.
        health : Health
            The disclosure.

        Raises
        ------
        InputError
            If the proof shows no equity, or a value does not have its type's range.
        ChainError
            If the contract rejects it, with the custom error and its values, or the node is out of reach.
        """
        _, proof = health.disclosure()
        call = self._contract.functions.disclose(claim.arguments(), proof)
        with contract_errors("disclose", self._abi):
            found = call.call({"from": sender_of(self._web3), "gas": AMPLE_GAS})
        return Disclosure(*found)
