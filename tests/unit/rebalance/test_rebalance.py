"""Advice, compared with results by hand, with exhaustive search and with the margin report."""

from __future__ import annotations

import time
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from support.rebalance_values import (
    FUTURE,
    LIMIT,
    MICRO,
    NAMES,
    OPTION,
    OTHER,
    Case,
    account,
    future,
    row,
    snapshot,
)
from support.report_accounts import few_legs, thirty_legs
from support.reprs import shown
from zkmargin import InputError, Requirement, Snapshot, load_collateral, load_model, spec
from zkmargin.account.funds import CASH
from zkmargin.account.report import margin_report
from zkmargin.rebalance import Terms, advise
from zkmargin.rebalance import advice as advice_module
from zkmargin.rebalance.solver import Solution
from zkmargin.venues import import_deribit

PER_LOT = Decimal("0.5")
"""5 / 10000 of 1000."""

SEARCHED = Decimal("0.00001")
"""The tolerance of the search for whole lots, as a fraction of the cost."""

NO_FEE = Terms(trade_fee=Decimal(0))

# A lot of the future loses 100; a lot of the option sold loses 80 in scenario 1, and 30 at least.
RISK = snapshot(
    {FUTURE: future(100), OPTION: row((50, -80), mark=40, short_floor=30), OTHER: future(60, add_on=1)}
)


def deposits(plan):
    return [(one.asset, one.amount) for one in plan.deposits]


def trades(plan):
    return [(one.instrument, one.quantity) for one in plan.trades]


def test_a_position_is_reduced_as_far_as_necessary():
    # 10 lots require 1000 and 1250 at the target; equity is 600. n lots sold cost 0.5 n and leave
    # 600 - 0.5 n >= 1.25 * 100 (10 - n): n >= 5.22.
    found = advise(account({FUTURE: 10}, 600, RISK), RISK, terms=NO_FEE)
    assert (found.target_bps, found.missing) == (12_500, 650)
    assert not found.is_within_target
    assert trades(found.cheapest) == trades(found.trades_only) == [("ETH-FUTURE", -6)]
    assert (found.cheapest.cost, found.cheapest.deposits) == (3, ())
    assert (found.cheapest.report.maintenance, found.cheapest.report.equity) == (400, 597)
    assert found.cheapest.reaches_target
    assert found.cheapest.trades[0].cash == 6 * 1000 - 3
    assert deposits(found.deposits_only) == [(CASH, 650)]
    assert found.deposits_only.cost == 650


def test_a_short_option_is_bought_back_or_hedged_whichever_is_cheaper():
    found = advise(account({OPTION: -2}, 100, RISK), RISK, terms=NO_FEE)
    # They lose 100 in scenario 0: 125 at the target. One lot bought back leaves 50, 62.5 at the target. A
    # future sold hedges them instead: no loss is left, and the floor of 60 is 75 at the target.
    assert found.cheapest.cost == Decimal("0.5")
    assert len(found.cheapest.trades) == 1
    assert found.cheapest.reaches_target


def test_only_the_perpetual_may_be_opened_unless_more_is_allowed():
    held = account({FUTURE: 10}, 600, RISK)
    hedged = advise(held, RISK, terms=replace(NO_FEE, trades={"ETH-FUTURE": Decimal(0)}))
    assert trades(hedged.cheapest) == []
    # A lot of the option bought gains 50 where the future loses 100: 1000 - 50 n, and 600 - 0.5 n for it.
    allowed = replace(NO_FEE, trades={"ETH-FUTURE": Decimal(0)}, allow=("*-OPTION",))
    assert trades(advise(held, RISK, terms=allowed).cheapest) == [("ETH-OPTION", 11)]
    # Three of them: 850, 1062.5 at the target, and 598.5 for it.
    most = replace(NO_FEE, trades={"ETH-FUTURE": Decimal(0), "ETH-OPTION": Decimal("3.9")})
    found = advise(held, RISK, terms=most).cheapest
    assert trades(found) == [("ETH-OPTION", 3)]
    assert deposits(found) == [(CASH, 464)]


