"""Small venue data and margins under a model, by `risk_rows` and `spec.margin`."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

import QuantLib

from zkmargin import spec
from zkmargin.native_hash import fast_hasher
from zkmargin.risk import Model
from zkmargin.risk.table import risk_rows
from zkmargin.spec import constants as c
from zkmargin.venue_data import Future, Option, Perpetual, Right, Underlying, VenueData

NOW = 1_704_712_781
DAY = 86_400
LOT = Decimal("0.01")
MICRO = 10**6


def option(
    strike: float, right: Right, *, days: float = 30, forward: float = 2000, volatility: float = 0.6
) -> Option:
    """Return an option with QuantLib's price as its mark."""
    expiry = NOW + round(days * DAY)
    kind = QuantLib.Option.Call if right == "call" else QuantLib.Option.Put
    deviation = volatility * math.sqrt((expiry - NOW) / (365 * DAY))
    mark = Decimal(QuantLib.blackFormula(kind, strike, forward, deviation)).quantize(Decimal("1e-12"))
    numbers = (Decimal(repr(float(number))) for number in (strike, forward, volatility))
    strike_, forward_, volatility_ = numbers
    name = f"{days:g}-{strike:g}-{right}"
    return Option(name, 0, LOT, expiry, strike_, right, forward_, mark, volatility_)


def perpetual(mark: float = 2000) -> Perpetual:
    return Perpetual("PERPETUAL", 0, LOT, Decimal(repr(float(mark))))


def market(*instruments: Option | Future | Perpetual, name: str = "ETH", price: float = 2000) -> VenueData:
    numbered = tuple(replace(one, index=index) for index, one in enumerate(instruments))
    return VenueData(NOW, "USD", (Underlying(name, Decimal(repr(float(price))), len(numbered), numbered),))


def table(of: VenueData, model: Model) -> spec.Table:
    layout = spec.smallest_layout(len(model.scenarios))
    return spec.build_table(risk_rows(of, model, layout), fast_hasher(), layout)


def margin(rows: spec.Table, lots: Mapping[int, int]) -> spec.Margin:
    """Return the margin of an account with only lots by instrument id."""
    nothing = (0,) * c.COLLATERALS
    positions = tuple(spec.Position(instrument, number) for instrument, number in lots.items() if number)
    account = spec.Account(1, 0, spec.NO_KEY, 2, 3, 0, nothing, positions)
    return spec.margin(account, spec.Snapshot(rows, nothing, 0, NOW))


def required(of: VenueData, model: Model, lots: Mapping[int, int]) -> float:
    """Return the requirement in the quote currency."""
    return margin(table(of, model), lots).requirement / MICRO


def needed(of: VenueData, model: Model, lots: Mapping[int, int]) -> float:
    """Return the minimum cash for health, in the quote currency: requirement less marks."""
    result = margin(table(of, model), lots)
    return result.requirement / MICRO - result.equity / c.PICO_PER_MICRO / MICRO


CHAIN = (
    perpetual(2003),
    option(1600, Right.PUT, days=4, forward=2005, volatility=0.9),
    option(2000, Right.CALL, days=4, forward=2005, volatility=0.7),
    option(2400, Right.CALL, days=40, forward=2020, volatility=0.6),
    option(2000, Right.PUT, days=40, forward=2020, volatility=0.55),
    option(2600, Right.CALL, days=200, forward=2100, volatility=0.5),
)
"""A perpetual and five options of ETH at an index price of 2000."""
