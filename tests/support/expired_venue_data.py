"""Venue data before and after an expiry, and accounts under them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from zkmargin import Account
from zkmargin.venue_data import VenueData
from zkmargin.venues import import_csv

VIEW_KEY = 2**247 + 12345
EXPIRY = 1_774_598_400
"""2026-03-27T08:00:00Z."""

DAY = 86_400
BEFORE, AFTER = EXPIRY - DAY, EXPIRY + 60
PRICE = Decimal("2050.25")
PRICES = {("ETH", EXPIRY): PRICE}
HEADER = "underlying,index_price,kind,name,lot,quote,mark,expiry,strike,right,forward\n"
LIVE = (
    "ETH,2040,perpetual,PERP,0.01,USD,2040,,,,\n"
    f"ETH,,option,LATE-2000-C,0.01,USD,120,{EXPIRY + 90 * DAY},2000,call,2045\n"
)
EXPIRING = (
    f"ETH,,future,F,0.01,USD,2041,{EXPIRY},,,\n"
    f"ETH,,option,1900-C,0.01,USD,145,{EXPIRY},1900,call,2041\n"
    f"ETH,,option,2100-C,0.01,USD,9,{EXPIRY},2100,call,2041\n"
    f"ETH,,option,1900-P,0.01,USD,4,{EXPIRY},1900,put,2041\n"
    f"ETH,,option,2100-P,0.01,USD,68,{EXPIRY},2100,put,2041\n"
)
NEW = f"ETH,,option,NEW-2000-P,0.01,USD,75,{EXPIRY + 90 * DAY},2000,put,2045\n"


def listed(folder: Path, rows: str, time: int, previous: VenueData | None = None) -> VenueData:
    """Import CSV rows as venue data at a time."""
    path = folder / "venue.csv"
    path.write_text(HEADER + rows)
    return import_csv(path, time=time, previous=previous)


def account(cash: str | int, positions: dict[str, str]) -> Account:
    """Return an account with quantities by instrument."""
    quantities = {name: Decimal(quantity) for name, quantity in positions.items()}
    return Account(
        owner=7, nonce=1, view_key=VIEW_KEY, cash=Decimal(cash), collateral={}, positions=quantities
    )