def test_a_held_option_is_reduced_and_never_reversed():
    found = advise(account({OPTION: -1}, -1000, RISK), RISK, terms=NO_FEE)
    assert trades(found.trades_only) in ([], [("ETH-OPTION", 1)])
    assert found.trades_only.missing > 0
    assert not found.trades_only.reaches_target
    # A trade reduces equity by its cost.
    assert found.trades_only.missing == Decimal("1000.5")


def test_an_account_within_its_target_is_left_alone():
    found = advise(account({FUTURE: 4}, 500, RISK), RISK)
    assert (found.is_within_target, found.missing) == (True, 0)
    for plan in (found.cheapest, found.deposits_only, found.trades_only):
        assert (plan.trades, plan.deposits, plan.cost, plan.reaches_target) == ((), (), 0, True)
    assert not advise(account({FUTURE: 4}, Decimal("499.999999"), RISK), RISK).is_within_target


def test_the_last_micro_is_deposited_and_no_more():
    held = account({FUTURE: 3}, Decimal("100.000001"), RISK)
    plan = advise(held, RISK, cushion=Decimal("0.00011")).deposits_only
    # 10 002 / 10 000 of 300: the target is rounded up.
    assert deposits(plan) == [(CASH, Decimal("200.059999"))]
    poorer = replace(held, cash=held.cash + plan.deposits[0].amount - Decimal("0.000001"))
    assert margin_report(plan.account, RISK, 10_002).healthy
    assert not margin_report(poorer, RISK, 10_002).healthy


def test_the_cheapest_money_is_used_first_up_to_its_limit():
    costs = Terms(deposit_cost=Decimal("0.1"), deposit_costs={"ETH": Decimal("0.01")})
    held = account({FUTURE: 40}, -5000, RISK, {"ETH": Decimal(1)})
    plan = advise(held, RISK, terms=costs).deposits_only
    # 5000 less 500, and 5000 at the target. Two ETH count for 500 each, at 10; the rest is cash, at a tenth.
    assert deposits(plan) == [("ETH", LIMIT - 1), (CASH, 8500)]
    assert plan.cost == 20 + 850
    assert plan.reaches_target


def test_the_missing_cash_is_stated_if_the_permitted_actions_do_not_suffice():
    terms = replace(
        NO_FEE, deposits={"cash": Decimal(100), "USDC": Decimal(7)}, trades={"ETH-FUTURE": Decimal(2)}
    )
    plan = advise(account({FUTURE: 10}, 600, RISK), RISK, terms=terms).cheapest
    # 8 lots require 1000 at the target; equity is 600 - 1 + 107.
    assert plan.missing == 294
    assert not plan.reaches_target
    enough = replace(terms, deposits={"cash": Decimal(394), "USDC": Decimal(7)})
    assert advise(account({FUTURE: 10}, 600, RISK), RISK, terms=enough).cheapest.reaches_target


def test_an_account_without_positions_can_only_deposit():
    found = advise(account({}, -5, RISK), RISK)
    assert deposits(found.cheapest) == [(CASH, 5)]
    assert found.trades_only.missing == 5


def test_every_underlying_counts():
    found = advise(account({FUTURE: 1, OTHER: 5}, 300, RISK), RISK, terms=NO_FEE)
    # 100 + 305 = 405, 506.25 at the target. A lot of the first frees 125 and one of the second 76.25, less
    # 0.5: it takes 206.25, three of them.
    assert found.cheapest.cost == Decimal("1.5")
    assert found.cheapest.reaches_target


def test_the_cushion_multiplies_the_requested_claim():
    held = account({FUTURE: 10}, 600, RISK)
    found = advise(held, RISK, Requirement.INITIAL, cushion=Decimal("0.1"))
    assert (found.target_bps, found.before.requirement_bps) == (13_750, 12_500)
    assert found.missing == 775
    assert advise(held, RISK, 5000, cushion=Decimal(0)).is_within_target


