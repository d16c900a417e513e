"""Openings from files, and what a keeper writes to its log."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import account, snapshot
from zkmargin.cli.keeper_log import teller
from zkmargin.errors import InputError
from zkmargin.keeper.opening_files import OpeningFiles
from zkmargin.keeper.reports import Level, Report
from zkmargin.settlement.escrow import SealingKey, seal

HELD, SNAPSHOT = account(), snapshot()
OPENING = HELD.opening(SNAPSHOT)
FOUND = {HELD.commitment(SNAPSHOT): OPENING}


@pytest.fixture
def told():
    return []


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "below").mkdir()
    return tmp_path


def test_account_files_are_read_once_a_snapshot_gives_them_meaning(folder, told):
    HELD.save(folder / "below" / "a.json")
    files = OpeningFiles(folder, None, None, told.append)
    assert files.new(None) == {}
    assert files.new(SNAPSHOT) == FOUND
    assert files.new(SNAPSHOT) == {}
    replace(HELD, cash=Decimal(5)).save(folder / "below" / "a.json")
    os.utime(folder / "below" / "a.json", (1, 1))
    assert [one.cash for one in files.new(SNAPSHOT).values()] == [5 * 10**6]
    assert told == []


def test_sealed_openings_need_the_key_and_no_snapshot(folder, told):
    key = SealingKey.new()
    (folder / "below" / "a.sealed").write_bytes(seal(OPENING, key.public))
    assert OpeningFiles(None, folder, key, told.append).new(None) == FOUND
    assert OpeningFiles(None, folder, SealingKey.new(), told.append).new(None) == {}
    assert [one.event for one in told] == ["file-refused"]


def test_a_file_that_cannot_be_used_is_told_of_once_and_tried_again(folder, told):
    files = OpeningFiles(folder, None, None, told.append)
    path = folder / "a.json"
    path.write_text('{"viewKey": "31337"}')
    assert files.new(SNAPSHOT) == files.new(SNAPSHOT) == {}
    assert [one.values["file"] for one in told] == [str(path)]
    assert "31337" not in repr(told)
    HELD.save(path)
    assert files.new(SNAPSHOT) == FOUND


def test_a_folder_that_is_not_there_is_refused(folder, told):
    with pytest.raises(InputError, match="no such folder"):
        OpeningFiles(folder / "none", None, None, told.append)


REPORT = Report(Level.WARNING, "failed", {"account": 3, "reason": 'a: "b"\nERROR forged'})


def test_a_report_is_one_line_whatever_is_in_it(capsys):
    teller(as_json=False)(REPORT)
    shown = capsys.readouterr()
    assert shown.out == ""
    time, rest = shown.err.split(" ", 1)
    assert time.endswith("Z")
    assert rest == 'WARNING failed account=3 reason="a: \\"b\\"\\nERROR forged"\n'


def test_a_report_as_json_is_one_line_too(capsys):
    teller(as_json=True)(REPORT)
    shown = capsys.readouterr()
    assert shown.err == ""
    (line,) = shown.out.splitlines()
    document = json.loads(line)
    assert document.pop("time").endswith("Z")
    assert document == {"level": "warning", "event": "failed", **REPORT.values}


def test_a_value_does_not_take_the_place_of_what_every_line_has(capsys):
    teller(as_json=True)(Report(Level.INFO, "snapshot", {"root": "1", "time": 5, "level": 6, "event": 7}))
    document = json.loads(capsys.readouterr().out)
    assert document.pop("time").endswith("Z")
    assert document == {"level": "info", "event": "snapshot", "root": "1"}
