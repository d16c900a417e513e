"""Orders and sheets: their packing, what is signed, and the rules of a fill."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.order_values import (
    ENTRIES,
    ENTRY,
    FILL,
    FILLS,
    HOLDER,
    HOLDERS,
    NOW,
    ORDER,
    ORDERS,
    SHEET,
    SHEETS,
    secret,
    sells,
)
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import constants as c
from zkmargin.spec.account import NO_ORDERS, OrderFill
from zkmargin.spec.checks import SpecError
from zkmargin.spec.eddsa import check_signature, sign, trading_key
from zkmargin.spec.orders import (
    Entry,
    Fill,
    Holder,
    Order,
    Sheet,
    Side,
    check_entry,
    fill_order,
    fill_sheet,
    order_message,
    pack_entry,
    pack_order,
    pack_sheet,
    sheet_message,
    sheet_tree,
    unpack_entry,
    unpack_order,
    unpack_sheet,
)

HASH = fast_hasher()
SELLS = replace(FILL, side=Side.SELL, price=520)
native = pytest.importorskip("zkmargin_native")


def refused(key, function, *arguments):
    """Return the reason of an error at the expected key."""
    with pytest.raises(SpecError) as caught:
        function(*arguments)
    assert caught.value.key == key
    return caught.value.reason


def with_entry(place, sequence, filled):
    """Return the empty table with one entry."""
    return (*NO_ORDERS[:place], OrderFill(sequence, filled), *NO_ORDERS[place + 1 :])


class TestPacking:
    @given(ORDERS)
    def test_orders_round_trip(self, order):
        packed = pack_order(order)
        assert unpack_order(packed) == order
        assert packed < 2**216

    @given(SHEETS)
    def test_sheets_round_trip(self, sheet):
        assert unpack_sheet(pack_sheet(sheet)) == sheet

    @given(ENTRIES)
    def test_entries_round_trip(self, entry):
        assert unpack_entry(pack_entry(entry)) == entry

    @given(st.integers(0, 2**216 - 1))
    def test_every_number_of_216_bits_is_an_order(self, packed):
        assert pack_order(unpack_order(packed)) == packed

    def test_by_hand(self):
        order = Order(3, Side.SELL, 5, -7, 11, 13, 17)
        expected = 3 + 2**15 + 2**16 * 5 + 2**47 * (2**44 - 7) + 2**92 * 11 + 2**132 * 13 + 2**172 * 17
        assert pack_order(order) == expected
        assert pack_sheet(Sheet(5, 11, 13, 17)) == 5 + 2**31 * 11 + 2**71 * 13 + 2**111 * 17
        entry = 3 + 2**15 * (2**44 - 7) + 2**60 * (2**44 + 9) + 2**105 * 5
        assert pack_entry(Entry(3, -7, 9, 5)) == entry

    def test_an_absent_entry_fills_nothing(self):
        assert unpack_entry(0).size == 0
        refused("size", fill_sheet, NO_ORDERS, SHEET, unpack_entry(0), replace(SELLS, instrument=0))

    @pytest.mark.parametrize(
        ("unpack", "bits"), [(unpack_order, 216), (unpack_sheet, 155), (unpack_entry, 136)]
    )
    def test_numbers_out_of_range(self, unpack, bits):
        for packed in (-1, 2**bits, 1.0):
            refused("packed", unpack, packed)

    @pytest.mark.parametrize(
        ("value", "name", "key", "wrong"),
        [
            (ORDER, "instrument", "instrument", 2**15),
            (ORDER, "side", "side", 1),
            (ORDER, "most_lots", "mostLots", 2**31),
            (ORDER, "limit", "limit", 2**44),
            (ORDER, "limit", "limit", -(2**44) - 1),
            (ORDER, "sequence", "sequence", 2**40),
            (ORDER, "expiry", "expiry", 2**40),
            (ORDER, "fee_rate", "feeRate", 2**44),
            (ORDER, "fee_rate", "feeRate", -1),
            (SHEET, "cap", "cap", 2**31),
            (SHEET, "sequence", "sequence", -1),
            (SHEET, "expiry", "expiry", 2**40),
            (SHEET, "fee_rate", "feeRate", 2**44),
            (ENTRY, "instrument", "instrument", 2**15),
            (ENTRY, "bid", "bid", 2**44),
            (ENTRY, "ask", "ask", -(2**44) - 1),
            (ENTRY, "size", "size", 2**31),
            (FILL, "instrument", "instrument", 2**15),
            (FILL, "side", "side", 0),
            (FILL, "lots", "lots", 0),
            (FILL, "lots", "lots", 2**31),
            (FILL, "lots", "lots", -1),
            (FILL, "price", "price", 2**44),
            (FILL, "rate", "rate", 2**44),
            (FILL, "rate", "rate", -1),
            (FILL, "time", "time", 2**40),
        ],
    )
    def test_every_field_is_bounded(self, value, name, key, wrong):
        refused(key, lambda: replace(value, **{name: wrong}))

    @pytest.mark.parametrize("value", [ORDER, SHEET, ENTRY, FILL])
    def test_no_repr_shows_a_value(self, value):
        # Not a search for the number: the address in the text can have its digits.
        assert type(value).__repr__ is object.__repr__


class TestMessages:
    @given(ORDERS, HOLDERS)
    def test_an_order(self, order, holder):
        assert order_message(order, holder, HASH) == HASH((*holder, pack_order(order)))

    @given(SHEETS, HOLDERS)
    def test_a_sheet(self, sheet, holder):
        assert sheet_message(sheet, 9, holder, HASH) == HASH((*holder, pack_sheet(sheet), 9))

    def test_the_plain_hash_and_the_native_one_agree(self):
        assert order_message(ORDER, HOLDER) == order_message(ORDER, HOLDER, HASH)
        assert sheet_message(SHEET, 9, HOLDER) == sheet_message(SHEET, 9, HOLDER, HASH)
        assert sheet_tree([ENTRY]).root == sheet_tree([ENTRY], HASH).root

    @pytest.mark.parametrize(
        ("key", "wrong"),
        [
            ("domain", HOLDER._replace(domain=c.FIELD)),
            ("owner", HOLDER._replace(owner=2**160)),
            ("account", HOLDER._replace(account=2**40)),
        ],
    )
    def test_bounds(self, key, wrong):
        refused(key, order_message, ORDER, wrong, HASH)
        refused(key, sheet_message, SHEET, 9, wrong, HASH)

    def test_a_root_is_a_field_element(self):
        refused("root", sheet_message, SHEET, c.FIELD, HOLDER, HASH)

    @pytest.mark.parametrize(
        "other",
        [
            pytest.param(HOLDER._replace(domain=78), id="domain"),
            pytest.param(HOLDER._replace(owner=1), id="owner"),
            pytest.param(HOLDER._replace(account=4), id="account"),
            pytest.param(Holder(HOLDER.domain, HOLDER.account, HOLDER.owner), id="exchanged"),
        ],
    )
    def test_clearing_attack_signature_of_another_domain_owner_or_account(self, other):
        key, signature = trading_key(secret("a")), sign(secret("a"), order_message(ORDER, HOLDER, HASH), HASH)
        check_signature(key, order_message(ORDER, HOLDER, HASH), signature, HASH)
        refused("signature", check_signature, key, order_message(ORDER, other, HASH), signature, HASH)

    @pytest.mark.parametrize("name", [field.name for field in fields(Order)])
    def test_clearing_attack_tampered_order(self, name):
        value = Side.SELL if name == "side" else getattr(ORDER, name) + 1
        changed = replace(ORDER, **{name: value})
        signature = sign(secret("a"), order_message(ORDER, HOLDER, HASH), HASH)
        message = order_message(changed, HOLDER, HASH)
        refused("signature", check_signature, trading_key(secret("a")), message, signature, HASH)

    @pytest.mark.parametrize("name", [*(field.name for field in fields(Sheet)), "root"])
    def test_clearing_attack_tampered_sheet(self, name):
        changed = SHEET if name == "root" else replace(SHEET, **{name: getattr(SHEET, name) + 1})
        signature = sign(secret("a"), sheet_message(SHEET, 9, HOLDER, HASH), HASH)
        message = sheet_message(changed, 10 if name == "root" else 9, HOLDER, HASH)
        refused("signature", check_signature, trading_key(secret("a")), message, signature, HASH)

    def test_clearing_attack_order_is_no_sheet(self):
        """Poseidon has another function for each number of inputs, so no order's signature signs a sheet."""
        order = order_message(ORDER, HOLDER, HASH)
        assert order != sheet_message(unpack_sheet(pack_order(ORDER) % 2**155), 0, HOLDER, HASH)


