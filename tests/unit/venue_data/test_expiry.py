"""Expired instruments: payoffs by hand, ids, rows, and their use by all commands."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from functools import partial

import jsonschema
import pytest

from support import expired_venue_data
from support.circuits import ROOT
from support.expired_venue_data import AFTER, BEFORE, DAY, EXPIRING, EXPIRY, LIVE, NEW, PRICE, PRICES, account
from zkmargin import InputError, Requirement, Snapshot, load_collateral, load_model
from zkmargin.account.report import margin_of, margin_report
from zkmargin.analysis.by_venue_data import ByVenueData
from zkmargin.analysis.greeks import units_of
from zkmargin.analysis.revaluation import ByScenarios
from zkmargin.pages.report import render_report
from zkmargin.rebalance import Terms, advise
from zkmargin.rebalance.problem import tradables
from zkmargin.risk.charges import Charge, Charges, Term
from zkmargin.risk.stress import stressed
from zkmargin.snapshot.difference import diff_snapshots
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.spec import STANDARD, WIDE, Row
from zkmargin.venue_data import Exclusion, Expired, VenueData, expire
from zkmargin.venue_data.listing import KEPT

OVER = AFTER + 7 * DAY
"""Seven days after the venue data that settle the instruments."""

PAYS = {
    "F": "2050.25",
    "1900-C": "150.25",
    "2100-C": "0",
    "1900-P": "0",
    "2100-P": "49.75",
}


@pytest.fixture
def listed(tmp_path):
    """Return a function that imports CSV rows as venue data of a time."""
    return partial(expired_venue_data.listed, tmp_path)


@pytest.fixture
def before(listed):
    return listed(LIVE + EXPIRING, BEFORE)


@pytest.fixture
def after(listed, before):
    return expire(before, listed(LIVE, AFTER, before), PRICES)


def by_name(venue_data):
    return {one.name: one for _, _, one in venue_data.instruments()}


def numbers(venue_data):
    return {one.name: number for number, _, one in venue_data.instruments()}


def test_expired_instruments_have_their_payoffs(before, after):
    found = {name: one for name, one in by_name(after).items() if isinstance(one, Expired)}
    assert {name: one.mark for name, one in found.items()} == {
        name: Decimal(value) for name, value in PAYS.items()
    }
    assert {one.until for one in found.values()} == {OVER}
    assert {name: numbers(after)[name] for name in PAYS} == {name: numbers(before)[name] for name in PAYS}
    assert {type(by_name(after)[name]).__name__ for name in ("PERP", "LATE-2000-C")} == {
        "Perpetual",
        "Option",
    }
    assert after.exclusions == ()


def test_all_digits_are_kept_in_any_decimal_context(before, listed):
    price = Decimal("123456789012345678901234567890.123456789012345678")
    found = by_name(expire(before, listed(LIVE, AFTER, before), {("ETH", EXPIRY): price}))
    assert found["1900-C"].mark == Decimal("123456789012345678901234565990.123456789012345678")


@pytest.mark.parametrize(
    ("model", "layout"),
    [
        ("span", STANDARD),
        ("span", WIDE),
        ("perp", STANDARD),
        ("derive_standard", WIDE),
        ("derive_pmrm", WIDE),
        ("paradex", WIDE),
        ("deribit", WIDE),
    ],
)
def test_the_row_of_an_expired_instrument_has_only_a_mark(after, model, layout):
    snapshot = Snapshot.build(after, load_model(model), layout=layout)
    for name, value in PAYS.items():
        slots = [0] * layout.slots
        slots[layout.mark] = int(Decimal(value) * 10_000)
        assert snapshot.row(name) == Row(tuple(slots), 0, 0), name
    assert snapshot.row("PERP").add_on


def test_expired_instruments_have_no_charges(after):
    charge = Charge(
        short=(Term(mark=Decimal("0.5"), index=Decimal("0.5")),), add_on=(Term(index=Decimal(1)),)
    )
    model = load_model("span")
    charges = Charges(call=charge, put=charge, future=charge, perpetual=charge)
    charged = replace(model, default=replace(model.default, charges=charges), underlyings={})
    snapshot = Snapshot.build(after, charged)
    assert all((snapshot.row(name).short_floor, snapshot.row(name).add_on) == (0, 0) for name in PAYS)
    assert snapshot.row("PERP").short_floor == 20_400_000


def test_a_lot_pays_whole_micro_quote(before, listed):
    price = Decimal("2050.25004999")
    venue_data = expire(before, listed(LIVE, AFTER, before), {("ETH", EXPIRY): price})
    marks = {
        name: Snapshot.build(venue_data, load_model("span")).row(name).slots[STANDARD.mark] for name in PAYS
    }
    assert marks == {"F": 20_502_500, "1900-C": 1_502_500, "2100-C": 0, "1900-P": 0, "2100-P": 497_500}


@pytest.mark.parametrize("sign", [1, -1])
def test_an_expired_position_counts_like_its_payoff_in_cash(after, sign):
    snapshot = Snapshot.build(after, load_model("span"))
    others = {"PERP": "-1.5", "LATE-2000-C": "2"}
    expired = {"1900-C": str(3 * sign), "F": str(sign), "1900-P": str(-40 * sign)}
    # 3 * 150.25 + 2050.25 = 2501.
    held = margin_report(account("5000", {**others, **expired}), snapshot)
    paid = margin_report(account(5000 + 2501 * sign, others), snapshot)
    assert (held.equity, held.maintenance) == (paid.equity, paid.maintenance)
    assert margin_report(account("0.75", {"1900-C": "-0.01"}), snapshot).healthy is False
    exact = margin_report(account("1.5025", {"1900-C": "-0.01"}), snapshot, Requirement.INITIAL)
    assert (exact.healthy, exact.equity, exact.maintenance) == (True, 0, 0)


def test_an_expired_instrument_survives_the_file(after, tmp_path):
    after.save(tmp_path / "venue.json")
    assert VenueData.load(tmp_path / "venue.json") == after
    document = json.loads((tmp_path / "venue.json").read_text())
    schema = json.loads((ROOT / "docs" / "formats" / "venue-data.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(document)
    (one,) = [each for each in document["underlyings"][0]["instruments"] if each["name"] == "1900-C"]
    assert one == {
        "kind": "expired",
        "name": "1900-C",
        "index": str(by_name(after)["1900-C"].index),
        "lot": "0.01",
        "expiry": str(EXPIRY),
        "mark": "150.25",
        "settled": str(AFTER),
        "until": str(OVER),
    }


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("mark", "-0.01", "negative"),
        ("mark", "1e3", "expected a number"),
        ("lot", "0", "must be positive"),
        ("expiry", str(AFTER + 1), "must not be after the time of the venue data"),
        ("expiry", "0", "must be from 1"),
        ("settled", str(EXPIRY - 1), "must be from the expiry to the time of the venue data"),
        ("settled", str(AFTER + 1), "must be from the expiry to the time of the venue data"),
        ("settled", None, "missing"),
        ("until", str(AFTER), "must be after the time of the venue data"),
        ("until", str(OVER - 1), "must be at least 7 days after the instrument was settled"),
        ("until", None, "missing"),
        ("strike", "1900", "unknown key"),
    ],
)
def test_malformed_files_are_refused(after, tmp_path, *, key, value, reason):
    path = tmp_path / "venue.json"
    after.save(path)
    document = json.loads(path.read_text())
    place = next(n for n, one in enumerate(after.underlyings[0].instruments) if one.name == "1900-C")
    one = document["underlyings"][0]["instruments"][place]
    one.pop(key) if value is None else one.update({key: value})
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=reason) as caught:
        VenueData.load(path)
    assert caught.value.key == f"underlyings[0].instruments[{place}].{key}"


def test_an_expired_instrument_stays_from_import_to_import_until_its_time_is_over(listed, after):
    last = listed(LIVE, OVER - 1, after)
    assert numbers(last) == numbers(after)
    over = listed(LIVE, OVER, last)
    assert set(by_name(over)) == {"PERP", "LATE-2000-C"}
    snapshot = Snapshot.build(over, load_model("span"))
    with pytest.raises(InputError, match="no such instrument"):
        margin_report(account("1000", {"1900-C": "1"}), snapshot)
    assert set(by_name(expire(last, over, {}))) == set(by_name(over))


def test_the_time_of_an_expired_instrument_can_be_extended_and_not_shortened(listed, before, after):
    longer = expire(before, after, {}, keep=30 * DAY)
    assert {by_name(longer)[name].until for name in PAYS} == {AFTER + 30 * DAY}
    assert expire(before, longer, {}) == longer
    much_later = listed(LIVE, AFTER + 20 * DAY, longer)
    assert numbers(much_later) == numbers(after)
    # An import drops what is over; it comes back with its number as long as nothing else has it.
    dropped = listed(LIVE, AFTER + 20 * DAY, after)
    assert numbers(expire(after, dropped, {}, keep=30 * DAY)) == numbers(after)


def test_the_id_of_an_expired_instrument_is_not_reused_meanwhile(listed, before, after):
    def from_zero(venue_data):
        return replace(venue_data, underlyings=(replace(venue_data.underlyings[0], next_index=0),))

    # Expired and without a value yet, with one, with one for longer than that.
    for previous, time in (
        (before, AFTER),
        (listed(LIVE, AFTER, before), EXPIRY + KEPT - 1),
        (after, OVER - 1),
        (expire(before, after, {}, keep=30 * DAY), AFTER + 30 * DAY - 1),
    ):
        found = listed(LIVE + NEW, time, from_zero(previous))
        assert numbers(found)["NEW-2000-P"] == len(numbers(before))
    for previous, time in (
        (listed(LIVE, AFTER, before), EXPIRY + KEPT),
        (after, OVER),
        (expire(before, after, {}, keep=30 * DAY), AFTER + 30 * DAY),
    ):
        found = listed(LIVE + NEW, time, from_zero(previous))
        assert numbers(found)["NEW-2000-P"] in {numbers(before)[name] for name in PAYS}


def test_a_payoff_can_wait_for_the_delivery_price(listed, before, after):
    unsettled = listed(LIVE, AFTER, before)
    assert {one.name: one.reason for one in unsettled.exclusions} == dict.fromkeys(PAYS, "expired")
    with pytest.raises(InputError, match="excludes this instrument: expired"):
        margin_report(account("1", {"F": "1"}), Snapshot.build(unsettled, load_model("span")))
    later = expire(before, listed(LIVE, AFTER + DAY, unsettled), PRICES)
    assert (numbers(later), later.exclusions) == (numbers(after), ())


def test_an_instrument_excluded_in_between_gets_its_payoff_from_the_last_listing(listed, before):
    unmarked = listed(LIVE + EXPIRING.replace(",145,", ",,"), BEFORE + 1, before)
    now = expire(unmarked, listed(LIVE, AFTER, unmarked), PRICES)
    assert "1900-C" not in by_name(now)
    assert {one.name for one in now.exclusions} == {"1900-C"}
    assert by_name(expire(before, now, PRICES))["1900-C"].mark == Decimal("150.25")


def test_the_venue_may_still_list_an_expired_instrument_with_the_same_terms(listed, after):
    again = listed(LIVE + EXPIRING, AFTER + 1, after)
    assert (by_name(again)["1900-C"], again.exclusions) == (by_name(after)["1900-C"], ())
    with pytest.raises(InputError, match="another expiry than in the previous venue data"):
        listed(LIVE + EXPIRING.replace(str(EXPIRY), str(EXPIRY + DAY)), AFTER + 1, after)
    with pytest.raises(InputError, match="another lot than in the previous venue data"):
        listed(LIVE + EXPIRING.replace("0.01", "0.1"), AFTER + 1, after)


def test_a_name_cannot_return_with_another_expiry(listed, before):
    unsettled = listed(LIVE, AFTER, before)
    with pytest.raises(InputError, match="another expiry than in the previous venue data"):
        listed(LIVE + EXPIRING.replace(str(EXPIRY), str(EXPIRY + DAY)), AFTER + 1, unsettled)


def test_two_underlyings_and_two_expiries(listed, before):
    second = EXPIRY + DAY
    rows = f"BTC,60000,future,BF,0.001,USD,60100,{EXPIRY},,,\nBTC,,future,BG,0.001,USD,60200,{second},,,\n"
    earlier = listed(LIVE + EXPIRING + rows, BEFORE + 1, before)
    later = listed(LIVE, second, earlier)
    with pytest.raises(InputError) as caught:
        expire(earlier, later, {})
    assert str(caught.value) == (
        "prices: no delivery price of BTC@2026-03-27T08:00:00Z, BTC@2026-03-28T08:00:00Z, "
        "ETH@2026-03-27T08:00:00Z"
    )
    prices = PRICES | {("BTC", EXPIRY): Decimal(61_000), ("BTC", second): Decimal(59_000)}
    found = by_name(expire(earlier, later, prices))
    assert (found["BF"].mark, found["BG"].mark, found["F"].mark) == (61_000, 59_000, PRICE)
    assert {(found[name].settled, found[name].until) for name in ("BF", "BG")} == {(second, second + 7 * DAY)}
    own = prices | {("1900-C", EXPIRY): Decimal(1901)}
    found = by_name(expire(earlier, later, own))
    assert (found["1900-C"].mark, found["F"].mark) == (1, PRICE)
    # Nothing is left unsettled because it expired long ago.
    late = listed(LIVE, EXPIRY + 40 * DAY, earlier)
    assert {
        one.settled for one in by_name(expire(earlier, late, prices)).values() if isinstance(one, Expired)
    } == {EXPIRY + 40 * DAY}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"prices": {("ETH", EXPIRY): Decimal(0)}},
            "prices: ETH@2026-03-27T08:00:00Z: expected a positive number",
        ),
        ({"prices": {("ETH", EXPIRY): Decimal("NaN")}}, "expected a positive number"),
        (
            {"prices": PRICES | {("ETH", EXPIRY + 1): PRICE}},
            "ETH@2026-03-27T08:00:01Z: no instrument expired; did you mean ETH@2026-03-27T08:00:00Z",
        ),
        ({"prices": PRICES | {("BTC", EXPIRY): PRICE}}, "BTC@2026-03-27T08:00:00Z: no instrument expired"),
        ({"keep": 7 * DAY - 1}, "keep: must be at least 7 days"),
        ({"keep": 2**40}, "until: must be after the time of the venue data"),
    ],
)
def test_impossible_prices_and_times_are_refused(listed, before, change, message):
    with pytest.raises(InputError, match=message):
        expire(**{"previous": before, "venue_data": listed(LIVE, AFTER, before), "prices": PRICES, **change})


def test_venue_data_that_do_not_follow_each_other_are_refused(listed, before):
    now = listed(LIVE, AFTER, before)
    with pytest.raises(InputError, match="previous: time: must not be after the time"):
        expire(now, before, {})
    with pytest.raises(InputError, match="previous: quote: differs from the quote currency"):
        expire(replace(before, quote="EUR"), now, PRICES)
    other = replace(before, underlyings=(replace(before.underlyings[0], name="BTC"),))
    with pytest.raises(InputError, match="previous: underlyings: other numbers of underlyings"):
        expire(other, now, PRICES)
    with pytest.raises(InputError, match=r"(F|1900-P): .* has its index"):
        expire(before, listed(LIVE + NEW, AFTER), PRICES)
    left_out = Exclusion("NEW-2000-P", "no mark", "ETH", by_name(before)["1900-C"].index)
    with pytest.raises(InputError, match="1900-C: NEW-2000-P has its index"):
        expire(before, replace(now, exclusions=(left_out,)), PRICES)


def test_a_shock_does_not_move_an_expired_instrument_and_time_removes_it(after):
    moves, volatility = {"ETH": Decimal("-0.3")}, {"ETH": Decimal("0.2")}
    shocked = stressed(after, OVER - 1, moves=moves, volatility=volatility)
    assert {name: by_name(shocked)[name] for name in PAYS} == {name: by_name(after)[name] for name in PAYS}
    assert by_name(shocked)["PERP"].mark == 1428
    over = stressed(after, OVER)
    assert set(by_name(over)) == {"PERP", "LATE-2000-C"}
    assert {one.name: one.reason for one in over.exclusions} == dict.fromkeys(PAYS, "expired")


def test_verification_finds_every_shift_of_an_expired_row(after):
    snapshot = Snapshot.build(after, load_model("span"))
    assert verify_snapshot(snapshot, after).holds
    number = numbers(after)["1900-C"]
    row = snapshot.parts.rows[number]
    moved = [
        replace(row, slots=(*row.slots[:at], row.slots[at] + 1, *row.slots[at + 1 :])) for at in (0, 16, 17)
    ]
    for changed in (*moved, replace(row, add_on=1), replace(row, short_floor=1)):
        rows = {**snapshot.parts.rows, number: changed}
        # A row with risk cannot be listed as settled.
        listings = tuple(
            replace(one, settled=None) if one.id == number and changed.has_risk else one
            for one in snapshot.parts.listings
        )
        found = verify_snapshot(Snapshot.commit(replace(snapshot.parts, rows=rows, listings=listings)), after)
        assert [one.part for one in found.differences] == ["1900-C"]


def test_expired_rows_do_not_hide_shifts_of_other_rows(before, listed, after):
    several = [replace(one, name=f"S{n}", index=100 + n) for n, one in enumerate([by_name(after)["F"]] * 60)]
    eth = after.underlyings[0]
    venue_data = replace(after, underlyings=(replace(eth, instruments=(*eth.instruments, *several)),))
    snapshot = Snapshot.build(venue_data, load_model("span"))
    number = numbers(after)["LATE-2000-C"]
    row = snapshot.parts.rows[number]
    shifted = replace(row, slots=(*(value + 1 for value in row.slots[:11]), *row.slots[11:]))
    changed = Snapshot.commit(replace(snapshot.parts, rows={**snapshot.parts.rows, number: shifted}))
    found = verify_snapshot(changed, venue_data)
    assert [(one.part, one.published, one.derived) for one in found.differences] == [
        ("rows", "11", "10 at most")
    ]


def test_a_diff_shows_the_payoff_and_the_end(before, listed, after):
    first, second = (Snapshot.build(one, load_model("span")) for one in (before, after))
    diff = diff_snapshots(first, second)
    assert (diff.new, diff.gone, diff.renumbered) == ((), {}, ())
    row = next(one for one in diff.rows if one.name == "1900-C")
    assert (row.mark_after, row.scan_after, row.charges_after) == (Decimal("1.5025"), 0, 0)
    over = Snapshot.build(listed(LIVE, OVER, after), load_model("span"))
    assert set(diff_snapshots(second, over).gone) == set(PAYS)


@pytest.mark.parametrize("with_venue_data", [True, False])
@pytest.mark.parametrize("model", ["span", "deribit"])
@pytest.mark.parametrize("positions", [{"1900-C": "-3"}, {"1900-C": "-3", "PERP": "2", "LATE-2000-C": "-1"}])
def test_the_report_page_shows_an_expired_instrument(after, model, positions, with_venue_data):
    snapshot = Snapshot.build(after, load_model(model), collateral=load_collateral())
    holder = account("3000", positions)
    page = render_report(holder, snapshot, venue_data=after if with_venue_data else None)
    assert "1900-C" in page


def test_no_price_moves_an_expired_instrument_in_the_report(after):
    snapshot = Snapshot.build(after, load_model("span"), collateral=())
    opening = account("3000", {"1900-C": "-3", "F": "1"}).opening(snapshot)
    # 3000 - 450.75 + 2050.25, and nothing is required.
    for way in (
        ByVenueData(opening, snapshot, after),
        ByScenarios(opening, margin_of(opening, snapshot), snapshot),
    ):
        for move in (-0.5, 0.0, 0.1):
            assert way.at({0}, move) == (pytest.approx(4599.5), 0)
    (greeks,) = units_of([by_name(after)["F"]], AFTER)
    assert (greeks.delta, greeks.gamma, greeks.vega, greeks.theta) == (0, 0, 0, 0)


def test_the_rebalancer_never_trades_an_expired_instrument(after):
    snapshot = Snapshot.build(after, load_model("span"))
    positions = {"1900-C": "-3", "2100-P": "4", "F": "2", "PERP": "2", "LATE-2000-C": "-1"}
    terms = Terms(allow=("*",), trades={"1900-C": Decimal(3)}, trade_cost_bps=Decimal(0))
    found = tradables(account("0", positions).opening(snapshot), snapshot, terms)
    assert {one.listing.name for one in found} == {"PERP", "LATE-2000-C"}
    for cash in ("-7900", "-7700"):
        advice = advise(account(cash, positions), snapshot, terms=terms)
        for plan in (advice.cheapest, advice.trades_only, advice.deposits_only):
            assert not {one.instrument for one in plan.trades} & set(PAYS)
            assert {name: plan.account.positions[name] for name in ("1900-C", "2100-P", "F")} == {
                name: Decimal(positions[name]) for name in ("1900-C", "2100-P", "F")
            }
    assert advice.missing


@pytest.fixture
def files(listed, before, tmp_path):
    """Write the venue data before and after the expiry; return their paths and one for output."""
    paths = tuple(tmp_path / f"{name}.json" for name in ("now", "before", "out"))
    listed(LIVE, AFTER, before).save(paths[0])
    before.save(paths[1])
    return paths


TIME = "2026-03-27T08:00:00Z"


def test_the_command(cli, files, after):
    now, before, out = files
    arguments = ("data", "expire", now, "--previous", before, "-o", out)
    code, shown, error = cli(*arguments, "--price", f"ETH@{TIME}=2050.25")
    assert (code, error) == (0, "")
    assert shown == f"{out}: 7 instruments of ETH at 2026-03-27T08:01:00Z\nexpired: 5\n"
    assert VenueData.load(out) == after
    code, shown, _ = cli(
        *arguments, "--price", f"ETH@{EXPIRY}=2050.25", "--keep-days", "30", "--force", "--json"
    )
    assert (code, json.loads(shown)["expired"]) == (0, 5)
    assert {one.until for one in by_name(VenueData.load(out)).values() if isinstance(one, Expired)} == {
        AFTER + 30 * DAY
    }


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), f"prices: no delivery price of ETH@{TIME}"),
        (("--price", "ETH"), "--price: ETH: expected a time"),
        (("--price", "ETH=2050.25"), "--price: ETH: expected a time"),
        (("--price", f"ETH@{TIME}"), f"--price: ETH@{TIME}: expected a number"),
        (("--price", f"ETH@{TIME}=1e3"), "expected a number"),
        (("--price", f"ETH@{TIME}=NaN"), "expected a number"),
        (("--price", f"ETH@{TIME}=-1"), "expected a positive number"),
        (("--price", f"ETH@{TIME}=0"), "expected a positive number"),
        (("--price", "ETH@2026-03-27=1"), "expected a time"),
        (("--price", "ETH@\x1b[2J=1"), "expected a time"),
        (("--price", f"ETH@{TIME}=1", "--price", f"ETH@{EXPIRY}=2"), "duplicate delivery price"),
        (("--price", f"DOGE@{TIME}=1", "--price", f"ETH@{TIME}=1"), "no instrument expired"),
        (("--price", f"ETH@{TIME}=1", "--keep-days", "6"), "--keep-days"),
        (("--price", f"ETH@{TIME}=1", "--keep-days", "-7"), "--keep-days"),
        (("--price", f"ETH@{TIME}=1", "--keep-days", "1e9"), "--keep-days"),
    ],
)
def test_impossible_options_are_a_usage_error_and_write_nothing(cli, files, options, message):
    now, before, out = files
    code, shown, error = cli("data", "expire", now, "--previous", before, "-o", out, *options)
    assert (code, shown, message in error, out.exists()) == (2, "", True, False), error
    assert "\x1b" not in error


def test_the_command_needs_the_previous_venue_data(cli, files):
    now, before, out = files
    assert cli("data", "expire", now, "-o", out)[0] == 2
    assert cli("data", "expire", before, "--previous", now, "-o", out)[0] == 2
    assert cli("data", "expire", now, "--previous", "none.json", "-o", out)[0] == 2
    assert not out.exists()
