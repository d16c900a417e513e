"""The terms of a rebalancing: permitted deposits and trades, and their costs."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dataclasses read the annotations
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.errors import InputError
from zkmargin.spec.constants import LOT_BITS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEFAULT_TRADE_COST_BPS", "DEFAULT_TRADE_FEE", "Terms"]

DEFAULT_TRADE_COST_BPS = Decimal(5)
"""Deribit's taker fee for futures and perpetuals, 0.05 % of the notional, the highest of its schedule
(support.deribit.com, Fees). Its options cost 0.03 % but trade at wider spreads."""

DEFAULT_TRADE_FEE = Decimal(1)
"""The least that a trade should save, in the quote currency. Venues charge no fixed fee, but without one a plan
contains trades that save cents."""

_HIGHEST_COST = Decimal(1000)
_HIGHEST_BPS = Decimal(10_000)
_HIGHEST_FEE = Decimal(10**9)


@dataclass(frozen=True, slots=True, repr=False)
class Terms:
    """The permitted deposits and trades, and their costs.

    Attributes
    ----------
    deposit_cost : Decimal
        The cost of a deposit as a fraction of its market price before the haircut: 1 if the money counts as
        spent, less if only its use for a while has a cost.
    deposit_costs : mapping of str to Decimal
        The same for single assets, including ``cash``.
    deposits : mapping of str to Decimal or None
        The largest deposit of each asset, in whole units of it. None permits any amount of cash, and of each
        asset with a price as much as its collateral limit leaves.
    trades : mapping of str to Decimal
        The largest trade of an instrument either way, in units of the underlying; 0 forbids it.
    allow : tuple of str
        Patterns such as ``ETH-*-P`` of instruments that may be traded in addition to those of
        `zkmargin.rebalance.problem.tradables`.
    trade_cost_bps : Decimal
        The cost of a trade, in 1/10000 of its notional.
    trade_fee : Decimal
        The fixed cost of a trade, in the quote currency; it may also be 0.
    min_lots : int
        The smallest trade in lots, at least 1. A trade that closes a position may be smaller.

    Raises
    ------
    InputError
        If a number is out of range.
    """

    deposit_cost: Decimal = Decimal(1)
    deposit_costs: Mapping[str, Decimal] = field(default_factory=dict)
    deposits: Mapping[str, Decimal] | None = None
    trades: Mapping[str, Decimal] = field(default_factory=dict)
    allow: tuple[str, ...] = ()
    trade_cost_bps: Decimal = DEFAULT_TRADE_COST_BPS
    trade_fee: Decimal = DEFAULT_TRADE_FEE
    min_lots: int = 1

    def __post_init__(self) -> None:
        """Check ranges."""
        for source, reason in self._flaws():
            raise InputError(reason, source=source)

    def cost_of(self, asset: str) -> Decimal:
        """Return the cost of depositing an asset, as a fraction of its price."""
        return self.deposit_costs.get(asset, self.deposit_cost)

    def _flaws(self) -> Iterator[tuple[str, str]]:
        # A deposit without cost would be unbounded, since a plan with more of it is as cheap.
        costs = (self.deposit_cost, *self.deposit_costs.values())
        if not all(one and _is_within(one, _HIGHEST_COST) for one in costs):
            yield "cost", f"must be above 0 and at most {_HIGHEST_COST}"
        if not _is_within(self.trade_cost_bps, _HIGHEST_BPS):
            yield "trade cost", f"must be from 0 to {_HIGHEST_BPS} of 1/10000"
        if not _is_within(self.trade_fee, _HIGHEST_FEE):
            yield "trade fee", f"must be from 0 to {_HIGHEST_FEE}"
        if not 1 <= self.min_lots < 2**LOT_BITS:
            yield "smallest trade", f"must be from 1 to {2**LOT_BITS - 1} lots"
        for source, amounts in (("deposit", self.deposits or {}), ("trade", self.trades)):
            if any(not amount.is_finite() or amount < 0 for amount in amounts.values()):
                yield source, "expected a number, 0 or more"


def _is_within(number: Decimal, most: Decimal) -> bool:
    return number.is_finite() and 0 <= number <= most
