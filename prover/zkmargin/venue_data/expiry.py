"""Expired instruments: they are settled at their payoff, and keep it as the mark until accounts have it in cash."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Decimal
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.utc import utc_text
from zkmargin.errors import InputError

from .instruments import SETTLED_DAYS, SETTLED_SECONDS, Expired, Future, Option, Right

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .instruments import Underlying
    from .venue_data import VenueData

    _Pairs: TypeAlias = list[tuple[Underlying, Underlying]]

__all__ = ["expire", "payoff"]

_CLOCK = "%Y-%m-%dT%H:%M:%SZ"
# Independent of the caller's decimal context. Prices have at most 30 digits and 18 decimals.
_EXACT = Context(prec=80)


def expire(
    previous: VenueData,
    venue_data: VenueData,
    prices: Mapping[tuple[str, int], Decimal],
    *,
    keep: int = SETTLED_SECONDS,
) -> VenueData:
    """Settle the instruments that expired since the previous venue data, and add them with their payoffs.

    An option pays its intrinsic value at the delivery price, a future the delivery price. Each becomes an
    `Expired` with the same index, settled at the time of `venue_data`. Instruments that are already settled in either
    venue data stay as they are.

    Parameters
    ----------
    previous : VenueData
        The last venue data that list the expired instruments.
    venue_data : VenueData
        The venue data to add them to, imported with `previous` or a successor of it as the previous ones.
    prices : mapping of (str, int) to Decimal
        Delivery prices in quote currency per unit, by underlying and expiry (Unix time in seconds). A price
        by instrument and expiry overrides that of the underlying.
    keep : int
        The least time for which instruments stay after they were settled, in seconds; at least
        `SETTLED_SECONDS`. It extends shorter times of instruments that are already settled, and shortens none.

    Returns
    -------
    VenueData
        `venue_data` with the settled instruments.

    Raises
    ------
    InputError
        If a delivery price is missing, not positive, or for an expiry without instruments; if the venue data
        do not follow each other; or if another instrument has the index of an expired one.
    """
    _check_order(previous, venue_data)
    if keep < SETTLED_SECONDS:
        raise InputError(f"must be at least {SETTLED_DAYS} days, in seconds", source="keep")
    before = {one.name: one for one in previous.underlyings}
    pairs = [(before.get(one.name, replace(one, instruments=())), one) for one in venue_data.underlyings]
    delivered = _delivered(prices, pairs, venue_data.time)
    _check_prices(prices, pairs, venue_data.time, keep)
    underlyings = []
    for earlier, one in pairs:
        found = _carried(earlier, one, venue_data.time, keep)
        found += [
            _expire(due, delivered[due.name], venue_data.time, keep)
            for due in _due(earlier, one, venue_data.time)
        ]
        underlyings.append(_merged(one, found, venue_data))
    names = {one.name for each in underlyings for one in each.instruments}
    exclusions = tuple(one for one in venue_data.exclusions if one.name not in names)
    return replace(venue_data, underlyings=tuple(underlyings), exclusions=exclusions)


def payoff(one: Option | Future, price: Decimal) -> Decimal:
    """Return what one unit of an instrument pays at its expiry, at a delivery price; in the quote currency."""
    if isinstance(one, Future):
        return price
    call = one.right is Right.CALL
    gain = _EXACT.subtract(price, one.strike) if call else _EXACT.subtract(one.strike, price)
    return max(gain, Decimal(0))


def _expire(one: Option | Future, price: Decimal, time: int, keep: int) -> Expired:
    return Expired(one.name, one.index, one.lot, one.expiry, payoff(one, price), time, time + keep)


def _due(earlier: Underlying, one: Underlying, time: int) -> list[Option | Future]:
    """Return the expired instruments that have no payoff yet."""
    names = {each.name for each in one.instruments if isinstance(each, Expired)}
    return [
        each
        for each in earlier.instruments
        if isinstance(each, Option | Future) and each.expiry <= time and each.name not in names
    ]


def _carried(earlier: Underlying, one: Underlying, time: int, keep: int) -> list[Expired]:
    """Return the settled instruments of either venue data, each with the longer time."""
    found = {
        each.name: replace(each, until=max(each.until, each.settled + keep))
        for each in (*earlier.instruments, *one.instruments)
        if isinstance(each, Expired)
    }
    return [each for each in found.values() if each.until > time]


def _merged(one: Underlying, found: list[Expired], venue_data: VenueData) -> Underlying:
    """Merge expired instruments with the others, in the order of their indices."""
    rest = [each for each in one.instruments if not isinstance(each, Expired)]
    left_out = (
        each for each in venue_data.exclusions if each.underlying == one.name and each.index is not None
    )
    taken = {each.index: each.name for each in (*left_out, *rest)}
    for each in found:
        if taken.setdefault(each.index, each.name) != each.name:
            raise InputError(f"{taken[each.index]} has its index", key=each.name)
    return replace(one, instruments=tuple(sorted((*rest, *found), key=lambda each: each.index)))


def _check_order(previous: VenueData, venue_data: VenueData) -> None:
    names = tuple(one.name for one in previous.underlyings)
    if previous.time > venue_data.time:
        raise InputError("must not be after the time of the venue data", source="previous", key="time")
    if previous.quote != venue_data.quote:
        raise InputError("differs from the quote currency of the venue data", source="previous", key="quote")
    if tuple(one.name for one in venue_data.underlyings)[: len(names)] != names:
        reason = "other numbers of underlyings: import the venue data with the previous ones"
        raise InputError(reason, source="previous", key="underlyings")


def _delivered(prices: Mapping[tuple[str, int], Decimal], pairs: _Pairs, time: int) -> dict[str, Decimal]:
    """Return the delivery prices of the instruments without a payoff, by name."""
    found: dict[str, Decimal] = {}
    missing = set()
    for earlier, one in pairs:
        for each in _due(earlier, one, time):
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
        for each in (*_due(earlier, one, time), *_carried(earlier, one, time, keep))
        for name in (one.name, each.name)
    }
    for (name, expiry), price in sorted(prices.items()):
        if (name, expiry) not in known:
            hint = did_you_mean(_text(name, expiry), (_text(*one) for one in sorted(known)))
            raise InputError(f"no instrument expired{hint}", source="prices", key=_text(name, expiry))
        if not price.is_finite() or price <= 0:
            raise InputError("expected a positive number", source="prices", key=_text(name, expiry))


def _text(underlying: str, expiry: int) -> str:
    return f"{underlying}@{utc_text(expiry, _CLOCK)}"
