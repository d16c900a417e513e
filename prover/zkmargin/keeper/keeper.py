"""The keeper: in each round it observes the chain, decides and acts."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .acts import Acts
from .announcer import Announcer
from .backoff import Backoff, delay
from .decisions import decide
from .dispatch import Dispatch
from .follower import Follower
from .observer import Observer
from .steps import derived_openings

if TYPE_CHECKING:
    from threading import Event

    from zkmargin.settlement.market import SettlementMarket
    from zkmargin.settlement.roles.participant import Provers
    from zkmargin.settlement.snapshots import SnapshotFolder
    from zkmargin.snapshot.snapshot import Snapshot

    from .follower import Block
    from .opening_files import OpeningFiles
    from .reports import Tell
    from .settings import KeeperSettings
    from .store import Store
    from .world import Action, World

__all__ = ["Keeper", "Round"]

_ALIVE_EVERY = 3600


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
        Whether an account of the operator is unhealthy or in auction.
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
    market : SettlementMarket
        A connection with the keeper's own key, which nothing else uses.
    provers : Provers
    store : Store
    snapshots : SnapshotFolder
    openings : OpeningFiles
    tell : callable
        Receives all reports.
    """

    def __init__(  # noqa: PLR0913  # all that a keeper depends on
        self,
        settings: KeeperSettings,
        market: SettlementMarket,
        provers: Provers,
        *,
        store: Store,
        snapshots: SnapshotFolder,
        openings: OpeningFiles,
        tell: Tell,
    ) -> None:
        self._settings, self._market, self._store, self._snapshots = settings, market, store, snapshots
        self._openings, self._roles = openings, settings.roles
        self._follower = Follower(market, store, tell)
        self._observer = Observer(market, store, self._roles, settings.fees.resend_after)
        self._dispatch = Dispatch(market.web3, store, settings.fees, market.engine.address)
        self._acts = Acts(market, provers, store, settings.files.bought)
        self._announce = Announcer(settings.roles, tell)
        self._backoff = Backoff(settings.interval)
        self._root, self._refused = 0, 0

    def run(self, stop: Event) -> None:
        """Run rounds until `stop` is set.

        Raises
        ------
        InputError
            If the keeper's own database fails; nothing may be sent without it.
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
        """Observe once, and act. Every error except the database's is reported, not raised.

        Parameters
        ----------
        stop : Event
            Once set, no further action starts.

        Raises
        ------
        InputError
            If the keeper's own database fails.
        """
        try:
            head = self._follower.follow()
            self._settle(head)
            snapshot, world = self._look(head)
            acted, failures = self._act(decide(world, self._roles), snapshot, stop)
            if acted:
                self._settle(self._follower.latest())
        except Exception as error:  # noqa: BLE001  # a node's answer must not end the keeper
            self._raise_own(error)
            self._announce.failure("round-failed", error)
            return Round(looked=False, grave=self._announce.grave)
        return Round(acted, failures, self._announce.grave)

    def _look(self, head: Block) -> tuple[Snapshot | None, World]:
        latest = self._observer.latest_root(head)
        root, published_at = latest or (0, None)
        snapshot = self._snapshot(root) if latest else None
        if root != self._root:
            self._root = root
            self._announce.info("snapshot", {"root": str(root), "timestamp": published_at or 0})
        self._learn(snapshot)
        world = self._observer.look(head, published_at, snapshot)
        self._announce.world(world)
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

    def _learn(self, snapshot: Snapshot | None) -> None:
        """Store openings from files, and those derived from them by public events."""
        found = self._openings.new(snapshot)
        if found:
            self._store.learn(found)
        for step in self._store.latest_steps():
            if self._store.opening(step.commitment) is None:
                derived = derived_openings(self._store.steps(step.account), self._store.opening)
                if derived:
                    self._store.learn(derived)

    def _act(self, actions: tuple[Action, ...], snapshot: Snapshot | None, stop: Event) -> tuple[int, int]:
        """Do the actions that are due; return the number attempted, and the number that failed."""
        acted = failures = 0
        for action in actions:
            attempt = action.purpose, action.account, self._root
            if stop.is_set() or not self._backoff.is_due(attempt):
                continue
            acted += 1
            values: dict[str, int | str] = {"purpose": action.purpose, "account": action.account}
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
        return acted, failures

    def _settle(self, head: Block) -> None:
        for sent in self._dispatch.settle(head.number - self._settings.confirmations):
            self._announce.sent(sent)

    def _raise_own(self, error: Exception) -> None:
        """Raise an error again if it is of the keeper's own database."""
        if isinstance(error, InputError) and error.source == self._store.source:
            raise error
