"""The tables of the page: levels, requirement, positions and collateral, with the numbers of a proof."""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.account.report import margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.pages.text import move, percent

from .greeks import Greeks, total, units_of
from .heat import volatility_label

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.account.account import Account
    from zkmargin.account.opened import OpenedAccount
    from zkmargin.account.report import MarginReport, UnderlyingReport
    from zkmargin.risk.model import Model
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Holding", "Level", "Line", "Position", "holdings", "levels", "lines", "positions"]

_MICRO = Decimal(10**6)


@dataclass(frozen=True, slots=True, repr=False)
class Level:
    """A claim and its margin report.

    Attributes
    ----------
    name : str
    claimed : bool
        Whether this is the claim of the page.
    report : MarginReport
    """

    name: str
    claimed: bool
    report: MarginReport


@dataclass(frozen=True, slots=True, repr=False)
class Line:
    """An underlying, in the quote currency.

    Attributes
    ----------
    number : int
    report : UnderlyingReport
    price : Decimal
        The index price.
    requirement : Decimal
        The risk plus the add-on.
    binds : str
        The binding scenario, or the short option minimum.
    units : Decimal
        The delta in units of the underlying, at the index price.
    greeks : Greeks
    """

    number: int
    report: UnderlyingReport
    price: Decimal
    requirement: Decimal
    binds: str
    units: Decimal
    greeks: Greeks


@dataclass(frozen=True, slots=True, repr=False)
class Position:
    """A position, in the quote currency.

    Attributes
    ----------
    name : str
    underlying : int
        The number of the underlying.
    quantity : Decimal
        The quantity in units of the underlying; negative numbers are short.
    price, value : Decimal
        The mark of one unit, and of the position.
    greeks : Greeks
    binding : Decimal or None
        The gain in the binding scenario of the underlying; None if there is none.
    estimated : bool
        Whether the mark is not the venue's.
    """

    name: str
    underlying: int
    quantity: Decimal
    price: Decimal
    value: Decimal
    greeks: Greeks
    binding: Decimal | None
    estimated: bool


@dataclass(frozen=True, slots=True, repr=False)
class Holding:
    """A collateral asset, in the quote currency.

    Attributes
    ----------
    asset : str
    quantity : Decimal
    price : Decimal or None
        The price of one unit of the asset; None if the snapshot has none.
    haircut : Decimal
        The fraction of the price that does not count.
    limit : Decimal or None
        The collateral limit, in units of the asset.
    value, counted, lost : Decimal
        The value at the price, the value after the haircut, and the difference.
    """

    asset: str
    quantity: Decimal
    price: Decimal | None
    haircut: Decimal
    limit: Decimal | None
    value: Decimal
    counted: Decimal
    lost: Decimal


def levels(account: Account | OpenedAccount, snapshot: Snapshot, claimed: MarginReport) -> list[Level]:
    """Return maintenance margin, initial margin and the claim, if it is neither, in ascending order."""
    named = {
        margin_report(account, snapshot, one).requirement_bps: one.value
        for one in (Requirement.INITIAL, Requirement.MAINTENANCE)
    }
    named.setdefault(claimed.requirement_bps, "claimed")
    return [
        Level(name, bps == claimed.requirement_bps, margin_report(account, snapshot, bps))
        for bps, name in sorted(named.items())
    ]


def lines(report: MarginReport, snapshot: Snapshot, held: list[Position]) -> list[Line]:
    """Return the underlyings of an account."""
    parts, made = snapshot.parts, []
    for one in report.underlyings:
        number = parts.underlyings.index(one.underlying)
        made.append(
            Line(
                number=number,
                report=one,
                price=parts.index_prices[number],
                requirement=one.risk + one.add_on,
                binds=_binding(one, parts.model),
                units=one.delta / parts.index_prices[number],
                greeks=total(position.greeks for position in held if position.underlying == number),
            )
        )
    return made


def positions(
    opening: spec.Account, snapshot: Snapshot, report: MarginReport, venue_data: VenueData | None
) -> list[Position]:
    """Return the positions of an account, in the order of their ids."""
    parts = snapshot.parts
    names, estimated = {one.id: one for one in parts.listings}, {one.name for one in parts.estimates}
    binding = {parts.underlyings.index(one.underlying): one.binding_scenario for one in report.underlyings}
    held = sorted(opening.held, key=lambda one: one.instrument)
    made = []
    for one, greeks in zip(held, _greeks(held, snapshot, venue_data), strict=True):
        listing, row = names[one.instrument], parts.rows[one.instrument]
        value, scenario = one.lots * row.slots[parts.layout.mark] / _MICRO, binding[one.underlying]
        quantity = one.lots * listing.lot
        made.append(
            Position(
                name=listing.name,
                underlying=one.underlying,
                quantity=quantity,
                price=value / quantity,
                value=value,
                greeks=greeks,
                binding=None if scenario is None else one.lots * row.slots[scenario] / _MICRO,
                estimated=listing.name in estimated,
            )
        )
    return made


def holdings(account: Account, snapshot: Snapshot) -> list[Holding]:
    """Return the collateral of an account, in the order of the snapshot."""
    made = []
    columns = zip(snapshot.parts.collateral, snapshot.parts.prices, snapshot.spec.prices, strict=False)
    for asset, price, haircut_price in columns:
        quantity = account.collateral.get(asset.asset, Decimal(0))
        if quantity == 0:
            continue
        value, counted = quantity * (price or 0), quantity * haircut_price / _MICRO
        haircut = Decimal(1) if price is None else 1 - haircut_price / _MICRO / price
        made.append(
            Holding(asset.asset, quantity, price, haircut, asset.limit, value, counted, value - counted)
        )
    return made


def _greeks(held: list[spec.Position], snapshot: Snapshot, venue_data: VenueData | None) -> list[Greeks]:
    """Return the Greeks of positions: delta from the table, the others from venue data if given."""
    layout, rows = snapshot.parts.layout, snapshot.parts.rows

    def slot(one: spec.Position, number: int | None) -> Decimal | None:
        return None if number is None else one.lots * rows[one.instrument].slots[number] / _MICRO

    places = (layout.delta, layout.gamma, layout.vega, None)
    found = [Greeks(*(slot(one, place) for place in places)) for one in held]
    if venue_data is None:
        return found
    instruments = {number: one for number, _, one in venue_data.instruments()}
    units = units_of([instruments[one.instrument] for one in held], venue_data.time)
    quantities = (one.lots * float(instruments[one.instrument].lot) for one in held)
    scaled = (unit.times(quantity) for unit, quantity in zip(units, quantities, strict=True))
    return [replace(more, delta=table.delta) for table, more in zip(found, scaled, strict=True)]


def _binding(report: UnderlyingReport, model: Model) -> str:
    number = report.binding_scenario
    if number is None:
        return "short option minimum" if report.floor > 0 else "none: no scenario has a loss"
    one, ranges = model.scenarios[number], model.ranges(report.underlying)
    weight = one.weight(ranges)
    what = f"price {move(one.move(ranges))}, "
    what += volatility_label(one) if one.is_linear else f"volatility {volatility_label(one)}"
    return f"scenario {number}: {what}" + ("" if weight == 1 else f", {percent(weight)} of it")
