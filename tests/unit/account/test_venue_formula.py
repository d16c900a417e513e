"""The venue's own formula beside the requirement of a model that approximates it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support import pmrm
from support.venues import NOW, market, option, perpetual
from zkmargin import Account, Snapshot
from zkmargin.account.report import margin_report
from zkmargin.account.requirement import Requirement
from zkmargin.account.venue_formula import venue_formula
from zkmargin.risk import load_model
from zkmargin.venue_data import Right, VenueData

# 2024-01-26T08:00:00Z and 2024-03-29T08:00:00Z.
NEAR, FAR = 1_706_256_000, 1_711_699_200
NO_SKEW = tuple(one for one in pmrm.MAINNET.scenarios if one.volatility not in pmrm.MAINNET.skew_cap)


def _chain() -> VenueData:
    names = (
        ("ETH-26JAN24-2000-C", 2000, Right.CALL, NEAR),
        ("ETH-26JAN24-2000-P", 2000, Right.PUT, NEAR),
        ("ETH-26JAN24-2200-C", 2200, Right.CALL, NEAR),
        ("ETH-20240329-2000-C", 2000, Right.CALL, FAR),
        ("ETH-SOME-CALL", 2400, Right.CALL, FAR),
    )
    options = (
        replace(option(strike, right, days=(expiry - NOW) / 86_400), name=name)
        for name, strike, right, expiry in names
    )
    return market(replace(perpetual(), name="ETH-PERPETUAL"), *options)


CHAIN = _chain()
VERTICAL = {"ETH-26JAN24-2000-C": "1", "ETH-26JAN24-2200-C": "-1"}


@pytest.fixture(scope="module")
def snapshots():
    names = ("derive_pmrm", "derive_standard", "derive_standard_initial", "span")
    return {name: Snapshot.build(CHAIN, load_model(name)) for name in names}


def _account(positions: dict[str, str], cash: str = "0") -> Account:
    held = {name: Decimal(units) for name, units in positions.items()}
    return Account.new(owner=1, cash=Decimal(cash), positions=held)


def _formula(snapshot: Snapshot, positions: dict[str, str], claim: Requirement = Requirement.MAINTENANCE):
    account = _account(positions)
    return venue_formula(account, snapshot, margin_report(account, snapshot, claim))


@pytest.mark.parametrize(
    "positions",
    [
        VERTICAL,
        {"ETH-26JAN24-2000-C": "-1", "ETH-20240329-2000-C": "1"},
        {"ETH-26JAN24-2000-C": "-1", "ETH-26JAN24-2000-P": "1", "ETH-PERPETUAL": "1"},
    ],
)
def test_the_portfolio_margin_is_computed_from_the_rows(snapshots, positions):
    by_name = {one.name: one for one in CHAIN.underlyings[0].instruments}
    held = tuple(
        pmrm.Holding(
            (one.expiry - NOW) / (365 * 86_400),
            float(one.forward),
            float(one.strike),
            one.right == "call",
            float(one.volatility),
            float(units),
        )
        for one, units in ((by_name[name], units) for name, units in positions.items())
        if hasattr(one, "strike")
    )
    portfolio = pmrm.Portfolio(2000, held, float(positions.get("ETH-PERPETUAL", 0)), 2000)
    venue = pmrm.margin(portfolio, replace(pmrm.MAINNET, scenarios=NO_SKEW))
    for claim, expected in (
        (Requirement.MAINTENANCE, venue.maintenance),
        (Requirement.INITIAL, venue.initial),
    ):
        found = _formula(snapshots["derive_pmrm"], positions, claim)
        assert (found.level, found.reason) == (claim.value, "")
        assert float(found.least) == pytest.approx(expected, abs=0.02)
        report = margin_report(_account(positions), snapshots["derive_pmrm"], claim)
        assert found.above == report.required - found.least


def test_a_spread_needs_its_largest_loss_at_the_standard_margin(snapshots):
    short = {name: str(-int(units)) for name, units in VERTICAL.items()}
    marks = {one.name: one.mark for one in CHAIN.underlyings[0].instruments}
    net = marks["ETH-26JAN24-2200-C"] - marks["ETH-26JAN24-2000-C"]
    # A loss of 200 at most; the equity has the net mark already. The model charges the short call in full.
    for name in ("derive_standard", "derive_standard_initial"):
        found = _formula(snapshots[name], short)
        loss = 200 if name.endswith("initial") else 180 + marks["ETH-26JAN24-2000-C"]
        assert found.least == pytest.approx(min(Decimal(200), Decimal(loss)) + net, abs=Decimal("0.02"))
        assert found.above > 0
    perpetual_only = _formula(snapshots["derive_standard"], {"ETH-PERPETUAL": "-3"})
    assert perpetual_only.least == perpetual_only.ours.quantize(Decimal("0.01")) == 300
    # Initial margin of the model of maintenance margin: its own rate of perpetuals, 6.6 %.
    initial = _formula(snapshots["derive_standard"], {"ETH-PERPETUAL": "-3"}, Requirement.INITIAL)
    assert (initial.level, initial.least) == ("initial", 396)


def test_a_name_without_expiry_and_strike_is_said_to_be_missing(snapshots):
    found = _formula(snapshots["derive_pmrm"], {"ETH-SOME-CALL": "1"})
    assert (found.least, found.above) == (None, None)
    assert "the name ETH-SOME-CALL does not tell its expiry and strike" in found.reason
    # It cannot be held, but may be listed.
    assert _formula(snapshots["derive_pmrm"], VERTICAL).least is not None


def test_other_models_have_no_formula_beside_their_own(snapshots):
    assert _formula(snapshots["span"], VERTICAL) is None
    edited = replace(load_model("derive_pmrm"), initial_bps=13_000)
    assert _formula(Snapshot.build(CHAIN, edited), VERTICAL) is None
