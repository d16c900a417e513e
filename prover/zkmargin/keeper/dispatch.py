"""Sending transactions: each is recorded with its nonce and fee before it is sent.

A keeper that dies in between learns the outcome when it starts again. The next transaction replaces one that
has not been included for long, at a higher fee; otherwise it would block all later ones.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from eth_hash.auto import keccak
from web3.exceptions import TransactionNotFound
from web3.middleware import Web3Middleware

from zkmargin.chain.node import node_errors
from zkmargin.errors import ChainError

from .sent import Outcome, Sent

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_typing import HexStr
    from hexbytes import HexBytes
    from web3 import Web3
    from web3.types import RPCEndpoint

    from .settings import Fees
    from .store import Store
    from .world import Action

__all__ = ["Dispatch"]

_RAISE = 9, 8
"""The factor of a replacement's fee, 9/8. Nodes require at least 11/10."""


@dataclass(frozen=True, slots=True)
class _Draft:
    """The data of an action's transactions that are known before they are signed."""

    action: Action
    sent_at: int = 0
    nonce: int = 0
    max_fee: int = 0
    tip: int = 0
    cost: int = 0


class Dispatch:
    """Stands between the contract clients and the node: fills in, records and follows transactions.

    Parameters
    ----------
    web3 : Web3
        A connection with a key. From now on its transactions pass through this object.
    store : Store
    fees : Fees
    engine : str
        The address of the contract that bids are sent to. Other transactions, such as approvals, spend
        nothing.
    """

    def __init__(self, web3: Web3, store: Store, fees: Fees, engine: str) -> None:
        self._web3, self._store, self._fees, self._engine = web3, store, fees, engine
        self._draft: _Draft | None = None
        # Filling runs before the middleware that signs, recording after it.
        web3.middleware_onion.add(cast("Any", lambda w3: _Filling(w3, self)), "keeper-filling")
        web3.middleware_onion.inject(
            cast("Any", lambda w3: _Recording(w3, self)), "keeper-recording", layer=0
        )

    @contextmanager
    def sending(self, action: Action) -> Iterator[None]:
        """Attribute the transactions of a block to an action; outside such a block none can be sent."""
        self._draft = _Draft(action)
        try:
            yield
        finally:
            self._draft = None

    def settle(self, final: int) -> list[Sent]:
        """Look up the outcomes of transactions.

        Parameters
        ----------
        final : int
            The last block that is final; a reorganisation may still remove later ones.

        Returns
        -------
        list of Sent
            The transactions whose outcome has changed.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        changed = []
        for sent in self._store.unsettled(final):
            block, outcome = self._outcome(sent)
            if (block, outcome) != (sent.block, sent.outcome):
                self._store.settle(sent.hash, block, outcome)
                changed.append(replace(sent, block=block, outcome=outcome))
        return changed

    def _outcome(self, sent: Sent) -> tuple[int | None, Outcome | None]:
        name = cast("HexBytes", sent.hash)
        with node_errors("a transaction"):
            try:
                receipt = self._web3.eth.get_transaction_receipt(name)
                outcome = Outcome.DONE if receipt["status"] == 1 else Outcome.FAILED
                return int(receipt["blockNumber"]), outcome
            except TransactionNotFound:
                pass
            try:
                self._web3.eth.get_transaction(name)
            except TransactionNotFound:
                # If it reappears, the shared nonce still lets only one of it and its successor be included.
                return None, Outcome.DROPPED
        return None, None

    def fill(self, transaction: dict[str, Any]) -> dict[str, Any]:
        """Fill in a transaction's nonce and fee.

        Raises
        ------
        ChainError
            If no action is being sent, or the fee would exceed the settings' limit.
        """
        if self._draft is None:
            raise ChainError("the transaction belongs to no action")
        sender, eth = transaction["from"], self._web3.eth
        latest = eth.get_block("latest")
        # The time of the decision would be too early: the action may have waited for others.
        now = int(latest["timestamp"])
        nonce = eth.get_transaction_count(sender, "latest")
        stuck = self._stuck(nonce, now)
        if stuck is None:
            nonce = eth.get_transaction_count(sender, "pending")
        max_fee, tip = self._price(latest.get("baseFeePerGas"), stuck)
        offer = self._draft.action.offer
        # The approval before a bid spends nothing.
        cost = offer.cost if offer is not None and transaction["to"].lower() == self._engine.lower() else 0
        self._draft = replace(self._draft, sent_at=now, nonce=nonce, max_fee=max_fee, tip=tip, cost=cost)
        numbers = {"nonce": nonce, "maxFeePerGas": max_fee, "maxPriorityFeePerGas": tip}
        return {**transaction, **{key: hex(value) for key, value in numbers.items()}}

    def record(self, raw: str) -> None:
        """Record a signed transaction before it is sent."""
        draft = self._draft
        if draft is None:
            raise ChainError("the transaction belongs to no action")
        sent_hash = keccak(bytes.fromhex(raw.removeprefix("0x")))
        what = draft.action.purpose, draft.action.account
        fees = draft.nonce, draft.max_fee, draft.tip
        self._store.record(Sent(sent_hash, *what, *fees, sent_at=draft.sent_at, cost=draft.cost))

    def _stuck(self, nonce: int, now: int) -> Sent | None:
        """Return the transaction that blocks all others, if it was sent long ago."""
        waiting = [sent for sent in self._store.unsettled(1 << 62) if sent.nonce == nonce]
        late = [sent for sent in waiting if now - sent.sent_at >= self._fees.resend_after]
        return max(late, key=lambda sent: sent.max_fee, default=None)

    def _price(self, base: int | None, stuck: Sent | None) -> tuple[int, int]:
        """Return the highest fee for a unit of gas, and the block producer's tip in it."""
        if base is None:
            raise ChainError("the chain has no base fee (EIP-1559)")
        tip, most = int(self._web3.eth.max_priority_fee), self._fees.max_per_gas
        needed = int(base) + 1
        wanted = 2 * int(base) + tip
        if stuck is not None:
            least = -(-stuck.max_fee * _RAISE[0] // _RAISE[1])
            tip = max(tip, -(-stuck.tip * _RAISE[0] // _RAISE[1]))
            needed, wanted = max(needed, least), max(wanted, least)
        if needed > most:
            raise ChainError("fees are above max_fee_gwei; nothing was sent")
        max_fee = min(wanted, most)
        return max_fee, min(tip, max_fee)


class _Filling(Web3Middleware):
    def __init__(self, w3: Any, dispatch: Dispatch) -> None:
        super().__init__(w3)
        self._dispatch = dispatch

    def request_processor(self, method: RPCEndpoint, params: Any) -> Any:
        if method == "eth_sendTransaction":
            return method, [self._dispatch.fill(params[0])]
        return method, params


class _Recording(Web3Middleware):
    def __init__(self, w3: Any, dispatch: Dispatch) -> None:
        super().__init__(w3)
        self._dispatch = dispatch

    def request_processor(self, method: RPCEndpoint, params: Any) -> Any:
        if method == "eth_sendRawTransaction":
            raw: HexStr = params[0]
            self._dispatch.record(raw)
        return method, params
