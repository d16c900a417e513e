"""Rules about rows that follow each other: settled rows stay for seven days and do not change, no live row goes."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from support.margin_values import LISTINGS, MICRO, ROWS, snapshot
from zkmargin import InputError, Snapshot, StatementError
from zkmargin.snapshot.missing import way_forward
from zkmargin.snapshot.parts import Listing
from zkmargin.snapshot.rows import require_rows, row_faults
from zkmargin.spec import STANDARD, Row
from zkmargin.venue_data import SETTLED_DAYS, Exclusion

LIVE = snapshot()
NOW = LIVE.timestamp
DAY = 86_400
SETTLED_AT = NOW + 60
CALL = "ETH-CALL"


def final(mark: int, delta: int = 0) -> Row:
    """Return the row of a settled instrument."""
    slots = [0] * STANDARD.slots
    slots[STANDARD.mark], slots[STANDARD.delta] = mark, delta
    return Row(tuple(slots), 0, 0)


def after(seconds: int, call: Row | None, since: int | None = None, **changed: Any) -> Snapshot:
    """Return a snapshot with another row of the call, or without one."""
    rows = {**ROWS, 1: call} if call else {one: row for one, row in ROWS.items() if one != 1}
    listings = tuple(
        replace(one, settled=since if one.id == 1 else None) for one in LISTINGS if one.id in rows
    )
    values = {"rows": rows, "listings": listings, "timestamp": NOW + seconds, **changed}
    return Snapshot.commit(replace(LIVE.parts, **values))


SETTLED = after(60, final(31 * MICRO), SETTLED_AT)


def refusal(before: Snapshot, later: Snapshot) -> str:
    with pytest.raises(StatementError) as caught:
        require_rows(before, later)
    return str(caught.value).removeprefix("rows must not follow the previous snapshot's: ")


class TestWhatMayFollow:
    def test_seven_days(self):
        assert SETTLED_DAYS == 7

    def test_live_rows_move_and_instruments_are_added(self):
        more = after(
            60, replace(ROWS[1], slots=(0,) * 18), rows={**ROWS, 7: ROWS[1]},
            listings=(*LISTINGS[:2], Listing(7, "NEW", Decimal("0.1")), LISTINGS[2]),
        )  # fmt: skip
        require_rows(LIVE, more)
        require_rows(LIVE, LIVE)

    def test_a_row_is_settled_stays_and_goes_after_seven_days(self):
        require_rows(LIVE, SETTLED)
        require_rows(SETTLED, after(60 + 7 * DAY - 1, final(31 * MICRO), SETTLED_AT))
        require_rows(SETTLED, after(60 + 30 * DAY, final(31 * MICRO), SETTLED_AT))
        require_rows(SETTLED, after(60 + 7 * DAY, None))

    def test_the_id_goes_to_another_instrument_after_seven_days(self):
        reused = (LISTINGS[0], replace(LISTINGS[1], name="NEW"), LISTINGS[2])
        require_rows(SETTLED, after(60 + 7 * DAY, ROWS[1], listings=reused))
        assert "ETH-CALL: no row" in refusal(SETTLED, after(60 + 7 * DAY - 1, ROWS[1], listings=reused))

    def test_between_distant_snapshots_a_live_row_may_have_been_settled_and_dropped(self):
        assert list(row_faults(LIVE, after(7 * DAY, None), is_next=False)) == []
        assert list(row_faults(LIVE, after(7 * DAY - 1, None), is_next=False)) == [
            "ETH-CALL: no row, but it was never settled"
        ]


class TestAttacks:
    def test_attack_settled_row_dropped_early(self):
        assert refusal(SETTLED, after(60 + 7 * DAY - 1, None)) == (
            "ETH-CALL: no row, but settled only since 2023-11-14 22:14:20 UTC, less than 7 days ago"
        )

    def test_attack_settled_row_with_another_mark(self):
        for days in (1, 30):
            changed = after(60 + days * DAY, final(32 * MICRO), SETTLED_AT)
            assert refusal(SETTLED, changed) == (
                "ETH-CALL: the mark of a settled row changes from 31000000 to 32000000 micro-quote per lot"
            )

    def test_attack_settled_row_made_live_again(self):
        found = refusal(SETTLED, after(120, replace(ROWS[1], slots=(*ROWS[1].slots[:16], 31 * MICRO, 0))))
        assert found == "ETH-CALL: settled in the previous snapshot, and live again"

    def test_attack_settled_row_with_an_earlier_time_to_drop_it_sooner(self):
        assert refusal(SETTLED, after(120, final(31 * MICRO), SETTLED_AT - 6 * DAY)) == (
            "ETH-CALL: settled since 2023-11-14 22:14:20 UTC, and now since 2023-11-08 22:14:20 UTC"
        )

    def test_attack_live_row_settled_in_the_past(self):
        assert refusal(LIVE, after(60, final(31 * MICRO), NOW)) == (
            "ETH-CALL: settled since 2023-11-14 22:13:20 UTC, but live in the previous snapshot of "
            "2023-11-14 22:13:20 UTC"
        )

    def test_attack_live_row_dropped(self):
        # However long the feed was silent.
        for days in (0, 30):
            assert refusal(LIVE, after(60 + days * DAY, None)) == "ETH-CALL: no row, but it was never settled"
        excluded = after(60, None, exclusions=(Exclusion(CALL, "no mark", "ETH", 1),))
        assert refusal(LIVE, excluded) == (
            f"ETH-CALL: no row (excluded: no mark: {way_forward('no mark')}), but it was never settled"
        )

    def test_attack_another_id_or_lot(self):
        moved = {
            "rows": {0: ROWS[0], 5: ROWS[1], 4096: ROWS[4096]},
            "listings": (LISTINGS[0], replace(LISTINGS[1], id=5), LISTINGS[2]),
        }
        assert refusal(LIVE, after(60, ROWS[1], **moved)) == "ETH-CALL: the id changes from 1 to 5"
        larger = (LISTINGS[0], replace(LISTINGS[1], lot=Decimal("0.2")), LISTINGS[2])
        assert refusal(LIVE, after(60, ROWS[1], listings=larger)) == (
            "ETH-CALL: the lot changes from 0.1 to 0.2"
        )

    def test_an_older_snapshot(self):
        assert refusal(SETTLED, LIVE) == "the snapshot is older than the previous one"

    def test_of_many_instruments_the_first_are_named(self):
        rows = dict.fromkeys(range(12), ROWS[1])
        many = tuple(Listing(number, f"X{number}", Decimal(1)) for number in rows)
        before = Snapshot.commit(replace(LIVE.parts, rows=rows, listings=many))
        found = refusal(before, LIVE)
        assert ("X9: no row" in found, "X10" in found, found.endswith("; and 2 more")) == (True, False, True)


class TestListings:
    def test_attack_a_live_row_without_risk(self):
        # Anybody's position of it would become cash.
        for row in (final(31 * MICRO), final(0)):
            with pytest.raises(InputError, match="ETH-CALL: settled: missing: a row without risk"):
                after(60, row)
        after(60, final(31 * MICRO, 1))

    def test_a_settled_row_with_risk(self):
        risky = (
            final(31 * MICRO, 1),
            Row((1, *final(5).slots[1:]), 0, 0),
            replace(final(5), short_floor=1),
            replace(final(5), add_on=1),
        )
        for row in risky:
            with pytest.raises(InputError, match="ETH-CALL: settled: must be left out, or the row"):
                after(60, row, SETTLED_AT)

    def test_the_time_is_not_after_the_snapshot(self):
        after(60, final(5), NOW + 60)
        with pytest.raises(InputError, match="ETH-CALL: settled: must not be after the time of the snapshot"):
            after(60, final(5), NOW + 61)

    def test_the_root_covers_the_time(self, tmp_path):
        SETTLED.save(tmp_path / "snapshot.json")
        assert Snapshot.load(tmp_path / "snapshot.json") == SETTLED
        document = json.loads((tmp_path / "snapshot.json").read_text())
        assert [row.get("settled") for row in document["rows"]] == [None, str(SETTLED_AT), None]
        document["rows"][1]["settled"] = str(SETTLED_AT - 1)
        (tmp_path / "changed.json").write_text(json.dumps(document))
        with pytest.raises(
            InputError, match="paramsHash: must be the hash of model, collateral and listings"
        ):
            Snapshot.load(tmp_path / "changed.json")
