"""Search for the cheapest deposits and trades that bring an account to a target equity: see docs/rebalance.md.

>>> advice = advise(account, snapshot, cushion=Decimal("0.25"))  # doctest: +SKIP
>>> advice.cheapest.deposits, advice.cheapest.trades  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .advice import Advice, advise
    from .plan import Deposit, Plan, Trade
    from .terms import Terms
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        advice="Advice advise",
        plan="Deposit Plan Trade",
        terms="Terms",
    )

__all__ = ["Advice", "Deposit", "Plan", "Terms", "Trade", "advise"]
