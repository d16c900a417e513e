"""A client of the contract DisclosureVerifier: margin proofs that also tell equity and requirement.

As with `zkmargin.contracts.margin_verifier`, the connection's account is the consumer, for whom alone a
disclosure is good.
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


class DisclosureVerifier(ProofVerifier):
    """A client of a deployed DisclosureVerifier: see `zkmargin.contracts.proof_verifier.ProofVerifier`."""

    SOURCE = "DisclosureVerifier.sol"
    SIGNALS = 7
    # It has no transactions.
    GAS = 0

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
