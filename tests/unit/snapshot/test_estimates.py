"""The share of a snapshot that may be estimated, and estimates in verification."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.venues import CHAIN, market, option
from zkmargin.cli.options import FEW_ESTIMATES
from zkmargin.errors import InputError
from zkmargin.risk import load_model
from zkmargin.snapshot.estimates import MAX_ESTIMATED, require_few_estimates
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.snapshot.verify import verify_snapshot
from zkmargin.venue_data import Estimate, Right, VenueData

SPAN = load_model("span")
WIDE = (Decimal("0.5"), Decimal("0.9"))


def _estimated(count: int) -> VenueData:
    """Return six instruments, five of them options, with so many estimates."""
    names = [one.name for one in CHAIN[1:]][:count]
    return replace(market(*CHAIN), estimates=tuple(Estimate(name, "no mark", None, WIDE) for name in names))


def test_the_command_line_has_the_same_share():
    assert Decimal(FEW_ESTIMATES) == MAX_ESTIMATED == Decimal("0.2")


@pytest.mark.parametrize(("count", "share"), [(1, "0.2"), (3, "0.5"), (0, "0"), (5, "1")])
def test_a_share_of_estimates_is_accepted(count, share):
    made = Snapshot.build(_estimated(count), SPAN, max_estimated=Decimal(share))
    assert len(made.parts.estimates) == count


@pytest.mark.parametrize(("count", "share"), [(2, "0.2"), (1, "0"), (4, "0.6666")])
def test_more_than_the_share_is_refused(count, share):
    message = (
        f"estimates: {count} of 6 instruments are estimates, more than the largest share of {share}: check"
    )
    with pytest.raises(InputError) as caught:
        Snapshot.build(_estimated(count), SPAN, max_estimated=Decimal(share))
    assert str(caught.value).startswith(message)
    assert f"{CHAIN[1].name} (no mark)" in str(caught.value)


def test_settled_rows_do_not_count():
    """Five live rows of six: an estimate is then exactly a fifth."""
    parts = Snapshot.build(_estimated(1), SPAN).parts
    settled = replace(parts, listings=(replace(parts.listings[0], settled=1), *parts.listings[1:]))
    require_few_estimates(settled, Decimal("0.2"))
    for share, shown in ((Decimal("0.19"), settled), (Decimal("0.16"), parts)):
        with pytest.raises(InputError, match=f"1 of {5 if shown is settled else 6} instruments"):
            require_few_estimates(shown, share)
    require_few_estimates(parts, Decimal("0.19"))


def test_who_derives_it_again_has_a_share_too():
    venue_data = _estimated(3)
    made = Snapshot.build(venue_data, SPAN, max_estimated=Decimal(1))
    with pytest.raises(InputError, match="3 of 6 instruments are estimates"):
        verify_snapshot(made, venue_data)
    assert verify_snapshot(made, venue_data, max_estimated=Decimal("0.5")).holds


def test_charges_of_estimates_may_differ_in_the_last_place():
    """They come from floats; those of other options under this model do not."""
    venue_data = _estimated(1)
    made = Snapshot.build(venue_data, SPAN)
    rows = dict(made.parts.rows)
    for number, holds in ((1, True), (2, False)):
        shifted = {**rows, number: replace(rows[number], add_on=rows[number].add_on + 1)}
        published = Snapshot.commit(replace(made.parts, rows=shifted))
        assert verify_snapshot(published, venue_data).holds is holds
    more = {**rows, 1: replace(rows[1], add_on=rows[1].add_on + 2)}
    assert not verify_snapshot(Snapshot.commit(replace(made.parts, rows=more)), venue_data).holds


def test_a_snapshot_keeps_the_sizes(tmp_path):
    estimate = Estimate(CHAIN[1].name, "from the mark", Decimal("-1.25"), WIDE)
    made = Snapshot.build(replace(market(*CHAIN), estimates=(estimate,)), SPAN)
    made.save(tmp_path / "snapshot.json")
    assert Snapshot.load(tmp_path / "snapshot.json").parts.estimates == (estimate,)


def test_the_row_of_an_option_out_of_reach_of_the_layout_is_refused_by_name():
    """A doubt counts against the limit of a row's values."""
    huge = option(2000, Right.CALL, forward=10**9)
    huge = replace(huge, lot=Decimal(1), mark=Decimal(10**6))
    estimated = replace(market(huge), estimates=(Estimate(huge.name, "", None, WIDE),))
    with pytest.raises(InputError, match="choose a smaller lot"):
        Snapshot.build(estimated, SPAN, max_estimated=Decimal(1))
