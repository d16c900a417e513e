"""What is left of instruments after their expiry: their settlement value, until accounts have it in cash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .instruments import Expired, Future, Option, Right
from .listing import KEPT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .instruments import Underlying
    from .venue_data import VenueData

    _Pairs: TypeAlias = list[tuple[Underlying, Underlying]]

__all__ = ["expire"]

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"
# Whatever the caller's context has: prices here have 30 digits and 18 decimals at most.
_EXACT = Context(prec=80)


def expire(
    previous: VenueData, venue_data: VenueData, prices: Mapping[tuple[str, int], Decimal], *, keep: int = KEPT
) -> VenueData:
    """Settle what has expired between two markets.

    An option pays what it is in the money, a future the delivery price; each becomes a `Expired` of the same
    index. What the earlier market has as settled stays so for its time.

    Parameters
    ----------
    previous : VenueData
        Venue data before: the last one that lists what has expired.
    venue_data : VenueData
        The one to settle in, imported with `previous` or a market after it as the market before.
    prices : mapping of (str, int) to Decimal
        Delivery prices by underlying and expiry (Unix time in seconds), quote currency per unit. One by
        instrument and expiry goes before that of its underlying.
    keep : int
        How long after its expiry what is settled stays at least, in seconds. It lengthens what was settled
        for a shorter time, and shortens nothing.

    Returns
    -------
    VenueData
        What has expired longer ago than `keep` is not in it.

    Raises
    ------
    InputError
        If a delivery price is missing, not positive, or for an expiry of nothing; if the markets are not one
        after the other, or the index of what has expired is another instrument's by now.
    """
    _check_order(previous, venue_data)
    if keep <= 0:
        raise InputError("must be positive", source="keep")
    before = {one.name: one for one in previous.underlyings}
    pairs = [(before.get(one.name, replace(one, instruments=())), one) for one in venue_data.underlyings]
    delivered = _delivered(prices, pairs, venue_data.time, keep)
    _check_prices(prices, pairs, venue_data.time, keep)
    underlyings = []
    for earlier, one in pairs:
        found = _carried(earlier, one, venue_data.time, keep)
        found += [
            _expire(due, delivered[due.name], keep) for due in _due(earlier, one, venue_data.time, keep)
        ]
        underlyings.append(_merged(one, found, venue_data))
    names = {one.name for each in underlyings for one in each.instruments}
    exclusions = tuple(one for one in venue_data.exclusions if one.name not in names)
    return replace(venue_data, underlyings=tuple(underlyings), exclusions=exclusions)


def _expire(one: Option | Future, price: Decimal, keep: int) -> Expired:
    return Expired(one.name, one.index, one.lot, one.expiry, _payoff(one, price), one.expiry + keep)


def _payoff(one: Option | Future, price: Decimal) -> Decimal:
    if isinstance(one, Future):
        return price
    call = one.right is Right.CALL
    gain = _EXACT.subtract(price, one.strike) if call else _EXACT.subtract(one.strike, price)
    return max(gain, Decimal(0))


def _due(earlier: Underlying, one: Underlying, time: int, keep: int) -> list[Option | Future]:
    """Return what has expired and has no settlement value yet."""
    names = {each.name for each in one.instruments if isinstance(each, Expired)}
    return [
        each
        for each in earlier.instruments
        if isinstance(each, Option | Future)
        and each.expiry <= time < each.expiry + keep
        and each.name not in names
    ]


def _carried(earlier: Underlying, one: Underlying, time: int, keep: int) -> list[Expired]:
    """Return what is settled in either market, each for the longer time."""
    found = {
        each.name: replace(each, until=max(each.until, each.expiry + keep))
        for each in (*earlier.instruments, *one.instruments)
        if isinstance(each, Expired)
    }
    return [each for each in found.values() if each.until > time]


def _merged(one: Underlying, found: list[Expired], venue_data: VenueData) -> Underlying:
    """Put what is settled among the instruments, by index."""
    rest = [each for each in one.instruments if not isinstance(each, Expired)]
    left_out = (
        each for each in venue_data.exclusions if each.underlying == one.name and each.index is not None
    )
    taken = {each.index: each.name for each in (*left_out, *rest)}
    for each in found:
        if taken.setdefault(each.index, each.name) != each.name:
            raise InputError(f"its index is that of {taken[each.index]} by now", key=each.name)
    return replace(one, instruments=tuple(sorted((*rest, *found), key=lambda each: each.index)))


def _check_order(previous: VenueData, venue_data: VenueData) -> None:
    names = tuple(one.name for one in previous.underlyings)
    if previous.time > venue_data.time:
        raise InputError("after the time of the market to settle in", source="previous", key="time")
    if previous.quote != venue_data.quote:
        raise InputError("another quote currency", source="previous", key="quote")
    if tuple(one.name for one in venue_data.underlyings)[: len(names)] != names:
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
            raise InputError("expected a positive number", source="prices", key=_text(name, expiry))


def _text(underlying: str, expiry: int) -> str:
    return f"{underlying}@{utc_text(expiry, _CLOCK)}"
