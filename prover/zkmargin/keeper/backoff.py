"""How long to wait after failures: ever longer, up to a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .world import Purpose

__all__ = ["Attempt", "Backoff", "delay"]

_LONGEST = 60

Attempt: TypeAlias = tuple["Purpose", int, int]
"""An action, its account, and the root of the snapshot that it relies on."""


class Backoff:
    """Keeps an action that fails from being tried each round, as long as nothing has changed.

    Parameters
    ----------
    interval : int
        Seconds between two rounds.
    """

    def __init__(self, interval: int) -> None:
        self._interval = interval
        self._failed: dict[Attempt, tuple[int, float]] = {}

    def is_due(self, attempt: Attempt) -> bool:
        """Say whether it is time for an attempt."""
        failed = self._failed.get(attempt)
        return failed is None or time.monotonic() >= failed[1]

    def record_failure(self, attempt: Attempt) -> None:
        """Remember that an attempt failed."""
        count = self._failed.get(attempt, (0, 0.0))[0] + 1
        # Those with earlier snapshots do not come again.
        self._failed = {key: value for key, value in self._failed.items() if key[2] == attempt[2]}
        self._failed[attempt] = count, time.monotonic() + delay(count, self._interval)

    def reset(self, attempt: Attempt) -> None:
        """Forget the failures of an attempt that has succeeded."""
        self._failed.pop(attempt, None)


def delay(failures: int, interval: int) -> float:
    """Return how many seconds to wait after so many failures in a row, with an interval between rounds."""
    return float(max(interval, min(_LONGEST, interval * 2 ** min(failures, 10))))