class TestSheetTree:
    @settings(deadline=None, max_examples=25)
    @given(st.lists(ENTRIES, max_size=70), st.data())
    def test_every_entry_has_a_path(self, entries, data):
        tree = sheet_tree(entries, HASH)
        assert tree.root == native.merkle8_root([pack_entry(entry) for entry in entries], 4)
        if entries:
            place = data.draw(st.integers(0, len(entries) - 1))
            check_entry(entries[place], place, tree.path(place), tree.root, HASH)

    def test_an_empty_sheet(self):
        assert sheet_tree([], HASH).root == native.merkle8_root([], 4)

    def test_the_last_of_4096(self):
        entries = [replace(ENTRY, bid=i) for i in range(4096)]
        tree = sheet_tree(entries, HASH)
        check_entry(entries[-1], 4095, tree.path(4095), tree.root, HASH)
        refused("entries", sheet_tree, [*entries, ENTRY], HASH)

    def test_absent_subtrees_are_hashed_once(self):
        calls = []

        def count(values):
            calls.append(values)
            return HASH(values)

        sheet_tree([ENTRY] * 9, count)
        assert len(calls) == (2 + 1 + 1 + 1) + 4

    def test_clearing_attack_entry_not_of_the_sheet(self):
        entries = [replace(ENTRY, bid=i) for i in range(20)]
        tree = sheet_tree(entries, HASH)
        path = tree.path(11)
        check_entry(entries[11], 11, path, tree.root, HASH)
        better = replace(entries[11], ask=1)
        refused("entry", check_entry, better, 11, path, tree.root, HASH)
        refused("entry", check_entry, entries[11], 12, path, tree.root, HASH)
        refused("entry", check_entry, entries[11], 11 + 4096, path, tree.root, HASH)
        refused("entry", check_entry, entries[11], 11, tree.path(16), tree.root, HASH)
        refused("entry", check_entry, entries[11], 11, path[1:], tree.root, HASH)
        refused("entry", check_entry, entries[11], 11, path, tree.root + 1, HASH)
        other = sheet_tree([better] * 20, HASH)
        refused("entry", check_entry, better, 11, other.path(11), tree.root, HASH)

    def test_clearing_attack_inner_node_as_an_entry(self):
        """A node above the leaves that looks like an entry has a path that is too short."""
        node, path = 5, []
        for siblings in sheet_tree([ENTRY] * 20, HASH).path(0)[1:]:
            path.append((node, *siblings[1:]))
            node = HASH(path[-1])
        refused("entry", check_entry, unpack_entry(5), 0, path, node, HASH)


