"""Observing the world as of one block: the chain's state and the keeper's own knowledge.

A round asks for the records of many accounts by one call (`House.records`). Only an account in an auction costs calls
of its own.
"""

from __future__ import annotations

import time
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from zkmargin.contracts.guardian import PauseGroup
from zkmargin.contracts.house_values import AccountFlag, HouseState
from zkmargin.contracts.token import Token
from zkmargin.snapshot.collateral_list import collateral_names
from zkmargin.spec import CASH

from .risk import Risk
from .world import Auction, Conditions, Purpose, Watched, World

if TYPE_CHECKING:
    from collections.abc import Iterator

    from eth_typing import BlockNumber
    from web3 import Web3

    from zkmargin import spec
    from zkmargin.contracts.house_values import HouseRecord
    from zkmargin.settlement.book import Book
    from zkmargin.settlement.following import Head
    from zkmargin.settlement.market import Market
    from zkmargin.snapshot.snapshot import Snapshot

    from .policy import Roles
    from .store import Store

__all__ = ["Observer"]

_DAY = 86_400
_PAGE = 500
"""The records of one call, which takes about 6 million gas."""
_FIRST_BID_BLOCKS = 5
"""The blocks from the start of an auction to the first bid: Auctions.FIRST_BID_BLOCKS."""


