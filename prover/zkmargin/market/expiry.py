"""What is left of instruments after their expiry: their settlement value, until accounts have it in cash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING, TypeAlias

from ..errors import InputError
from ..utc import utc_text
from .instruments import Future, Option, Right, Settled
from .listing import KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .instruments import Underlying
    from .market import Market

    _Pairs: TypeAlias = list[tuple[Underlying, Underlying]]

__all__ = ["settled"]

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"
# Whatever the caller's context has: prices here have 30 digits and 18 decimals at most.
_EXACT = Context(prec=80)


def settled(
    previous: Market, market: Market, prices: Mapping[tuple[str, int], Decimal], *, keep: int = KEPT
) -> Market:
    """Settle what has expired between two markets.

    An option pays what it is in the money, a future the delivery price; each becomes a `Settled` of the same
    index. What the earlier market has as settled stays so for its time.

    Parameters
    ----------
    previous : Market
        A market before: the last one that lists what has expired.
    market : Market
        The one to settle in, imported with `previous` or a market after it as the market before.
    prices : mapping of (str, int) to Decimal
        Delivery prices by underlying and expiry (Unix time in seconds), quote currency per unit. One by
        instrument and expiry goes before that of its underlying.
    keep : int
        How long after its expiry what is settled stays at least, in seconds. It lengthens what was settled
        for a shorter time, and shortens nothing.

    Returns
    -------
    Market
        What has expired longer ago than `keep` is not in it.

    Raises
    ------
    InputError
        If a delivery price is missing, not positive, or for an expiry of nothing; if the markets are not one
        after the other, or the index of what has expired is another instrument's by now.
    """
    _check_order(previous, market)
    if keep <= 0:
        raise InputError("not positive", source="keep")
    before = {one.name: one for one in previous.underlyings}
    pairs = [(before.get(one.name, replace(one, instruments=())), one) for one in market.underlyings]
    delivered = _delivered(prices, pairs, market.time, keep)
    _check_prices(prices, pairs, market.time, keep)
    underlyings = []
    for earlier, one in pairs:
        found = _carried(earlier, one, market.time, keep)
        found += [_settle(due, delivered[due.name], keep) for due in _due(earlier, one, market.time, keep)]
        underlyings.append(_merged(one, found, market))
    names = {one.name for each in underlyings for one in each.instruments}
    exclusions = tuple(one for one in market.exclusions if one.name not in names)
    return replace(market, underlyings=tuple(underlyings), exclusions=exclusions)


def _settle(one: Option | Future, price: Decimal, keep: int) -> Settled:
    return Settled(one.name, one.index, one.lot, one.expiry, _payoff(one, price), one.expiry + keep)


def _payoff(one: Option | Future, price: Decimal) -> Decimal:
    if isinstance(one, Future):
        return price
    call = one.right is Right.CALL
    gain = _EXACT.subtract(price, one.strike) if call else _EXACT.subtract(one.strike, price)
    return max(gain, Decimal(0))


def _due(earlier: Underlying, one: Underlying, time: int, keep: int) -> list[Option | Future]:
    """Return what has expired and has no settlement value yet."""
    names = {each.name for each in one.instruments if isinstance(each, Settled)}
    return [
        each
        for each in earlier.instruments
        if isinstance(each, Option | Future)
        and each.expiry <= time < each.expiry + keep
        and each.name not in names
    ]


def _carried(earlier: Underlying, one: Underlying, time: int, keep: int) -> list[Settled]:
    """Return what is settled in either market, each for the longer time."""
    found = {
        each.name: replace(each, until=max(each.until, each.expiry + keep))
        for each in (*earlier.instruments, *one.instruments)
        if isinstance(each, Settled)
    }
    return [each for each in found.values() if each.until > time]


def _merged(one: Underlying, found: list[Settled], market: Market) -> Underlying:
    """Put what is settled among the instruments, by index."""
    rest = [each for each in one.instruments if not isinstance(each, Settled)]
    left_out = (each for each in market.exclusions if each.underlying == one.name and each.index is not None)
    taken = {each.index: each.name for each in (*left_out, *rest)}
    for each in found:
        if taken.setdefault(each.index, each.name) != each.name:
            raise InputError(f"its index is that of {taken[each.index]} by now", key=each.name)
    return replace(one, instruments=tuple(sorted((*rest, *found), key=lambda each: each.index)))


def _check_order(previous: Market, market: Market) -> None:
    names = tuple(one.name for one in previous.underlyings)
    if previous.time > market.time:
        raise InputError("after the time of the market to settle in", source="previous", key="time")
    if previous.quote != market.quote:
        raise InputError("another quote currency", source="previous", key="quote")
    if tuple(one.name for one in market.underlyings)[: len(names)] != names:
        reason = "other numbers of underlyings: a market is imported with the one before it"
        raise InputError(reason, source="previous", key="underlyings")


def _delivered(
    prices: Mapping[tuple[str, int], Decimal], pairs: _Pairs, time: int, keep: int
) -> dict[str, Decimal]:
    """Return the delivery price of each instrument that is to be settled, by name."""
    found: dict[str, Decimal] = {}
    missing = set()
    for earlier, one in pairs:
        for each in _due(earlier, one, time, keep):
            price = prices.get((each.name, each.expiry), prices.get((one.name, each.expiry)))
            if price is None:
                missing.add(_text(one.name, each.expiry))
            else:
                found[each.name] = price
    if missing:
        raise InputError(f"no delivery price of {', '.join(sorted(missing))}", source="prices")
    return found


def _check_prices(prices: Mapping[tuple[str, int], Decimal], pairs: _Pairs, time: int, keep: int) -> None:
    known = {
        (name, each.expiry)
        for earlier, one in pairs
        for each in (*_due(earlier, one, time, keep), *_carried(earlier, one, time, keep))
        for name in (one.name, each.name)
    }
    for (name, expiry), price in sorted(prices.items()):
        if (name, expiry) not in known:
            raise InputError("nothing to settle", source="prices", key=_text(name, expiry))
        if not price.is_finite() or price <= 0:
            raise InputError("not a positive number", source="prices", key=_text(name, expiry))


def _text(underlying: str, expiry: int) -> str:
    return f"{underlying}@{utc_text(expiry, _CLOCK)}"
