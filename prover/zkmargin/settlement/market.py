"""A connection to a market: its contracts, and what everybody who acts in it asks of them."""

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
"""How long a proof may be used once it is made."""

ESCAPE_BPS = 40_000
"""What a withdrawal has to show instead of initial margin when the feed has long been silent."""

_WAD = 10**18


@dataclass(frozen=True, slots=True)
class SettlementMarket:
    """A market, as the connection's account sees it.

    Attributes
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account sends the transactions.
    deployment : Deployment
        Where everything is.
    house, engine, vault, feed, fund
        Clients of its contracts.
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
        """Return the last second for a proof that is made now."""
        return self.time() + PROOF_SECONDS

    def initial_bps(self) -> int:
        """Return what a trade or a takeover has to show, in 1/10 000 of the requirement."""
        return self.house.parameters().initial_bps

    def withdrawal_bps(self) -> int:
        """Return what a withdrawal has to show: `ESCAPE_BPS` when the feed has been silent for too long."""
        latest = self.feed.latest()
        if latest is not None and self.time() - latest[1] > self.house.silence():
            return ESCAPE_BPS
        return self.initial_bps()

    def circuit(self, opening: spec.Account, layout: spec.Layout, *, disclosed: bool = False) -> Instance:
        """Return the smallest circuit that holds an account and that the market has a verifier of.

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
        """Require that keys are those that the market was deployed with: proofs by others count for nothing.

        Raises
        ------
        InputError
            If they are others.
        """
        if keys.manifest.files[VERIFICATION_KEY] != self.deployment.circuits[circuit.name].key_sha256:
            raise InputError("not those that the market was deployed with", source=f"keys of {circuit.name}")

    def require_slot(self, change: Change, snapshot: Snapshot) -> None:
        """Require that what comes or goes has the same place in a snapshot as in this market.

        Raises
        ------
        InputError
            If it has not, or the market has no such asset.
        """
        if change.asset is None or change.asset == CASH:
            return
        places = {one.asset: place for place, one in enumerate(snapshot.parts.collateral)}
        if places.get(change.asset) != self.deployment.slot(change.asset):
            raise InputError("has another place in the snapshot than in this market", source=change.asset)

    def allow(self, *funds: tuple[int, int], price: int = 0) -> None:
        """Let the vault take amounts from the connection's account: exactly them, unless it may already.

        Parameters
        ----------
        *funds : (int, int)
            Slot, and how much in micro; of cash, in credits.
        price : int
            What an account costs besides, in micro of the quote token.

        Raises
        ------
        InputError
            If there is nothing in a slot.
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
        """Return what credits of cash cost, rounded up as the clearing house does it."""
        return -(-credits_ * self.house.cash_factor() // _WAD)

    def _allow(self, asset: int, micro: int) -> None:
        listed = self.vault.asset(asset)
        if listed is None:
            raise InputError("nothing in this slot of the vault", source="asset")
        token, value = Token(self.web3, listed.token), micro * listed.scale
        allowed = token.allowance(self.sender, self.vault.address)
        if allowed >= value:
            return
        if allowed:
            # Some tokens change an allowance from and to nothing only.
            token.approve(self.vault.address, 0)
        token.approve(self.vault.address, value)


def connect_market(url: str, deployment: Deployment, key: LocalAccount | None = None) -> SettlementMarket:
    """Connect to a market.

    Parameters
    ----------
    url : str
        The node.
    deployment : Deployment
    key : LocalAccount, optional
        What signs transactions; the node's own account sends them if left out.

    Raises
    ------
    InputError
        If the address is no node's.
    ChainError
        If the node is out of reach or of another chain, or a contract is not there.
    """
    web3 = connect(url, key=key)
    with node_errors("the chain's id"):
        chain_id = web3.eth.chain_id
    if chain_id != deployment.chain_id:
        raise ChainError(f"the node is of chain {chain_id}, the market of {deployment.chain_id}")
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
    """Return the address that an account's owner is, with its checksum.

    Raises
    ------
    InputError
        If it is none: accounts off chain may have other owners.
    """
    if not 0 < owner < 1 << 160:
        raise InputError("not an address", source="account", key="owner")
    return Web3.to_checksum_address(owner.to_bytes(20, "big"))
