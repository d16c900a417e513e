"""Venue data after a shock: marks by QuantLib, unchanged values and errors."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
import QuantLib as ql  # noqa: N813  # its own name for itself

from support.circuits import ROOT
from zkmargin import InputError, Snapshot, load_model
from zkmargin.risk.stress import stressed
from zkmargin.venue_data import Estimate, Option, Perpetual, Right, Underlying
from zkmargin.venues import import_deribit

MARKET = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
HOUR = 3600
DROP = Decimal("-0.15")


def by_name(market):
    return {one.name: one for _, _, one in market.instruments()}


def test_options_have_quantlibs_value_after_the_shock():
    later = stressed(MARKET, MARKET.time + HOUR, moves={"ETH": DROP}, volatility={"ETH": Decimal("0.1")})
    before, count = by_name(MARKET), 0
    for _, underlying, one in later.instruments():
        if underlying.name != "ETH" or not isinstance(one, Option):
            continue
        old = before[one.name]
        forward = float(old.forward) * 0.85
        deviation = (float(old.volatility) + 0.1) * ((one.expiry - later.time) / (365 * 86400)) ** 0.5
        kind = ql.Option.Call if one.right is Right.CALL else ql.Option.Put
        wanted = ql.blackFormula(kind, float(one.strike), forward, deviation)
        assert float(one.mark) == pytest.approx(wanted, abs=2e-6)
        count += 1
    assert count > 50


def test_digits_of_prices_far_below_a_cent_are_kept():
    lot, expiry, call = Decimal(10**6), MARKET.time + 30 * 86400, Right.CALL
    coin = Underlying(
        "PEPE",
        Decimal("0.0000012"),
        2,
        (
            Perpetual("PEPE-PERPETUAL", 0, lot, Decimal("0.00000123456789")),
            Option("PEPE-C", 1, lot, expiry, Decimal("0.000001"), call, Decimal("0.00000125"), Decimal("0.00000026"),
                   Decimal("0.6378")),
        ),
    )  # fmt: skip
    market = replace(MARKET, underlyings=(coin,), exclusions=(), estimates=())
    row = Snapshot.build(market, load_model("span")).row("PEPE-PERPETUAL")
    assert row.slots[16] == 1_234_568  # micro-dollars: 1.23456789 dollars for a million coins
    later = stressed(market, market.time, moves={"PEPE": Decimal("-0.1")})
    perpetual, option = (one for _, _, one in later.instruments())
    assert later.underlyings[0].price == Decimal("0.00000108")
    assert perpetual.mark == Decimal("0.000001111111")
    deviation = 0.6378 * (30 / 365) ** 0.5
    wanted = ql.blackFormula(ql.Option.Call, 1e-6, 1.125e-6, deviation)
    assert float(option.mark) == pytest.approx(wanted, abs=1e-12)
    assert stressed(market, market.time).underlyings[0].price == coin.price


def test_only_prices_of_the_shocked_underlying_move():
    later = stressed(MARKET, MARKET.time, moves={"ETH": DROP})
    before, after = by_name(MARKET), by_name(later)
    assert after["ETH-PERPETUAL"].mark == (before["ETH-PERPETUAL"].mark * (1 + DROP)).quantize(
        Decimal("0.000001")
    )
    assert after["BTC-PERPETUAL"].mark == before["BTC-PERPETUAL"].mark
    assert before["BTC-PERPETUAL"].bid is not None
    assert all((one.bid, one.ask) == (None, None) for one in after.values())
    eth = [one.price for one in later.underlyings if one.name == "ETH"]
    assert eth == [(Decimal("3012.85") * (1 + DROP)).quantize(Decimal("0.000001"))]


def test_shocked_venue_data_keep_indices_and_make_a_snapshot():
    later = stressed(MARKET, MARKET.time + HOUR, moves={"ETH": DROP})
    numbers = {one.name: number for number, _, one in MARKET.instruments()}
    assert {one.name: number for number, _, one in later.instruments()} == numbers
    assert Snapshot.build(later, load_model("span")).timestamp == MARKET.time + HOUR


def test_ranges_of_estimates_move_with_the_volatility_until_they_expire():
    soon, late = (
        end(
            (one for one in by_name(MARKET).values() if isinstance(one, Option)),
            key=lambda one: (one.expiry, one.name),
        )
        for end in (min, max)
    )
    wide = (Decimal("0.04"), Decimal("0.5"))
    estimated = replace(
        MARKET,
        estimates=(
            Estimate(soon.name, "no mark"),
            Estimate(late.name, "from the mark", Decimal(3), wide),
            Estimate("ETH-PERPETUAL", "by hand"),
        ),
    )
    name = "ETH" if late.name.startswith("ETH") else "BTC"
    shift = {name: Decimal("-0.05")}
    assert stressed(estimated, MARKET.time, volatility=shift).estimates == (
        Estimate(soon.name, "no mark"),
        Estimate(late.name, "from the mark", None, (Decimal(0), Decimal("0.45"))),
        Estimate("ETH-PERPETUAL", "by hand"),
    )
    later = stressed(estimated, soon.expiry, volatility=shift)
    assert [one.name for one in later.estimates] == [late.name, "ETH-PERPETUAL"]


def test_expired_instruments_are_excluded_with_the_reason():
    expiry = min(one.expiry for one in by_name(MARKET).values() if hasattr(one, "expiry"))
    gone = {one.name for one in by_name(MARKET).values() if getattr(one, "expiry", None) == expiry}
    later = stressed(MARKET, expiry)
    assert gone
    assert gone.isdisjoint(by_name(later))
    assert gone <= {one.name for one in later.exclusions if one.reason == "expired"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"time": MARKET.time - 1}, "time: must not be before the time of the venue data"),
        ({"moves": {"DOGE": DROP}}, "moves: DOGE: no such underlying$"),
        ({"moves": {"ETHH": DROP}}, r"moves: ETHH: no such underlying; did you mean ETH\?"),
        ({"volatility": {"DOGE": DROP}}, "volatility: DOGE: no such underlying"),
        ({"moves": {"ETH": Decimal(-1)}}, "moves: ETH: must be above -1"),
        ({"volatility": {"ETH": Decimal(-9)}}, "volatility: ETH-.*: must be positive after the change"),
    ],
)
def test_an_impossible_shock_is_refused(given, message):
    time = given.pop("time", MARKET.time)
    with pytest.raises(InputError, match=message):
        stressed(MARKET, time, **given)
