"""What a keeper tells, as lines: for people on standard error, or as JSON on standard output."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmargin.keeper.reports import Report, Tell

__all__ = ["teller"]

_PLAIN = re.compile(r"[A-Za-z0-9_./:+-]+", re.ASCII)


def teller(*, as_json: bool) -> Tell:
    """Return what writes reports.

    Parameters
    ----------
    as_json : bool
        One JSON object on a line of standard output, instead of text on standard error.
    """
    return _tell_json if as_json else _tell_text


def _tell_json(report: Report) -> None:
    line: dict[str, int | str] = {"time": _now(), "level": report.level, "event": report.event}
    # Its own three stay what they are, whatever a report's values are called.
    document = {**line, **report.values, **line}
    sys.stdout.write(json.dumps(document) + "\n")
    # Whoever reads us, reads a line when it is written.
    sys.stdout.flush()


def _tell_text(report: Report) -> None:
    values = (f"{name}={_text(value)}" for name, value in report.values.items())
    sys.stderr.write(" ".join([_now(), f"{report.level.upper():<7}", report.event, *values]) + "\n")
    sys.stderr.flush()


def _text(value: int | str) -> str:
    """Return a value as it is, or in quotes: what a node or a file says must not look like a line of ours."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
