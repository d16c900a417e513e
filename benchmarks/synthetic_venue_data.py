"""Synthetic venue data of 2 000 instruments from a seed, as many as a large venue lists."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.risk.quotes import SECONDS_PER_YEAR
from zkmargin.risk.smile import model_mark
from zkmargin.venue_data import Future, Option, Perpetual, Right, Underlying, VenueData

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.venue_data import Instrument

SEED = 20_260_302
NOW = 1_772_442_000
DAY = 86_400
LOT = Decimal("0.01")
INSTRUMENTS = 2_000


@dataclass(frozen=True)
class Coin:
    """One underlying: its index price, its volatility at the money, and how much is listed on it."""

    name: str
    price: float
    level: float
    expiries: int
    strikes: int


COINS = (
    Coin("BTC", 84_215.4, 0.46, expiries=12, strikes=30),
    Coin("ETH", 3_012.85, 0.63, expiries=12, strikes=30),
    Coin("SOL", 141.62, 0.81, expiries=13, strikes=20),
)
"""With a future for each expiry and a perpetual: 1 960 options, 37 futures, 3 perpetuals."""


def synthetic_venue_data() -> VenueData:
    """Return the venue data, the same every time."""
    rng = random.Random(SEED)  # noqa: S311  # reproducible, not secret
    underlyings = tuple(underlying(coin, rng) for coin in COINS)
    assert sum(len(one.instruments) for one in underlyings) == INSTRUMENTS
    return VenueData(NOW, "USD", underlyings)


def underlying(coin: Coin, rng: random.Random) -> Underlying:
    listed: list[Instrument] = [Perpetual(f"{coin.name}-PERPETUAL", 0, LOT, decimal(coin.price))]
    for number in range(coin.expiries):
        expiry = NOW + DAY * round(2 * 1.5**number)
        carry = rng.uniform(0.02, 0.06) * (expiry - NOW) / SECONDS_PER_YEAR
        future = Future(f"{coin.name}-{number}", 0, LOT, expiry, decimal(coin.price * math.exp(carry)))
        listed += [future, *options(coin, future, rng)]
    instruments = tuple(replace(one, index=index) for index, one in enumerate(listed))
    return Underlying(coin.name, decimal(coin.price), len(instruments), instruments)


def options(coin: Coin, future: Future, rng: random.Random) -> Iterator[Option]:
    """Yield the options of a future's expiry: 2.5 deviations to each side, with a parabola for a smile."""
    level = coin.level * rng.uniform(0.9, 1.1)
    skew, curvature = rng.uniform(-0.05, 0), rng.uniform(0.01, 0.03)
    deviation = level * math.sqrt((future.expiry - NOW) / SECONDS_PER_YEAR)
    for place in range(coin.strikes):
        far = 5 * place / (coin.strikes - 1) - 2.5
        strike = decimal(float(future.mark) * math.exp(far * deviation))
        volatility = decimal(level * (1 + skew * far + curvature * far**2))
        for right in Right:
            name = f"{future.name}-{strike:f}-{right}"
            option = Option(name, 0, LOT, future.expiry, strike, right, future.mark, Decimal(0), volatility)
            yield replace(option, mark=decimal(model_mark(option, NOW)))


def decimal(value: float) -> Decimal:
    """Return a price as a venue would quote it: no more than four decimal places."""
    return Decimal(value).quantize(Decimal("0.0001"))
