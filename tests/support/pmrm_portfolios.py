"""Random portfolios of options and a perpetual on the bundled chain, of usual kinds."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from support import pmrm
from zkmargin.spec.constants import INSTRUMENTS
from zkmargin.venue_data import Option, Perpetual, Underlying, VenueData
from zkmargin.venues import import_deribit

CHAIN = Path(__file__).resolve().parents[2] / "examples" / "chain"


@cache
def chain() -> VenueData:
    """Return the bundled chain."""
    return import_deribit(*sorted(CHAIN.glob("*.json")))


@dataclass(frozen=True)
class Book:
    """The instruments of one underlying; `number` is its place in the venue data."""

    market: VenueData
    number: int
    underlying: Underlying
    options: tuple[Option, ...]
    perpetual: Perpetual


Legs = dict[Option | Perpetual, float]
"""Units of the underlying by instrument."""


def books(market: VenueData) -> list[Book]:
    """Return the underlyings with options and a perpetual."""
    found = []
    for number, one in enumerate(market.underlyings):
        options = tuple(instrument for instrument in one.instruments if isinstance(instrument, Option))
        perpetuals = [instrument for instrument in one.instruments if isinstance(instrument, Perpetual)]
        if options and perpetuals:
            found.append(Book(market, number, one, options, perpetuals[0]))
    return found


def exact(book: Book, legs: Legs, rate: float = 0.0) -> pmrm.Portfolio:
    """Return legs for the independent model, with one interest rate for all expiries."""
    options = tuple(holding(book, one, units) for one, units in legs.items() if isinstance(one, Option))
    spot, mark = float(book.underlying.price), float(book.perpetual.mark)
    rates = {one.years: rate for one in options}
    return pmrm.Portfolio(spot, options, legs.get(book.perpetual, 0.0), mark, rates)


def holding(book: Book, one: Option, units: float) -> pmrm.Holding:
    years = (one.expiry - book.market.time) / (365 * 86_400)
    numbers = (float(one.forward), float(one.strike), one.right == "call", float(one.volatility))
    return pmrm.Holding(years, *numbers, units)


def lots(book: Book, legs: Legs) -> dict[int, int]:
    """Return legs as lots by instrument id, rounded."""
    first = INSTRUMENTS * book.number
    return {first + one.index: round(units / float(one.lot)) for one, units in legs.items()}


def _long(book: Book, rng: random.Random) -> Legs:
    return {rng.choice(book.options): 10}


def _short(book: Book, rng: random.Random) -> Legs:
    return {rng.choice(book.options): -10}


def _strangle(book: Book, rng: random.Random) -> Legs:
    return dict.fromkeys(rng.sample(_expiry(book, rng), 2), -10)


def _vertical(book: Book, rng: random.Random) -> Legs:
    right = rng.choice(["call", "put"])
    bought, sold = rng.sample([one for one in _expiry(book, rng) if one.right == right], 2)
    return {bought: 10, sold: -10}


def _calendar(book: Book, rng: random.Random) -> Legs:
    near = rng.choice(book.options)
    others = [one for one in book.options if one.expiry != near.expiry and one.right == near.right]
    expiry = rng.choice(sorted({one.expiry for one in others}))
    far = min((one for one in others if one.expiry == expiry), key=lambda one: abs(one.strike - near.strike))
    side = rng.choice([10, -10])
    return {near: side, far: -side}


def _roll(book: Book, rng: random.Random) -> Legs:
    """Return synthetic forwards of two expiries with opposite signs, each at the strike nearest to its forward."""
    near, far = rng.sample(sorted({one.expiry for one in book.options}), 2)
    legs: Legs = {}
    for expiry, side in ((near, 10), (far, -10)):
        options = [one for one in book.options if one.expiry == expiry]
        strike = min((one.strike for one in options), key=lambda k: abs(k - options[0].forward))
        pair = [one for one in options if one.strike == strike]
        legs |= {one: side if one.right == "call" else -side for one in pair}
    return legs


def _covered(book: Book, rng: random.Random) -> Legs:
    return {rng.choice([one for one in book.options if one.right == "call"]): -10, book.perpetual: 10}


def _random(book: Book, rng: random.Random) -> Legs:
    return _sized(rng.sample(book.options, rng.randint(2, 12)), rng)


def _hedged(book: Book, rng: random.Random) -> Legs:
    return _with_hedge(book, _random(book, rng))


def _one_expiry(book: Book, rng: random.Random) -> Legs:
    return _with_hedge(book, _sized(rng.sample(_expiry(book, rng), rng.randint(2, 8)), rng))


KINDS: dict[str, Callable[[Book, random.Random], Legs]] = {
    "long option": _long,
    "short option": _short,
    "short strangle": _strangle,
    "vertical spread": _vertical,
    "calendar spread": _calendar,
    "roll of a synthetic forward": _roll,
    "covered call": _covered,
    "2-12 options": _random,
    "2-12 options, delta hedged": _hedged,
    "2-8 options of one expiry, delta hedged": _one_expiry,
}


def _sized(options: Sequence[Option], rng: random.Random) -> Legs:
    return {one: rng.choice([1, 2, 5, 10]) * rng.choice([1, -1]) for one in options}


def _with_hedge(book: Book, legs: Legs) -> Legs:
    delta = sum(units * _delta(holding(book, one, 1)) * float(one.forward) for one, units in legs.items())
    return {**legs, book.perpetual: -delta / float(book.perpetual.mark)}


def _delta(one: pmrm.Holding) -> float:
    deviation = one.volatility * math.sqrt(one.years)
    upper = math.log(one.forward / one.strike) / deviation + deviation / 2
    return math.erfc(-upper / math.sqrt(2)) / 2 - (0 if one.is_call else 1)


def _expiry(book: Book, rng: random.Random) -> list[Option]:
    expiry = rng.choice(sorted({one.expiry for one in book.options}))
    return [one for one in book.options if one.expiry == expiry]
