"""The keeper: in each round it observes the chain, decides and acts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.settlement.following import follow

from .announcer import Announcer, about
from .backoff import Backoff, delay
from .decisions import decide
from .dispatch import Dispatch
from .observer import Observer
from .sent import Outcome

if TYPE_CHECKING:
    from threading import Event

    from zkmargin.settlement.book import Book
    from zkmargin.settlement.following import Head
    from zkmargin.settlement.market import Market
    from zkmargin.settlement.snapshots import SnapshotFolder
    from zkmargin.snapshot.snapshot import Snapshot

    from .acts import Acts
    from .metrics import Metrics
    from .reports import Tell
    from .settings import KeeperSettings
    from .store import Store
    from .world import Action, World

__all__ = ["Keeper", "Round"]

_ALIVE_EVERY = 3600
_LONGEST_ROUND = 30.0
"""The seconds after which a round starts no further action: the next one looks again, and takes the most urgent ones.
Proofs take seconds, and decisions should not be old."""


@dataclass(frozen=True, slots=True)
class Round:
    """The result of a round.

    Attributes
    ----------
    acted : int
        The number of attempted actions.
    failures : int
        The number of those that failed.
    grave : bool
        Whether an account of the operator is unhealthy, late or in auction.
    looked : bool
        Whether the state of the world could be observed.
    """

    acted: int = 0
    failures: int = 0
    grave: bool = False
    looked: bool = True


class Keeper:
    """Watches a market and acts in it.

    Parameters
    ----------
    settings : KeeperSettings
    market : Market
        A connection with the keeper's own key, which nothing else uses.
    acts : Acts
    store : Store
    book : Book
    snapshots : SnapshotFolder
    venue_secret : bytes or None
        The secret of the venue's key.
    metrics : Metrics
    tell : callable
        Receives all reports.
    """

    def __init__(  # noqa: PLR0913  # all that a keeper depends on
        self,
        settings: KeeperSettings,
        market: Market,
        acts: Acts,
        *,
        store: Store,
        book: Book,
        snapshots: SnapshotFolder,
        venue_secret: bytes | None,
        metrics: Metrics,
        tell: Tell,
    ) -> None:
        self._settings, self._market, self._acts, self._store = settings, market, acts, store
        self._book, self._snapshots, self._venue_secret = book, snapshots, venue_secret
        self._roles, self._metrics = settings.roles, metrics
        self._observer = Observer(market, book, store, self._roles, settings.fees.resend_after)
        self._dispatch = Dispatch(market.web3, store, settings.fees, market.house)
        self._announce = Announcer(settings.roles, tell)
        self._backoff = Backoff(settings.interval)
        self._root, self._refused = 0, 0

    def run(self, stop: Event) -> None:
        """Run rounds until `stop` is set.

        Raises
        ------
        InputError
            If the keeper's own record fails; nothing may be sent without it.
        """
        self._announce.info("started", {"sender": self._market.sender, "roles": self._roles.names})
        failures, told_at = 0, time.monotonic()
        while not stop.is_set():
            failures = 0 if self.round(stop).looked else failures + 1
            if time.monotonic() - told_at >= _ALIVE_EVERY:
                told_at = time.monotonic()
                self._announce.alive()
            stop.wait(delay(failures, self._settings.interval))
        self._announce.info("stopped")

    def round(self, stop: Event) -> Round:
        """Observe once, and act. Every error except the record's is reported, not raised.

        Parameters
        ----------
        stop : Event
            Once set, no further action starts.

        Raises
        ------
        InputError
            If the keeper's own record fails.
        """
        began = time.monotonic()
        try:
            head = self._follow()
            self._settle(head.number)
            snapshot, world = self._look(head)
            acted, failures = self._act(decide(world, self._roles), snapshot, stop)
            done = Round(acted, failures, self._announce.grave)
        except Exception as error:  # noqa: BLE001  # a node's answer must not end the keeper
            self._raise_own(error)
            self._announce.failure("round-failed", error)
            done = Round(looked=False, grave=self._announce.grave)
        self._metrics.round(time.monotonic() - began, looked=done.looked)
        return done

    def finish(self, stop: Event, patience: float = 120.0) -> bool:
        """Wait until no transaction is pending, report the outcomes, and return whether all have succeeded.

        Parameters
        ----------
        stop : Event
            Ends the wait.
        patience : float
            In seconds.

        Raises
        ------
        InputError
            If the keeper's own record fails.
        """
        until, succeeded = time.monotonic() + patience, True
        while self._store.pending() and time.monotonic() < until and not stop.wait(0.2):
            try:
                succeeded &= self._settle(self._market.web3.eth.block_number)
            except Exception as error:  # noqa: BLE001  # as in `round`
                self._raise_own(error)
                self._announce.failure("round-failed", error)
        return succeeded and not self._store.pending()

    def _follow(self) -> Head:
        head = follow(self._market, self._book, venue_secret=self._venue_secret, snapshots=self._snapshots)
        if head.replaced:
            self._announce.reorganised(head)
        return head

    def _look(self, head: Head) -> tuple[Snapshot | None, World]:
        latest = self._observer.latest_root(head)
        root, published_at = latest or (0, None)
        snapshot = self._snapshot(root) if latest else None
        if root != self._root:
            self._root = root
            self._announce.info("snapshot", {"root": str(root), "timestamp": published_at or 0})
        world = self._observer.look(head, published_at, snapshot)
        self._announce.world(world)
        self._metrics.world(world, head.number, self._announce.alarms, len(self._store.pending()))
        return snapshot, world

    def _snapshot(self, root: int) -> Snapshot | None:
        """Return the snapshot of a root; None if it is missing or its file is wrong."""
        try:
            return self._snapshots.find(root)
        except InputError as error:
            if root != self._refused:
                self._refused = root
                self._announce.failure("file-refused", error)
            return None

    def _act(self, actions: tuple[Action, ...], snapshot: Snapshot | None, stop: Event) -> tuple[int, int]:
        """Do the actions that are due; return the number attempted, and the number that failed."""
        acted = failures = 0
        until = time.monotonic() + max(_LONGEST_ROUND, self._settings.interval)
        for action in actions:
            attempt = action.purpose, action.accounts, self._root
            if stop.is_set() or (acted and time.monotonic() >= until):
                break
            if not self._backoff.is_due(attempt):
                continue
            acted += 1
            values = about(action.purpose, action.accounts)
            self._announce.info("acting", values)
            try:
                with self._dispatch.sending(action):
                    self._acts.do(action, snapshot)
                self._backoff.reset(attempt)
            except Exception as error:  # noqa: BLE001  # a failed action must not stop the others
                self._raise_own(error)
                failures += 1
                self._backoff.record_failure(attempt)
                self._announce.failure("failed", error, values)
                self._metrics.acted(action.purpose, failed=True)
            else:
                self._metrics.acted(action.purpose, failed=False)
        return acted, failures

    def _settle(self, block: int) -> bool:
        """Report the outcomes of transactions as of a block; return whether none has failed."""
        changed = self._dispatch.settle(block - self._settings.confirmations)
        for sent in changed:
            self._announce.sent(sent)
            self._metrics.sent(sent)
        return all(sent.outcome is not Outcome.FAILED for sent in changed)

    def _raise_own(self, error: Exception) -> None:
        """Raise an error again if it is of the keeper's own files."""
        if isinstance(error, InputError) and error.source in {self._store.source, self._book.source}:
            raise error
