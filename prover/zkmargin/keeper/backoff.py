"""The wait after failures: it doubles with each, up to a minute."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from .world import Purpose

__all__ = ["Attempt", "Backoff", "delay"]

_LONGEST = 60

Attempt: TypeAlias = tuple["Purpose", tuple[int, ...], int]
"""An action's purpose, its accounts, and the root of the snapshot that it relies on."""


class Backoff:
    """Delays the next attempt of an action that failed. An attempt with another snapshot is not delayed.

    Parameters
    ----------
    interval : int
        Seconds between two rounds.
    """

    def __init__(self, interval: int) -> None:
        self._interval = interval
        self._failed: dict[Attempt, tuple[int, float]] = {}

    def is_due(self, attempt: Attempt) -> bool:
        """Return whether an attempt is due."""
        failed = self._failed.get(attempt)
        return failed is None or time.monotonic() >= failed[1]

    def record_failure(self, attempt: Attempt) -> None:
        """Remember that an attempt failed."""
        count = self._failed.get(attempt, (0, 0.0))[0] + 1
        # Attempts with earlier snapshots do not return.
        self._failed = {key: value for key, value in self._failed.items() if key[2] == attempt[2]}
        self._failed[attempt] = count, time.monotonic() + delay(count, self._interval)

    def reset(self, attempt: Attempt) -> None:
        """Forget the failures of an attempt that has succeeded."""
        self._failed.pop(attempt, None)


def delay(failures: int, interval: int) -> float:
    """Return the seconds to wait after consecutive failures; never less than the interval of rounds."""
    return float(max(interval, min(_LONGEST, interval * 2 ** min(failures, 10))))
