"""The tables of the page: levels, requirement and collateral, with the numbers of a proof."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.account.report import margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.analysis.greeks import Greeks, total
from zkmargin.pages.text import move, percent

from .heat import volatility_label

if TYPE_CHECKING:
    from zkmargin.account.account import Account
    from zkmargin.account.opened import OpenedAccount
    from zkmargin.account.report import MarginReport, UnderlyingReport
    from zkmargin.analysis.positions import Position
    from zkmargin.risk.model import Model
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["Holding", "Level", "Line", "holdings", "levels", "lines"]

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


def _binding(report: UnderlyingReport, model: Model) -> str:
    number = report.binding_scenario
    if number is None:
        return "short option minimum" if report.floor > 0 else "none: no scenario has a loss"
    one, ranges = model.scenarios[number], model.ranges(report.underlying)
    weight = one.weight(ranges)
    what = f"price {move(one.move(ranges))}, "
    what += volatility_label(one) if one.is_linear else f"volatility {volatility_label(one)}"
    return f"scenario {number}: {what}" + ("" if weight == 1 else f", {percent(weight)} of it")
