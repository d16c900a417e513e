"""An account before and after trades, with numbers computed by hand."""

from __future__ import annotations

from decimal import Decimal

from support import margin_values
from zkmargin.account.requirement import Requirement
from zkmargin.analysis import WhatIf
from zkmargin.analysis.what_if import Change

SNAPSHOT = margin_values.snapshot()


def test_the_comparison_of_an_account_with_itself_after_trades():
    trades = {"ETH-PERPETUAL": Decimal("-0.2"), "BTC-PERPETUAL": Decimal("0.001")}
    found = WhatIf.of(margin_values.account(), SNAPSHOT, trades, Requirement.INITIAL).to_json()
    assert found["trades"] == [
        {"instrument": "ETH-PERPETUAL", "quantity": "-0.2", "price": "2200"},
        {"instrument": "BTC-PERPETUAL", "quantity": "0.001", "price": "45000"},
    ]
    # The calls still need 104, a fourth lot of BTC 10 more. Sold for 440, bought for 45.
    assert found["cash"] == {"before": "1000.25", "after": "1395.25", "change": "395"}
    assert found["maintenance"] == {"before": "134", "after": "144", "change": "10"}
    assert found["underlyings"] == {
        "ETH": {"before": "104", "after": "104", "change": "0"},
        "BTC": {"before": "30", "after": "40", "change": "10"},
    }
    assert found["equity"]["change"] == "0"
    assert Decimal(found["cushion"]["change"]) == -Decimal(found["required"]["change"]) < 0
    assert set(found) == {
        "trades", "healthy", "equity", "cash", "maintenance", "required", "cushion", "underlyings", "greeks",
    }  # fmt: skip
    # A standard table has no other Greek.
    assert list(found["greeks"]) == ["delta"]


def test_floats_have_six_decimals():
    assert Change(-1e-9, 1e30 / 3).to_json() == {
        "before": "0", "after": "333333333333333316505293553664", "change": "333333333333333316505293553664",
    }  # fmt: skip
