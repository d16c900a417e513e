"""A small snapshot and accounts, computed by hand, for tests of the library and the command line."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import MappingProxyType

from support import spec_values
from support.circuits import ROOT
from zkmargin import Account, Snapshot
from zkmargin.risk import CollateralAsset, load_model
from zkmargin.snapshot.parts import Listing
from zkmargin.snapshot.snapshot import Parts
from zkmargin.spec import STANDARD, WIDE, Layout, Row

KEYS = ROOT / "build" / "tests"
"""Where `support.margin_instance` keeps keys."""

VIEW_KEY = 2**247 + 12345
MICRO = 10**6

# Values per lot: a lot of ETH is 0.1 ETH, a lot of BTC is 0.001 BTC.
ROWS = {
    0: spec_values.row((-50 * MICRO, 40 * MICRO), mark=220 * MICRO, delta=220 * MICRO),
    1: spec_values.row((-30 * MICRO, 20 * MICRO), mark=30 * MICRO, short_floor=25 * MICRO, add_on=MICRO),
    4096: spec_values.row((10 * MICRO, -8 * MICRO), mark=45 * MICRO, add_on=2 * MICRO),
}
LISTINGS = (
    Listing(0, "ETH-PERPETUAL", Decimal("0.1")),
    Listing(1, "ETH-CALL", Decimal("0.1")),
    Listing(4096, "BTC-PERPETUAL", Decimal("0.001")),
)


# Delta and gamma of a lot, for rows of a wide table.
GREEKS = {0: (220, 0), 1: (110, 15), 4096: (45, 0)}


def wide_row(instrument: int) -> Row:
    """Return an instrument's row in the layout `wide`; vega is 0."""
    row, (delta, gamma) = ROWS[instrument], GREEKS[instrument]
    gains = (*row.slots[:16], *[0] * (WIDE.scenarios - 16))
    return Row((*gains, row.slots[16], delta * MICRO, gamma * MICRO, 0), row.short_floor, row.add_on)


def snapshot(
    *, timestamp: int = 1_700_000_000, initial_bps: int = 12_500, layout: Layout = STANDARD
) -> Snapshot:
    """Return the snapshot: ETH counts at 2000 * (1 - 0.1), USDC at 1, DOGE has no price."""
    rows = ROWS if layout is STANDARD else {instrument: wide_row(instrument) for instrument in ROWS}
    assets = {"USDC": ("0", "1"), "DOGE": ("0.5", None), "ETH": ("0.1", "2000")}
    return Snapshot.commit(
        Parts(
            rows=MappingProxyType(rows),
            layout=layout,
            timestamp=timestamp,
            quote="USD",
            model=replace(load_model("span"), initial_bps=initial_bps),
            collateral=tuple(CollateralAsset(name, Decimal(cut)) for name, (cut, _) in assets.items()),
            prices=tuple(None if price is None else Decimal(price) for _, price in assets.values()),
            underlyings=("ETH", "BTC"),
            index_prices=(Decimal(2000), Decimal(40_000)),
            listings=LISTINGS,
            exclusions=(),
        )
    )


def account(cash: str = "1000.25", **changes) -> Account:
    """Return an account long 0.2 ETH, short 0.4 of the call and long 0.003 BTC."""
    positions = {"ETH-PERPETUAL": "0.2", "ETH-CALL": "-0.4", "BTC-PERPETUAL": "0.003"}
    values = {
        "owner": 7,
        "view_key": VIEW_KEY,
        "nonce": 1,
        "cash": Decimal(cash),
        "collateral": {"ETH": Decimal("0.5")},
        "positions": {name: Decimal(quantity) for name, quantity in positions.items()},
    }
    return Account(**{**values, **changes})
