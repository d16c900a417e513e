"""Openings as accounts."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import account, snapshot
from zkmargin import Account, InputError, spec
from zkmargin.documents.fields import Field
from zkmargin.settlement.openings import account_of
from zkmargin.spec.constants import FIELD, MAX_POSITIONS, ORDER_PLACES

SNAPSHOT = snapshot()
OPENING = account().opening(SNAPSHOT)


def test_the_account_of_an_opening():
    found = account_of(OPENING, SNAPSHOT)
    assert found == account()
    assert (found.cash, found.collateral["ETH"]) == (Decimal("1000.25"), Decimal("0.5"))
    assert found.positions["ETH-CALL"] == Decimal("-0.4")


LOTS = st.integers(-(2**31) + 1, 2**31 - 1).filter(bool)
FIELD_ELEMENTS = st.integers(0, FIELD - 1)


@st.composite
def slots(draw):
    """Return up to three positions with empty slots between them, in any order of their instruments."""
    held = draw(st.permutations([0, 1, 4096]))[: draw(st.integers(0, 3))]
    found = [spec.EMPTY] * draw(st.integers(len(held), MAX_POSITIONS))
    places = draw(st.permutations(range(len(found))))
    for place, instrument in zip(places, held, strict=False):
        found[place] = spec.Position(instrument, draw(LOTS))
    while found and found[-1] == spec.EMPTY:
        found.pop()
    return tuple(found)


@st.composite
def orders(draw):
    """Return an order table with some entries."""
    table = list(spec.NO_ORDERS)
    for place in draw(st.sets(st.integers(0, ORDER_PLACES - 1))):
        sequence = place + ORDER_PLACES * draw(st.integers(0, 2**40 // ORDER_PLACES - 1))
        table[place] = spec.OrderFill(sequence, draw(st.integers(0, 2**31 - 1)))
    return tuple(table)


openings = st.builds(
    spec.Account,
    owner=st.integers(0, 2**160 - 1),
    number=st.integers(0, 2**40 - 1),
    key=st.just(spec.NO_KEY) | st.builds(spec.TradingKey, FIELD_ELEMENTS, FIELD_ELEMENTS),
    view_key=st.integers(2**128, 2**248 - 1),
    nonce=st.integers(0, 2**64 - 1),
    cash=st.integers(-(2**83), 2**83 - 1),
    amounts=st.tuples(*[st.integers(0, 2**64 - 1)] * 3, *[st.just(0)] * 5),
    positions=slots(),
    orders=orders(),
)


@given(openings, st.integers(1, 50))
def test_it_is_the_inverse_of_opening_whatever_the_context_rounds_to(opening, digits):
    with localcontext(prec=digits):
        held = account_of(opening, SNAPSHOT)
        assert held.opening(SNAPSHOT) == opening
        assert account_of(held.opening(SNAPSHOT), SNAPSHOT) == held


@given(openings)
def test_an_account_survives_its_file_and_equal_accounts_have_equal_files(opening):
    held = account_of(opening, SNAPSHOT)
    document = held.to_json()
    found = Account.from_json(Field(json.loads(json.dumps(document)), "account.json"))
    assert found == held
    assert found.opening(SNAPSHOT) == opening
    assert found.to_json() == document


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"amounts": (0, 0, 0, 1, 0, 0, 0, 0)}, "opening: collateral: the snapshot has no such asset"),
        ({"positions": (spec.Position(2, 1),)}, "opening: positions: the snapshot has no such instrument"),
        ({"positions": (spec.Position(1, 1),) * 2}, "opening: positions: an instrument is in two slots"),
        ({"view_key": 2**128 - 1}, "opening: viewKey: too short"),
        (
            {"orders": (spec.OrderFill(25, 1), *spec.NO_ORDERS[1:])},
            r"opening: orders\[0\]: its place must be the sequence mod 24",
        ),
    ],
)
def test_an_opening_without_an_account_is_refused(changes, reason):
    with pytest.raises(InputError, match=reason):
        account_of(replace(OPENING, **changes), SNAPSHOT)
