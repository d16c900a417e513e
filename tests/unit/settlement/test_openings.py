"""Openings as accounts."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import MICRO, account, snapshot
from zkmargin import InputError, spec
from zkmargin.settlement.openings import account_of, traded

SNAPSHOT = snapshot()
OPENING = account().opening(SNAPSHOT)


def test_the_account_of_an_opening():
    found = account_of(OPENING, SNAPSHOT)
    assert found == account()
    assert (found.cash, found.collateral["ETH"]) == (Decimal("1000.25"), Decimal("0.5"))
    assert found.positions["ETH-CALL"] == Decimal("-0.4")


lots = st.integers(-(2**31) + 1, 2**31 - 1).filter(bool)


@given(
    st.integers(-(2**83), 2**83 - 1),
    st.tuples(*[st.integers(0, 2**64 - 1)] * 3),
    st.dictionaries(st.sampled_from([0, 1, 4096]), lots),
    st.integers(1, 50),
)
def test_it_is_the_inverse_of_opening_whatever_the_context_rounds_to(cash, amounts, held, digits):
    positions = tuple(spec.Position(instrument, held[instrument]) for instrument in sorted(held))
    opening = replace(OPENING, cash=cash, amounts=(*amounts, 0, 0, 0, 0, 0), positions=positions)
    with localcontext(prec=digits):
        assert account_of(opening, SNAPSHOT).opening(SNAPSHOT) == opening


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amounts": (0, 0, 0, 1, 0, 0, 0, 0)}, "opening: collateral: the snapshot has no such asset"),
        ({"positions": (spec.Position(2, 1),)}, "opening: positions: the snapshot has no such instrument"),
        (
            {"positions": OPENING.positions[::-1]},
            "opening: positions: expected ascending ids without duplicates",
        ),
        (
            {"positions": (spec.Position(1, 1),) * 2},
            "opening: positions: expected ascending ids without duplicates",
        ),
        ({"salt": 2**128 - 1}, "opening: salt: too short"),
    ],
)
def test_an_opening_without_an_account_is_refused(changes, reason):
    with pytest.raises(InputError, match=reason):
        account_of(replace(OPENING, **changes), SNAPSHOT)


def test_a_trade_adds_up_and_has_a_salt_of_its_own():
    before = account()
    fills = {"ETH-PERPETUAL": Decimal("-0.2"), "ETH-CALL": Decimal("0.1")}
    after = traded(before, fills, Decimal("12.5"))
    assert after.positions == {"BTC-PERPETUAL": Decimal("0.003"), "ETH-CALL": Decimal("-0.3")}
    assert after.cash == Decimal("1012.75")
    assert (after.nonce, after.owner, after.collateral) == (2, before.owner, before.collateral)
    assert after.salt not in {before.salt, spec.next_salt(before.salt, before.nonce)}
    assert traded(before, fills, Decimal("12.5")).salt != after.salt
    assert after.opening(SNAPSHOT).cash == 1012 * MICRO + 750_000
