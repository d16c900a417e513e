"""Sending transactions: each is recorded with its nonce and fee before it is sent, and nothing waits for its block.

Several can be pending, by ascending nonces. A keeper that dies in between learns the outcomes when it starts again. A
new transaction replaces one that has not been included for long, at a higher fee; otherwise it would block later ones.
It also takes the nonce of one that the node has lost.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, cast

from web3.exceptions import TransactionNotFound
from web3.middleware import Web3Middleware

from zkmargin.chain.node import node_errors, send_without_waiting
from zkmargin.contracts.house_events import AccountTaken
from zkmargin.errors import ChainError
from zkmargin.ethereum import keccak

from .sent import Outcome, Sent
from .world import Purpose

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_typing import HexStr
    from hexbytes import HexBytes
    from web3 import Web3
    from web3.types import RPCEndpoint, TxParams, TxReceipt

    from zkmargin.contracts.house import House

    from .settings import Fees
    from .store import Store
    from .world import Action

__all__ = ["Dispatch"]

_HEADROOM = 3, 2
"""The factor of the gas limit above the estimate, 3/2: other transactions of the block change what one needs."""
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


class Dispatch:
    """Stands between the contract clients and the node: fills in, records and follows transactions.

    Parameters
    ----------
    web3 : Web3
        A connection with a key. From now on its transactions pass through this object.
    store : Store
    fees : Fees
    house : House
        Its events tell what bids have cost.
    """

    def __init__(self, web3: Web3, store: Store, fees: Fees, house: House) -> None:
        self._web3, self._store, self._fees, self._house = web3, store, fees, house
        self._draft: _Draft | None = None
        send_without_waiting(web3)
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
            block, outcome, paid = self._outcome(sent)
            if (block, outcome) != (sent.block, sent.outcome):
                self._store.settle(sent.hash, block, outcome, paid)
                changed.append(replace(sent, block=block, outcome=outcome))
        return changed

    def _outcome(self, sent: Sent) -> tuple[int | None, Outcome | None, int | None]:
        """Return the block and the outcome of a transaction, and what it has cost besides fees."""
        name = cast("HexBytes", sent.hash)
        with node_errors("a transaction"):
            try:
                receipt = self._web3.eth.get_transaction_receipt(name)
            except TransactionNotFound:
                pass
            else:
                block = int(receipt["blockNumber"])
                if receipt["status"] != 1:
                    return block, Outcome.FAILED, 0
                return block, Outcome.DONE, self._paid(sent, receipt)
            try:
                self._web3.eth.get_transaction(name)
            except TransactionNotFound:
                # If it reappears, the shared nonce still lets only one of it and its successor be included.
                return None, Outcome.DROPPED, None
        return None, None, None

    def _paid(self, sent: Sent, receipt: TxReceipt) -> int | None:
        if sent.purpose is not Purpose.BID:
            return None
        events = self._house.events_of(receipt["logs"])
        return sum(max(0, event.price) for event in events if isinstance(event, AccountTaken))

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
        nonce, stuck = self._nonce(eth.get_transaction_count(sender, "latest"), now)
        max_fee, tip = self._price(latest.get("baseFeePerGas"), stuck)
        self._draft = replace(self._draft, sent_at=now, nonce=nonce, max_fee=max_fee, tip=tip)
        numbers = {
            "gas": self._gas(transaction),
            "nonce": nonce,
            "maxFeePerGas": max_fee,
            "maxPriorityFeePerGas": tip,
        }
        return {**transaction, **{key: hex(value) for key, value in numbers.items()}}

    def record(self, raw: str) -> None:
        """Record a signed transaction before it is sent."""
        draft = self._draft
        if draft is None:
            raise ChainError("the transaction belongs to no action")
        sent_hash = keccak(bytes.fromhex(raw.removeprefix("0x")))
        what = draft.action.purpose, draft.action.accounts
        fees = draft.nonce, draft.max_fee, draft.tip
        self._store.record(Sent(sent_hash, *what, *fees, sent_at=draft.sent_at, cost=draft.action.cost))

    def _nonce(self, first: int, now: int) -> tuple[int, Sent | None]:
        """Return the lowest nonce that is free or has waited for long, and the transaction to be replaced then.

        Parameters
        ----------
        first : int
            The first nonce that is not in the chain.
        now : int
        """
        waiting: dict[int, list[Sent]] = {}
        for sent in self._store.pending():
            waiting.setdefault(sent.nonce, []).append(sent)
        nonce = first
        while nonce in waiting:
            if now - max(sent.sent_at for sent in waiting[nonce]) >= self._fees.resend_after:
                return nonce, max(waiting[nonce], key=lambda sent: sent.max_fee)
            nonce += 1
        return nonce, None

    def _gas(self, transaction: dict[str, Any]) -> int:
        """Return a limit near the need: blocks have room for few transactions with the clients' limits."""
        given = (
            int(transaction["gas"], 16) if isinstance(transaction["gas"], str) else int(transaction["gas"])
        )
        needed = self._web3.eth.estimate_gas(cast("TxParams", transaction))
        return min(given, needed * _HEADROOM[0] // _HEADROOM[1])

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
