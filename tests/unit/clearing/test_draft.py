"""Ledgers and drafts: rules, the messages of broken ones, and what stays unchanged."""

from __future__ import annotations

import pytest

from support.clearing_values import (
    BPS,
    DOMAIN,
    SETTLED,
    TIME,
    account,
    fill,
    house,
    order,
    sheet,
    snapshot,
)
from zkmargin import spec
from zkmargin.clearing import Ledger, SignedOrder, unhealthy_accounts
from zkmargin.errors import InputError, StatementError

BUY, SELL = spec.Side.BUY, spec.Side.SELL


@pytest.fixture
def ledger():
    return house(1, 2, 3)


@pytest.fixture
def draft(ledger):
    return ledger.draft(snapshot(), TIME)


def test_a_fill_moves_lots_and_cash_and_takes_fees(ledger, draft):
    fill(draft, 1, 2, lots=3, price=500, buyer_rate=2, seller_rate=1)
    buyer, seller = draft.after[1], draft.after[2]
    assert [one.positions for one in (buyer, seller)] == [
        (spec.Position(1, 3),),
        (spec.Position(1, -3),),
    ]
    assert (buyer.cash, seller.cash) == (10**9 - 1506, 10**9 + 1497)
    assert (buyer.nonce, seller.nonce) == (1, 1)
    assert ledger.accounts[1].nonce == 0


def test_states_are_the_ledgers_only_after_settling(ledger, draft):
    fill(draft, 1, 2)
    before = dict(ledger.accounts)
    ledger.settle(draft)
    assert ledger.accounts == {**before, **draft.after}


def test_two_drafts_of_one_account_do_not_both_settle(ledger, draft):
    other = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    fill(other, 3, 2)
    ledger.settle(draft)
    unchanged = dict(ledger.accounts)
    with pytest.raises(InputError, match="account 2 has changed since the draft was begun"):
        ledger.settle(other)
    assert ledger.accounts == unchanged


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"lots": 101}, "account 1, order 24: mostLots: "),
        ({"price": 2**44 - 1}, "account 2, order 24: limit: "),
        ({"buyer_rate": 6}, "account 1, order 24: feeRate: "),
        ({"lots": 0}, "account 1, order 24: lots: "),
    ],
)
def test_a_broken_rule_names_account_and_order_and_adds_nothing(draft, change, message):
    buy, sell = order(1, BUY), order(2, SELL, limit=600)
    terms = {"lots": 1, "price": 700, **change}
    if "price" in change:
        sell = order(2, SELL, limit=2**44 - 1)
        buy, terms["price"] = order(1, BUY), 700
    with pytest.raises(StatementError) as error:
        draft.match(buy, sell, **terms)
    assert str(error.value).startswith(message)
    assert draft.operations == ()
    assert draft.after == {}


def test_an_order_that_another_key_signed_is_refused(draft):
    forged = SignedOrder(1, order(1, BUY).order, order(3, BUY).signature)
    with pytest.raises(StatementError, match="account 1, order 24: signature"):
        draft.match(forged, order(2, SELL), lots=1, price=500)


def test_an_order_is_filled_in_parts_and_not_beyond_its_lots(draft):
    buy = order(1, BUY, most=5)
    draft.match(buy, order(2, SELL), lots=3, price=500)
    draft.match(buy, order(3, SELL), lots=2, price=500)
    with pytest.raises(StatementError, match="account 1, order 24: mostLots"):
        draft.match(buy, order(3, SELL), lots=1, price=500)


def test_an_account_that_is_not_in_the_ledger_is_named(draft):
    with pytest.raises(StatementError, match="account 9, order 24: account: is not in the ledger"):
        draft.match(order(1, BUY), order(9, SELL), lots=1, price=500)
    with pytest.raises(StatementError, match="account 9"):
        draft.credit(9, 0, 5)


def test_a_self_match_names_both_accounts(draft):
    with pytest.raises(StatementError, match="accounts 1 and 1: account: both sides have the same one"):
        draft.match(order(1, BUY), order(1, SELL, sequence=25), lots=1, price=500)


def test_a_sheet_is_named_as_one(draft):
    entries = (spec.Entry(1, 490, 510, 5),)
    quotes = sheet(1, entries, cap=4)
    draft.quote(quotes, 0, order(2, SELL), lots=4, price=490)
    with pytest.raises(StatementError, match="account 1, sheet 30: cap"):
        draft.quote(quotes, 0, order(3, SELL), lots=1, price=490)
    with pytest.raises(StatementError, match="account 1, sheet 30: entry"):
        draft.quote(quotes, 1, order(3, SELL), lots=1, price=490)


def test_reduce_only_refuses_what_opens_a_position():
    ledger = Ledger(DOMAIN, [account(1, positions=((1, 4),)), account(2, positions=((1, -4),))])
    draft = ledger.draft(snapshot(), TIME, reduce_only=True)
    fill(draft, 2, 1, lots=4)
    assert draft.after[1].positions == ()
    with pytest.raises(StatementError, match=r"accounts? "):
        fill(draft, 2, 1, sequence=25)


