"""Parser of venues' instrument names: ``ETH-26JAN24-2400-C``, ``BTC-PERPETUAL``, ``BTC-USD-251226-100000-C``."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from zkmargin.venue_data.instruments import Right

__all__ = [
    "BINANCE",
    "BINANCE_FUTURES",
    "BYBIT",
    "BYBIT_FUTURES",
    "CCXT",
    "DERIBIT",
    "OKX",
    "Name",
    "deribit_name",
    "parse_name",
]

_COIN = r"(?P<base>[A-Z0-9]{1,12})"
_DAY = r"(?P<day>[1-9]|[0-3][0-9])(?P<month>[A-Z]{3})(?P<year>[0-9]{2})"
_DIGITS = r"(?P<year>[0-9]{2})(?P<month>[0-9]{2})(?P<day>[0-9]{2})"
_RIGHT = r"(?P<right>[CP])"
_STRIKE = r"(?P<strike>[0-9]{1,9}(?:\.[0-9]{1,6})?)"

DERIBIT = re.compile(
    rf"{_COIN}(?:_(?P<linear>USDC|USDT))?-"
    rf"(?:PERPETUAL|{_DAY}(?:-(?P<strike>[0-9]{{1,9}}(?:[dD][0-9]{{1,6}})?)-{_RIGHT})?)",
    re.ASCII,
)
"""A ``d`` is a strike's decimal point: docs.deribit.com, Naming."""

BYBIT = re.compile(rf"{_COIN}-{_DAY}-{_STRIKE}-{_RIGHT}(?:-(?P<linear>USDT))?", re.ASCII)
"""Settled in USDC, or by the suffix in USDT: ccxt 4.5.90, bybit.py, create_expired_option_market."""

BYBIT_FUTURES = re.compile(
    rf"(?P<base>[A-Z0-9]{{1,12}}?)"
    rf"(?:(?P<suffix>USDT|PERP|USD)|(?P<linear>USDT)?-{_DAY}|USD(?P<quarter>[HMUZ][0-9]{{2}}))",
    re.ASCII,
)
"""Perpetuals in USDT, in USDC (PERP) or inverse; futures in USDT (``BTCUSDT-21FEB25``), in USDC (``BTC-24MAR23``) or
inverse (``BTCUSDH23``), whose name has no day: bybit-exchange.github.io/docs/v5/enum, symbol."""

OKX = re.compile(
    rf"{_COIN}-(?:USD|(?P<linear>USDT|USDC))-(?:SWAP|{_DIGITS}(?:-{_STRIKE}-{_RIGHT})?)", re.ASCII
)
"""Options are settled in the coin, swaps and futures in it or in a stablecoin: www.okx.com/docs-v5/en, instruments."""

BINANCE = re.compile(rf"{_COIN}-{_DIGITS}-{_STRIKE}-{_RIGHT}", re.ASCII)
"""Settled in USDT: developers.binance.com/docs/derivatives/option."""

BINANCE_FUTURES = re.compile(rf"(?P<base>[A-Z0-9]{{1,12}}?)(?P<linear>USDT|USDC)(?:_{_DIGITS})?", re.ASCII)
"""Perpetuals and futures that are settled in a stablecoin: ccxt 4.5.90, binance.py."""

CCXT = re.compile(
    rf"{_COIN}/(?P<quote>[A-Z0-9]{{1,12}}):(?P<settle>[A-Z0-9]{{1,12}})(?:-{_DIGITS}(?:-{_STRIKE}-{_RIGHT})?)?",
    re.ASCII,
)
"""ccxt's unified symbols of swaps, futures and options."""

_STABLECOINS = {BYBIT: "USDC", BINANCE: "USDT"}
_SUFFIXES = {"USDT": "USDT", "PERP": "USDC", "USD": ""}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_EXPIRY_HOUR = 8
"""08:00 UTC at Deribit, Bybit, OKX and Binance."""


@dataclass(frozen=True, slots=True)
class Name:
    """The parts of an instrument's name.

    Attributes
    ----------
    base : str
        The underlying.
    linear : str
        The stablecoin of a linear instrument; empty for an instrument settled in the coin.
    expiry : int or None
        Unix time in seconds: that of the delivery, or else of 08:00 UTC on the day in the name; None for a perpetual.
    strike : Decimal or None
        None for futures.
    right : Right or None
        None for futures.
    """

    base: str
    linear: str
    expiry: int | None
    strike: Decimal | None
    right: Right | None


def parse_name(text: str, form: re.Pattern[str] = DERIBIT, delivery: int | None = None) -> Name | None:
    """Parse a name; return None for names of anything but an option, a future or a perpetual.

    A name of a future without a day needs the time of the delivery.

    Parameters
    ----------
    text : str
        The venue's name.
    form : pattern
        One of this module's patterns.
    delivery : int, optional
        The time of the delivery, Unix time in seconds, from the venue's answer. A perpetual has none.
    """
    match = form.fullmatch(text)
    if match is None:
        return None
    parts = match.groupdict()
    expiry = None
    if parts.get("day"):
        month = parts["month"]
        number = int(month) if month.isdigit() else _MONTHS.index(month) + 1 if month in _MONTHS else 0
        try:
            day = datetime(2000 + int(parts["year"]), number, int(parts["day"]), _EXPIRY_HOUR, tzinfo=UTC)
        except ValueError:
            return None
        expiry = delivery or int(day.timestamp())
    elif parts.get("quarter"):
        if delivery is None:
            return None
        expiry = delivery
    linear = parts.get("linear") or _SUFFIXES.get(parts.get("suffix") or "", "") or _STABLECOINS.get(form, "")
    if form is BYBIT_FUTURES and parts["day"] and not linear:
        linear = "USDC"
    if form is CCXT and parts["settle"] != parts["base"]:
        linear = parts["settle"]
    strike = Decimal(parts["strike"].lower().replace("d", ".")) if parts.get("strike") else None
    right = {"C": Right.CALL, "P": Right.PUT, None: None}[parts.get("right")]
    return Name(parts["base"], linear, expiry, strike, right)


def deribit_name(name: Name) -> str:
    """Return the name that Deribit would give an instrument: ``ETH-PERPETUAL``, ``ETH_USDC-27MAR26``."""
    base = f"{name.base}_{name.linear}" if name.linear else name.base
    if name.expiry is None:
        return f"{base}-PERPETUAL"
    day = datetime.fromtimestamp(name.expiry, UTC)
    dated = f"{base}-{day.day}{_MONTHS[day.month - 1]}{day.year % 100:02}"
    if name.strike is None or name.right is None:
        return dated
    return f"{dated}-{str(name.strike).replace('.', 'd')}-{'C' if name.right is Right.CALL else 'P'}"
