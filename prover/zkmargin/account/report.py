"""The margin report of an account: equity, requirement and their parts. Private to its holder."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import InputError
from zkmargin.risk.collateral import check_limits
from zkmargin.spec.constants import BPS_UNIT, PICO_PER_MICRO

from .opened import opening_of
from .requirement import AnyRequirement, Requirement, requirement_bps

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

    from .account import Account
    from .opened import OpenedAccount

__all__ = ["MarginReport", "UnderlyingReport", "margin_of", "margin_report"]

_MICRO_DECIMALS = 6
_PICO_DECIMALS = 12
_TINY_DECIMALS = 16
"""The decimals of an amount times a number of 1/10000."""


# No repr: a report is as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class UnderlyingReport:
    """The margin of the positions in one underlying. Amounts are in the quote currency.

    Attributes
    ----------
    underlying : str
        The name of the underlying.
    positions : int
        The number of positions.
    scenarios : tuple of Decimal
        The profit or loss in each scenario of the model.
    mark : Decimal
        The present value of the positions.
    delta : Decimal
        The gain per doubling of the price, at today's delta.
    gamma : Decimal or None
        The change of the delta per 1 % move of the price; None if the layout does not have it.
    vega : Decimal or None
        The gain per point of volatility; None if the layout does not have it.
    scan : Decimal
        The scanning risk: the largest loss over the scenarios, or 0.
    floor : Decimal
        The short option minimum.
    add_on : Decimal
        The sum of the charges per lot held.
    binding_scenario : int or None
        The number of the scenario that sets the risk, from 0; None if no scenario loses or the short option
        minimum is larger.
    """

    underlying: str
    positions: int
    scenarios: tuple[Decimal, ...]
    mark: Decimal
    delta: Decimal
    gamma: Decimal | None
    vega: Decimal | None
    scan: Decimal
    floor: Decimal
    add_on: Decimal
    binding_scenario: int | None

    @property
    def risk(self) -> Decimal:
        """The larger of scanning risk and short option minimum."""
        return max(self.scan, self.floor)


@dataclass(frozen=True, slots=True, repr=False)
class MarginReport:
    """An account's equity and requirement. Amounts are exact and in the quote currency.

    Attributes
    ----------
    quote : str
        The quote currency.
    requirement_bps : int
        The claim, in 1/10000 of the maintenance margin.
    underlyings : tuple of UnderlyingReport
        Reports by underlying, in the order of their numbers.
    maintenance : Decimal
        The requirement of the statement: the sum of risks and add-ons.
    required : Decimal
        The claimed amount: `requirement_bps` / 10 000 of `maintenance`.
    cash, mark, collateral : Decimal
        The parts of the equity: cash, the present value of the positions, collateral after haircuts.
    equity : Decimal
        The sum of the three.
    cash_needed : Decimal
        The least deposit of cash, in whole micro-quote, that makes the account healthy; 0 if it is healthy.
    collateral_needed : dict of str to Decimal
        The least deposit of each single asset that makes the account healthy, for assets with a haircut
        price above 0.
    """

    quote: str
    requirement_bps: int
    underlyings: tuple[UnderlyingReport, ...]
    maintenance: Decimal
    required: Decimal
    cash: Decimal
    mark: Decimal
    collateral: Decimal
    equity: Decimal
    cash_needed: Decimal
    collateral_needed: dict[str, Decimal]

    @property
    def healthy(self) -> bool:
        """Whether the equity is at least the claimed amount, as a proof would show."""
        return self.equity >= self.required

    @property
    def cushion(self) -> Decimal:
        """The equity less the claimed amount; negative in a shortfall."""
        # Subtraction of decimals would round to the caller's precision.
        return _exact(_scaled(self.equity) - _scaled(self.required), _TINY_DECIMALS)


def margin_of(opening: spec.Account, snapshot: Snapshot, source: str = "account") -> spec.Margin:
    """Return the margin of an opened account.

    Raises
    ------
    InputError
        If a position has no row in the snapshot.
    """
    try:
        return spec.margin(opening, snapshot.spec)
    except spec.SpecError as error:
        raise InputError(error.reason, source=source, key=error.key) from None


def margin_report(
    account: Account | OpenedAccount,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
) -> MarginReport:
    """Report an account's equity and requirement to its holder.

    Parameters
    ----------
    account : Account or OpenedAccount
        An opened account is not opened again.
    snapshot : Snapshot
    requirement : Requirement or int
        The claim; a number is in 1/10000 of the maintenance margin.

    Returns
    -------
    MarginReport
        As secret as the account.

    Raises
    ------
    InputError
        If the account does not fit the snapshot, a value is out of range, or an amount exceeds the collateral
        limit of its asset.
    """
    account, opening = opening_of(account, snapshot)
    check_limits(account.collateral, snapshot.parts.collateral, source=account.source)
    margin = margin_of(opening, snapshot, account.source)
    bps = requirement_bps(requirement, snapshot.parts.model.initial_bps)
    missing = max(0, -margin.surplus(bps))
    mark = sum(lane.mark for lane in margin.lanes)
    prices = zip(snapshot.parts.collateral, snapshot.spec.prices, strict=False)
    return MarginReport(
        quote=snapshot.parts.quote,
        requirement_bps=bps,
        underlyings=tuple(_underlying(lane, opening, snapshot) for lane in margin.lanes),
        maintenance=_micro(margin.requirement),
        required=_exact(bps * margin.requirement * PICO_PER_MICRO, _TINY_DECIMALS),
        cash=_micro(opening.cash),
        mark=_micro(mark),
        collateral=_exact(margin.equity - (opening.cash + mark) * PICO_PER_MICRO, _PICO_DECIMALS),
        equity=_exact(margin.equity, _PICO_DECIMALS),
        cash_needed=_micro(_divide_up(missing, BPS_UNIT * PICO_PER_MICRO)),
        collateral_needed={
            asset.asset: _micro(_divide_up(missing, BPS_UNIT * price)) for asset, price in prices if price
        },
    )


def _underlying(lane: spec.LaneRisk, opening: spec.Account, snapshot: Snapshot) -> UnderlyingReport:
    layout, parts = lane.layout, snapshot.parts
    totals = lane.totals[: len(parts.model.scenarios)]
    losses = [-total for total in totals]
    binds = lane.scan > 0 and lane.scan >= lane.floor
    return UnderlyingReport(
        underlying=parts.underlyings[lane.underlying],
        positions=sum(position.underlying == lane.underlying for position in opening.held),
        scenarios=tuple(_micro(total) for total in totals),
        mark=_micro(lane.mark),
        delta=_micro(lane.totals[layout.delta]),
        gamma=None if layout.gamma is None else _micro(lane.totals[layout.gamma]),
        vega=None if layout.vega is None else _micro(lane.totals[layout.vega]),
        scan=_micro(lane.scan),
        floor=_micro(lane.floor),
        add_on=_micro(lane.add_on),
        binding_scenario=losses.index(lane.scan) if binds else None,
    )


def _divide_up(number: int, divisor: int) -> int:
    return -(-number // divisor)


def _micro(number: int) -> Decimal:
    return _exact(number, _MICRO_DECIMALS)


def _exact(number: int, decimals: int) -> Decimal:
    """Return number / 10^decimals, exactly in any decimal context."""
    digits = tuple(int(digit) for digit in str(abs(number)))
    return Decimal((int(number < 0), digits, -decimals))


def _scaled(number: Decimal) -> int:
    sign, digits, exponent = number.as_tuple()
    value = int("".join(map(str, digits))) * int(10 ** (_TINY_DECIMALS + int(exponent)))
    return -value if sign else value
