"""Metrics of a keeper for Prometheus. They show no position, equity or limit."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra

with needs_extra("chain"):
    from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .alarms import Alarm
    from .sent import Sent
    from .world import World

__all__ = ["Metrics"]

_PREFIX = "zkmargin_keeper"


class Metrics:
    """The metrics of one keeper, which docs/keeper.md lists.

    Parameters
    ----------
    interval : int
        The seconds between two rounds.

    Attributes
    ----------
    registry : CollectorRegistry
    """

    def __init__(self, interval: int) -> None:
        self.registry = CollectorRegistry()
        self._patience, self._looked_at = max(120.0, 10.0 * interval), time.monotonic()
        self._rounds = self._counter("rounds", "Rounds, by whether the chain could be read.", "result")
        self._seconds = Histogram(
            f"{_PREFIX}_round_seconds",
            "Duration of rounds.",
            registry=self.registry,
            buckets=(0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120),
        )
        self._block = self._gauge("block", "Number of the latest block.")
        self._block_time = self._gauge("block_time_seconds", "Time of the latest block, Unix time.")
        self._snapshot_time = self._gauge("snapshot_time_seconds", "Time of the latest snapshot, Unix time.")
        self._accounts = self._gauge("accounts", "Accounts by state; one can have several.", "state")
        self._alarms = self._gauge("alarms", "Conditions that last.", "kind")
        self._pending = self._gauge("pending_transactions", "Transactions that are not in the chain yet.")
        self._spendable = self._gauge("spendable", "The most that bids may cost now, in the quote token.")
        self._acts = self._counter("actions", "Actions that were tried.", "purpose", "result")
        self._sent = self._counter("transactions", "Transactions by outcome.", "purpose", "outcome")

    @property
    def healthy(self) -> bool:
        """Whether the keeper has read the chain lately: within ten intervals, or two minutes if that is more."""
        return time.monotonic() - self._looked_at <= self._patience

    def round(self, seconds: float, *, looked: bool) -> None:
        """Count a round."""
        self._rounds.labels("looked" if looked else "failed").inc()
        self._seconds.observe(seconds)

    def world(self, world: World, block: int, alarms: Iterable[Alarm], pending: int) -> None:
        """Show the observed state of the world."""
        self._looked_at = time.monotonic()
        conditions = world.conditions
        self._block.set(block)
        self._block_time.set(conditions.now)
        self._snapshot_time.set(conditions.snapshot_time or 0)
        self._spendable.set(conditions.spendable / 10**6)
        self._pending.set(pending)
        states = {
            "watched": len(world.accounts),
            "known": sum(one.known for one in world.accounts),
            "mine": sum(one.mine for one in world.accounts),
            "traded": sum(one.traded for one in world.accounts),
            "overdue": sum(one.overdue for one in world.accounts),
            "called": sum(one.called for one in world.accounts),
            "late": sum(one.late > 0 for one in world.accounts),
            "seized": sum(one.seized for one in world.accounts),
        }
        for state, count in states.items():
            self._accounts.labels(state).set(count)
        self._alarms.clear()
        for alarm in alarms:
            self._alarms.labels(alarm.kind).inc()

    def acted(self, purpose: str, *, failed: bool) -> None:
        """Count an action."""
        self._acts.labels(purpose, "failed" if failed else "sent").inc()

    def sent(self, sent: Sent) -> None:
        """Count the outcome of a transaction."""
        self._sent.labels(sent.purpose, sent.outcome or "under-way").inc()

    def _gauge(self, name: str, text: str, *labels: str) -> Gauge:
        return Gauge(f"{_PREFIX}_{name}", text, labels, registry=self.registry)

    def _counter(self, name: str, text: str, *labels: str) -> Counter:
        return Counter(f"{_PREFIX}_{name}", text, labels, registry=self.registry)
