"""A connection to a market: clients of its contracts, and queries that all participants share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from web3 import Web3

from zkmargin.chain.contract import sender_of
from zkmargin.chain.node import connect, node_errors
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.collateral_vault import CASH as CASH_SLOT
from zkmargin.contracts.collateral_vault import CollateralVault
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.liquidation_engine import LiquidationEngine
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.token import Token
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.instances import Instance, instances
from zkmargin.proofs.transition import CASH
from zkmargin.proving.manifest import VERIFICATION_KEY

if TYPE_CHECKING:
    from eth_account.signers.local import LocalAccount

    from zkmargin import spec
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proofs.transition import Change
    from zkmargin.proving.keys import Keys
    from zkmargin.snapshot.snapshot import Snapshot

    from .deploy.deployment import Deployment

__all__ = ["ESCAPE_BPS", "PROOF_SECONDS", "SettlementMarket", "address_text", "connect_market"]

PROOF_SECONDS = 600
"""The lifetime of a proof, in seconds."""

ESCAPE_BPS = 40_000
"""The requirement for a withdrawal while the feed is silent, in 1/10 000; it replaces initial margin."""

_WAD = 10**18


@dataclass(frozen=True, slots=True)
class SettlementMarket:
    """A connection to a market.

    Attributes
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account sends the transactions.
    deployment : Deployment
        The market's addresses, assets and circuits.
    house, engine, vault, feed, fund
        Clients of the market's contracts.
    """

    web3: Web3
    deployment: Deployment
    house: ClearingHouse
    engine: LiquidationEngine
    vault: CollateralVault
    feed: OracleFeed
    fund: InsuranceFund

    @property
    def sender(self) -> str:
        """The connection's account."""
        return sender_of(self.web3)

    def time(self) -> int:
        """Return the time of the latest block, in seconds since 1970.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        with node_errors("the latest block"):
            return int(self.web3.eth.get_block("latest")["timestamp"])

    def deadline(self) -> int:
        """Return the deadline of a proof that is made now."""
        return self.time() + PROOF_SECONDS

    def initial_bps(self) -> int:
        """Return the requirement for a trade or a takeover, in 1/10 000 of maintenance margin."""
        return self.house.parameters().initial_bps

    def withdrawal_bps(self) -> int:
        """Return the requirement for a withdrawal: initial margin, or `ESCAPE_BPS` while the feed is silent."""
        latest = self.feed.latest()
        if latest is not None and self.time() - latest[1] > self.house.silence():
            return ESCAPE_BPS
        return self.initial_bps()

    def circuit(self, opening: spec.Account, layout: spec.Layout, *, disclosed: bool = False) -> Instance:
        """Return the smallest circuit of the market that holds an account.

        Raises
        ------
        InputError
            If there is none.
        """
        for one in instances():
            if one.name in self.deployment.circuits and one.holds(opening, layout, disclosed=disclosed):
                return one
        reason = "more positions or underlyings than any circuit of this market holds, or another layout"
        raise InputError(reason, source="account", key="positions")

    def require_keys(self, circuit: PublishedCircuit, keys: Keys) -> None:
        """Require the keys that the market was deployed with; its verifiers refuse proofs by others.

        Raises
        ------
        InputError
            If the keys are others.
        """
        if keys.manifest.files[VERIFICATION_KEY] != self.deployment.circuits[circuit.name].key_sha256:
            raise InputError(
                "not the keys that the market was deployed with", source=f"keys of {circuit.name}"
            )

    def require_slot(self, change: Change, snapshot: Snapshot) -> None:
        """Require that the changed asset has the same place in a snapshot as in this market.

        Raises
        ------
        InputError
            If the places differ, or the market has no such asset.
        """
        if change.asset is None or change.asset == CASH:
            return
        places = {one.asset: place for place, one in enumerate(snapshot.parts.collateral)}
        if places.get(change.asset) != self.deployment.slot(change.asset):
            raise InputError(
                "its place in the snapshot differs from its slot in this market", source=change.asset
            )

    def allow(self, *funds: tuple[int, int], price: int = 0) -> None:
        """Approve the vault for exactly some amounts of the connection's account, unless it already is.

        Parameters
        ----------
        *funds : (int, int)
            The slot and the amount in micro; for cash, in credits.
        price : int
            The price of an account, to be paid too, in micro of the quote token.

        Raises
        ------
        InputError
            If a slot is empty.
        ChainError
            If the node or a token refuses.
        """
        values = {CASH_SLOT: price}
        for asset, amount in funds:
            values[asset] = values.get(asset, 0) + (
                self._cash_value(amount) if asset == CASH_SLOT else amount
            )
        for asset, micro in values.items():
            if micro:
                self._allow(asset, micro)

    def _cash_value(self, credits_: int) -> int:
        """Return the cost of cash credits, rounded up as the clearing house does."""
        return -(-credits_ * self.house.cash_factor() // _WAD)

    def _allow(self, asset: int, micro: int) -> None:
        listed = self.vault.asset(asset)
        if listed is None:
            raise InputError("the vault has no asset in this slot", source="asset")
        token, value = Token(self.web3, listed.token), micro * listed.scale
        allowed = token.allowance(self.sender, self.vault.address)
        if allowed >= value:
            return
        if allowed:
            # Some tokens require that an allowance is reset to 0 before it is changed.
            token.approve(self.vault.address, 0)
        token.approve(self.vault.address, value)


def connect_market(url: str, deployment: Deployment, key: LocalAccount | None = None) -> SettlementMarket:
    """Connect to a market.

    Parameters
    ----------
    url : str
        The node's address.
    deployment : Deployment
    key : LocalAccount, optional
        The key that signs transactions; by default, the node's own account sends them.

    Raises
    ------
    InputError
        If the URL is malformed.
    ChainError
        If the node is out of reach or on another chain, or a contract is missing.
    """
    web3 = connect(url, key=key)
    with node_errors("the chain's id"):
        chain_id = web3.eth.chain_id
    if chain_id != deployment.chain_id:
        raise ChainError(f"the node is on chain {chain_id}, the market on chain {deployment.chain_id}")
    at = deployment.addresses
    return SettlementMarket(
        web3,
        deployment,
        ClearingHouse(web3, at.house),
        LiquidationEngine(web3, at.engine),
        CollateralVault(web3, at.vault),
        OracleFeed(web3, at.feed),
        InsuranceFund(web3, at.insurance_fund),
    )


def address_text(owner: int) -> str:
    """Return an account's owner as an address with its checksum.

    Raises
    ------
    InputError
        If the owner is not an address; accounts off chain may have other owners.
    """
    if not 0 < owner < 1 << 160:
        raise InputError("expected an address of 160 bits", source="account", key="owner")
    return Web3.to_checksum_address(owner.to_bytes(20, "big"))
