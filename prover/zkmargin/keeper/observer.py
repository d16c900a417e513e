"""Observing the world as of one block: the chain's state and the keeper's own knowledge."""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from zkmargin.contracts.guardian import Guardian, PauseGroup
from zkmargin.contracts.market_values import State
from zkmargin.contracts.token import Token
from zkmargin.settlement.market import PROOF_SECONDS
from zkmargin.snapshot.collateral_list import collateral_names
from zkmargin.spec import CASH

from .risk import Risk
from .world import Auction, Conditions, Purpose, Watched, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_typing import BlockNumber
    from web3 import Web3

    from zkmargin import spec
    from zkmargin.settlement.market import SettlementMarket
    from zkmargin.settlement.next_state import Step
    from zkmargin.snapshot.snapshot import Snapshot

    from .follower import Block
    from .policy import Roles
    from .store import Store

__all__ = ["Observer"]

_DAY = 86_400
_STAGES = 4
"""The stages of an auction; each lasts its fall time."""
_NOTHING_FINAL = 1 << 62


class Observer:
    """Observes a market for a keeper.

    Parameters
    ----------
    market : SettlementMarket
    store : Store
    roles : Roles
    resend_after : int
        The seconds for which a transaction counts as pending.
    """

    def __init__(self, market: SettlementMarket, store: Store, roles: Roles, resend_after: int) -> None:
        self._market, self._store, self._roles, self._resend_after = market, store, roles, resend_after
        self._guardian = Guardian(market.web3, market.house.contracts.guardian)
        # It never changes, so it is read once.
        self._silence = market.house.silence()
        self._risks: dict[tuple[int, int], Risk | None] = {}
        self._compared: tuple[int, bool] | None = None

    def latest_root(self, head: Block) -> tuple[int, int] | None:
        """Return root and time of the feed's latest snapshot as of a block, or None before the first.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        with _as_of(self._market.web3, head):
            return self._market.feed.latest()

    def look(self, head: Block, published_at: int | None, snapshot: Snapshot | None) -> World:
        """Return the state of the world as of a block.

        Parameters
        ----------
        head : Block
        published_at : int or None
            The time of the latest snapshot; None before the first.
        snapshot : Snapshot or None
            The latest snapshot; None if the keeper does not have it.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        with _as_of(self._market.web3, head):
            conditions = self._conditions(head, published_at, snapshot)
            breaker = self._market.feed.breaker_snapshot_time()
            steps = self._store.latest_steps()
            pending = self._pending(head.time)
            watched = (self._account(step, conditions, breaker, snapshot) for step in steps)
            accounts = tuple(replace(one, pending=frozenset(pending[one.number])) for one in watched)
        return World(conditions, accounts)

    def _conditions(self, head: Block, published_at: int | None, snapshot: Snapshot | None) -> Conditions:
        parameters = self._market.house.parameters()
        return Conditions(
            now=head.time,
            snapshot_time=published_at,
            snapshot_known=snapshot is not None,
            max_snapshot_age=parameters.max_snapshot_age,
            heartbeat=parameters.heartbeat,
            initial_bps=parameters.initial_bps,
            liquidations_paused=self._guardian.is_paused(PauseGroup.LIQUIDATE),
            cash_factor=self._market.house.cash_factor(),
            spendable=self._spendable(head.time),
            lag=int(time.time()) - head.time,
            silence=self._silence,
            other_collateral=snapshot is not None and self._other_collateral(snapshot),
        )

    def _other_collateral(self, snapshot: Snapshot) -> bool:
        """Return whether a snapshot's collateral list differs from the feed's; each snapshot is asked about once.

        The contract compares a hash that the signers signed, and cannot see whether the root agrees with it.
        """
        if self._compared is None or self._compared[0] != snapshot.root:
            differs = collateral_names(snapshot) != self._market.feed.collateral()
            self._compared = snapshot.root, differs
        return self._compared[1]

    def _spendable(self, now: int) -> int:
        """Return the most that bids may cost: the balance, but at most the rest of the daily limit."""
        policy, cash = self._roles.bidder, self._market.vault.asset(CASH)
        if policy is None or cash is None:
            return 0
        balance = Token(self._market.web3, cash.token).balance_of(self._market.sender) // cash.scale
        # The proof in a bid sent before this time has expired; the contracts refuse it.
        void = now - PROOF_SECONDS
        spent = self._store.spent_since(void - _DAY, void)
        return max(0, min(balance, policy.max_spend_per_day - spent))

    def _account(
        self, step: Step, conditions: Conditions, breaker: int, snapshot: Snapshot | None
    ) -> Watched:
        number, holder = step.account, self._roles.holder
        mine = holder is not None and (
            step.owner == self._market.sender if holder.accounts is None else number in holder.accounts
        )
        if not (mine or self._roles.caller) and self._store.opening(step.commitment) is None:
            # The keeper cannot act for it, so its record is not read.
            return Watched(number)
        record = self._market.house.account(number)
        opening = self._store.opening(record.commitment)
        last, seized = record.last_healthy_at, record.state is State.SEIZED
        deadline = None if seized else self._market.house.deadline(number)
        return Watched(
            number,
            mine=mine,
            known=opening is not None,
            seized=seized,
            last_healthy_at=last,
            # The same as ClearingHouse.isOverdue.
            overdue=conditions.now - last > conditions.heartbeat or last < breaker,
            called=deadline is not None,
            deadline=deadline,
            risk=self._risk(record.commitment, opening, snapshot),
            auction=self._auction(number) if seized else None,
        )

    def _risk(self, commitment: int, opening: spec.Account | None, snapshot: Snapshot | None) -> Risk | None:
        if opening is None or snapshot is None:
            return None
        key = commitment, snapshot.root
        if key not in self._risks:
            # Risks by other snapshots are no longer needed.
            self._risks = {one: risk for one, risk in self._risks.items() if one[1] == snapshot.root}
            self._risks[key] = Risk.of(opening, snapshot)
        return self._risks[key]

    def _auction(self, number: int) -> Auction | None:
        engine = self._market.engine
        auction = engine.auction(number)
        if auction is None:
            return None
        is_over = engine.elapsed(number) > _STAGES * auction.parameters.fall_time
        return Auction(None if is_over else engine.price(number))

    def _pending(self, now: int) -> defaultdict[int, set[Purpose]]:
        """Return the purposes of pending transactions, by account."""
        found: defaultdict[int, set[Purpose]] = defaultdict(set)
        for sent in self._store.unsettled(_NOTHING_FINAL):
            # After that time the next transaction replaces it.
            if now - sent.sent_at < self._resend_after:
                found[sent.account].add(sent.purpose)
        return found


@contextmanager
def _as_of(web3: Web3, head: Block) -> Iterator[None]:
    """Send all queries against one block, so that the answers fit together."""
    web3.eth.default_block = cast("BlockNumber", head.number)
    try:
        yield
    finally:
        web3.eth.default_block = "latest"