@pytest.mark.parametrize(
    ("terms", "message"),
    [
        ({"trades": {"ETH-NOTHING": Decimal(1)}}, "trade: the snapshot has no such instrument"),
        ({"allow": ("SOL*",)}, "allow: pattern matches no instrument of the snapshot"),
        ({"deposits": {"DOGE": Decimal(1)}}, "deposit: expected cash or an asset that counts"),
        ({"deposit_costs": {"SOL": Decimal(1)}}, "cost: expected cash or an asset that counts"),
        ({"deposits": {"csh": Decimal(1)}}, "in this snapshot; did you mean cash?"),
        ({"deposit_cost": Decimal(0)}, "cost: must be above 0"),
        ({"trade_cost_bps": Decimal(-1)}, "trade cost: must be from 0"),
        ({"deposit_cost": Decimal("NaN")}, "cost: must be above 0"),
        ({"trade_cost_bps": Decimal("NaN")}, "trade cost: must be from 0"),
        ({"trade_fee": Decimal(-1)}, "trade fee: must be from 0"),
        ({"trade_fee": Decimal("NaN")}, "trade fee: must be from 0"),
        ({"min_lots": 0}, "smallest trade: must be from 1"),
        ({"trades": {"ETH-FUTURE": Decimal(-1)}}, "trade: expected a number, 0 or more"),
        ({"deposits": {"cash": Decimal("NaN")}}, "deposit: expected a number, 0 or more"),
    ],
)
def test_invalid_terms_are_refused(terms, message):
    with pytest.raises(InputError, match=message):
        advise(account({FUTURE: 10}, 600, RISK), RISK, terms=Terms(**terms))


@pytest.mark.parametrize("cushion", ["-0.1", "NaN", "104"])
def test_a_cushion_out_of_range_is_refused(cushion):
    with pytest.raises(
        InputError, match=r"cushion: (expected a number, 0 or more|the claim with its cushion)"
    ):
        advise(account({FUTURE: 10}, 600, RISK), RISK, cushion=Decimal(cushion))


def test_no_value_of_an_account_has_a_repr():
    found = advise(account({FUTURE: 10}, 600, RISK), RISK)
    text = shown(found, found.cheapest, found.cheapest.trades, found.deposits_only.deposits, Terms())
    assert "ETH" not in text
    assert "650" not in text


def test_new_positions_stop_where_no_circuit_has_room():
    # 127 positions lose 10 each; a lot of any future gains 300 for them, and there may be 2 lots of each.
    hedges = (0, 200, 201)
    rows = {number: row((-1, 1), mark=10) for number in range(1, 128)}
    risk = snapshot(rows | {number: future(300) for number in hedges})
    most = {risk.listing(number).name: Decimal(2) for number in hedges}
    held = account(dict.fromkeys(rows, 10), 500, risk)
    plan = advise(held, risk, terms=Terms(trades=most)).cheapest
    opened = [one for one in plan.trades if one.instrument not in held.positions]
    assert [one.quantity for one in opened] == [-2]
    assert len(plan.account.positions) <= 128
    assert plan.reaches_target


@pytest.mark.parametrize(
    "proposal",
    [
        None,
        Solution((1e9, -1e9), 0.0),
        Solution((-3.4, 2.2), 1e30),
        Solution((-5.6, 0.0), 0.0),
    ],
)
def test_a_solver_that_fails_costs_optimality_at_most(monkeypatch, proposal):
    monkeypatch.setattr(advice_module, "solve", lambda *_: proposal)
    found = advise(account({FUTURE: 10, OTHER: 1}, 600, RISK), RISK, terms=NO_FEE)
    assert found.cheapest.reaches_target
    assert margin_report(found.cheapest.account, RISK, found.target_bps).healthy
    assert found.cheapest.bound <= found.cheapest.cost
    # The shortfall is 726.25; a lot of the first frees 124.5. A sensible proposal is improved lot by lot.
    assert found.cheapest.cost <= (
        3 if proposal is None or abs(proposal.trades[0]) < 100 else Decimal("726.25")
    )


