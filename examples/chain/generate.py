"""Writes the example chain: what Deribit's ``get_book_summary_by_currency`` could have answered one morning.

    python examples/chain/generate.py

Three underlyings with perpetuals, futures and options. Volatilities are an SVI surface without arbitrage: the
"surface SVI" of Gatheral and Jacquier, "Arbitrage-free SVI volatility surfaces", Quantitative Finance 14
(2014), with phi(theta) = eta / sqrt(theta). No randomness: the same files every time, and a test says so.
"""

from __future__ import annotations

import json
import math
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from zkmargin.risk import black76

NOW = datetime(2026, 3, 2, 9, 0, 0, tzinfo=UTC)
SECONDS_PER_YEAR = 365 * 86400


@dataclass(frozen=True)
class Coin:
    """One underlying and its surface.

    `level` and `extra` give the variance at the money, theta(T) = level^2 T + extra (1 - exp(-8 T)), which
    rises in T; eta and rho the smile. eta (1 + |rho|) < 2 keeps butterfly arbitrage out.
    """

    name: str
    linear: bool
    spot: float
    carry: float
    level: float
    extra: float
    eta: float
    rho: float
    step: float
    strikes: int
    expiries: tuple[datetime, ...]
    digits: int


def eight(year: int, month: int, day: int) -> datetime:
    """Return 08:00 UTC of a day, when instruments expire."""
    return datetime(year, month, day, 8, tzinfo=UTC)


DAILY, WEEKLY = eight(2026, 3, 4), eight(2026, 3, 6)
MARCH, APRIL, JUNE, SEPTEMBER = (
    eight(2026, 3, 27),
    eight(2026, 4, 24),
    eight(2026, 6, 26),
    eight(2026, 9, 25),
)

COINS = (
    Coin("BTC", False, 84215.40, 0.055, 0.46, 0.0055, 0.7, -0.18, 2000, 13,
         (DAILY, WEEKLY, MARCH, APRIL, JUNE), 1),
    Coin("ETH", False, 3012.85, 0.048, 0.63, 0.0100, 0.65, -0.12, 100, 13,
         (WEEKLY, MARCH, APRIL, JUNE, SEPTEMBER), 2),
    Coin("SOL", True, 141.62, 0.035, 0.81, 0.0160, 0.6, -0.08, 6, 11,
         (WEEKLY, MARCH, APRIL, JUNE), 4),
)  # fmt: skip


def answer(coin: Coin) -> dict[str, Any]:
    """Return the answer for one currency."""
    rows = [perpetual(coin)]
    for expiry in coin.expiries:
        forward = round(coin.spot * math.exp(coin.carry * years(expiry)), coin.digits)
        if expiry != DAILY:
            rows.append(future(coin, expiry, forward))
        middle = round(forward / coin.step) * coin.step
        half = coin.strikes // 2
        # Wider strikes for longer expiries, as a venue lists them.
        step = coin.step * max(1, round(4 * math.sqrt(years(expiry))))
        for place in range(-half, half + 1):
            strike = middle + place * step
            for right in "CP":
                rows.append(option(coin, expiry, forward, strike, right))
    microseconds = int(NOW.timestamp()) * 10**6
    return {"jsonrpc": "2.0", "usIn": microseconds, "usOut": microseconds + 412, "usDiff": 412,
            "testnet": False, "result": rows}  # fmt: skip


def perpetual(coin: Coin) -> dict[str, Any]:
    """Return the perpetual's row, a little above the index."""
    mark = round(coin.spot * 1.0003, coin.digits)
    row = common(coin, "PERPETUAL", mark, coin.digits, 0.0001)
    return row | {"funding_8h": 0.00012, "current_funding": 0.00004}


def future(coin: Coin, expiry: datetime, forward: float) -> dict[str, Any]:
    """Return a future's row."""
    return common(coin, day(expiry), forward, coin.digits, 0.0002)


def option(coin: Coin, expiry: datetime, forward: float, strike: float, right: str) -> dict[str, Any]:
    """Return an option's row; in coin, to six digits, unless it is settled in dollars."""
    volatility = smile(coin, math.log(strike / forward), years(expiry))
    deviation = volatility * math.sqrt(years(expiry))
    value = float(black76.price(forward, strike, deviation, right == "C"))
    mark = round(value, 4) if coin.linear else round(value / forward, 6)
    row = common(coin, f"{day(expiry)}-{strike:g}-{right}", mark, 4 if coin.linear else 6, 0.02)
    index = f"{prefix(coin)}-{day(expiry)}"
    return row | {
        "mark_iv": round(100 * volatility, 2),
        "underlying_price": forward,
        "underlying_index": f"SYN.{index}" if expiry == DAILY else index,
        "interest_rate": 0.0,
        "quote_currency": "USDC" if coin.linear else coin.name,
    }


def smile(coin: Coin, moneyness: float, time: float) -> float:
    """Return the annual volatility at log(strike / forward)."""
    theta = coin.level**2 * time + coin.extra * (1 - math.exp(-8 * time))
    stretched = coin.eta / math.sqrt(theta) * moneyness
    root = math.sqrt((stretched + coin.rho) ** 2 + 1 - coin.rho**2)
    return math.sqrt(theta / 2 * (1 + coin.rho * stretched + root) / time)


def common(coin: Coin, what: str, mark: float, digits: int, spread: float) -> dict[str, Any]:
    """Return what every row has."""
    tick = 10.0**-digits
    half = max(mark * spread / 2, tick)
    bid = round(mark - half, digits)
    ask = round(mark + half, digits)
    return {
        "instrument_name": f"{prefix(coin)}-{what}",
        "base_currency": coin.name,
        "quote_currency": "USDC" if coin.linear else "USD",
        "creation_timestamp": int(NOW.timestamp()) * 1000,
        "estimated_delivery_price": coin.spot,
        "mark_price": mark,
        "bid_price": bid if bid > 0 else None,
        "ask_price": ask,
        "mid_price": round((bid + ask) / 2, digits + 1) if bid > 0 else None,
        "last": None,
        "high": None,
        "low": None,
        "price_change": None,
        "open_interest": 0.0,
        "volume": 0.0,
        "volume_usd": 0.0,
    }


def prefix(coin: Coin) -> str:
    """Return what the names of a coin's instruments start with."""
    return f"{coin.name}_USDC" if coin.linear else coin.name


def day(expiry: datetime) -> str:
    """Return a day as names spell it: 6MAR26."""
    months = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
    return f"{expiry.day}{months[expiry.month - 1]}{expiry.year % 100:02}"


def years(expiry: datetime) -> float:
    """Return the time left, ACT/365."""
    return (expiry - NOW).total_seconds() / SECONDS_PER_YEAR


def write(folder: Path) -> None:
    """Write one file per currency, one row per line."""
    for coin in COINS:
        document = answer(coin)
        rows = ",\n".join(json.dumps(row) for row in document.pop("result"))
        head = json.dumps(document)[:-1]
        name = "USDC" if coin.linear else coin.name
        (folder / f"{name}.json").write_text(f'{head}, "result": [\n{rows}\n]}}\n', encoding="utf-8")


if __name__ == "__main__":
    write(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent)
