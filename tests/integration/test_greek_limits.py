"""Proofs that each underlying's net Greeks are within public limits, from an account to its verifiers."""

from __future__ import annotations

import json
import re
import sys
from dataclasses import replace
from decimal import Decimal

import pytest

from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import GreekLimits, InputError, MarginProof, MarginProver, StatementError
from zkmargin.cli import main
from zkmargin.documents.files import write_json
from zkmargin.spec import WIDE

# ETH: 2 lots of delta 220 and -4 of 110, so none; gamma -4 * 15. BTC: 3 lots of delta 45.
JUST = GreekLimits(delta=Decimal(135), gamma=Decimal(60))
TIGHTER = [GreekLimits(delta=Decimal("134.999999")), GreekLimits(gamma=Decimal("59.999999"))]
SNAPSHOT, HOLDER = snapshot(layout=WIDE), account()


@pytest.fixture(scope="module")
def prover():
    margin_instance("limits_8")
    return MarginProver(keys=KEYS)


@pytest.fixture(scope="module")
def proof(prover):
    return prover.prove(HOLDER, SNAPSHOT, context=5, limits=JUST)


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


def test_a_proof_shows_its_limits_and_wider_ones(proof):
    assert proof.instance.name == "limits_8"
    assert proof.public == (*proof.signals, 135_000_000, 60_000_000)
    for limits in (None, JUST, GreekLimits(delta=Decimal(136)), GreekLimits(gamma=Decimal("60.000001"))):
        proof.verify(SNAPSHOT, limits=limits, context=5)
    for limits in TIGHTER:
        with pytest.raises(StatementError, match="it does not prove these limits"):
            proof.verify(SNAPSHOT, limits=limits)


@pytest.mark.parametrize("limits", TIGHTER)
def test_no_proof_of_limits_that_do_not_hold(prover, limits):
    with pytest.raises(StatementError, match="the account is not within the limits"):
        prover.prove(HOLDER, SNAPSHOT, context=5, limits=limits)


def test_the_limits_of_a_proof_cannot_be_narrowed(proof):
    other = replace(
        proof, statement=replace(proof.statement, limits=GreekLimits(delta=Decimal(1), gamma=Decimal(60)))
    )
    for engine in ("native", "snarkjs", "py-ecc"):
        with pytest.raises(StatementError, match="does not hold for its public signals"):
            other.verify(engine=engine)
        proof.verify(engine=engine)


def test_a_margin_proof_shows_no_limits(prover):
    # Of a standard table, as its circuit is compiled for other tests; the wide circuits' choice has unit tests.
    margin_instance("margin_13")
    plain = prover.prove(HOLDER, snapshot(), context=5)
    assert (plain.instance.name, plain.limits) == ("margin_13", None)
    with pytest.raises(StatementError, match="it does not prove these limits"):
        plain.verify(limits=GreekLimits(delta=Decimal(10**9)))


def test_circuit_table_and_limits_belong_together(prover):
    with pytest.raises(InputError, match="rows of the layout standard have no gamma"):
        prover.prove(HOLDER, snapshot(), context=5, limits=JUST)
    with pytest.raises(InputError, match="limits_8 has limits on Greeks"):
        prover.prove(HOLDER, SNAPSHOT, context=5, instance="limits_8")
    with pytest.raises(InputError, match="wide_8 has no limits on Greeks"):
        prover.prove(HOLDER, SNAPSHOT, context=5, limits=JUST, instance="wide_8")
    with pytest.raises(InputError, match="another layout than the circuit"):
        prover.prove(HOLDER, SNAPSHOT, context=5, instance="margin_13")


def test_a_proof_survives_its_files(proof, tmp_path):
    proof.save(tmp_path)
    assert MarginProof.load(tmp_path) == proof
    document = json.loads((tmp_path / "statement.json").read_text())
    assert document["limits"] == {"delta": "135", "gamma": "60"}
    for limits, reason in (
        ({"delta": "1"}, "differs from the signals"),
        ({}, "expected a limit"),
        (None, "missing"),
    ):
        changed = {key: value for key, value in document.items() if key != "limits"}
        write_json(tmp_path / "statement.json", changed if limits is None else changed | {"limits": limits})
        with pytest.raises(InputError, match=reason):
            MarginProof.load(tmp_path)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({}, "expected a limit on delta or gamma"),
        ({"delta": Decimal(-1)}, "delta: must be from 0"),
        ({"gamma": Decimal("0.0000001")}, "gamma: must be from 0"),
        ({"gamma": Decimal("1e30")}, "gamma: must be from 0"),
        ({"gamma": Decimal("1e999999999")}, "gamma: must be from 0"),
        ({"delta": Decimal("NaN")}, "delta: must be from 0"),
        ({"delta": 5}, "delta: must be from 0"),
    ],
)
def test_limits_out_of_range_are_refused(limits, reason):
    with pytest.raises(InputError, match=reason):
        GreekLimits(**limits)


def test_the_command_line_proves_and_verifies_limits(prover, monkeypatch, capsys, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(ROOT / "node_modules"))
    SNAPSHOT.save("snapshot.json")
    HOLDER.save("account.json")

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zkmargin", *arguments])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        return code, capsys.readouterr()

    def prove(limit):
        return call(
            "prove", "account.json", "--snapshot", "snapshot.json", "-o", "proof", "--force", "--limit", limit
        )

    code, shown = prove("delta=135,gamma=60")
    assert code == 0
    assert re.search(r"deltaLimit +135000000\n", shown.out)
    assert call("verify", "proof", "--limit", "delta=135")[0] == 0
    code, shown = call("verify", "proof", "--limit", "delta=134")
    assert code == 1
    assert "it does not prove these limits" in shown.out
    assert (
        "limits"
        in call("verify", "proof")[1].out.rpartition("not compared, as no expected value was given: ")[2]
    )
    assert prove("delta=134")[0] == 1
    code, shown = call("chain", "verify", "proof", "--json")
    assert code == 0
    assert json.loads(shown.out)["gas"] > 0
    for limit in ("delta=1,delta=2", "vega=1", "delta", "delta=-1", ""):
        code, shown = prove(limit)
        assert code == 2, limit
        assert "--limit" in shown.err or "limits" in shown.err