def test_one_trade_is_better_than_two_that_save_less_than_a_fee():
    # 20 lots require 2500 at the target; 300 are missing. A lot sold of the first frees 124.5, of the other 124.45.
    risk = snapshot({FUTURE: future(100), OTHER: future(100, mark=1100)})
    held, most = account({FUTURE: 10, OTHER: 10}, 2200, risk), {"ETH-FUTURE": Decimal(1)}
    free = advise(held, risk, terms=replace(NO_FEE, trades=most)).cheapest
    assert (trades(free), free.cost) == ([("ETH-FUTURE", -1), ("BTC-FUTURE", -2)], Decimal("1.6"))
    paid = advise(held, risk, terms=Terms(trades=most)).cheapest
    assert (trades(paid), paid.cost) == ([("BTC-FUTURE", -3)], Decimal("2.65"))


def test_a_deposit_that_costs_less_than_a_fee_is_better_than_a_trade():
    # A deposit of 0.625 is cheaper than a trade of 0.5 and a fee of 1.
    dusty = account({FUTURE: 10}, Decimal("1249.375"), RISK)
    assert trades(advise(dusty, RISK, terms=NO_FEE).cheapest) == [("ETH-FUTURE", -1)]
    assert deposits(advise(dusty, RISK).cheapest) == [(CASH, Decimal("0.625"))]
    assert advise(dusty, RISK).cheapest.trades == ()
    assert advise(dusty, RISK).trades_only.cost == Decimal("1.5")


def test_a_trade_has_the_smallest_number_of_lots_or_closes_the_position():
    held = account({FUTURE: 10, OTHER: 2}, 1270, RISK)
    # 1250 + 152.5 at the target. Two lots of the first, or both of the other, would suffice.
    smallest = replace(NO_FEE, min_lots=5)
    assert advise(held, RISK, terms=NO_FEE).cheapest.cost == 1
    closed = advise(held, RISK, terms=smallest).cheapest
    assert (trades(closed), closed.cost) == ([("BTC-FUTURE", -2)], 1)
    only = replace(smallest, trades={"BTC-FUTURE": Decimal(0)})
    assert trades(advise(held, RISK, terms=only).cheapest) == [("ETH-FUTURE", -5)]


LOTS = st.integers(-4, 4)
GAINS = st.tuples(st.integers(-90, 90), st.integers(-90, 90), st.integers(-90, 90))
RISKS = st.builds(
    lambda move, other, gains, floor, add_on: snapshot(
        {
            FUTURE: future(move),
            OPTION: row(gains, mark=20, short_floor=floor, add_on=add_on),
            OTHER: future(other, add_on=add_on),
        }
    ),
    st.integers(1, 200),
    st.integers(1, 200),
    GAINS,
    st.integers(0, 60),
    st.integers(0, 5),
)


HOLDINGS = st.fixed_dictionaries({FUTURE: LOTS, OPTION: LOTS, OTHER: LOTS})


