"""What a holder can do, and what that costs: the terms of a rebalancing."""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003  # dataclasses read the annotations
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["DEFAULT_TRADE_COST_BPS", "Terms"]

DEFAULT_TRADE_COST_BPS = Decimal(5)
"""Deribit's fee of whoever takes a price, for futures and perpetuals: 0.05 % of the notional, the highest in
its schedule (support.deribit.com, Fees); its options cost 0.03 % and trade at wider spreads."""

_HIGHEST_COST = Decimal(1000)
_HIGHEST_BPS = Decimal(10_000)


@dataclass(frozen=True, slots=True, repr=False)
class Terms:
    """What may be deposited and traded, and at which cost.

    Attributes
    ----------
    deposit_cost : Decimal
        What it costs to deposit something, as a part of its market price before the haircut: 1 if the money
        counts as spent, less if only its use for a while does.
    deposit_costs : mapping of str to Decimal
        The same for single assets, ``cash`` among them.
    deposits : mapping of str to Decimal or None
        What there is to deposit, by asset, in whole assets; None for any amount of cash, and of every asset
        with a price as much as its limit leaves.
    trades : mapping of str to Decimal
        How much of an instrument may be bought or sold, in units of the underlying; 0 forbids it.
    allow : tuple of str
        Patterns such as ``ETH-*-P``: instruments that may be bought and sold besides those of
        `zkmargin.rebalance.problem.tradables`.
    trade_cost_bps : Decimal
        What a trade costs, in 1/10000 of its notional.

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

    def __post_init__(self) -> None:
        """Refuse what the types let through."""
        for source, reason in self._flaws():
            raise InputError(reason, source=source)

    def cost_of(self, asset: str) -> Decimal:
        """Return what depositing an asset costs, as a part of its price."""
        return self.deposit_costs.get(asset, self.deposit_cost)

    def _flaws(self) -> Iterator[tuple[str, str]]:
        # A deposit at no cost would be unbounded: all plans with more of it are as cheap.
        if not all(0 < one <= _HIGHEST_COST for one in (self.deposit_cost, *self.deposit_costs.values())):
            yield "cost", f"must be above 0 and at most {_HIGHEST_COST}"
        if not 0 <= self.trade_cost_bps <= _HIGHEST_BPS:
            yield "trade cost", f"must be from 0 to {_HIGHEST_BPS} of 1/10000"
        for source, amounts in (("deposit", self.deposits or {}), ("trade", self.trades)):
            if any(not amount.is_finite() or amount < 0 for amount in amounts.values()):
                yield source, "expected a number, 0 or more"
