"""How transactions leave: each is written down before it is sent, with its number and its fee.

So a keeper that dies in between finds out afterwards what became of it. A transaction that nobody includes
gives its place to the next one, at a higher fee: else it would hold up all that come after it.
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
"""Nodes let a transaction replace another for a tenth more; this is an eighth."""


@dataclass(frozen=True, slots=True)
class _Letter:
    """What the transactions of an action have in common, and what of them is known before they are signed."""

    action: Action
    sent_at: int = 0
    nonce: int = 0
    max_fee: int = 0
    tip: int = 0
    cost: int = 0


class Dispatch:
    """Between the clients of contracts and the node.

    Parameters
    ----------
    web3 : Web3
        A connection with a key: its transactions pass through here from now on.
    store : Store
    fees : Fees
    engine : str
        The contract whose transactions spend what a bid costs; others, such as approvals, spend nothing.
    """

    def __init__(self, web3: Web3, store: Store, fees: Fees, engine: str) -> None:
        self._web3, self._store, self._fees, self._engine = web3, store, fees, engine
        self._letter: _Letter | None = None
        # Before the one that signs, and after it.
        web3.middleware_onion.add(cast("Any", lambda w3: _Filling(w3, self)), "keeper-filling")
        web3.middleware_onion.inject(
            cast("Any", lambda w3: _Recording(w3, self)), "keeper-recording", layer=0
        )

    @contextmanager
    def sending(self, action: Action) -> Iterator[None]:
        """Let what is sent in the block be for an action; nothing can be sent elsewhere."""
        self._letter = _Letter(action)
        try:
            yield
        finally:
            self._letter = None

    def settle(self, final: int) -> list[Sent]:
        """Find out what has become of transactions.

        Parameters
        ----------
        final : int
            The last block that is final: what is in a later one may be taken back.

        Returns
        -------
        list of Sent
            Those of which something else is known than before.

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
                # If it turns up again: its number lets only one of it and the next be included.
                return None, Outcome.DROPPED
        return None, None

    def fill(self, transaction: dict[str, Any]) -> dict[str, Any]:
        """Give a transaction its number and fee.

        Raises
        ------
        ChainError
            If nothing may be sent now, or it would cost more than the settings allow.
        """
        if self._letter is None:
            raise ChainError("a transaction that belongs to no action")
        sender, eth = transaction["from"], self._web3.eth
        latest = eth.get_block("latest")
        # Not of when the action was decided: it may have waited for others since.
        now = int(latest["timestamp"])
        nonce = eth.get_transaction_count(sender, "latest")
        stuck = self._stuck(nonce, now)
        if stuck is None:
            nonce = eth.get_transaction_count(sender, "pending")
        max_fee, tip = self._price(latest.get("baseFeePerGas"), stuck)
        offer = self._letter.action.offer
        # An approval on the way to a bid spends nothing.
        cost = offer.cost if offer is not None and transaction["to"].lower() == self._engine.lower() else 0
        self._letter = replace(self._letter, sent_at=now, nonce=nonce, max_fee=max_fee, tip=tip, cost=cost)
        numbers = {"nonce": nonce, "maxFeePerGas": max_fee, "maxPriorityFeePerGas": tip}
        return {**transaction, **{key: hex(value) for key, value in numbers.items()}}

    def record(self, raw: str) -> None:
        """Write a signed transaction down, before it is sent."""
        letter = self._letter
        if letter is None:
            raise ChainError("a transaction that belongs to no action")
        sent_hash = keccak(bytes.fromhex(raw.removeprefix("0x")))
        what = letter.action.purpose, letter.action.account
        fees = letter.nonce, letter.max_fee, letter.tip
        self._store.record(Sent(sent_hash, *what, *fees, sent_at=letter.sent_at, cost=letter.cost))

    def _stuck(self, nonce: int, now: int) -> Sent | None:
        """Return the transaction that all others wait for, if it has had its time."""
        waiting = [sent for sent in self._store.unsettled(1 << 62) if sent.nonce == nonce]
        late = [sent for sent in waiting if now - sent.sent_at >= self._fees.resend_after]
        return max(late, key=lambda sent: sent.max_fee, default=None)

    def _price(self, base: int | None, stuck: Sent | None) -> tuple[int, int]:
        """Return what to pay for gas at most, and of that to who makes the block."""
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
            raise ChainError("fees are above max_fee_gwei: nothing is sent")
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
