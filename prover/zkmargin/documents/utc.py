"""Unix time as text."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["iso_text", "utc_text"]

_SECONDS = "%Y-%m-%d %H:%M:%S UTC"


def utc_text(seconds: int, how: str = _SECONDS) -> str:
    """Return a time in UTC.

    Parameters
    ----------
    seconds : int
        Unix time. A snapshot's time has 64 bits; times beyond the calendar are returned as numbers.
    how : str
        The format, as for ``strftime``.
    """
    try:
        return datetime.fromtimestamp(seconds, UTC).strftime(how)
    except (OSError, OverflowError, ValueError):
        return str(seconds)


def iso_text(seconds: int) -> str:
    """Return a time in UTC as files have it, such as ``2026-12-01T08:00:00Z``; before the year 10 000."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
