"""Differences between snapshots and their effect on accounts, against calculations by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal, localcontext
from pathlib import Path
from typing import Any

import pytest

from support import spec_values
from support.margin_values import LISTINGS, MICRO, ROWS, account, snapshot
from zkmargin import InputError, Requirement
from zkmargin.account.difference import diff_account
from zkmargin.documents.difference import Change
from zkmargin.snapshot.difference import PriceChange, RowChange, diff_snapshots
from zkmargin.snapshot.snapshot import Listing, Snapshot
from zkmargin.spec.layout import WIDE
from zkmargin.venue_data import Exclusion

BEFORE = snapshot()
PARTS = BEFORE.parts
CALL = ROWS[1]
LOSSES = {**ROWS, 1: replace(CALL, slots=(-45 * MICRO, *CALL.slots[1:16], 33 * MICRO, CALL.slots[17]))}


def _after(**changed: Any) -> Snapshot:
    return Snapshot.commit(replace(PARTS, **changed))


def _without(name: str, **more: Any) -> Snapshot:
    left = [one for one in LISTINGS if one.name != name]
    rows = {one.id: ROWS[one.id] for one in left}
    return _after(listings=tuple(left), rows=rows, **more)


def _row_change(name: str, *pairs: tuple[int, int]) -> RowChange:
    return RowChange(name, *(Decimal(one) for pair in pairs for one in pair))


def test_equal_snapshots_have_no_differences():
    moved = diff_snapshots(BEFORE, BEFORE)
    assert not any(getattr(moved, name) for name in moved.__slots__)


def test_changes_of_the_head():
    after = _after(timestamp=PARTS.timestamp + 60)
    assert diff_snapshots(BEFORE, after).heads == (
        Change("root", str(BEFORE.root), str(after.root)),
        Change("timestamp", "1700000000", "1700000060"),
    )


def test_changed_parameters_have_key_paths():
    model = replace(PARTS.model.with_range("ETH", Decimal("0.2")), initial_bps=13_000)
    assets = (replace(PARTS.collateral[0], haircut=Decimal("0.05")), *PARTS.collateral[1:])
    moved = diff_snapshots(BEFORE, _after(model=model, collateral=assets))
    assert moved.model == (
        Change("initial_bps", "12500", "13000"),
        Change("underlyings.ETH.price_scan_range", "0.18", "0.2"),
    )
    assert moved.collateral == (Change("USDC.haircut", "0", "0.05"),)
    assert moved.haircut_prices == (PriceChange("USDC", Decimal(1), Decimal("0.95")),)


def test_prices():
    eth, *others = PARTS.index_prices
    after = _after(index_prices=(eth + 10, *others), prices=(*PARTS.prices[:2], Decimal(2010)))
    moved = diff_snapshots(BEFORE, after)
    assert moved.index_prices == (PriceChange("ETH", eth, eth + 10),)
    assert moved.haircut_prices == (PriceChange("ETH", Decimal(1800), Decimal(1809)),)


def test_a_new_underlying_and_a_new_asset_have_no_price_before():
    moved = diff_snapshots(
        BEFORE, _after(underlyings=("ETH", "BTC", "SOL"), index_prices=(*PARTS.index_prices, Decimal(9)))
    )
    assert moved.index_prices == (PriceChange("SOL", None, Decimal(9)),)
    assert not moved.renumbered
    fewer = _after(collateral=PARTS.collateral[:2], prices=PARTS.prices[:2])
    assert diff_snapshots(BEFORE, fewer).haircut_prices == (PriceChange("ETH", Decimal(1800), None),)


def test_rows_are_sorted_by_the_change_of_the_mark():
    perpetual = replace(ROWS[0], slots=(-60 * MICRO, *ROWS[0].slots[1:]))
    moved = diff_snapshots(BEFORE, _after(rows={**LOSSES, 0: perpetual}))
    assert moved.rows == (
        _row_change("ETH-CALL", (30, 33), (30, 45), (26, 26)),
        _row_change("ETH-PERPETUAL", (220, 220), (50, 60), (0, 0)),
    )
    with localcontext(prec=2):
        assert diff_snapshots(BEFORE, _after(rows=LOSSES)).rows == moved.rows[:1]


def test_the_scan_of_a_lot_counts_shorts_too():
    gain = replace(CALL, slots=(-30 * MICRO, 70 * MICRO, *CALL.slots[2:]))
    (row,) = diff_snapshots(BEFORE, _after(rows={**ROWS, 1: gain})).rows
    assert (row.scan_before, row.scan_after) == (30, 70)


def test_a_charge_and_an_inner_scenario_count_too():
    gain = replace(CALL, slots=(*CALL.slots[:2], MICRO, *CALL.slots[3:]))
    for row, charges in ((replace(CALL, short_floor=5 * MICRO), 6), (gain, 26)):
        moved = diff_snapshots(BEFORE, _after(rows={**ROWS, 1: row}))
        assert moved.rows == (_row_change("ETH-CALL", (30, 30), (30, 30), (26, charges)),)


def test_new_and_gone_instruments_with_reasons():
    reason = (Exclusion("ETH-CALL", "bid above ask", "ETH", 1),)
    less = _without("ETH-CALL", exclusions=reason)
    moved = diff_snapshots(BEFORE, less)
    assert (moved.gone, moved.new) == ({"ETH-CALL": "bid above ask"}, ())
    assert diff_snapshots(BEFORE, _without("ETH-CALL")).gone == {"ETH-CALL": ""}
    back = diff_snapshots(less, BEFORE)
    assert (back.gone, back.new) == ({}, ("ETH-CALL",))
    assert not moved.renumbered
    assert not moved.rows


def test_a_renumbered_instrument_is_an_alarm():
    listings = (LISTINGS[0], Listing(2, "ETH-CALL", Decimal("0.1")), LISTINGS[2])
    moved = diff_snapshots(BEFORE, _after(listings=listings, rows={0: ROWS[0], 2: ROWS[1], 4096: ROWS[4096]}))
    assert moved.renumbered == (Change("ETH-CALL: id", "1", "2"),)
    assert moved.alarms == (
        "ids, lots or places changed, to which commitments of accounts refer",
        "ETH-CALL: the id changes from 1 to 2",
    )


def test_a_number_that_means_another_instrument_is_an_alarm():
    listings = (LISTINGS[0], Listing(1, "ETH-PUT", Decimal("0.1")), LISTINGS[2])
    assert diff_snapshots(BEFORE, _after(listings=listings)).renumbered == (
        Change("id 1", "ETH-CALL", "ETH-PUT"),
    )


def test_another_lot_is_an_alarm_and_its_row_is_not_compared():
    listings = (LISTINGS[0], Listing(1, "ETH-CALL", Decimal("0.2")), LISTINGS[2])
    moved = diff_snapshots(BEFORE, _after(listings=listings, rows=LOSSES))
    assert moved.renumbered == (Change("ETH-CALL: lot", "0.1", "0.2"),)
    assert moved.rows == ()


def test_places_that_moved_are_an_alarm():
    assets = (PARTS.collateral[1], PARTS.collateral[0], PARTS.collateral[2])
    prices = (PARTS.prices[1], PARTS.prices[0], PARTS.prices[2])
    moved = diff_snapshots(BEFORE, _after(collateral=assets, prices=prices))
    assert moved.renumbered == (Change("USDC: place", "0", "1"), Change("DOGE: place", "1", "0"))
    assert moved.haircut_prices == ()
    swapped = diff_snapshots(BEFORE, _after(underlyings=("BTC", "ETH")))
    assert swapped.renumbered == (Change("ETH: place", "0", "1"), Change("BTC: place", "1", "0"))


def test_attack_feed_another_collateral_list_is_an_alarm():
    first, second, third = PARTS.collateral
    prices = dict(zip(PARTS.collateral, PARTS.prices, strict=True))
    for assets, shown in (
        ((first, third, second), "USDC, ETH, DOGE"),
        ((first, second), "USDC, DOGE"),
        ((), "empty"),
    ):
        after = _after(collateral=assets, prices=tuple(prices[one] for one in assets))
        reason = (
            f"the collateral list changed from USDC, DOGE, ETH to {shown}; accounts hold amounts by place"
        )
        assert diff_snapshots(BEFORE, after).alarms[0] == reason
    # A haircut may change at once.
    stricter = (replace(first, haircut=Decimal("0.05")), second, third)
    assert diff_snapshots(BEFORE, _after(collateral=stricter)).alarms == ()


def test_amounts_of_other_quote_currencies_are_not_compared():
    prices, index_prices = (Decimal(2), *PARTS.prices[1:]), (Decimal(1), Decimal(2))
    after = _after(quote="EUR", rows=LOSSES, prices=prices, index_prices=index_prices)
    moved = diff_snapshots(BEFORE, after)
    assert Change("quote", "USD", "EUR") in moved.heads
    assert [one.split(";")[0] for one in moved.alarms] == ["the quote currency changed from USD to EUR"]
    assert (moved.rows, moved.haircut_prices, moved.index_prices) == ((), (), ())
    with pytest.raises(InputError, match="the quote currencies differ"):
        diff_account(account(), BEFORE, _after(quote="EUR"))


def _wide() -> Snapshot:
    rows = {number: spec_values.row((), mark=one.slots[16]) for number, one in ROWS.items()}
    wide = {
        number: replace(
            row,
            slots=(*ROWS[number].slots[:16], *[0] * 22, *ROWS[number].slots[16:], 0, 0),
            short_floor=ROWS[number].short_floor,
            add_on=ROWS[number].add_on,
        )
        for number, row in rows.items()
    }
    return _after(rows=wide, layout=WIDE)


def test_snapshots_of_different_layouts_are_compared():
    moved = diff_snapshots(BEFORE, _wide())
    assert Change("layout", "standard", "wide") in moved.heads
    assert moved.rows == ()
    found = diff_account(account(), BEFORE, _wide())
    for requirement in Requirement:
        assert found.before[requirement].cushion == found.after[requirement].cushion


def test_the_margin_of_an_account_before_and_after():
    # The call, 4 lots short, is worth 3 more and loses 15 less of a rise of 45: scenario 0 of ETH gains
    # 2 * -50 + 4 * 45 = 80. Its floor of 100 binds as before.
    found = diff_account(account(), BEFORE, _after(rows=LOSSES))
    before, after = found.before[Requirement.MAINTENANCE], found.after[Requirement.MAINTENANCE]
    assert (before.required, after.required) == (134, 134)
    assert after.equity - before.equity == -4 * 3
    assert after.cushion - before.cushion == -4 * 3
    assert found.after[Requirement.INITIAL].required == 134 * Decimal("1.25")
    assert (found.missing_before, found.missing_after, found.source) == ((), (), "account")


def test_instruments_missing_in_one_snapshot_are_left_out_of_both_reports():
    after = _without("ETH-CALL", collateral=PARTS.collateral[:2], prices=PARTS.prices[:2])
    found = diff_account(account(), BEFORE, after)
    assert (found.missing_before, found.missing_after) == ((), ("ETH-CALL", "ETH"))
    for report in (found.before, found.after):
        # 2 lots of the perpetual lose 100 in scenario 0; BTC as ever 24 + 6.
        assert report[Requirement.MAINTENANCE].required == 130
        assert report[Requirement.MAINTENANCE].equity == Decimal("1000.25") + 2 * 220 + 3 * 45
    back = diff_account(account(), after, BEFORE)
    assert (back.missing_before, back.missing_after) == (("ETH-CALL", "ETH"), ())


def test_an_account_diff_shows_nothing():
    found = diff_account(account(), BEFORE, _after(rows=LOSSES))
    assert "required" not in repr(found)
    assert "ETH" not in repr(found)


# The command.


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    BEFORE.save("a.json")
    _after(rows=LOSSES, timestamp=PARTS.timestamp + 60).save("b.json")
    account().save("account.json")

    return lambda *arguments: cli("snapshot", "diff", *arguments)


def _lines(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def test_the_text(cli):
    code, out, err = cli("a.json", "b.json", "--account", "account.json")
    assert (code, err) == (0, "")
    lines = _lines(out)
    assert "time: 2023-11-14 22:13:20 UTC -> 2023-11-14 22:14:20 UTC" in lines
    assert "ETH-CALL 30.00 33.00 30.00 45.00 26.00 26.00" in lines
    assert "account account.json, USD" in lines
    assert "maintenance margin before after" in lines
    assert "required 134.00 134.00" in lines
    assert "equity 2,355.25 2,343.25" in lines
    assert "health healthy healthy" in lines
    assert "ALARM" not in out


def test_the_same_snapshot(cli):
    assert cli("a.json", "a.json") == (0, "same root: nothing changed\n", "")


def test_other_index_prices_under_the_same_root_are_alarming(cli):
    replaced = Snapshot.load("a.json").parts
    prices = tuple(price + 1 for price in replaced.index_prices)
    Snapshot.commit(replace(replaced, index_prices=prices)).save("c.json")
    code, out, _ = cli("a.json", "c.json")
    assert (code, out.splitlines()[1]) == (1, "same root")
    assert out.startswith("ALARM: index prices differ, which signatures cover")
    assert "nothing changed" not in out


def test_json(cli):
    code, out, _ = cli("a.json", "b.json", "--account", "account.json", "--json")
    assert code == 0
    shown = json.loads(out)
    assert shown["rows"] == [
        {
            "name": "ETH-CALL",
            "mark_before": "30",
            "mark_after": "33",
            "scan_before": "30",
            "scan_after": "45",
            "charges_before": "26",
            "charges_after": "26",
        }
    ]
    (one,) = shown["accounts"]
    assert one["account"] == "account.json"
    assert one["maintenance"]["after"] == {
        "requirement_bps": 10_000,
        "required": "134",
        "equity": "2343.25",
        "cushion": "2209.25",
        "healthy": True,
    }
    assert set(shown) == {
        "alarms", "heads", "model", "collateral", "index_prices", "haircut_prices", "new", "gone", "renumbered", "rows",
        "accounts",
    }  # fmt: skip


def test_the_text_names_alarms_missing_instruments_and_different_currencies(cli):
    listings = (LISTINGS[0], Listing(2, "ETH-CALL", Decimal("0.1")), LISTINGS[2])
    _after(listings=listings, rows={0: ROWS[0], 2: ROWS[1], 4096: ROWS[4096]}).save("c.json")
    code, out, _ = cli("a.json", "c.json")
    lines = _lines(out)
    assert (code, cli("a.json", "c.json", "--json")[0]) == (1, 1)
    assert lines[0] == "ALARM: ids, lots or places changed, to which commitments of accounts refer"
    assert "ETH-CALL: id: 1 -> 2" in lines
    _without("ETH-CALL", exclusions=(Exclusion("ETH-CALL", "no mark"),)).save("d.json")
    lines = _lines(cli("a.json", "d.json", "--account", "account.json")[1])
    assert "ETH-CALL (no mark)" in lines
    assert "missing in the later snapshot, so ignored in both: ETH-CALL" in lines
    _after(quote="EUR").save("e.json")
    lines = _lines(cli("a.json", "e.json")[1])
    assert "the quote currencies differ: amounts are not compared" in lines
    assert cli("a.json", "e.json", "--account", "account.json")[0] == 2
    _wide().save("f.json")
    lines = _lines(cli("a.json", "f.json")[1])
    assert "layout: standard -> wide" in lines


def test_attack_dropped_and_changed_rows_are_alarms(cli):
    _without("ETH-CALL", timestamp=PARTS.timestamp + 60).save("c.json")
    code, out, _ = cli("a.json", "c.json")
    assert (code, _lines(out)[0]) == (1, "ALARM: ETH-CALL: no row, but it was never settled")
    for name, mark in (("d.json", 30), ("e.json", 31)):
        final = spec_values.row((0, 0), mark=mark * MICRO)
        listings = (LISTINGS[0], replace(LISTINGS[1], settled=PARTS.timestamp + 60), LISTINGS[2])
        _after(listings=listings, rows={**ROWS, 1: final}, timestamp=PARTS.timestamp + 60).save(name)
    assert cli("a.json", "d.json")[0] == 0
    code, out, _ = cli("d.json", "e.json", "--json")
    reason = "ETH-CALL: the mark of a settled row changes from 30000000 to 31000000 micro-quote per lot"
    assert (code, json.loads(out)["alarms"]) == (1, [reason])
    # Between these, it can have been settled for seven days.
    _without("ETH-CALL", timestamp=PARTS.timestamp + 7 * 86_400).save("f.json")
    assert cli("a.json", "f.json")[0] == 0


def test_many_alarms_are_cut_in_the_text_only(cli):
    rows = dict.fromkeys(range(12), ROWS[1])
    many = tuple(Listing(number, f"X{number}", Decimal(1)) for number in rows)
    _after(rows=rows, listings=many).save("c.json")
    _after(rows={0: ROWS[1]}, listings=many[:1]).save("d.json")
    lines = [one for one in _lines(cli("c.json", "d.json")[1]) if one.startswith("ALARM")]
    assert (len(lines), lines[-1]) == (11, "ALARM: and 1 more (--json lists all of them)")
    assert len(json.loads(cli("c.json", "d.json", "--json")[1])["alarms"]) == 11


def test_many_parameters_are_cut_in_the_text_only(cli):
    scenarios = tuple(replace(one, cover=one.cover and one.cover / 2) for one in PARTS.model.scenarios)
    _after(model=replace(PARTS.model, scenarios=scenarios)).save("c.json")
    lines = _lines(cli("a.json", "c.json")[1])
    assert "model parameters changed: 16" in lines
    assert sum(line.startswith("scenarios[") for line in lines) == 10
    assert len(json.loads(cli("a.json", "c.json", "--json")[1])["model"]) == 16


def test_an_account_that_becomes_unhealthy(cli):
    account(str(134 - 455 - 900)).save("account.json")
    lines = _lines(cli("a.json", "b.json", "--account", "account.json")[1])
    assert "health healthy NOT healthy" in lines


def test_time_beyond_the_calendar_is_shown_as_it_is(cli):
    _after(timestamp=2**63).save("late.json")
    assert f"time: 2023-11-14 22:13:20 UTC -> {2**63}" in _lines(cli("a.json", "late.json")[1])


def test_an_account_that_others_can_read_is_warned_of(cli):
    Path("account.json").chmod(0o644)
    code, _, err = cli("a.json", "b.json", "--account", "account.json")
    assert code == 0
    assert "warning: other users can read account.json" in err
