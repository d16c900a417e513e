"""The margin of each position, and trades, with numbers computed by hand."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support import margin_values
from zkmargin import InputError, Snapshot
from zkmargin.account.report import margin_of, margin_report
from zkmargin.analysis import contributions, with_trades
from zkmargin.analysis.greeks import Greeks, total

SNAPSHOT = margin_values.snapshot()


def test_the_margin_of_a_position_is_what_the_requirement_would_lose_without_it():
    account = margin_values.account()
    opening = account.opening(SNAPSHOT)
    # ETH needs 104: the short option minimum of 4 lots and their add-on. The future's gain does not help against it;
    # without the call, two futures need 100.
    margins = contributions(opening, margin_of(opening, SNAPSHOT), SNAPSHOT)
    assert margins == {0: 0, 1: 4, 4096: 30}
    for number, name in ((0, "ETH-PERPETUAL"), (1, "ETH-CALL"), (4096, "BTC-PERPETUAL")):
        without = account.holding({one: size for one, size in account.positions.items() if one != name})
        change = margin_report(account, SNAPSHOT).maintenance - margin_report(without, SNAPSHOT).maintenance
        assert margins[number] == change


def test_a_hedge_has_a_negative_margin():
    free = {number: replace(row, short_floor=0, add_on=0) for number, row in SNAPSHOT.parts.rows.items()}
    snapshot = Snapshot.commit(replace(SNAPSHOT.parts, rows=free))
    sizes = {"ETH-PERPETUAL": Decimal("0.4"), "ETH-CALL": Decimal("-0.6")}
    opening = replace(margin_values.account(), positions=sizes, slots=()).opening(snapshot)
    # Four futures lose 200 in the first scenario, six sold calls 120 in the second, both together 20 in the first.
    assert contributions(opening, margin_of(opening, snapshot), snapshot) == {0: 20 - 120, 1: 20 - 200}


def test_trades_at_the_mark_leave_the_equity():
    account = margin_values.account()
    trades = {"ETH-PERPETUAL": Decimal("-0.2"), "BTC-PERPETUAL": Decimal("0.001")}
    traded = with_trades(account, SNAPSHOT, trades)
    assert traded.positions == {"ETH-CALL": Decimal("-0.4"), "BTC-PERPETUAL": Decimal("0.004")}
    assert traded.cash == Decimal("1000.25") + 2 * 220 - 45
    before, after = (margin_report(one, SNAPSHOT) for one in (account, traded))
    assert before.equity == after.equity
    # The calls still need 104, a fourth lot of BTC 10 more.
    assert (before.maintenance, after.maintenance) == (134, 144)
    assert not with_trades(
        account, SNAPSHOT, {name: -size for name, size in account.positions.items()}
    ).positions


@pytest.mark.parametrize(
    ("trade", "message"),
    [
        (
            {"ETH-PERPETUA": 1},
            "no instrument ETH-PERPETUA in the snapshot; did you mean ETH-PERPETUAL?",
        ),
        ({"ETH-PERPETUAL": "0.15"}, "ETH-PERPETUAL: expected a multiple of the lot 0.1, not 0"),
        ({"ETH-PERPETUAL": 0}, "ETH-PERPETUAL: expected a multiple of the lot 0.1, not 0"),
    ],
)
def test_trades_that_do_not_fit_are_refused(trade, message):
    with pytest.raises(InputError) as caught:
        with_trades(margin_values.account(), SNAPSHOT, {name: Decimal(size) for name, size in trade.items()})
    assert str(caught.value) == f"trades: {message}"


def test_greeks_of_nothing_are_zero_and_unknown_ones_stay_unknown():
    assert total([]) == Greeks(0, 0, 0, 0)
    assert total([Greeks(1.0, None, 2.0, 3.0), Greeks(1.0, 4.0, 2.0, 3.0)]) == Greeks(2.0, None, 4.0, 6.0)
