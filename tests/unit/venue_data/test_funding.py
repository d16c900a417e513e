"""Funding by the mark: booked prices, the mark of a perpetual's row, and the equity of long and short positions."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.expired_venue_data import account
from zkmargin import InputError, Snapshot, load_model
from zkmargin.account.report import margin_report
from zkmargin.rebalance import Terms
from zkmargin.rebalance.problem import tradables
from zkmargin.risk.repricing import greeks, scenario_values
from zkmargin.risk.stress import stressed
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.spec import STANDARD, WIDE
from zkmargin.venue_data import Perpetual, Underlying, VenueData, booked_price
from zkmargin.venues import import_csv

D = Decimal
NOW = 1_700_000_000
SPAN = load_model("span")
LOT = D("0.01")
CASH = D(10**6)
HEADER = "underlying,index_price,kind,name,lot,quote,mark,funding,expiry,strike,right,forward\n"


def venue_data(mark: Decimal, funding: Decimal, *, lot: Decimal = LOT, time: int = NOW) -> VenueData:
    """Return venue data with one perpetual."""
    return VenueData(
        time, "USD", (Underlying("ETH", abs(mark), 1, (Perpetual("PERP", 0, lot, mark, funding),)),)
    )


def snapshot(mark: Decimal, funding: Decimal, **options) -> Snapshot:
    return Snapshot.build(venue_data(mark, funding, **options), SPAN, collateral=())


def equity(lots: int, entry: Decimal, now: Snapshot) -> Decimal:
    """Return the equity of an account of `CASH` that bought lots (negative: sold them) at a booked price."""
    lot = now.listing("PERP").lot
    return margin_report(account(CASH - lots * lot * entry, {"PERP": str(lots * lot)}), now).equity


class TestBookedPrice:
    def test_it_is_exact(self):
        assert booked_price(D("2200.5"), D("3.25")) == D("2197.25")
        digits = D("9" * 30 + ".000000000000000001")
        assert booked_price(digits, D("0.000000000000000001")) == D("9" * 30)
        assert booked_price(D(2200), D(-3)) == D(2203)

    @pytest.mark.parametrize("layout", [STANDARD, WIDE])
    def test_only_the_mark_of_a_row_contains_funding(self, layout):
        # Scenarios, Greeks and charges are of the quoted price.
        with_funding, without = (
            Snapshot.build(venue_data(D(2000), funding), SPAN, layout=layout).row("PERP")
            for funding in (D("3.25"), D(0))
        )
        slots = list(without.slots)
        assert slots[layout.mark] == 20_000_000
        slots[layout.mark] = 19_967_500
        assert with_funding == replace(without, slots=tuple(slots))

    def test_charges_are_of_the_quoted_price(self):
        (paradex,) = (load_model("paradex"),)
        rows = [
            Snapshot.build(venue_data(D(2000), funding), paradex).row("PERP") for funding in (D(900), D(0))
        ]
        assert (rows[0].short_floor, rows[0].add_on) == (rows[1].short_floor, rows[1].add_on)

    def test_a_row_may_have_a_negative_mark(self):
        assert snapshot(D(2), D(5)).row("PERP").slots[STANDARD.mark] == -30_000


@st.composite
def paths(draw):
    """Draw quoted prices and accumulated fundings of at least two moments, whole micro-quote per lot."""
    cents = st.integers(1, 10**6).map(lambda n: D(n) / 100)
    rates = st.integers(-(10**5), 10**5).map(lambda n: D(n) / 10_000)
    moments = draw(st.lists(st.tuples(cents, rates), min_size=2, max_size=5))
    accumulated, found = D(0), []
    for price, rate in moments:
        accumulated += rate
        found.append((price, accumulated))
    return found


class TestFundingAddsToZero:
    @settings(max_examples=60, deadline=None)
    @given(path=paths(), lots=st.integers(1, 10**4), traded=st.integers(1, 10**6))
    def test_over_any_path_of_funding_rates(self, path, lots, traded):
        quoted = D(traded) / 100
        (_, at_entry), *later = path
        for price, accumulated in later:
            with_funding, without = snapshot(price, accumulated), snapshot(price, D(0))
            long, short = (
                equity(side * lots, booked_price(quoted, at_entry), with_funding) for side in (1, -1)
            )
            plain_long, plain_short = (equity(side * lots, quoted, without) for side in (1, -1))
            paid = lots * LOT * (accumulated - at_entry)
            assert long + short == plain_long + plain_short
            assert (long, short) == (plain_long - paid, plain_short + paid)

    def test_a_position_that_is_closed_has_paid_the_funding_between(self):
        # Bought at 2000 when 3.25 had accrued, sold at 2010 when 5.5 had: 10 of price less 2.25 of funding a unit.
        cash = D(0) - booked_price(D(2000), D("3.25")) + booked_price(D(2010), D("5.5"))
        assert cash == D("7.75")


class TestPublishedExamples:
    def test_the_funding_index_of_dydx(self):
        """Compare with dYdX v4's own test of its funding index, "Varied parameters (1)".

        github.com/dydxprotocol/v4-chain, protocol/x/perpetuals/funding/funding_test.go: the rate is -100.1999 % for 8
        hours, four hours pass, the price is 100 000, a lot is 10^-4; the index moves by -5 009 995 000 000 millionths
        of a micro-quote per lot. Longs receive.
        """
        delta = D(-5_009_995_000_000) / 10**6  # micro-quote per lot
        lot = D("0.0001")
        # The rate times the time fraction times the price, per unit.
        funding = D("-1.001999") / 2 * 100_000
        assert funding * lot * 10**6 == delta
        now = snapshot(D(100_000), funding, lot=lot)
        assert equity(3, D(100_000), now) - CASH == 3 * D("5.009995")
        assert equity(-3, D(100_000), now) - CASH == -3 * D("5.009995")

    def test_the_funding_of_extended(self):
        """Compare with `calculate_funding` of Extended, (old index - new index) * balance, and values of its tests.

        github.com/x10xchange/starknet-perpetual, workspace/apps/perpetuals/contracts/src/core/types/funding.cairo.
        """
        for index, balance, expected in (
            (D("0.5"), 1000, -500), (D(1), 1000, -1000), (D(1), -1000, 1000), (D(-1), 1000, 1000),
        ):  # fmt: skip
            now = snapshot(D(2000), index, lot=D(1))
            assert equity(balance, D(2000), now) - CASH == expected

    def test_the_funding_of_deribit(self):
        """Follow Deribit's definition: 8-hour rate = premium beyond 0.025 %, payment = rate * size * hours / 8.

        support.deribit.com, "Funding Specifications". Mark 10 010 and index 10 000 give 0.1 % and 0.075 %.
        """
        mark, index = D(10_010), D(10_000)
        premium, damper = (mark - index) / index, D("0.00025")
        rate = max(damper, premium) + min(-damper, premium)
        assert rate == D("0.00075")
        funding = rate * mark / 480  # of one minute, per unit
        lot = D("0.064")  # so that it is a whole number of micro-quote
        now = snapshot(mark, funding, lot=lot)
        assert equity(1, mark, now) - CASH == -D("0.001001")


class TestVenueData:
    def test_it_survives_the_file_and_zero_is_left_out(self, tmp_path):
        for funding in (D("3.25"), D("-3.25"), D(0)):
            made = venue_data(D(2000), funding)
            made.save(tmp_path / "venue.json")
            assert VenueData.load(tmp_path / "venue.json") == made
            assert ("funding" in made.to_json()["underlyings"][0]["instruments"][0]) == bool(funding)

    def test_it_must_be_whole_micro_quote_per_lot(self):
        venue_data(D(2000), D("0.0001"))
        with pytest.raises(InputError, match="must be a whole number of micro-quote per lot") as caught:
            venue_data(D(2000), D("0.00001"))
        assert caught.value.key == "underlyings[0].instruments[0].funding"

    def test_a_shock_moves_the_price_and_not_the_funding(self):
        moved = stressed(venue_data(D(2000), D(5)), NOW + 60, moves={"ETH": D("-0.5")})
        assert moved.underlyings[0].instruments[0] == Perpetual("PERP", 0, LOT, D("1000.000000"), D(5))

    def test_scenarios_and_greeks_know_no_funding(self):
        one, other = (venue_data(D(2000), funding).underlyings[0] for funding in (D(5), D(0)))
        assert (scenario_values(one, NOW, SPAN) == scenario_values(other, NOW, SPAN)).all()
        assert greeks(one, NOW).delta == greeks(other, NOW).delta


class TestCsv:
    def read(self, folder, *rows, previous=None):
        (folder / "venue.csv").write_text(HEADER + "".join(f"{row}\n" for row in rows))
        return import_csv(folder / "venue.csv", time=NOW, previous=previous)

    def test_the_column(self, tmp_path):
        made = self.read(tmp_path, "ETH,2040,perpetual,PERP,0.01,USD,2041,-3.25,,,,")
        assert made.underlyings[0].instruments == (Perpetual("PERP", 0, LOT, D(2041), D("-3.25")),)

    def test_it_is_of_perpetuals_and_whole_micro_quote_per_lot(self, tmp_path):
        with pytest.raises(InputError, match=r"line 2\.funding: must be empty for a future"):
            self.read(tmp_path, f"ETH,2040,future,F,0.01,USD,2041,1,{NOW + 9},,,")
        with pytest.raises(
            InputError, match=r"line 2\.funding: must be a whole number of micro-quote per lot"
        ):
            self.read(tmp_path, "ETH,2040,perpetual,PERP,0.01,USD,2041,0.00001,,,,")

    def test_attack_funding_that_falls_to_zero_by_omission(self, tmp_path):
        before = self.read(tmp_path, "ETH,2040,perpetual,PERP,0.01,USD,2041,3.25,,,,")
        without = "ETH,2040,perpetual,PERP,0.01,USD,2041,{},,,,"
        with pytest.raises(InputError, match="PERP: no accumulated funding, but in the previous venue data"):
            self.read(tmp_path, without.format(""), previous=before)
        assert (
            self.read(tmp_path, without.format("0"), previous=before).underlyings[0].instruments[0].funding
            == 0
        )


class TestSnapshot:
    def test_the_file_says_the_funding_and_its_row_confirms_it(self, tmp_path):
        made = snapshot(D("2000.00001"), D("3.25"))
        made.save(tmp_path / "snapshot.json")
        assert Snapshot.load(tmp_path / "snapshot.json") == made
        assert made.listing("PERP").funding == D("3.25")
        for other in ("3.24", "-3.25"):
            listings = (replace(made.parts.listings[0], funding=D(other)),)
            with pytest.raises(InputError, match="PERP: funding: must be the delta less the mark"):
                Snapshot.commit(replace(made.parts, listings=listings))

    def test_verification_compares_it(self):
        made = snapshot(D(2000), D("3.25"))
        found = verify_snapshot(made, venue_data(D(2000), D("3.26"))).differences
        assert [(one.part, one.value, one.published, one.derived) for one in found] == [
            ("PERP", "funding", "3.25", "3.26"),
            ("PERP", "mark", "19967500", "19967400"),
        ]
        left_out = replace(made.parts, listings=(replace(made.parts.listings[0], funding=D(0)),))
        found = verify_snapshot(Snapshot.commit(left_out), venue_data(D(2000), D("3.25"))).differences
        assert [(one.part, one.value, one.published) for one in found] == [("PERP", "funding", "0")]

    def test_the_rebalancer_still_trades_perpetuals_both_ways(self):
        made = snapshot(D(2000), D("-3.25"))
        (one,) = tradables(account("0", {"PERP": "1"}).opening(made), made, Terms())
        assert (one.lowest < -100, one.highest > 0) == (True, True)