def beside(before):
    """Return the instruments of underlyings with a position."""
    underlyings = {number // 4096 for number, held in before.items() if held}
    return {number for number in before if number // 4096 in underlyings}


@given(RISKS, HOLDINGS, st.integers(-300, 600), st.sampled_from(["1", "0.1", "0.003"]))
def test_exhaustive_search_finds_nothing_cheaper(risk, before, equity, rate):
    terms = replace(
        NO_FEE, trades={NAMES[number]: Decimal(4) for number in before}, deposit_cost=Decimal(rate)
    )
    found = advise(account(before, equity, risk), risk, terms=terms)
    case = Case(before, equity, risk, found.target_bps, PER_LOT, Decimal(rate))
    traded = beside(before)
    ranges = {n: range(held - 4, held + 5) if n in traded else (held,) for n, held in before.items()}
    least = case.cheapest_of_all(ranges)
    assert least <= found.cheapest.cost <= least * (1 + SEARCHED) + Decimal("0.000001")
    assert found.cheapest.reaches_target
    assert found.cheapest.bound <= found.cheapest.cost <= found.deposits_only.cost


@given(RISKS, HOLDINGS, st.integers(-300, 600), st.sampled_from([1, 20]), st.sampled_from([1, 3]))
def test_fixed_costs_and_smallest_trades_are_kept(risk, before, equity, fee, lots):
    terms = Terms(trade_fee=Decimal(fee), min_lots=lots)
    held = account(before, equity, risk)
    found = advise(held, risk, terms=terms)
    plan = found.cheapest
    assert plan.cost == sum(one.cost for one in (*plan.trades, *plan.deposits))
    assert plan.report.equity == equity - sum(one.cost for one in plan.trades) + sum(
        amount for _, amount in deposits(plan)
    )
    assert plan.reaches_target
    assert plan.bound <= plan.cost <= found.deposits_only.cost
    for one in plan.trades:
        assert one.cost == PER_LOT * abs(one.quantity) + fee
        assert abs(one.quantity) >= lots or one.quantity == -held.positions[one.instrument]


@given(RISKS, HOLDINGS, st.integers(-3000, 3000), st.integers(0, 40_000))
def test_advice_satisfies_the_specification_and_has_no_cheaper_neighbour(risk, holding, equity, target):
    before = {number: 7 * held for number, held in holding.items()}
    plan = advise(account(before, equity, risk), risk, target, cushion=Decimal(0), terms=NO_FEE).cheapest
    assert plan.reaches_target
    assert spec.margin(plan.account.opening(risk), risk.spec).healthy(target)
    case = Case(before, equity, risk, target, PER_LOT)
    lots = {number: int(plan.account.positions.get(NAMES[number], 0)) for number in before}
    assert case.cost_of(lots) == plan.cost
    for number in beside(before):
        held = before[number]
        for moved in (lots[number] + 1, lots[number] - 1):
            if number != OPTION or min(0, held) <= moved <= max(0, held):
                assert case.cost_of(lots | {number: moved}) >= plan.cost


@given(RISKS, HOLDINGS, st.integers(-300, 600))
def test_trades_reduce_equity_by_their_cost_only(risk, before, equity):
    plan = advise(account(before, equity, risk), risk).trades_only
    assert plan.deposits == ()
    assert plan.report.equity == equity - plan.cost
    assert plan.reaches_target == (not plan.missing)


@pytest.mark.parametrize("model", ["span", "deribit"])
def test_thirty_legs_take_less_than_two_seconds(model):
    market = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    risk = Snapshot.build(market, load_model(model), collateral=load_collateral())
    held = thirty_legs(market, "-50000")
    start = time.process_time()
    found = advise(held, risk)
    assert time.process_time() - start < 2
    assert found.cheapest.reaches_target
    assert found.cheapest.cost < found.deposits_only.cost
    # The solver's bound, which has one fee, shows that the rest is within a thousandth of the optimum. A fee counts
    # twice: it is paid, and the equity that it takes is deposited.
    fees = 2 * Terms().trade_fee * (len(found.cheapest.trades) - 1)
    assert found.cheapest.cost - fees <= found.cheapest.bound * Decimal("1.001")


def test_three_underlyings_of_a_wide_table():
    market = import_deribit(*sorted(Path(ROOT / "examples" / "chain").glob("*.json")))
    risk = Snapshot.build(market, load_model("deribit"), collateral=load_collateral())
    held = few_legs(market, "-70000")
    found = advise(held, risk, Requirement.INITIAL, terms=Terms(deposit_cost=Decimal("0.001")))
    assert found.missing > 0
    assert found.cheapest.reaches_target
    assert found.cheapest.cost <= min(found.deposits_only.cost, found.cheapest.bound * Decimal("1.001"))
    assert margin_report(found.cheapest.account, risk, found.target_bps).healthy
    assert found.cheapest.account.nonce == held.nonce + 1
    assert MICRO * found.cheapest.cost % 1 == 0
