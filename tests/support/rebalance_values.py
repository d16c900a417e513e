"""Small snapshots and accounts for the rebalancer, and the cost of the cheapest plan by exhaustive search."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from types import MappingProxyType

from support import spec_values
from zkmargin import Account, Snapshot
from zkmargin.account.report import margin_report
from zkmargin.risk import CollateralAsset, load_model
from zkmargin.snapshot.parts import Listing
from zkmargin.snapshot.snapshot import Parts
from zkmargin.spec import STANDARD

MICRO = 10**6
VIEW_KEY = 2**247 + 12345

TIME = 1_700_000_000
FUTURE, OPTION, OTHER = 0, 1, 4096
NAMES = {FUTURE: "ETH-FUTURE", OPTION: "ETH-OPTION", OTHER: "BTC-FUTURE"}
LIMIT = Decimal(3)
"""The collateral limit of ETH, which counts at half of 1000."""


def row(gains, *, mark, is_future=False, short_floor=0, add_on=0):
    """Return a row from whole numbers of the quote currency."""
    return spec_values.row(
        tuple(MICRO * gain for gain in gains),
        mark=MICRO * mark,
        delta=MICRO * mark if is_future else 0,
        short_floor=MICRO * short_floor,
        add_on=MICRO * add_on,
    )


def future(move, *, mark=1000, add_on=0):
    """Return the row of a future whose scenarios are a loss and a gain of `move`."""
    return row((-move, move), mark=mark, is_future=True, add_on=add_on)


def snapshot(rows):
    """Return a snapshot of rows by id, with lots of 1 and index prices of 1000. Rows without risk are settled."""
    assets = {"USDC": ("0", "1", None), "DOGE": ("0.5", None, None), "ETH": ("0.5", "1000", LIMIT)}
    listings = (
        Listing(number, NAMES.get(number, f"X-{number}"), Decimal(1), settled=None if one.has_risk else TIME)
        for number, one in sorted(rows.items())
    )
    return Snapshot.commit(
        Parts(
            rows=MappingProxyType(dict(rows)),
            layout=STANDARD,
            timestamp=TIME,
            quote="USD",
            model=load_model("span"),
            collateral=tuple(
                CollateralAsset(name, Decimal(cut), limit=limit) for name, (cut, _, limit) in assets.items()
            ),
            prices=tuple(None if price is None else Decimal(price) for _, price, _ in assets.values()),
            underlyings=("ETH", "BTC"),
            index_prices=(Decimal(1000), Decimal(1000)),
            listings=tuple(listings),
            exclusions=(),
        )
    )


def account(lots, equity, risk, collateral=None):
    """Return an account of lots by id with the given equity before collateral."""
    marks = sum(held * risk.parts.rows[number].slots[STANDARD.mark] for number, held in lots.items())
    return Account(
        owner=7,
        nonce=1,
        view_key=VIEW_KEY,
        cash=Decimal(equity) - Decimal(marks) / MICRO,
        collateral=collateral or {},
        positions={NAMES.get(number, f"X-{number}"): Decimal(held) for number, held in lots.items() if held},
    )


@dataclass(frozen=True)
class Case:
    """An account before its plan, a target in basis points, and the costs of a lot and of a unit of cash."""

    before: dict[int, int]
    equity: int
    risk: Snapshot
    target: int
    per_lot: Decimal
    rate: Decimal = Decimal(1)

    def spent(self, lots: dict[int, int]) -> Decimal:
        """Return the cost of trading to a holding."""
        return self.per_lot * sum(abs(lots[number] - held) for number, held in self.before.items())

    def cost_of(self, lots: dict[int, int]) -> Decimal:
        """Return the cost of trading to a holding and depositing the missing cash, by the margin report."""
        spent = self.spent(lots)
        after = account(lots, self.equity - spent, self.risk)
        return spent + self.rate * margin_report(after, self.risk, self.target).cash_needed

    def cheapest_of_all(self, ranges: dict[int, Iterable[int]]) -> Decimal:
        """Try every holding in ranges of lots by id, and return the least cost.

        Deposits cost nothing or more, so holdings are skipped whose trades alone cost as much as one before.
        """
        holdings = (dict(zip(ranges, lots, strict=True)) for lots in product(*ranges.values()))
        least = Decimal("Infinity")
        for lots in sorted(holdings, key=self.spent):
            if self.spent(lots) >= least:
                break
            least = min(least, self.cost_of(lots))
        return least
