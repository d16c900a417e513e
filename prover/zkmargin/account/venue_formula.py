"""The venue's own formula for an account, where a model only approximates it: how far the requirement is from it."""

from __future__ import annotations

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.risk.charges import Bases
from zkmargin.risk.derive import Leg, Linear, portfolio_margin, standard_margin
from zkmargin.risk.model import load_model
from zkmargin.spec.constants import BPS_UNIT, INSTRUMENTS
from zkmargin.venue_data.instruments import Right, spot_name
from zkmargin.venues.names import parse_name

from .opened import opening_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.risk.charges import Charge
    from zkmargin.snapshot.parts import Listing
    from zkmargin.snapshot.snapshot import Snapshot

    from .account import Account
    from .opened import OpenedAccount
    from .report import MarginReport

__all__ = ["VenueFormula", "venue_formula"]

_PORTFOLIO, _STANDARD, _STANDARD_INITIAL = "derive_pmrm", "derive_standard", "derive_standard_initial"
_TITLES = {
    _PORTFOLIO: "Derive's portfolio margin (PMRM)",
    _STANDARD: "Derive's standard margin",
    _STANDARD_INITIAL: "Derive's standard margin",
}
_ZERO = Fraction(0)
_MICRO = 10**6
_DERIVE = re.compile(r"[A-Z0-9]{1,12}-(\d{8})-(\d{1,9}(?:_\d{1,6})?)-([CP])", re.ASCII)
_DERIVE_PERPETUAL = re.compile(r"[A-Z0-9]{1,12}-PERP", re.ASCII)
_EXPIRY_HOUR = 8
_YEAR = 365 * 86_400
"""Of expiries, in seconds. `risk.quotes` has it too, but loads NumPy, which takes half a second."""


# No repr: as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class VenueFormula:
    """The venue's own margin of an account, beside the requirement of the model that approximates it.

    Attributes
    ----------
    title : str
        The venue and its formula.
    level : str
        ``maintenance`` or ``initial``.
    least : Decimal or None
        The venue's margin, in the quote currency, rounded down: a lower bound by the parts that `risk.derive` leaves
        out. None if it cannot be computed.
    ours : Decimal
        The requirement of the same level.
    reason : str
        Why `least` is None; else empty.
    """

    title: str
    level: str
    least: Decimal | None
    ours: Decimal
    reason: str = ""

    @property
    def above(self) -> Decimal | None:
        """The most by which the requirement is above the venue's; negative: below it by at least that much."""
        return None if self.least is None else self.ours - self.least


@dataclass(frozen=True, slots=True, repr=False)
class _Held:
    """A position with what its name says."""

    lots: int
    listing: Listing
    option: _Option | None


@dataclass(frozen=True, slots=True)
class _Option:
    expiry: int
    strike: Decimal
    is_call: bool


def venue_formula(
    account: Account | OpenedAccount, snapshot: Snapshot, report: MarginReport
) -> VenueFormula | None:
    """Compute the formula that the snapshot's model approximates.

    Parameters
    ----------
    account : Account or OpenedAccount
    snapshot : Snapshot
    report : MarginReport
        The account's. Its claim says which margin is computed: initial if it is the model's initial margin,
        else maintenance.

    Returns
    -------
    VenueFormula or None
        None if the model is not one of Derive's as bundled: other models have no formula beside their own.

    Raises
    ------
    InputError
        If the account does not fit the snapshot.
    """
    model = snapshot.parts.model
    if model.name not in _TITLES or model != load_model(model.name):
        return None
    is_claimed = report.requirement_bps == model.initial_bps != BPS_UNIT
    initial = is_claimed or model.name == _STANDARD_INITIAL
    ours = report.required if is_claimed else report.maintenance
    found, reason = None, ""
    try:
        found = sum(_margins(account, snapshot, initial=initial), _ZERO)
    except _UnknownError as unknown:
        reason = str(unknown)
    least = None if found is None else Decimal(math.floor(found * 100)).scaleb(-2)
    return VenueFormula(_TITLES[model.name], "initial" if initial else "maintenance", least, ours, reason)


class _UnknownError(Exception):
    """What a formula needs and the snapshot does not tell."""


def _margins(account: Account | OpenedAccount, snapshot: Snapshot, *, initial: bool) -> Iterator[Fraction]:
    """Yield the venue's margin of each underlying."""
    parts = snapshot.parts
    listings = {one.id: one for one in parts.listings}
    by_underlying: dict[int, list[_Held]] = defaultdict(list)
    for position in opening_of(account, snapshot)[1].held:
        listing = listings[position.instrument]
        if listing.settled is None:
            option = _option(listing, parts.underlyings[position.underlying])
            by_underlying[position.underlying].append(_Held(position.lots, listing, option))
    for number, held in by_underlying.items():
        if parts.model.name == _PORTFOLIO:
            yield _portfolio(held, number, snapshot, initial=initial)
        else:
            yield _standard(held, number, snapshot, initial=initial)


