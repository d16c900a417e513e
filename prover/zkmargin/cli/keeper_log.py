"""A keeper's reports as lines: text on standard error, or JSON on standard output."""

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
    """Return a function that writes reports.

    Parameters
    ----------
    as_json : bool
        Write JSON objects to standard output, one per line, instead of text to standard error.
    """
    return _tell_json if as_json else _tell_text


def _tell_json(report: Report) -> None:
    line: dict[str, int | str] = {"time": _now(), "level": report.level, "event": report.event}
    # The first three keys win over values of the same names.
    document = {**line, **report.values, **line}
    sys.stdout.write(json.dumps(document) + "\n")
    # A reader gets each line at once.
    sys.stdout.flush()


def _tell_text(report: Report) -> None:
    values = (f"{name}={_text(value)}" for name, value in report.values.items())
    sys.stderr.write(" ".join([_now(), f"{report.level.upper():<7}", report.event, *values]) + "\n")
    sys.stderr.flush()


def _text(value: int | str) -> str:
    """Return a value, quoted if needed: text of a node or a file must not look like a line of the keeper."""
    text = str(value)
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
