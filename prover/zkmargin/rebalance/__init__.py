"""The cheapest deposits and trades that bring an account back to its target: see docs/rebalance.md.

>>> advice = advise(account, snapshot, cushion=Decimal("0.25"))  # doctest: +SKIP
>>> advice.cheapest.deposits, advice.cheapest.trades  # doctest: +SKIP
"""

from __future__ import annotations

from .advice import Advice, advise
from .plan import Deposit, Plan, Trade
from .terms import Terms

__all__ = ["Advice", "Deposit", "Plan", "Terms", "Trade", "advise"]
