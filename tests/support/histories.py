"""Price histories for tests."""

from __future__ import annotations

import math
from datetime import date, timedelta
from decimal import Decimal

from zkmargin.risk.history import History

FIRST = date(2024, 1, 1)


def history_of(closes, name="BTC", missing=()):
    """Return a history of daily closes from 2024-01-01 on; `missing` are the numbers of days without a close."""
    days = (FIRST + timedelta(days=number) for number in range(len(closes) + len(missing)))
    kept = tuple(day for number, day in enumerate(days) if number not in missing)
    return History(name, kept, tuple(Decimal(str(close)) for close in closes))


def history_of_returns(returns, start=30_000.0, **options):
    """Return a history with given daily log returns."""
    closes = [start]
    for one in returns:
        closes.append(closes[-1] * math.exp(one))
    return history_of([f"{close:.15f}" for close in closes], **options)


def csv_of(history):
    """Return a history as CSV, with an additional column."""
    rows = zip(history.dates, history.closes, strict=True)
    return "Date,volume,Close\n" + "".join(f"{day},1,{close}\n" for day, close in rows)