class TestFillOfAnOrder:
    def test_books_the_lots(self):
        table = fill_order(NO_ORDERS, ORDER, FILL)
        assert table == with_entry(1, 25, 4)
        assert fill_order(table, ORDER, replace(FILL, lots=6)) == with_entry(1, 25, 10)

    def test_a_newer_order_starts_anew(self):
        table = fill_order(with_entry(1, 25, 10), replace(ORDER, sequence=49), FILL)
        assert table == with_entry(1, 49, 4)

    def test_the_first_sequence(self):
        first = replace(ORDER, sequence=0)
        table = fill_order(NO_ORDERS, first, replace(FILL, lots=10))
        assert table == with_entry(0, 0, 10)
        refused("mostLots", fill_order, table, first, FILL)

    def test_at_its_bounds(self):
        edge = Fill(ORDER.instrument, Side.BUY, 10, ORDER.limit, ORDER.fee_rate, ORDER.expiry)
        fill_order(NO_ORDERS, ORDER, edge)
        fill_order(NO_ORDERS, sells(), replace(edge, side=Side.SELL))
        last = replace(ORDER, sequence=256 * NOW)
        fill_order(NO_ORDERS, last, FILL)

    def test_the_largest_fill(self):
        most = 2**31 - 1
        table = fill_order(NO_ORDERS, replace(ORDER, most_lots=most), replace(FILL, lots=most))
        assert table[1].filled == most

    def test_a_table_has_24_entries(self):
        refused("orders", fill_order, NO_ORDERS[1:], ORDER, FILL)

    def test_clearing_attack_filled_order_again(self):
        refused("mostLots", fill_order, with_entry(1, 25, 10), ORDER, replace(FILL, lots=1))

    def test_clearing_attack_overfill(self):
        refused("mostLots", fill_order, NO_ORDERS, ORDER, replace(FILL, lots=11))
        refused("mostLots", fill_order, with_entry(1, 25, 7), ORDER, FILL)

    def test_clearing_attack_killed_order(self):
        assert "newer" in refused("sequence", fill_order, with_entry(1, 49, 0), ORDER, FILL)
        # A newer order in another place does not matter.
        fill_order(with_entry(2, 50, 0), ORDER, FILL)

    def test_clearing_attack_sequence_above_the_clock(self):
        early = replace(ORDER, sequence=256 * NOW + 1)
        assert "256" in refused("sequence", fill_order, NO_ORDERS, early, FILL)

    def test_clearing_attack_expired_order(self):
        refused("expiry", fill_order, NO_ORDERS, ORDER, replace(FILL, time=ORDER.expiry + 1))

    def test_clearing_attack_buy_used_as_sell(self):
        refused("side", fill_order, NO_ORDERS, ORDER, SELLS)
        refused("side", fill_order, NO_ORDERS, sells(), replace(FILL, price=520))

    def test_clearing_attack_price_beyond_the_limit(self):
        refused("limit", fill_order, NO_ORDERS, ORDER, replace(FILL, price=501))
        refused("limit", fill_order, NO_ORDERS, sells(), replace(SELLS, price=499))

    def test_clearing_attack_fee_above_the_signed_rate(self):
        refused("feeRate", fill_order, NO_ORDERS, ORDER, replace(FILL, rate=8))

    def test_clearing_attack_order_of_another_instrument(self):
        refused("instrument", fill_order, NO_ORDERS, ORDER, replace(FILL, instrument=1))

    @given(ORDERS, st.lists(FILLS, max_size=6))
    def test_no_sequence_of_fills_takes_more_than_the_order_has(self, order, fills):
        table, taken = NO_ORDERS, 0
        for fill in fills:
            fits = replace(fill, instrument=order.instrument, side=order.side, price=order.limit)
            fits = replace(fits, rate=min(fill.rate, order.fee_rate), time=order.expiry)
            try:
                table = fill_order(table, order, fits)
            except SpecError:
                continue
            taken += fits.lots
            assert table[order.sequence % 24] == (order.sequence, taken)
        assert taken <= order.most_lots
        assert sum(entry != empty for entry, empty in zip(table, NO_ORDERS, strict=True)) <= 1