class Observer:
    """Observes a market for a keeper.

    Parameters
    ----------
    market : Market
    book : Book
        Has been followed to the block of the look.
    store : Store
    roles : Roles
    resend_after : int
        The seconds for which a transaction counts as pending.
    """

    def __init__(self, market: Market, book: Book, store: Store, roles: Roles, resend_after: int) -> None:
        self._market, self._book, self._store, self._roles = market, book, store, roles
        self._resend_after = resend_after
        self._openings: dict[int, tuple[int, spec.Account]] = {}
        self._risks: dict[int, Risk | None] = {}
        self._risks_of = 0
        self._compared: tuple[int, bool] | None = None

    def latest_root(self, head: Head) -> tuple[int, int] | None:
        """Return root and time of the feed's latest snapshot as of a block, or None before the first.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        with _as_of(self._market.web3, head):
            return self._market.feed.latest()

    def look(self, head: Head, published_at: int | None, snapshot: Snapshot | None) -> World:
        """Return the state of the world as of a block.

        Parameters
        ----------
        head : Head
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
            pending = self._pending(head.time)
            conditions = self._conditions(head, published_at, snapshot, pending)
            live, breaker = self._market.feed.live_time(), self._market.feed.breaker_snapshot_time()
            if snapshot is not None and snapshot.root != self._risks_of:
                # Risks by other snapshots are no longer needed.
                self._risks, self._risks_of = {}, snapshot.root
            mine, bought = self._mine()
            found = []
            for number, record in self._records():
                if record.account.state not in {HouseState.OPEN, HouseState.SEIZED}:
                    continue
                is_bought = number in bought and record.account.owner == self._market.sender
                one = self._watched(number, record, head, snapshot)
                unproven = live - record.account.last_healthy_live
                tripped = record.account.last_healthy_at < breaker
                found.append(
                    replace(
                        one,
                        mine=number in mine or is_bought,
                        bought=is_bought,
                        unproven_for=unproven,
                        # The same as House.isOverdue.
                        overdue=one.traded and (unproven > conditions.heartbeat or tripped),
                        time_left=max(0, record.times.called_live + record.times.grace - live)
                        if record.called
                        else 0,
                        pending=frozenset(pending[number]),
                    )
                )
        return World(conditions, tuple(found))

    # --- conditions

    def _conditions(
        self,
        head: Head,
        published_at: int | None,
        snapshot: Snapshot | None,
        pending: dict[int, set[Purpose]],
    ) -> Conditions:
        house = self._market.house
        parameters, standing = house.parameters(), house.standing()
        spendable, allowance = self._purse(head.time)
        return Conditions(
            now=head.time,
            snapshot_time=published_at,
            snapshot_known=snapshot is not None,
            max_snapshot_age=parameters.max_snapshot_age,
            heartbeat=parameters.heartbeat,
            initial_bps=parameters.initial_bps,
            liquidations_paused=self._market.guardian.is_paused(PauseGroup.LIQUIDATE),
            frozen=standing.frozen,
            ended=standing.ended,
            cash_factor=house.cash_factor(),
            spendable=spendable,
            allowance=allowance,
            approving=Purpose.APPROVE in pending[0],
            lag=int(time.time()) - head.time,
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

    def _purse(self, now: int) -> tuple[int, int]:
        """Return the most that may be spent, the balance within the daily limit, and what the vault may take."""
        policy, cash = self._roles.bidder, self._market.vault.asset(CASH)
        if policy is None or cash is None:
            return 0, 0
        token, sender = Token(self._market.web3, cash.token), self._market.sender
        balance = token.balance_of(sender) // cash.scale
        allowance = token.allowance(sender, self._market.vault.address) // cash.scale
        spent = self._store.spent_since(now - _DAY)
        return max(0, min(balance, policy.max_spend_per_day - spent)), allowance

    def _pending(self, now: int) -> defaultdict[int, set[Purpose]]:
        """Return the purposes of pending transactions, by account; an approval is that of account 0."""
        found: defaultdict[int, set[Purpose]] = defaultdict(set)
        for sent in self._store.pending():
            # After that time another transaction replaces it.
            if now - sent.sent_at < self._resend_after:
                for number in sent.accounts or (0,):
                    found[number].add(sent.purpose)
        return found

    # --- accounts

    def _mine(self) -> tuple[frozenset[int], frozenset[int]]:
        """Return the accounts that the holder's settings mean, and those that bids have bought."""
        holder = self._roles.holder
        if holder is None:
            mine = frozenset[int]()
        elif holder.accounts is None:
            mine = frozenset(self._book.owned_by(self._market.sender))
        else:
            mine = holder.accounts
        return mine, self._store.bought()

    def _records(self) -> Iterator[tuple[int, HouseRecord]]:
        """Yield the accounts that a role may act for, with their records."""
        house, roles = self._market.house, self._roles
        if roles.caller or roles.freezes:
            numbers = list(range(1, house.count() + 1))
        else:
            known = self._book.numbers() if roles.starter or roles.bidder is not None else ()
            mine, bought = self._mine()
            last = house.count()
            numbers = sorted(one for one in {*known, *mine, *bought} if one <= last)
        for start in range(0, len(numbers), _PAGE):
            page = numbers[start : start + _PAGE]
            yield from zip(page, house.records(page), strict=True)

    def _watched(self, number: int, record: HouseRecord, head: Head, snapshot: Snapshot | None) -> Watched:
        account = record.account
        seized = account.state == HouseState.SEIZED
        opening = self._opening(number, account.commitment)
        return Watched(
            number,
            known=opening is not None,
            open=not seized,
            seized=seized,
            traded=AccountFlag.TRADED in account.flags,
            frozen=AccountFlag.FROZEN in account.flags,
            exposed=AccountFlag.EXPOSED in account.flags,
            last_healthy_at=account.last_healthy_at,
            called=record.called,
            late=record.late,
            waiting=record.waiting,
            bond=record.times.bond,
            risk=self._risk(account.commitment, opening, snapshot),
            auction=self._auction(number, head) if seized else None,
        )

    def _opening(self, number: int, commitment: int) -> spec.Account | None:
        """Return the opening of a present state; the book is asked when the state has changed."""
        known = self._openings.get(number)
        if known is not None and known[0] == commitment:
            return known[1]
        opening = self._book.opening(commitment)
        if opening is not None:
            self._openings[number] = commitment, opening
        return opening

    def _risk(self, commitment: int, opening: spec.Account | None, snapshot: Snapshot | None) -> Risk | None:
        if opening is None or snapshot is None:
            return None
        if commitment not in self._risks:
            self._risks[commitment] = Risk.of(opening, snapshot)
        return self._risks[commitment]

    def _auction(self, number: int, head: Head) -> Auction | None:
        auctions = self._market.auctions
        started = auctions.auction(number)
        if started is None:
            return None
        counted = self._market.house.waiting(number, CASH).counted
        if auctions.is_over(number):
            recorded = auctions.unsaleable_since(number) != 0
            return Auction(None, counted=counted, unsaleable=not recorded and auctions.missing(number) > 0)
        is_open = head.number >= started.started_in + _FIRST_BID_BLOCKS
        return Auction(auctions.price(number), open=is_open, counted=counted)


@contextmanager
def _as_of(web3: Web3, head: Head) -> Iterator[None]:
    """Send all queries against one block, so that the answers fit together."""
    web3.eth.default_block = cast("BlockNumber", head.number)
    try:
        yield
    finally:
        web3.eth.default_block = "latest"
