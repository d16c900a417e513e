"""Fills of files as operations of a draft: units, sides, funding, and what is refused."""

from __future__ import annotations

import os
from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import snapshot
from support.order_values import secret
from zkmargin import InputError, Snapshot, StatementError, spec
from zkmargin.clearing import Ledger
from zkmargin.orders import Fill, Fills, Order, Quote, Sheet, SigningKey, sign_order, sign_sheet
from zkmargin.settlement.fills import FillReader
from zkmargin.spec import Holder, Side

DOMAIN, NOW = 77, 1_700_000_000
D = Decimal
BUYER, SELLER = SigningKey(secret("buyer")), SigningKey(secret("seller"))
FUNDING = D("-2.5")


def with_funding():
    """Return the snapshot with accumulated funding of the perpetual of ETH."""
    parts = snapshot().parts
    listings = (replace(parts.listings[0], funding=FUNDING), *parts.listings[1:])
    row = parts.rows[0]
    # A lot is 0.1 ETH.
    rows = {**parts.rows, 0: replace(row, slots=(*row.slots[:17], row.slots[16] - 250_000))}
    return Snapshot.commit(replace(parts, rows=rows, listings=listings))


MARKET = with_funding()


def account(number, key):
    return spec.Account(100 + number, number, key.key, 2**200, 0, 10**12, spec.NO_AMOUNTS, ())


LEDGER = Ledger(DOMAIN, [account(1, BUYER), account(2, SELLER)])


def order(side, **terms):
    values = {
        "instrument": "ETH-PERPETUAL",
        "side": side,
        "quantity": D(2),
        "limit": D(2202) if side == Side.BUY else D(2100),
        "fee_rate": D("0.5"),
        "sequence": 24,
        "expiry": NOW + 60,
    }
    return Order(**{**values, **terms})


@pytest.fixture
def folder(tmp_path):
    """Write orders of both sides, and a sheet of the seller."""
    for name, side, key, number in (("buy", Side.BUY, BUYER, 1), ("sell", Side.SELL, SELLER, 2)):
        signed = sign_order(order(side), Holder(DOMAIN, 100 + number, number), key, MARKET)
        signed.save(tmp_path / f"{name}.json")
    quotes = (Quote("ETH-CALL", None, D(9), D(1)), Quote("ETH-PERPETUAL", D(2000), D(2201), D(1)))
    sheet = Sheet(100, D("0.05"), 25, NOW + 60, quotes)
    sign_sheet(sheet, Holder(DOMAIN, 102, 2), SELLER, MARKET).save(tmp_path / "sheet.json")
    return tmp_path


def reader(folder, fill, ledger=LEDGER):
    fills = Fills("a", (fill,), source=str(folder / "fills.json"))
    return FillReader(fills, MARKET, DOMAIN, ledger.accounts), ledger.draft(MARKET.spec, NOW)


FILL = Fill("buy.json", "sell.json", D("0.3"), D("2199.5"), D("0.5"), D("0.2"))


def test_a_fill_of_two_orders_is_booked_in_lots_at_the_price_less_the_funding(folder):
    read, draft = reader(folder, FILL)
    assert read.accounts(0) == (1, 2)
    read.add(draft, 0)
    # A lot is 0.1 ETH, the booked price 2199.5 + 2.5.
    price = 220_200_000
    buyer, seller = draft.after[1], draft.after[2]
    assert (buyer.positions, seller.positions) == ((spec.Position(0, 3),), (spec.Position(0, -3),))
    assert buyer.cash == 10**12 - 3 * price - 3 * 50_000
    assert seller.cash == 10**12 + 3 * price - 3 * 20_000


def test_a_fill_of_a_sheet_takes_its_entry_and_each_side_pays_its_own_fee(folder):
    fill = replace(FILL, sell="sheet.json", price=D("2198.5"), entry=1)
    read, draft = reader(folder, fill)
    read.add(draft, 0)
    assert draft.after[1].cash == 10**12 - 3 * 220_100_000 - 3 * 50_000
    assert draft.after[2].cash == 10**12 + 3 * 220_100_000 - 3 * 20_000


