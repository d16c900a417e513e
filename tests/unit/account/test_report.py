"""The margin report against calculations by hand."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError, Requirement
from zkmargin.account.report import margin_report
from zkmargin.account.requirement import requirement_bps

SNAPSHOT = snapshot()

# ETH: 2 lots of the perpetual and -4 of the call: scenario 0 gains 2 * -50 - 4 * -30 = 20, scenario 1
# 2 * 40 - 4 * 20 = 0; the floor is 4 * 25 = 100 and binds. BTC: 3 lots, -24 in scenario 1.
MAINTENANCE = 100 + 4 * 1 + 24 + 3 * 2
MARK = 2 * 220 - 4 * 30 + 3 * 45
EQUITY = Decimal("1000.25") + MARK + Decimal("0.5") * 1800


def test_the_report_equals_a_calculation_by_hand():
    report = margin_report(account(), SNAPSHOT)
    assert (report.maintenance, report.required) == (MAINTENANCE, MAINTENANCE)
    assert (report.cash, report.mark, report.collateral) == (Decimal("1000.25"), MARK, 900)
    assert report.equity == EQUITY
    assert report.cushion == EQUITY - MAINTENANCE
    assert report.healthy
    assert report.cash_needed == 0


def test_each_underlying_names_its_binding_scenario():
    eth, btc = margin_report(account(), SNAPSHOT).underlyings
    assert (eth.underlying, eth.positions, eth.scenarios[:3]) == ("ETH", 2, (20, 0, 0))
    assert (eth.scan, eth.floor, eth.add_on, eth.risk, eth.binding_scenario) == (0, 100, 4, 100, None)
    assert (btc.underlying, btc.positions, btc.scenarios[:2]) == ("BTC", 1, (30, -24))
    assert (btc.scan, btc.floor, btc.add_on, btc.risk, btc.binding_scenario) == (24, 0, 6, 24, 1)
    assert (eth.mark, btc.mark, eth.delta) == (320, 135, 440)


def test_a_loss_below_the_short_option_minimum_does_not_bind():
    positions = {"ETH-PERPETUAL": Decimal("0.3"), "ETH-CALL": Decimal("-0.4")}
    (eth,) = margin_report(account(positions=positions), SNAPSHOT).underlyings
    assert (eth.scan, eth.floor, eth.risk, eth.binding_scenario) == (30, 100, 100, None)


def test_the_claim_scales_the_requirement():
    report = margin_report(account(), SNAPSHOT, Requirement.INITIAL)
    assert (report.requirement_bps, report.required) == (12_500, Decimal(MAINTENANCE) * Decimal("1.25"))
    assert margin_report(account(), SNAPSHOT, 1).required == Decimal(MAINTENANCE) / 10_000


def test_initial_margin_is_that_of_the_model():
    assert requirement_bps(Requirement.INITIAL, 15_000) == 15_000
    assert requirement_bps(Requirement.MAINTENANCE, 15_000) == 10_000
    with pytest.raises(InputError, match="needs a snapshot"):
        requirement_bps(Requirement.INITIAL, None)


@pytest.mark.parametrize("wrong", [-1, 2**20, True, 1.5, "1"])
def test_a_claim_out_of_range_is_refused(wrong):
    with pytest.raises(InputError, match="requirement: must be from 0"):
        requirement_bps(wrong, 12_500)


def test_the_reported_deposit_cures_a_shortfall_exactly():
    poor = account(str(MAINTENANCE - MARK - 900 - Decimal("1.1")))
    report = margin_report(poor, SNAPSHOT, 10_001)
    assert not report.healthy
    assert report.cushion == Decimal("-1.1") - Decimal(MAINTENANCE) / 10_000
    for cash, healthy in ((report.cash_needed, True), (report.cash_needed - Decimal("0.000001"), False)):
        assert margin_report(account(str(poor.cash + cash)), SNAPSHOT, 10_001).healthy is healthy
    assert set(report.collateral_needed) == {"USDC", "ETH"}
    for amount, healthy in (
        (report.collateral_needed["ETH"], True),
        (report.collateral_needed["ETH"] - Decimal("0.000001"), False),
    ):
        more = account(str(poor.cash), collateral={"ETH": Decimal("0.5") + amount})
        assert margin_report(more, SNAPSHOT, 10_001).healthy is healthy


def test_an_account_without_positions_needs_nothing():
    report = margin_report(account("0", positions={}, collateral={}), SNAPSHOT)
    assert (report.maintenance, report.equity, report.healthy, report.underlyings) == (0, 0, True, ())


def test_numbers_are_exact_in_any_decimal_context():
    cash = Decimal("1234567890123456789.123456")
    equity, cushion = cash + MARK + 900, cash + MARK + 900 - MAINTENANCE
    with localcontext(prec=3):
        report = margin_report(account(str(cash)), SNAPSHOT)
        assert (report.equity, report.cushion) == (equity, cushion)


def test_a_report_has_no_repr():
    report = margin_report(account(), SNAPSHOT)
    for value in (report, report.underlyings[0]):
        assert type(value).__repr__ is object.__repr__
