"""Verification finds every change by a dishonest publisher, although the root is right."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account as EthAccount

from support.circuits import ROOT
from zkmargin import InputError
from zkmargin.documents.difference import Change, changes
from zkmargin.risk import load_collateral, load_model
from zkmargin.snapshot.signatures import Domain, Signatures, SnapshotMessage
from zkmargin.snapshot.signer import sign_snapshot
from zkmargin.snapshot.snapshot import Listing, Snapshot
from zkmargin.snapshot.verify import Difference, slot_names, verify_snapshot
from zkmargin.spec.layout import STANDARD, WIDE
from zkmargin.venue_data import Estimate, Exclusion
from zkmargin.venues import import_deribit

CHAIN = ROOT / "examples" / "chain"
IMPORTED = import_deribit(CHAIN / "ETH.json", time=1_772_442_001, previous=import_deribit(CHAIN / "BTC.json"))
# Half of the calls and half of the puts, as the table is verified a hundred times.
VENUE_DATA = replace(
    IMPORTED,
    underlyings=tuple(
        replace(one, instruments=tuple(each for n, each in enumerate(one.instruments) if n % 4 < 2))
        for one in IMPORTED.underlyings
    ),
)
SPAN = load_model("span")
SNAPSHOT = Snapshot.build(VENUE_DATA, SPAN)
PARTS = SNAPSHOT.parts
OPTION = next(one for one in PARTS.listings if one.name.endswith("-C"))
VALUES = (*slot_names(STANDARD), "shortFloor", "addOn")
CONTRACT = "0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC"


def _published(**changed: Any) -> Snapshot:
    """Return a snapshot of changed parts under their own, right root."""
    return Snapshot.commit(replace(PARTS, **changed))


def _with_value(place: int, step: int) -> Snapshot:
    row = PARTS.rows[OPTION.id]
    if place < len(row.slots):
        slots = [*row.slots]
        slots[place] += step
        changed = replace(row, slots=tuple(slots))
    else:
        name = ("short_floor", "add_on")[place - len(row.slots)]
        changed = replace(row, **{name: getattr(row, name) + step})
    return _published(rows={**PARTS.rows, OPTION.id: changed})


def test_a_built_snapshot_holds():
    found = verify_snapshot(SNAPSHOT, VENUE_DATA, model=SPAN, collateral=load_collateral())
    assert found.holds
    assert found.differences == ()
    assert (found.rows, found.values) == (len(PARTS.listings), 20 * len(PARTS.listings))
    assert (found.last_places, found.derived_root) == (0, SNAPSHOT.root)


def test_a_wide_snapshot_holds():
    wide = Snapshot.build(VENUE_DATA, SPAN, layout=WIDE)
    found = verify_snapshot(wide, VENUE_DATA)
    assert found.holds
    assert found.values == 44 * found.rows


def test_slots_have_names():
    assert slot_names(STANDARD)[15:] == ("scenario 15", "mark", "delta")
    assert slot_names(WIDE)[37:] == ("scenario 37", "mark", "delta", "gamma", "vega")


EXACT = {"mark", "shortFloor", "addOn"}


@pytest.mark.parametrize("place", range(len(VALUES)))
@pytest.mark.parametrize("sign", [1, -1])
def test_a_value_with_floats_in_it_may_be_off_by_one_and_none_by_two(place, sign):
    near = verify_snapshot(_with_value(place, sign), VENUE_DATA)
    assert near.holds == (VALUES[place] not in EXACT)
    assert (near.last_places, near.derived_root) == (int(near.holds), SNAPSHOT.root)
    if VALUES[place] == "addOn" and sign < 0:
        return  # an add-on of 1 micro-quote has no more room below
    far = verify_snapshot(_with_value(place, 2 * sign), VENUE_DATA)
    assert not far.holds
    (found,) = far.differences
    assert (found.part, found.value) == (OPTION.name, VALUES[place])
    assert int(found.published or 0) - int(found.derived or 0) == 2 * sign
    assert far.last_places == 0


def test_a_charge_that_is_part_of_a_delta_may_be_off_by_one():
    paradex = Snapshot.build(VENUE_DATA, load_model("paradex"))
    row = paradex.row(OPTION.name)
    rows = {**paradex.parts.rows, OPTION.id: replace(row, add_on=row.add_on - 1)}
    found = verify_snapshot(Snapshot.commit(replace(paradex.parts, rows=rows)), VENUE_DATA)
    assert (found.holds, found.last_places) == (True, 1)
    mark = [value + (place == WIDE.mark) for place, value in enumerate(row.slots)]
    for other in (replace(row, add_on=row.add_on - 2), replace(row, slots=tuple(mark))):
        rows[OPTION.id] = other
        assert not verify_snapshot(Snapshot.commit(replace(paradex.parts, rows=rows)), VENUE_DATA).holds


def _shifted(count: int) -> Snapshot:
    """Return a snapshot in which so many losses are smaller by one micro-quote."""
    rows, left = dict(PARTS.rows), count
    for number, row in rows.items():
        slots = [value + (place < left) for place, value in enumerate(row.slots[: STANDARD.scenarios])]
        left = max(left - len(slots), 0)
        rows[number] = replace(row, slots=(*slots, *row.slots[STANDARD.scenarios :]))
    return _published(rows=rows)


def test_many_values_off_by_one_are_no_accident():
    most = 20 * len(PARTS.rows) // 100
    assert most > 10
    few, many = (verify_snapshot(_shifted(count), VENUE_DATA) for count in (most, most + 1))
    assert (few.holds, few.last_places) == (True, most)
    assert many.differences == (
        Difference("rows", "values off by one micro-quote", str(most + 1), f"{most} at most"),
    )


def _renamed(old: str, new: str) -> tuple[Listing, ...]:
    return tuple(replace(one, name=new) if one.name == old else one for one in PARTS.listings)


def test_swapped_names_are_found():
    first, second = PARTS.listings[3].name, PARTS.listings[4].name
    swapped = {first: second, second: first}
    listings = tuple(replace(one, name=swapped.get(one.name, one.name)) for one in PARTS.listings)
    found = verify_snapshot(_published(listings=listings), VENUE_DATA)
    assert {(one.part, one.value) for one in found.differences} >= {(first, "id"), (second, "id")}


def test_another_lot_is_found():
    listings = tuple(replace(one, lot=one.lot * 2) if one == OPTION else one for one in PARTS.listings)
    found = verify_snapshot(_published(listings=listings), VENUE_DATA)
    assert found.differences == (Difference(OPTION.name, "lot", str(OPTION.lot * 2), str(OPTION.lot)),)


def test_a_row_too_few_and_a_row_too_many_are_found():
    rows = {number: row for number, row in PARTS.rows.items() if number != OPTION.id}
    listings = tuple(one for one in PARTS.listings if one != OPTION)
    fewer = verify_snapshot(_published(rows=rows, listings=listings), VENUE_DATA)
    assert fewer.differences == (Difference(OPTION.name, "row", None, "listed"),)
    other = verify_snapshot(_published(listings=_renamed(OPTION.name, "ETH-NEW")), VENUE_DATA)
    assert set(other.differences) == {
        Difference(OPTION.name, "row", None, "listed"),
        Difference("ETH-NEW", "row", "listed", None),
    }


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"timestamp": 1_772_442_002}, ("snapshot", "timestamp", "1772442002", "1772442001")),
        ({"quote": "EUR"}, ("snapshot", "quote", "EUR", "USD")),
        ({"underlyings": ("BTC", "XRP")}, ("snapshot", "underlyings[1]", "XRP", "ETH")),
    ],
)
def test_the_head_is_compared(changed, expected):
    assert Difference(*expected) in verify_snapshot(_published(**changed), VENUE_DATA).differences


def test_an_index_price_is_compared_exactly():
    btc, eth = PARTS.index_prices
    found = verify_snapshot(_published(index_prices=(btc, eth + Decimal("0.000001"))), VENUE_DATA)
    (one,) = found.differences
    assert (one.part, one.value) == ("ETH", "index price")


def test_a_collateral_price_is_compared_exactly():
    place = next(n for n, one in enumerate(PARTS.collateral) if one.asset == "ETH")
    prices = [*PARTS.prices]
    prices[place] = (prices[place] or 0) + Decimal("0.01")
    found = verify_snapshot(_published(prices=tuple(prices)), VENUE_DATA)
    assert [(one.part, one.value) for one in found.differences] == [
        ("ETH", "collateral price"),
        ("ETH", "haircut price"),
    ]


def test_exclusions_are_compared():
    hidden = verify_snapshot(_published(exclusions=PARTS.exclusions[1:]), VENUE_DATA)
    first = PARTS.exclusions[0]
    assert hidden.differences == (Difference(first.name, "excluded", None, first.reason),)
    more = (*PARTS.exclusions, Exclusion("ETH-X", "no mark"))
    assert verify_snapshot(_published(exclusions=more), VENUE_DATA).differences == (
        Difference("ETH-X", "excluded", "no mark", None),
    )


def test_estimates_are_compared():
    """A mark that is not the venue's must be declared as an estimate."""
    named = PARTS.listings[0].name
    venue_data = replace(VENUE_DATA, estimates=(Estimate(named, "from the smile"),))
    assert verify_snapshot(SNAPSHOT, venue_data).differences == (
        Difference(named, "estimated", None, "from the smile"),
    )
    assert verify_snapshot(_published(estimates=venue_data.estimates), venue_data).holds