class TestFillOfASheet:
    def test_both_sides_count_against_the_cap(self):
        table = fill_sheet(NO_ORDERS, SHEET, ENTRY, FILL)
        assert table == with_entry(1, 49, 4)
        table = fill_sheet(table, SHEET, replace(ENTRY, instrument=9), replace(SELLS, instrument=9))
        assert table == with_entry(1, 49, 8)

    def test_clearing_attack_sheet_beyond_its_cap(self):
        refused("cap", fill_sheet, with_entry(1, 49, 9), SHEET, ENTRY, FILL)
        fill_sheet(with_entry(1, 49, 8), SHEET, ENTRY, FILL)

    def test_clearing_attack_fill_larger_than_the_entry(self):
        refused("size", fill_sheet, NO_ORDERS, SHEET, replace(ENTRY, size=3), FILL)
        fill_sheet(NO_ORDERS, SHEET, replace(ENTRY, size=4), FILL)

    def test_clearing_attack_price_beyond_the_quote(self):
        refused("bid", fill_sheet, NO_ORDERS, SHEET, ENTRY, replace(FILL, price=491))
        refused("ask", fill_sheet, NO_ORDERS, SHEET, ENTRY, replace(SELLS, price=509))
        for fill in (replace(FILL, price=490), replace(SELLS, price=510)):
            fill_sheet(NO_ORDERS, SHEET, ENTRY, fill)

    def test_clearing_attack_quote_of_another_instrument(self):
        refused("instrument", fill_sheet, NO_ORDERS, SHEET, ENTRY, replace(FILL, instrument=4098))

    def test_clearing_attack_killed_or_expired_sheet(self):
        refused("sequence", fill_sheet, with_entry(1, 73, 0), SHEET, ENTRY, FILL)
        refused("sequence", fill_sheet, NO_ORDERS, replace(SHEET, sequence=256 * NOW + 1), ENTRY, FILL)
        refused("expiry", fill_sheet, NO_ORDERS, SHEET, ENTRY, replace(FILL, time=SHEET.expiry + 1))
        refused("feeRate", fill_sheet, NO_ORDERS, SHEET, ENTRY, replace(FILL, rate=8))