def test_a_sheet_may_buy(folder):
    sold = sign_order(order(Side.SELL, limit=D(1990)), Holder(DOMAIN, 101, 1), BUYER, MARKET)
    sold.save(folder / "sold.json")
    fill = Fill("sheet.json", "sold.json", D("0.1"), D("1990"), D("0.1"), D("0.3"), 1)
    read, draft = reader(folder, fill)
    read.add(draft, 0)
    assert draft.after[2].positions == (spec.Position(0, 1),)
    assert draft.after[2].cash == 10**12 - 199_250_000 - 10_000
    assert draft.after[1].cash == 10**12 + 199_250_000 - 30_000


@pytest.mark.parametrize(
    ("change", "key", "reason"),
    [
        ({"quantity": D("0.35")}, "fills[0].quantity", "not a whole number of lots"),
        ({"price": D("2199.000001")}, "fills[0].price", "not a whole number of micro-quote per lot"),
        ({"buyer_fee": D("0.000001")}, "fills[0].buyerFee", "not a whole number of micro-quote per lot"),
        ({"entry": 1}, "fills[0].entry", "expected a quote sheet on one side"),
        ({"sell": "sheet.json"}, "fills[0].entry", "needed for a quote sheet"),
        ({"buy": "sheet.json", "sell": "sheet.json"}, "fills[0]", "expected an order on one side"),
    ],
)
def test_a_fill_that_does_not_fit_its_files_names_its_key(folder, change, key, reason):
    read, draft = reader(folder, replace(FILL, **change))
    with pytest.raises(InputError) as caught:
        read.add(draft, 0)
    assert (caught.value.source, caught.value.key) == (str(folder / "fills.json"), key)
    assert caught.value.reason.startswith(reason)
    assert not draft.operations


def test_a_missing_file_is_named(folder):
    read, draft = reader(folder, replace(FILL, buy="none.json"))
    with pytest.raises(InputError, match=r"none\.json"):
        read.add(draft, 0)


def test_a_rule_that_a_fill_breaks_names_account_and_order(folder):
    read, draft = reader(folder, replace(FILL, price=D(2300)))
    with pytest.raises(StatementError, match="account 1, order 24: limit"):
        read.add(draft, 0)


@pytest.mark.parametrize(
    ("holder", "reason"),
    [
        (Holder(DOMAIN + 1, 101, 1), "signed for another chain or house"),
        (Holder(DOMAIN, 101, 3), "account 3: the venue does not know its opening"),
        (Holder(DOMAIN, 105, 1), "account 1: .* names another owner"),
    ],
)
def test_an_order_for_another_house_account_or_owner_is_refused(folder, holder, reason):
    sign_order(order(Side.BUY), holder, BUYER, MARKET).save(folder / "buy.json")
    read, draft = reader(folder, FILL)
    with pytest.raises(StatementError, match=reason):
        read.add(draft, 0)


@pytest.mark.parametrize("path", ["../buy.json", "inner/../buy.json", "ABSOLUTE/buy.json"])
def test_attack_a_path_that_leaves_the_folder_of_the_list(folder, path):
    (folder / "inner").mkdir()
    inner = folder / "inner"
    fill = replace(FILL, buy=path.replace("ABSOLUTE", str(folder)))
    with pytest.raises(InputError, match="expected a file below this folder"):
        reader(inner, fill)[0].accounts(0)


def test_attack_a_pipe_in_place_of_an_order(folder):
    os.mkfifo(folder / "pipe.json")
    with pytest.raises(InputError, match=r"pipe\.json: not a file"):
        reader(folder, replace(FILL, sell="pipe.json"))[0].accounts(0)
