"""Orders and sheets in human units: their conversion, their signatures and their files."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.margin_values import snapshot
from support.order_values import HOLDER, NOW, secret
from zkmargin import InputError, StatementError
from zkmargin.orders import (
    Order,
    Quote,
    Sheet,
    SignedOrder,
    SignedSheet,
    SigningKey,
    load_signed,
    read_quotes,
    sequence_at,
    sign_order,
    sign_sheet,
)
from zkmargin.spec import Entry, Side, pack_order, sheet_tree
from zkmargin.spec import Order as SpecOrder
from zkmargin.spec import Sheet as SpecSheet

KEY = SigningKey(secret("a"))
MARKET = snapshot()
D = Decimal
# A lot of ETH is 0.1 ETH, a lot of BTC 0.001 BTC.
ORDER = Order("ETH-PERPETUAL", Side.BUY, D("1.5"), D("2200.25"), D("0.5"), 49, NOW)
QUOTES = (
    Quote("ETH-PERPETUAL", D("2199.5"), D("2200.5"), D("1.5")),
    Quote("ETH-CALL", None, D("310"), D("0.2")),
    Quote("BTC-PERPETUAL", D("-0.5"), None, D("0.005")),
)
SHEET = Sheet(40, D("0.25"), 49, NOW, QUOTES)
LOW, HIGH = -(2**44), 2**44 - 1


def refused(key, function, *arguments):
    """Return the reason of an error at the expected key."""
    with pytest.raises(InputError) as caught:
        function(*arguments)
    assert caught.value.key == key, caught.value
    return caught.value.reason


class TestConversion:
    def test_an_order_in_lots_and_micro_quote(self):
        assert ORDER.terms(MARKET) == SpecOrder(0, Side.BUY, 15, 220_025_000, 49, NOW, 50_000)

    def test_another_lot(self):
        order = replace(ORDER, instrument="BTC-PERPETUAL", side=Side.SELL, limit=D("-0.001"))
        assert order.terms(MARKET) == SpecOrder(4096, Side.SELL, 1500, -1, 49, NOW, 500)

    def test_a_sheet(self):
        assert SHEET.header() == SpecSheet(40, 49, NOW, 250_000)
        assert SHEET.entries(MARKET) == (
            Entry(0, 219_950_000, 220_050_000, 15),
            Entry(1, LOW, 31_000_000, 2),
            Entry(4096, -500, HIGH, 5),
        )

    @pytest.mark.parametrize(
        ("change", "key", "reason"),
        [
            ({"quantity": D("0.15")}, "quantity", "not a multiple of the instrument's lot"),
            ({"quantity": D(0)}, "quantity", "must be positive"),
            ({"quantity": D(-1)}, "quantity", "must be positive"),
            ({"quantity": D(2) ** 40}, "quantity", "must be from 0 to 2^31 - 1"),
            ({"limit": D("0.000001")}, "limit", "not a whole number of micro-quote per lot"),
            ({"limit": D(2) ** 44}, "limit", "must be from -2^44 to 2^44 - 1"),
            ({"fee_rate": D("0.000001")}, "feeRate", "not a whole number of micro-quote per lot"),
            ({"fee_rate": D(-1)}, "feeRate", "must be from 0 to 2^44 - 1"),
            ({"sequence": 2**40}, "sequence", "must be from 0 to 2^40 - 1"),
            ({"expiry": 2**40}, "expiry", "must be from 0 to 2^40 - 1"),
            (
                {"instrument": "ETH-CAL"},
                "instrument",
                "no instrument ETH-CAL in the snapshot; did you mean ETH-CALL?",
            ),
        ],
    )
    def test_what_is_not_exact_is_refused(self, change, key, reason):
        assert refused(key, replace(ORDER, **change).terms, MARKET) == reason

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"bid": D("0.000001")}, "quotes[1].bid"),
            ({"ask": D("0.000001")}, "quotes[1].ask"),
            ({"ask": D(10) ** 12}, "quotes[1].ask"),
            ({"size": D("0.05")}, "quotes[1].size"),
            ({"instrument": "X"}, "quotes[1].instrument"),
        ],
    )
    def test_a_quote_that_is_not_exact_is_refused(self, change, key):
        quotes = (QUOTES[0], replace(QUOTES[0], **change))
        refused(key, replace(SHEET, quotes=quotes).entries, MARKET)

    @pytest.mark.parametrize(
        ("change", "key"),
        [
            ({"cap": 0}, "cap"),
            ({"cap": 2**31}, "cap"),
            ({"fee_rate": D("0.0000001")}, "feeRate"),
            ({"fee_rate": D(-1)}, "feeRate"),
            ({"sequence": -1}, "sequence"),
        ],
    )
    def test_a_header_that_is_not_exact_is_refused(self, change, key):
        refused(key, replace(SHEET, **change).header)

    @pytest.mark.parametrize("quotes", [(), QUOTES[:1] * 4097])
    def test_a_sheet_has_1_to_4096_entries(self, quotes):
        refused("quotes", replace(SHEET, quotes=quotes).entries, MARKET)

    @given(st.integers(0, 23), st.integers(0, 2**32 - 1))
    def test_the_sequence_of_a_place(self, place, time):
        sequence = sequence_at(place, time)
        assert sequence % 24 == place
        assert sequence <= 256 * time < sequence + 24


class TestSignedOrder:
    SIGNED = sign_order(ORDER, HOLDER, KEY, MARKET)

    def test_the_signature_is_of_the_terms(self):
        self.SIGNED.check(KEY.key, MARKET)
        assert pack_order(self.SIGNED.terms(MARKET)) == pack_order(ORDER.terms(MARKET))

    @pytest.mark.parametrize(
        "change",
        [
            {"holder": HOLDER._replace(domain=78)},
            {"holder": HOLDER._replace(owner=1)},
            {"holder": HOLDER._replace(account=4)},
            {"order": replace(ORDER, instrument="ETH-CALL")},
            {"order": replace(ORDER, side=Side.SELL)},
            {"order": replace(ORDER, quantity=D("1.6"))},
            {"order": replace(ORDER, limit=D("2200.26"))},
            {"order": replace(ORDER, fee_rate=D("0.6"))},
            {"order": replace(ORDER, sequence=50)},
            {"order": replace(ORDER, expiry=NOW + 1)},
        ],
    )
    def test_clearing_attack_tampered_order(self, change):
        with pytest.raises(StatementError, match="order: the signature is not the trading key's"):
            replace(self.SIGNED, **change).check(KEY.key, MARKET)

    def test_clearing_attack_another_key(self):
        with pytest.raises(StatementError):
            self.SIGNED.check(SigningKey(secret("b")).key, MARKET)

    def test_clearing_attack_another_lot(self):
        """A snapshot with another lot gives the same file other terms."""
        listings = tuple(replace(one, lot=one.lot / 2) for one in MARKET.parts.listings)
        other = type(MARKET).commit(replace(MARKET.parts, listings=listings))
        with pytest.raises(StatementError):
            self.SIGNED.check(KEY.key, other)

    @pytest.mark.parametrize(
        ("holder", "key"),
        [(HOLDER._replace(domain=-1), "domain"), (HOLDER._replace(account=2**40), "account")],
    )
    def test_a_holder_out_of_range_is_refused(self, holder, key):
        refused(key, sign_order, ORDER, holder, KEY, MARKET)
        refused(key, sign_sheet, SHEET, holder, KEY, MARKET)

    def test_a_file_is_private_and_round_trips(self, tmp_path):
        path = tmp_path / "order.json"
        self.SIGNED.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SignedOrder.load(path) == load_signed(path) == self.SIGNED
        assert json.loads(path.read_text())["expiry"] == "2023-11-14T22:13:20Z"

    def test_errors_name_file_and_key(self, tmp_path):
        path = tmp_path / "order.json"
        replace(self.SIGNED, order=replace(ORDER, quantity=D("0.05"))).save(path)
        with pytest.raises(InputError, match=r"order\.json: quantity: not a multiple"):
            load_signed(path).check(KEY.key, MARKET)
        path.write_text("[]")
        with pytest.raises(InputError, match=r"order\.json: expected an object"):
            load_signed(path)

    def test_no_repr_shows_a_value(self):
        for value in (ORDER, self.SIGNED, SHEET, QUOTES[0]):
            assert type(value).__repr__ is object.__repr__

    @pytest.mark.parametrize(
        "text", ["2023-02-29T00:00:00Z", "2023-11-14", "1700000000", "2023-11-14T22:13:20+00:00"]
    )
    def test_a_time_is_one_of_the_calendar_in_utc(self, tmp_path, text):
        path = tmp_path / "order.json"
        path.write_text(json.dumps({**self.SIGNED.to_json(), "expiry": text}))
        refused("expiry", load_signed, path)


class TestSignedSheet:
    SIGNED = sign_sheet(SHEET, HOLDER, KEY, MARKET)

    def test_the_signature_is_of_header_and_tree(self):
        self.SIGNED.check(KEY.key, MARKET)
        assert self.SIGNED.tree(MARKET).root == sheet_tree(SHEET.entries(MARKET)).root

    @pytest.mark.parametrize(
        "change",
        [
            {"cap": 41},
            {"fee_rate": D("0.26")},
            {"sequence": 50},
            {"expiry": NOW + 1},
            {"quotes": QUOTES[::-1]},
            {"quotes": QUOTES[:2]},
            {"quotes": (replace(QUOTES[0], ask=D("2200.4")), *QUOTES[1:])},
        ],
    )
    def test_clearing_attack_tampered_sheet(self, change):
        with pytest.raises(StatementError, match="sheet: the signature is not the trading key's"):
            replace(self.SIGNED, sheet=replace(SHEET, **change)).check(KEY.key, MARKET)

    def test_a_file_is_private_and_round_trips(self, tmp_path):
        path = tmp_path / "sheet.json"
        self.SIGNED.save(path)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert SignedSheet.load(path) == load_signed(path) == self.SIGNED

    def test_a_full_sheet_fits_into_a_file(self, tmp_path):
        path = tmp_path / "sheet.json"
        full = replace(SHEET, quotes=QUOTES[:1] * 4096)
        replace(self.SIGNED, sheet=full).save(path)
        assert load_signed(path).sheet == full


class TestQuotes:
    def test_csv(self, tmp_path):
        path = tmp_path / "quotes.csv"
        path.write_text(
            "instrument,bid,ask,size\n"
            "ETH-PERPETUAL,2199.5,2200.5,1.5\nETH-CALL,,310,0.2\nBTC-PERPETUAL,-0.5,,0.005\n"
        )
        assert read_quotes(path) == QUOTES

    def test_json(self, tmp_path):
        path = tmp_path / "quotes.json"
        path.write_text(json.dumps([quote.to_json() for quote in QUOTES]))
        assert read_quotes(path) == QUOTES

    @pytest.mark.parametrize(
        ("line", "key", "reason"),
        [
            ("X,,,1", "line 2", "expected a bid, an ask or both"),
            ("X,2,1,1", "line 2.bid", "must not be above the ask"),
            ("X,1,2,0", "line 2.size", "must be positive"),
            ("X,1,2,", "line 2.size", "missing"),
            ("X,1e3,2,1", "line 2.bid", "expected a number as a decimal string"),
            ("é,1,2,1", "line 2.instrument", "expected an instrument's name"),
            ("X,1,2", "line 2", "expected as many values as columns"),
        ],
    )
    def test_errors_name_line_and_column(self, tmp_path, line, key, reason):
        path = tmp_path / "quotes.csv"
        path.write_text(f"instrument,bid,ask,size\n{line}\n")
        assert refused(key, read_quotes, path).startswith(reason)

    def test_columns_are_checked(self, tmp_path):
        path = tmp_path / "quotes.csv"
        path.write_text("instrument,bidd,size\n")
        assert refused("bidd", read_quotes, path) == "unknown column; did you mean bid?"
        path.write_text("instrument,bid\n")
        assert refused("", read_quotes, path) == "no column size"
