"""Instruments that a snapshot lacks: each place says why, and how to go on, and no message shows a position."""

from __future__ import annotations

import json
import sys
from dataclasses import replace

import pytest

from support.margin_values import ROWS, account, snapshot
from zkmargin.account.report import margin_report
from zkmargin.errors import InputError, MissingInstrumentError
from zkmargin.settlement.openings import account_of
from zkmargin.snapshot.missing import missing_instrument, way_forward
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import Exclusion

CALL = "ETH-CALL"
WITH = snapshot()


def _without(reason: str | None) -> Snapshot:
    """Return the snapshot without the call, which it excludes if there is a reason."""
    rows = {number: row for number, row in ROWS.items() if number != 1}
    listings = tuple(one for one in WITH.parts.listings if one.name != CALL)
    exclusions = () if reason is None else (Exclusion(CALL, reason, "ETH", 1, 1_800_000_000),)
    return Snapshot.commit(replace(WITH.parts, rows=rows, listings=listings, exclusions=exclusions))


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    account().save("account.json")
    _without("no mark").save("market.json")
    return tmp_path


WAYS = {
    "expired": "once the publisher settles it (zkmargin data expire)",
    "no mark": "let the publisher estimate an option (zkmargin data import --fill-from-smile)",
    "no volatility gives its mark": "ask the venue for a mark, or let",
    "no mark; its strike is outside those of its expiry with a usable volatility": "the smile gives no estimate",
    "not in the files, but listed before": "let the publisher import all of the venue's answers",
    "older than 300 s": "use venue data of another moment",
    "newer than the venue data by 300 s": "use venue data of another moment",
    "no forward": "use venue data of another moment",
    "bid above ask": "use venue data of another moment",
    "quoted in another currency than its name says": "let the publisher correct the venue data",
}


@pytest.mark.parametrize(("reason", "way"), WAYS.items())
def test_a_way_forward_follows_from_the_reason(reason, way):
    assert way in way_forward(reason)
    excluded = _without(reason)
    for instrument in (CALL, 1):
        said = missing_instrument(excluded.parts, instrument)
        assert said == f"the snapshot excludes this instrument: {reason}: {way_forward(reason)}"
    with pytest.raises(MissingInstrumentError) as caught:
        margin_report(account(), excluded)
    assert str(caught.value) == f"account: positions[1].instrument: {said}"
    assert caught.value.instrument == CALL
    with pytest.raises(InputError) as caught:
        account_of(account().opening(WITH), excluded)
    assert str(caught.value) == f"opening: positions: {said}"


@pytest.mark.parametrize("instrument", ["ETH-PUT", 2, 4097, 9 * 4096 + 1])
def test_what_is_not_excluded_is_unknown(instrument):
    other = Exclusion("XRP-CALL", "no mark", "XRP", 1)
    parts = _without("no mark").parts
    said = missing_instrument(replace(parts, exclusions=(other, *parts.exclusions)), instrument)
    assert (
        said
        == "the snapshot has no such instrument: check its name, or use a snapshot of venue data that list it"
    )


COMMANDS = (
    ("margin", "account.json", "--snapshot", "market.json"),
    ("prove", "account.json", "--snapshot", "market.json", "-o", "proof"),
    ("prove", "account.json", "--snapshot", "market.json", "--inputs-only", "-o", "inputs.json"),
    ("report", "account.json", "--snapshot", "market.json", "-o", "report.html"),
    ("account", "commit", "account.json", "--snapshot", "market.json"),
    ("rebalance", "account.json", "--snapshot", "market.json"),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join((command[0], *command[4:5])))
@pytest.mark.parametrize("is_terminal", [False, True])
def test_commands_say_why_and_name_the_instrument_on_a_terminal_only(
    cli, folder, monkeypatch, command, is_terminal
):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_terminal, raising=False)
    before = sorted(folder.iterdir())
    code, out, err = cli(*command)
    assert (code, out) == (2, "")
    said = (
        f"error: account.json: positions[1].instrument: {missing_instrument(_without('no mark').parts, CALL)}"
    )
    lines = err.splitlines()
    assert said in lines
    assert (f"the instrument is {CALL}" in lines) is (CALL in err) is is_terminal
    assert sorted(folder.iterdir()) == before


def test_json_has_the_kind_of_wrong_input(cli, folder):
    code, out, _ = cli("margin", "account.json", "--snapshot", "market.json", "--json")
    found = json.loads(out)["error"]
    assert (code, found["kind"], CALL in out) == (2, "InputError", False)
    assert folder.joinpath("account.json").exists()


def test_an_import_of_positions_says_why(cli, folder):
    (folder / "p.csv").write_text("instrument,quantity,entry_price\nETH-PERPETUAL,1,2200\nETH-CALL,1,300\n")
    code, _, err = cli("account", "import", "csv", "p.csv", "--snapshot", "market.json", "-o", "new.json")
    assert (code, CALL in err, (folder / "new.json").exists()) == (2, False, False)
    assert "p.csv: line 3: the snapshot excludes this instrument: no mark: ask the venue" in err


def test_a_named_instrument_is_named(cli, folder):
    code, _, err = cli("snapshot", "show", "market.json", CALL)
    assert (code, err) == (2, f"error: market.json: {CALL}: excluded: no mark: {way_forward('no mark')}\n")
    with pytest.raises(InputError, match=f"the snapshot excludes {CALL}: no mark: ask the venue"):
        _without("no mark").listing(CALL)
    assert folder.joinpath("market.json").exists()
