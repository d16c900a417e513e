"""A connection to a market: clients of its contracts, its circuits, and queries that all participants share."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from web3 import Web3

from zkmargin.account.funds import CASH as CASH_NAME
from zkmargin.chain.contract import sender_of
from zkmargin.chain.node import connect, node_errors
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.batches import Batches
from zkmargin.contracts.client import logs_of
from zkmargin.contracts.collateral_vault import CASH, CollateralVault
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.insurance_fund import InsuranceFund
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import Token
from zkmargin.contracts.wind_down import WindDown
from zkmargin.errors import ChainError, InputError
from zkmargin.proving.manifest import VERIFICATION_KEY

from .deploy.circuit_list import MarketCircuits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from eth_account.signers.local import LocalAccount

    from zkmargin.contracts.auctions import AuctionEvent
    from zkmargin.contracts.house_events import MarketEvent
    from zkmargin.proofs.batch_instances import BatchCircuits, ClaimInstance
    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proofs.instances import Instance
    from zkmargin.proving.keys import Keys
    from zkmargin.snapshot.snapshot import Snapshot

    from .deploy.deployment import Deployment

__all__ = ["Market", "address_text", "connect_market"]


@dataclass(frozen=True)
class Market:
    """A connection to a market.

    Attributes
    ----------
    web3 : Web3
        A connection from `zkmargin.chain.connect`; its account sends the transactions.
    deployment : Deployment
        The market's addresses, assets and circuits.
    """

    web3: Web3
    deployment: Deployment

    @cached_property
    def house(self) -> House:
        """The house: accounts, waiting funds, batches, calls and freezes."""
        return House(self.web3, self.deployment.addresses.house)

    @cached_property
    def batches(self) -> Batches:
        """The checks of batches."""
        return Batches(self.web3, self.deployment.addresses.batches)

    @cached_property
    def auctions(self) -> Auctions:
        """The auctions of seized accounts."""
        return Auctions(self.web3, self.deployment.addresses.auctions)

    @cached_property
    def vault(self) -> CollateralVault:
        """The vault, which holds all tokens of accounts."""
        return CollateralVault(self.web3, self.deployment.addresses.vault)

    @cached_property
    def feed(self) -> OracleFeed:
        """The feed of snapshots, with the live clock."""
        return OracleFeed(self.web3, self.deployment.addresses.feed)

    @cached_property
    def fund(self) -> InsuranceFund:
        """The insurance fund."""
        return InsuranceFund(self.web3, self.deployment.addresses.insurance_fund)

    @cached_property
    def first_loss(self) -> FirstLoss:
        """The venue's first-loss tranche."""
        return FirstLoss(self.web3, self.deployment.addresses.first_loss)

    @cached_property
    def wind_down(self) -> WindDown:
        """The end of the market."""
        return WindDown(self.web3, self.deployment.addresses.wind_down)

    @cached_property
    def guardian(self) -> Guardian:
        """The pauses."""
        return Guardian(self.web3, self.deployment.addresses.guardian)

    @cached_property
    def timelock(self) -> Timelock:
        """The timelock, which changes parameters after a delay."""
        return Timelock(self.web3, self.deployment.addresses.timelock)

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

    def changes(self, from_block: int, to_block: int) -> list[MarketEvent | AuctionEvent]:
        """Return the events of house and auctions in a range of blocks, both ends included, in order, by one request.

        Raises
        ------
        ChainError
            If the node is out of reach, or refuses so large a range.
        """
        logs = logs_of([self.house, self.auctions], from_block, to_block)
        found = [*self.house.events_of(logs), *self.auctions.events_of(logs)]
        return sorted(found, key=lambda event: (event.place.block, event.place.index))

    # --- circuits

    @property
    def circuits(self) -> BatchCircuits:
        """The circuits of batches and attestations that the market takes; of a kind, the smallest first."""
        return self._taken.batches

    @property
    def claims(self) -> tuple[ClaimInstance, ...]:
        """The circuits of claims that the market takes; of a layout, the smallest first."""
        return self._taken.claims

    @property
    def disclosures(self) -> tuple[Instance, ...]:
        """The disclosing circuits that the market takes; of a layout, the smallest first."""
        return self._taken.disclosures

    @cached_property
    def _taken(self) -> MarketCircuits:
        return MarketCircuits.of(self.deployment.circuits)

    def require_keys(self, circuit: PublishedCircuit, keys: Keys) -> None:
        """Require the keys that the market was deployed with; its verifier refuses proofs by others.

        Raises
        ------
        InputError
            If the keys are others, or the market does not take the circuit.
        """
        source, deployed = f"keys of {circuit.name}", self.deployment.circuits.get(circuit.name)
        if deployed is None:
            raise InputError("the market does not take this circuit", source=source)
        if keys.manifest.files[VERIFICATION_KEY] != deployed.key_sha256:
            reason = (
                f"not the keys that the market was deployed with: fingerprint {keys.fingerprint}, the market's "
                f"{deployed.fingerprint}"
            )
            raise InputError(reason, source=source)

    # --- assets

    def require_slots(self, snapshot: Snapshot) -> None:
        """Require that every asset of the market has the same place in a snapshot as in the vault.

        Raises
        ------
        InputError
            If a place differs: a token would be taken for another.
        """
        places = dict(enumerate(one.asset for one in snapshot.parts.collateral))
        for asset in self.deployment.assets:
            if asset.slot != CASH and places.get(asset.slot) != asset.name:
                raise InputError(
                    "its place in the snapshot differs from its slot in this market", source=asset.name
                )

    def asset_name(self, slot: int) -> str:
        """Return the name of the asset in a slot; ``cash`` for cash."""
        if slot == CASH:
            return CASH_NAME
        return next(one.name for one in self.deployment.assets if one.slot == slot)

    def allow(self, funds: Mapping[int, int], spender: str | None = None) -> None:
        """Approve a contract for amounts of the connection's account, unless it already is.

        Parameters
        ----------
        funds : mapping of int to int
            The amount of each slot, in micro of the token.
        spender : str, optional
            By default the vault.

        Raises
        ------
        InputError
            If a slot is empty, or has another token than in the deployment.
        ChainError
            If the node or a token refuses.
        """
        for slot, micro in funds.items():
            if micro:
                self._allow(slot, micro, spender or self.vault.address)

    def _allow(self, slot: int, micro: int, spender: str) -> None:
        listed = self.vault.asset(slot)
        if listed is None:
            raise InputError("the vault has no asset in this slot", source="asset")
        if listed.token not in {one.token for one in self.deployment.assets if one.slot == slot}:
            # The node says so; nothing is approved on a token that the user did not name.
            raise InputError("the vault has another token than the deployment", source=self.asset_name(slot))
        token, value = Token(self.web3, listed.token), micro * listed.scale
        allowed = token.allowance(self.sender, spender)
        if allowed >= value:
            return
        if allowed:
            # Some tokens require that an allowance is reset to 0 before it is changed.
            token.approve(spender, 0)
        token.approve(spender, value)


def connect_market(url: str, deployment: Deployment, key: LocalAccount | None = None) -> Market:
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
        If the node is out of reach or on another chain, or there is no house at its address.
    """
    web3 = connect(url, key=key)
    with node_errors("the chain's id"):
        chain_id = web3.eth.chain_id
    if chain_id != deployment.chain_id:
        raise ChainError(f"the node is on chain {chain_id}, the market on chain {deployment.chain_id}")
    market = Market(web3, deployment)
    market.house  # noqa: B018  # asks the contract, which fails at an address without one
    return market


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