def test_another_model_is_found_only_if_one_is_given():
    lower = SPAN.with_range("ETH", Decimal("0.01"))
    snapshot = Snapshot.build(VENUE_DATA, lower)
    assert verify_snapshot(snapshot, VENUE_DATA).holds
    found = verify_snapshot(snapshot, VENUE_DATA, model=SPAN)
    assert found.differences == (Difference("model", "underlyings.ETH.price_scan_range", "0.01", "0.18"),)


def test_other_collateral_is_found_only_if_one_is_given():
    generous = tuple(replace(one, haircut=Decimal(0)) for one in load_collateral())
    snapshot = Snapshot.build(VENUE_DATA, SPAN, collateral=generous)
    assert verify_snapshot(snapshot, VENUE_DATA).holds
    found = verify_snapshot(snapshot, VENUE_DATA, collateral=load_collateral())
    assert {one.part for one in found.differences} == {"collateral"}
    assert "haircut" in found.differences[0].value


def test_rows_of_another_model_are_found():
    """The publisher declares `span` and computes with smaller ranges."""
    rows = Snapshot.build(VENUE_DATA, SPAN.with_range("ETH", Decimal("0.17"))).parts.rows
    found = verify_snapshot(_published(rows=rows), VENUE_DATA, model=SPAN)
    assert not found.holds
    assert {one.part.partition("-")[0] for one in found.differences} == {"ETH"}


