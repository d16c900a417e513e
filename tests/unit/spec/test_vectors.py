"""margin.json is up to date, confirmed by circomlibjs, and equal with the native hash."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from zkmargin import spec
from zkmargin.spec import constants as c

native = pytest.importorskip("zkmargin_native")

FOLDER = Path(__file__).parents[2] / "vectors"
CASES = json.loads((FOLDER / "margin.json").read_text(encoding="utf-8"))["cases"]


def integers(values):
    return tuple(int(value) for value in values)


def snapshot_of(vector):
    rows = {
        int(line["instrument"]): spec.Row(
            integers(line["slots"]), int(line["shortFloor"]), int(line["addOn"])
        )
        for line in vector["rows"]
    }
    table = spec.build_table(rows, native.poseidon)
    return spec.Snapshot(
        table, integers(vector["prices"]), int(vector["paramsHash"]), int(vector["timestamp"])
    )


def account_of(vector):
    positions = (spec.Position(int(p["instrument"]), int(p["lots"])) for p in vector["positions"])
    orders = (spec.OrderFill(int(entry["sequence"]), int(entry["filled"])) for entry in vector["orders"])
    names = {"number": "number", "view_key": "viewKey", "owner": "owner", "nonce": "nonce", "cash": "cash"}
    return spec.Account(
        **{name: int(vector[key]) for name, key in names.items()},
        key=spec.TradingKey(*integers(vector["key"])),
        amounts=integers(vector["amounts"]),
        positions=tuple(positions),
        orders=tuple(orders),
    )


@pytest.mark.slow  # `make drift` compares the file too
def test_the_file_equals_the_specification():
    subprocess.run([sys.executable, FOLDER / "generate_margin.py", "--check"], check=True)  # noqa: S603


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_library_reads_the_same_from_it(case):
    data, held = snapshot_of(case["snapshot"]), account_of(case["account"])
    assert spec.commitment(held, native.poseidon) == int(case["account"]["commitment"])
    result = spec.margin(held, data)
    assert result.requirement == int(case["margin"]["requirement"])
    shape = spec.Shape(8, 128)
    for claim in case["margin"]["healthy"]:
        bps = int(claim["requirementBps"])
        public = spec.circuit_inputs(held, data, shape, bps, 1, hasher=native.poseidon).public
        commitment, root = int(case["account"]["commitment"]), int(case["snapshot"]["snapshotRoot"])
        assert public == (int(claim["healthy"]), commitment, root, bps, 1)


def test_the_cases_cover_the_extremes():
    healthy = {claim["healthy"] for case in CASES for claim in case["margin"]["healthy"]}
    counts = [len(case["account"]["positions"]) for case in CASES]
    assert any(p["lots"] == "0" for case in CASES for p in case["account"]["positions"])
    lots = {abs(int(p["lots"])) for case in CASES for p in case["account"]["positions"]}
    cash = {int(case["account"]["cash"]) for case in CASES}
    assert healthy == {"0", "1"}
    assert {0, 13, 21, c.MAX_POSITIONS} <= set(counts)
    assert max(lots) == 2**31 - 1
    assert {-(2**83), 2**83 - 1, -1} <= cash
    assert max(len(case["margin"]["lanes"]) for case in CASES) == c.UNDERLYINGS