def _portfolio(held: list[_Held], number: int, snapshot: Snapshot, *, initial: bool) -> Fraction:
    spot = Fraction(snapshot.parts.index_prices[number])
    legs = [_leg(one, one.option, snapshot) for one in held if one.option]
    linear = [Linear(_units(one), _gains(one, snapshot)) for one in held if one.option is None]
    return portfolio_margin(legs, linear, spot, snapshot.parts.model, initial=initial)


def _standard(held: list[_Held], number: int, snapshot: Snapshot, *, initial: bool) -> Fraction:
    spot = Fraction(snapshot.parts.index_prices[number])
    model = load_model(_STANDARD_INITIAL) if initial else snapshot.parts.model
    charges = model.ranges(snapshot.parts.underlyings[number]).charges
    legs, perpetuals = [], _ZERO
    for one in held:
        if one.option is None:
            price = Fraction(_slots(one, snapshot)[snapshot.parts.layout.delta], _MICRO)
            bases = Bases(_ZERO, price, _ZERO, _ZERO, _ZERO)
            perpetuals += abs(one.lots) * charges.perpetual.contingency(bases)
        else:
            charge = charges.call if one.option.is_call else charges.put
            legs.append(_leg(one, one.option, snapshot, _isolated(one.option, charge, spot)))
    return standard_margin(legs, _forwards(number, snapshot), initial=initial) + perpetuals


def _isolated(option: _Option, charge: Charge, spot: Fraction) -> Fraction:
    """Return the isolated charge of a short option per unit, beyond its mark.

    The model's charge is that less the mark, which stands in its add-on.
    """
    distance = Fraction(option.strike) - spot
    outside = max(_ZERO, distance if option.is_call else -distance)
    return charge.short_floor(Bases(spot, _ZERO, _ZERO, outside, _ZERO))


def _forwards(number: int, snapshot: Snapshot) -> dict[Fraction, Fraction]:
    """Return forwards by years to expiry, by the parity of a call and a put of one strike at rate 0."""
    marks: dict[tuple[int, Decimal], dict[bool, Fraction]] = defaultdict(dict)
    for listing in snapshot.parts.listings:
        option = _named(listing.name) if listing.id // INSTRUMENTS == number else None
        if option is not None and listing.settled is None:
            mark = Fraction(snapshot.parts.rows[listing.id].slots[snapshot.parts.layout.mark], _MICRO)
            marks[option.expiry, option.strike][option.is_call] = mark / Fraction(listing.lot)
    return {
        Fraction(expiry - snapshot.timestamp, _YEAR): Fraction(strike) + pair[True] - pair[False]
        for (expiry, strike), pair in marks.items()
        if len(pair) == len(Right)
    }


def _leg(one: _Held, option: _Option, snapshot: Snapshot, charge: Fraction = _ZERO) -> Leg:
    return Leg(
        years=Fraction(option.expiry - snapshot.timestamp, _YEAR),
        strike=Fraction(option.strike),
        is_call=option.is_call,
        units=_units(one),
        value=Fraction(one.lots * _slots(one, snapshot)[snapshot.parts.layout.mark], _MICRO),
        gains=_gains(one, snapshot),
        charge=charge,
    )


def _units(one: _Held) -> Fraction:
    return one.lots * Fraction(one.listing.lot)


def _gains(one: _Held, snapshot: Snapshot) -> tuple[Fraction, ...]:
    """Return the gains of a position in the model's scenarios, before the cover."""
    slots, model = _slots(one, snapshot), snapshot.parts.model
    return tuple(
        Fraction(one.lots * slots[s], _MICRO) / scenario.weight(model.default)
        for s, scenario in enumerate(model.scenarios)
    )


def _slots(one: _Held, snapshot: Snapshot) -> tuple[int, ...]:
    return snapshot.parts.rows[one.listing.id].slots


def _option(listing: Listing, underlying: str) -> _Option | None:
    """Return the option of a name, or None for a perpetual or a future."""
    name = listing.name
    if name == spot_name(underlying):
        raise _UnknownError(f"it does not value coins as positions, such as {name}")
    option = _named(name)
    if option is None and not _DERIVE_PERPETUAL.fullmatch(name) and parse_name(name) is None:
        raise _UnknownError(
            f"the name {name} does not tell its expiry and strike, as ETH-27MAR26-2400-C would"
        )
    return option


def _named(name: str) -> _Option | None:
    """Return the option that a name of Deribit's or Derive's form tells; None for other names."""
    parsed = parse_name(name)
    if parsed is not None:
        if parsed.expiry is None or parsed.strike is None:
            return None
        return _Option(parsed.expiry, parsed.strike, parsed.right == Right.CALL)
    match = _DERIVE.fullmatch(name)
    if match is None:
        return None
    day, strike, right = match.groups()
    try:
        expiry = datetime.strptime(day, "%Y%m%d").replace(hour=_EXPIRY_HOUR, tzinfo=UTC)
    except ValueError:
        return None
    return _Option(int(expiry.timestamp()), Decimal(strike.replace("_", ".")), right == "C")