def test_other_venue_data_are_found():
    moved = replace(VENUE_DATA, time=VENUE_DATA.time + 60)
    assert "timestamp" in {one.value for one in verify_snapshot(SNAPSHOT, moved).differences}


def test_venue_data_that_cannot_be_valued_are_an_error():
    eth = VENUE_DATA.underlyings[1]
    instruments = (replace(eth.instruments[0], lot=Decimal(10**9)), *eth.instruments[1:])
    venue_data = replace(
        VENUE_DATA, underlyings=(VENUE_DATA.underlyings[0], replace(eth, instruments=instruments))
    )
    with pytest.raises(InputError, match="choose a smaller lot"):
        verify_snapshot(SNAPSHOT, venue_data)


def test_documents_are_compared_by_key_path():
    before = {"a": {"b": ["1", "2"]}, "c": "3", "e": {}}
    after = {"a": {"b": ["1", "4", "5"]}, "d": "6", "e": []}
    assert changes(before, after) == (
        Change("a.b[1]", "2", "4"),
        Change("c", "3", None),
        Change("e", "{}", "[]"),
        Change("a.b[2]", None, "5"),
        Change("d", None, "6"),
    )
    assert changes(before, before) == ()


# The command.


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)
    VENUE_DATA.save("venue.json")
    SNAPSHOT.save("snapshot.json")
    _with_value(3, 5).save("tampered.json")

    return lambda *arguments: cli("snapshot", "verify", *arguments)


def test_a_snapshot_that_holds_exits_0(cli):
    code, out, err = cli("snapshot.json", "--data", "venue.json", "--model", "span")
    assert (code, err) == (0, "")
    assert f"{len(PARTS.listings)} rows" in out
    assert "all rows match the venue data and the model" in out
    assert "not compared, as no expected value was given: --collateral, --signer" in out


def test_a_snapshot_that_does_not_hold_exits_1_and_says_where(cli):
    code, out, _ = cli("tampered.json", "--data", "venue.json")
    assert code == 1
    row = PARTS.rows[OPTION.id]
    assert f"{OPTION.name}: scenario 3: published {row.slots[3] + 5}, derived {row.slots[3]}" in out
    code, out, _ = cli("tampered.json", "--data", "venue.json", "--json")
    assert code == 1
    shown = json.loads(out)
    assert (shown["valid"], shown["derived"]["holds"]) == (False, False)
    assert shown["derived"]["differences"] == [
        {
            "part": OPTION.name,
            "value": "scenario 3",
            "published": str(row.slots[3] + 5),
            "derived": str(row.slots[3]),
        }
    ]


