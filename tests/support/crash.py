"""Venue data of a falling market, made from a calm surface, and a book of 30 positions on it.

The calm surface has a smile for each of two coins and two expiries. In the fall the spot loses 18 %, forwards trade
below it, and volatilities rise by 30 points. The venue's quotes do not all keep up: some volatilities are those of
before, some marks are below intrinsic value, and options far from the money have no bid. Columns are Deribit's.
"""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from zkmargin import Account
from zkmargin.risk import black76

if TYPE_CHECKING:
    from pathlib import Path

NOW = 1_772_442_000
"""2026-03-02 09:00:00 UTC."""

DAY = 86_400
FALL = 0.82
BASIS = {"13MAR26": 0.996, "27MAR26": 0.991}
DAYS = {"13MAR26": 11 - 1 / 24, "27MAR26": 25 - 1 / 24}
COINS = {"BTC": (68_000, 0.55), "ETH": (2_000, 0.7)}
"""The price before the fall and the calm volatility at the money."""

STRIKES = (0.7, 0.8, 0.9, 1.0, 1.15)
"""In the price before the fall."""

STALE = (
    "BTC-13MAR26-61200-P",
    "BTC-27MAR26-61200-C",
    "BTC-27MAR26-47600-P",
    "ETH-13MAR26-1800-C",
    "ETH-27MAR26-1600-P",
)
"""Options whose volatility is that of before."""

LATE = ("BTC-13MAR26-78200-P", "ETH-13MAR26-2300-P", "ETH-27MAR26-2300-P")
"""Options in the money whose mark is 0.5 % below their intrinsic value."""

COLUMNS = (
    "instrument_name",
    "mark_price",
    "mark_iv",
    "underlying_price",
    "estimated_delivery_price",
    "creation_timestamp",
    "quote_currency",
    "bid_price",
    "ask_price",
)

Row = dict[str, object]


def names() -> list[str]:
    """Return the names of the 40 options."""
    return [
        f"{coin}-{expiry}-{strike:.0f}-{right}"
        for coin, (before, _) in COINS.items()
        for expiry in DAYS
        for strike in (part * before for part in STRIKES)
        for right in "CP"
    ]


def rows(*, stale: tuple[str, ...] = STALE, late: tuple[str, ...] = LATE) -> list[Row]:
    """Return the rows of the venue's answer: 40 options, two perpetuals and two futures."""
    return [*_futures(), *(_option(name, name in stale, name in late) for name in names())]


def write(path: Path, found: list[Row]) -> Path:
    """Write rows as the collector's CSV."""
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
        writer.writeheader()
        writer.writerows(found)
    return path


def true_price(name: str) -> float:
    """Return the price of an option after the fall, in the quote currency."""
    coin, expiry, strike, right = name.split("-")
    forward = COINS[coin][0] * FALL * BASIS[expiry]
    deviation = true_volatility(name) * math.sqrt(DAYS[expiry] / 365)
    return float(black76.price(forward, float(strike), deviation, np.array(right == "C")))


def true_volatility(name: str) -> float:
    """Return the volatility of an option after the fall."""
    coin, expiry, _, _ = name.split("-")
    return _smile(name, COINS[coin][0] * FALL * BASIS[expiry]) + 0.3


def _smile(name: str, forward: float) -> float:
    coin, _, strike, _ = name.split("-")
    moneyness = math.log(float(strike) / forward)
    return COINS[coin][1] - 0.2 * moneyness + 0.3 * moneyness**2


def _option(name: str, is_stale: bool, is_late: bool) -> Row:
    coin, expiry, strike, right = name.split("-")
    before = COINS[coin][0]
    forward = before * FALL * BASIS[expiry]
    value = true_price(name)
    if is_late:
        value = (float(strike) - forward) * 0.995
    published = _smile(name, float(before)) if is_stale else true_volatility(name)
    far = right == "P" and float(strike) < 0.85 * forward
    return _row(name, coin, coin, f"{value / forward:.8f}") | {
        "mark_iv": f"{published * 100:.2f}",
        "underlying_price": f"{forward:.4f}",
        "bid_price": "" if far else f"{value / forward * 0.98:.4f}",
        "ask_price": f"{value / forward * 1.02 + 0.0005:.4f}",
    }


def _futures() -> list[Row]:
    found = []
    for coin, (before, _) in COINS.items():
        found.append(_row(f"{coin}-PERPETUAL", coin, "USD", f"{before * FALL * 0.9995:.2f}"))
        found.append(_row(f"{coin}-27MAR26", coin, "USD", f"{before * FALL * BASIS['27MAR26']:.2f}"))
    return found


def _row(name: str, coin: str, currency: str, mark: str) -> Row:
    index = f"{COINS[coin][0] * FALL:.2f}"
    return dict.fromkeys(COLUMNS, "") | {
        "instrument_name": name,
        "mark_price": mark,
        "estimated_delivery_price": index,
        "creation_timestamp": NOW * 1000,
        "quote_currency": currency,
    }


def book(legs: int = 30) -> Account:
    """Return an account of so many positions: first the estimates, short and long, then futures and other options."""
    others = [name for name in names() if name not in {*STALE, *LATE}]
    held = [*STALE, *LATE, "BTC-PERPETUAL", "BTC-27MAR26", "ETH-PERPETUAL", "ETH-27MAR26", *others][:legs]
    sizes = {"BTC": Decimal("0.4"), "ETH": Decimal("6")}
    positions = {name: sizes[name[:3]] * (-1) ** place for place, name in enumerate(held)}
    cash, coins = Decimal(120_000), {"BTC": Decimal(1), "ETH": Decimal(20)}
    return Account(
        owner=7, view_key=2**247 + 12345, nonce=1, cash=cash, collateral=coins, positions=positions
    )