def test_a_settled_position_becomes_cash_and_a_live_one_does_not():
    ledger = Ledger(DOMAIN, [account(1, positions=((SETTLED, 4), (1, 1)))])
    draft = ledger.draft(snapshot(), TIME)
    draft.expire(1, SETTLED)
    assert draft.after[1].cash == 10**9 + 4 * 250
    assert draft.after[1].positions == (spec.EMPTY, spec.Position(1, 1))
    with pytest.raises(StatementError, match="account 1"):
        draft.expire(1, 1)
    with pytest.raises(StatementError, match="account 1"):
        draft.expire(1, 9)


def test_a_new_key_voids_orders_of_the_former(draft):
    draft.rekey(1, spec.trading_key(b"\x07" * 32))
    with pytest.raises(StatementError, match="account 1, order 24: signature"):
        draft.match(order(1, BUY), order(2, SELL), lots=1, price=500)
    draft.rekey(1, spec.NO_KEY)
    with pytest.raises(StatementError, match="account 1"):
        draft.rekey(1, spec.TradingKey(1, 2))


def test_an_account_that_a_fill_leaves_short_is_named():
    ledger = Ledger(DOMAIN, [account(1, cash=-(10**9)), account(2)])
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    with pytest.raises(StatementError, match="account 1: cash: not funded"):
        draft.check_health(BPS)


def poor_house():
    """Return a ledger whose accounts 1 and 3 have less than they need."""
    return Ledger(DOMAIN, [account(n, cash=-(10**9) if n in {1, 3} else 10**9) for n in range(1, 7)])


def test_every_account_that_a_batch_leaves_short_is_named():
    draft = poor_house().draft(snapshot(), TIME)
    fill(draft, 1, 2)
    fill(draft, 3, 4)
    short = "cash: not funded: cash and marks add up to less than 0"
    with pytest.raises(StatementError) as error:
        draft.check_health(BPS)
    assert str(error.value) == f"account 1: {short}; account 3: {short}"
    assert unhealthy_accounts(draft.after.values(), snapshot(), BPS) == {1: short, 3: short}


def test_without_an_account_the_other_operations_stay_in_their_order_and_slots():
    ledger = house(1, 2, 3)
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2, instrument=2)
    draft.quote(sheet(3, (spec.Entry(1, 500, 510, 5),)), 0, order(2, SELL), lots=4, price=500)
    draft.credit(2, spec.CASH, 5)
    draft.credit(1, spec.CASH, 5)
    rest = draft.without([1])
    assert [type(done.operation) for done in rest.operations] == [spec.Quote, spec.Credit]
    assert rest.before == {number: ledger.accounts[number] for number in (2, 3)}
    # The first slot is free now.
    assert rest.after[2].positions == (spec.Position(1, -4),)
    assert rest.after[2].cash == 10**9 + 2000 + 5
    assert (draft.after[2].positions[0].instrument, len(draft.operations)) == (2, 4)
    assert rest.without([2, 3]).operations == ()


def test_without_an_account_an_expiry_of_what_it_has_sold_is_gone_too():
    ledger = Ledger(DOMAIN, [account(1), account(2), account(3, positions=((SETTLED, 4),))])
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 2, 1, instrument=SETTLED, lots=4)
    draft.expire(2, SETTLED)
    draft.expire(3, SETTLED)
    assert list(draft.without([1]).after) == [3]
    assert list(draft.without([3]).after) == [1, 2]


def test_what_is_left_without_the_failing_accounts_can_be_settled():
    ledger = poor_house()
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2)
    fill(draft, 5, 6)
    fill(draft, 4, 2, sequence=25)
    draft.credit(1, spec.CASH, 5)
    rest = draft.settleable(BPS)
    rest.check_health(BPS)
    assert list(rest.after) == [2, 4, 5, 6]
    assert len(rest.operations) == 2
    assert rest.settleable(BPS) is rest
    ledger.settle(rest)


def test_an_account_that_was_healthy_by_a_fill_that_is_gone_goes_too():
    """Account 2 pays account 3 with what account 1 has paid it."""
    ledger = Ledger(DOMAIN, [account(1, cash=0), account(2, cash=10), *(account(n) for n in (3, 4, 5))])
    draft = ledger.draft(snapshot(), TIME)
    fill(draft, 1, 2, price=10**6)
    fill(draft, 2, 3, price=10**6, sequence=25)
    fill(draft, 4, 5)
    draft.credit(2, spec.CASH, 5)
    assert list(unhealthy_accounts(draft.after.values(), snapshot(), BPS)) == [1]
    assert list(draft.settleable(BPS).after) == [4, 5]


def test_a_batch_without_fills_is_settleable_whatever_the_health():
    draft = poor_house().draft(snapshot(), TIME)
    draft.credit(1, spec.CASH, 5)
    assert draft.settleable(BPS) is draft


def test_a_ledger_refuses_a_number_twice_and_a_domain_beyond_the_field(ledger):
    with pytest.raises(InputError, match="account 2 is in the ledger already"):
        ledger.add(account(2))
    with pytest.raises(InputError, match="no account 8"):
        ledger.commitment(8)
    with pytest.raises(InputError, match="domain"):
        Ledger(spec.FIELD)


def test_no_repr_shows_a_value(ledger, draft):
    fill(draft, 1, 2)
    assert repr(ledger) == "<Ledger of 3 accounts>"
    assert repr(draft) == "<Draft of 1 operations on 2 accounts>"
    assert "order=" not in repr(order(1, BUY))