def test_without_venue_data_the_text_says_that_nothing_was_derived(cli):
    code, out, _ = cli("tampered.json")
    assert code == 0
    assert "NOT derived again" in out
    code, out, _ = cli("tampered.json", "--json")
    shown = json.loads(out)
    assert (shown["valid"], shown["derived"], shown["signatures"]) == (True, None, None)
    assert shown["not_compared"] == ["--data", "--model", "--collateral", "--signer"]


def test_last_places_are_reported(cli):
    _with_value(3, 1).save("near.json")
    code, out, _ = cli("near.json", "--data", "venue.json")
    assert code == 0
    assert "1 of them differ by one micro-quote" in out


def test_many_differences_are_cut_in_the_text_only(cli):
    rows = {number: replace(row, add_on=row.add_on + 7) for number, row in PARTS.rows.items()}
    _published(rows=rows).save("many.json")
    code, out, _ = cli("many.json", "--data", "venue.json")
    assert code == 1
    assert f"DIFFERENT: {len(rows)}" in out
    assert out.count("addOn") == 20
    shown = json.loads(cli("many.json", "--data", "venue.json", "--json")[1])
    assert len(shown["derived"]["differences"]) == len(rows)


def test_a_file_that_does_not_hash_to_its_root_exits_2(cli):
    document = json.loads(Path("snapshot.json").read_text())
    document["rows"][0]["addOn"] = "77"
    Path("broken.json").write_text(json.dumps(document))
    code, _, err = cli("broken.json", "--data", "venue.json")
    assert (code, err) == (2, "error: broken.json: tableRoot: the rows do not hash to it\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--model", "span"), "--model: needs --data"),
        (("--collateral", "c.toml"), "--collateral: needs --data"),
        (("--signer", CONTRACT), "--signer: needs --signatures"),
        (("--chain-id", 1), "--chain-id: needs --signatures"),
        (("--threshold", 1), "--threshold: needs --signer"),
    ],
)
def test_incomplete_options_exit_2(cli, options, message):
    assert cli("snapshot.json", *options) == (2, "", f"error: {message}\n")


@pytest.fixture
def signers():
    accounts = [EthAccount.from_key(bytes([n] * 32)) for n in (1, 2)]
    signatures = Signatures(Domain(), SnapshotMessage.of(SNAPSHOT), ())
    for one in accounts:
        signatures = signatures.with_signature(sign_snapshot(SNAPSHOT, one))
    signatures.save("signatures.json")
    return [one.address for one in accounts]


def test_signatures_are_counted(cli, signers):
    named = [part for one in signers for part in ("--signer", one)]
    code, out, err = cli("snapshot.json", "--signatures", "signatures.json", *named)
    assert (code, err) == (0, "")
    assert "trusted signers: 2, needed: 2" in out
    stranger = ("--signer", CONTRACT)
    assert cli("snapshot.json", "--signatures", "signatures.json", *named, *stranger)[0] == 1
    options = (*named, *stranger, "--threshold", 2, "--json")
    code, out, _ = cli("snapshot.json", "--signatures", "signatures.json", *options)
    assert code == 0
    assert set(json.loads(out)["signatures"]["trusted"]) == set(signers)


def test_untrusted_signatures_are_named_and_not_counted(cli, signers):
    code, out, _ = cli("snapshot.json", "--signatures", "signatures.json")
    assert code == 0
    assert "anybody can sign" in out
    assert all(one in out for one in signers)
    code, out, _ = cli("snapshot.json", "--signatures", "signatures.json", "--signer", CONTRACT)
    assert code == 1
    assert "NOT ENOUGH: signed by 0 of the 1" in out
    assert out.count("not trusted") == 2


def test_signatures_of_another_snapshot_exit_1(cli, signers):
    code, out, _ = cli("tampered.json", "--signatures", "signatures.json", "--signer", signers[0])
    assert code == 1
    assert "INVALID: the signatures are of another snapshot" in out
    chain = ("--chain-id", 1, "--verifying-contract", CONTRACT)
    code, out, _ = cli("snapshot.json", "--signatures", "signatures.json", "--signer", signers[0], *chain)
    assert code == 1
    assert "INVALID: the signatures are for: off chain" in out


def test_both_venue_data_and_signatures_must_hold(cli, signers):
    options = ("--data", "venue.json", "--signatures", "signatures.json", "--signer")
    assert cli("snapshot.json", *options, signers[0])[0] == 0
    assert cli("snapshot.json", *options, CONTRACT)[0] == 1
    replace(VENUE_DATA, time=VENUE_DATA.time + 1).save("venue.json")
    assert cli("snapshot.json", *options, signers[0])[0] == 1
