"""Attacks 17 to 19: one commitment everywhere, hidden by its salt; nothing tells accounts apart."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import zkmargin_native as native
from support.circuits import ROOT, margin_instance
from support.instances import SHAPES, instance_calculator
from support.margin_values import account, snapshot
from zkmargin import Account, InputError, MarginProver, spec
from zkmargin.chain import calldata
from zkmargin.proving import wtns

VECTORS = json.loads((ROOT / "tests" / "vectors" / "margin.json").read_text())["cases"]
SMALLEST = SHAPES["margin_13"]
FITTING = [case for case in VECTORS if len(case["account"]["positions"]) <= SMALLEST.positions]


def of_vector(case) -> tuple[spec.Account, spec.Snapshot]:
    given, held = case["snapshot"], case["account"]
    rows = {
        int(row["instrument"]): spec.Row(
            tuple(map(int, row["slots"])), int(row["shortFloor"]), int(row["addOn"])
        )
        for row in given["rows"]
    }
    data = spec.Snapshot(
        spec.build_table(rows, native.poseidon),
        tuple(map(int, given["prices"])),
        int(given["paramsHash"]),
        int(given["timestamp"]),
    )
    account = spec.Account(
        owner=int(held["owner"]),
        number=int(held["number"]),
        key=spec.TradingKey(*map(int, held["key"])),
        view_key=int(held["viewKey"]),
        nonce=int(held["nonce"]),
        cash=int(held["cash"]),
        amounts=tuple(map(int, held["amounts"])),
        positions=tuple(spec.Position(int(p["instrument"]), int(p["lots"])) for p in held["positions"]),
        orders=tuple(spec.OrderFill(int(one["sequence"]), int(one["filled"])) for one in held["orders"]),
    )
    return account, data


@pytest.mark.parametrize("case", FITTING, ids=lambda case: case["name"])
def test_attack_17_python_native_circomlibjs_and_circuit_agree(case):
    held, data = of_vector(case)
    commitment, root = int(case["account"]["commitment"]), int(case["snapshot"]["snapshotRoot"])
    for hasher in (spec.poseidon, native.poseidon):
        assert spec.commitment(held, hasher) == commitment
        assert spec.snapshot_root(data, hasher) == root
    made = spec.circuit_inputs(held, data, SMALLEST, 10_000, 5, hasher=native.poseidon)
    public = wtns.public_signals(instance_calculator("margin_13").calculate(made.signals), 5)
    assert public[1:3] == (commitment, root)


def test_attack_18_a_commitment_tells_nothing_without_the_view_key():
    """With everything but the view key, there are 2^247 commitments to try; short view keys are refused."""
    data, known = snapshot(), account()
    seen = {Account.new(cash=known.cash, positions=known.positions).view_key for _ in range(64)}
    assert len(seen) == 64
    assert max(seen) > 1 << 240
    commitments = {replace(known, view_key=one).commitment(data) for one in seen}
    assert len(commitments) == 64
    with pytest.raises(InputError, match="too short to hide the account"):
        replace(known, view_key=(1 << 128) - 1)


def test_attack_19_no_size_tells_how_many_positions_there_are(tmp_path):
    data = snapshot()
    keys = margin_instance("margin_13")[1].zkey.parents[1]
    prover = MarginProver(keys=keys)
    nothing = account(positions={}, collateral={})
    sizes = []
    for held in (account(), nothing):
        proof = prover.prove(held, data, context=1)
        made = spec.circuit_inputs(held.opening(data), data.spec, SMALLEST, 10_000, 1, hasher=native.poseidon)
        witness = instance_calculator("margin_13").calculate(made.signals)
        folder = tmp_path / str(len(sizes))
        proof.save(folder)
        arguments = calldata(proof.proof, proof.signals)
        statement = json.loads((folder / "statement.json").read_text())
        sizes.append(
            (
                len(proof.signals),
                len(arguments[3]),
                len(witness),
                proof.instance.name,
                sorted(path.name for path in folder.iterdir()),
                sorted(statement),
            )
        )
        # Decimal numbers have leading zeros left out: as long as random ones, give or take a few digits.
        assert 650 < (folder / "proof.json").stat().st_size < 900
    assert sizes[0] == sizes[1]
