"""A client of the contract WindDown: the end of a market, claims, the sale of coins, and payments.

Amounts are in micro of the quote token, or of the coin.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Self

from zkmargin.chain.node import connection
from zkmargin.chain.verifier import calldata
from zkmargin.proofs.circuit_keys import circuit_id

from .client import Client, address_of, fitting, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from web3 import Web3

    from zkmargin.proofs.owner_proofs import OwnerProof

__all__ = ["Cause", "ClaimEntry", "Stage", "WindDown"]


class Cause(IntEnum):
    """Why a market ends; see IWindDown."""

    UNSALEABLE = 1
    FROZEN_TOO_LONG = 2
    ORACLE_GONE = 3
    VENUE_GONE = 4


class Stage(IntEnum):
    """The stages of a market's end; see IWindDown."""

    RUNNING = 0
    ENDING = 1
    CLAIMING = 2
    SELLING = 3
    PAYING = 4


@dataclass(frozen=True, slots=True)
class ClaimEntry:
    """The claim of an account: what it is owed, the receiver, and whether its owner has claimed."""

    value: int
    to: str
    claimed: bool


class WindDown(Client):
    """A client of a deployed WindDown.

    For the parameters see `Client`.
    """

    SOURCE = "clearing/WindDown.sol"
    CALLED = (
        "clearing/House.sol",
        "clearing/HouseDesk.sol",
        "BatchVerifier.sol",
        "CollateralVault.sol",
        "clearing/FirstLoss.sol",
        "InsuranceFund.sol",
        "demo/DemoToken.sol",
    )
    GAS = 2_000_000

    @classmethod
    def deploy(cls, node: str | Web3, house: str, auctions: str, circuits: Iterable[str]) -> Self:
        """Deploy a wind-down.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        house, auctions : str
            The market's contracts.
        circuits : iterable of str
            The names of the circuits of claims that the market's verifier has keys of.

        Raises
        ------
        InputError
            If an address is invalid.
        ToolchainError
            If the compiler is missing.
        ChainError
            If the node is out of reach or the deployment fails.
        """
        parties = address_of("house", house), address_of("auctions", auctions)
        return cls._deploy(connection(node), *parties, [circuit_id(one) for one in circuits])

    def end(self, cause: Cause, account: int = 0) -> int:
        """End the market for good; anybody can. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NoCause``, ``NotYet``, ``WrongStage``.
        """
        return self._send("end", int(cause), fitting("account", account, 256))

    def fix_valuation(self, root: int) -> int:
        """Fix the snapshot of the valuation; anybody can. Returns the gas used.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``NotTheValuation``, ``NotYet``, ``WrongStage``.
        """
        return self._send("fixValuation", word("root", root))

    def claim(self, account: int, to: str, proof: OwnerProof) -> int:
        """Claim for an account, as its owner. Returns the gas used.

        Parameters
        ----------
        account : int
            The account's number.
        to : str
            The receiver of coins and of the payment.
        proof : OwnerProof
            Of a circuit ``claim_*``, with the context of `context`. Negative funds are pulled from the owner, who has
            approved them to the vault.

        Raises
        ------
        ChainError
            If the node or a contract reverts: ``NotOwner``, ``AlreadyClaimed``, ``WrongStage``, ``InvalidBatch``.
        """
        _, _, funds, *amounts, _ = proof.public
        circuit = circuit_id(proof.circuit)
        claimed = circuit, funds, amounts, calldata(proof.proof, ())[:3]
        return self._send("claim", fitting("account", account, 256), address_of("to", to), claimed)

    def buy(self, asset: int, amount: int, limit: int, to: str) -> int:
        """Buy coins for at most `limit`, approved to the vault. Returns the gas used."""
        parts = fitting("asset", asset, 256), fitting("amount", amount, 256), fitting("limit", limit, 256)
        return self._send("buy", *parts, address_of("to", to))

    def finalise(self) -> int:
        """Fix pool and claims; anybody can. Returns the gas used."""
        return self._send("finalise")

    def pay(self, account: int) -> int:
        """Pay a claim; anybody can. Returns the gas used."""
        return self._send("pay", fitting("account", account, 256))

    def stage(self) -> Stage:
        """Return the stage of the market's end."""
        return Stage(self._ask("stage"))

    def bound(self, cause: Cause) -> int:
        """Return the seconds for which a cause must stand before the market ends."""
        return int(self._ask("boundOf", int(cause)))

    def ended_at(self) -> int:
        """Return when the market ended, in Unix time; 0 before."""
        return int(self._ask("endedAt"))

    def valued_from(self) -> int:
        """Return the block time from which the first published snapshot values the market; 0 before the end."""
        return int(self._ask("valuedFrom"))

    def claims_until(self) -> int:
        """Return the end of the window for claims, in Unix time; 0 before the valuation is fixed."""
        return int(self._ask("claimsUntil"))

    def total_claims(self) -> int:
        """Return the sum of all positive claims."""
        return int(self._ask("totalClaims"))

    def finalised(self) -> bool:
        """Return whether pool and claims are fixed."""
        return bool(self._ask("finalised"))

    def pool(self) -> int:
        """Return what claims are paid from; 0 before it is fixed."""
        return int(self._ask("pool"))

    def price(self) -> int:
        """Return the price of coins now, in micro-quote for 1e18 micro of a coin.

        Raises
        ------
        ChainError
            If the node or the contract reverts: ``WrongStage``.
        """
        return int(self._ask("priceOf"))

    def cause_since(self, cause: Cause, account: int = 0) -> int:
        """Return when a cause began, in Unix time; 0 if it does not stand."""
        return int(self._ask("causeAt", int(cause), fitting("account", account, 256))[0])

    def valuation(self) -> int:
        """Return the root of the valuation's snapshot; 0 before it is fixed."""
        return int.from_bytes(self._ask("valuation"), "big")

    def entry(self, account: int) -> ClaimEntry:
        """Return the claim of an account."""
        return ClaimEntry(*self._ask("entryOf", fitting("account", account, 256)))

    def context(self, account: int, to: str) -> int:
        """Return the context of a proof of ``claim``."""
        return int(self._ask("contextOf", fitting("account", account, 256), address_of("to", to)))
