"""Proofs that show equity and requirement, and nothing else of an account."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from support.circuits import margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import InputError, MarginProof, MarginProver, Snapshot, StatementError
from zkmargin.documents.files import write_json
from zkmargin.spec import Disclosed
from zkmargin.spec.constants import FIELD

SNAPSHOT = snapshot()
# By hand: see test_report.py. Positions are worth 455, half an ETH counts 900.
REQUIREMENT = 134 * 10**6
RICH, POOR = account(), account("-1300")


@pytest.fixture(scope="module")
def prover():
    margin_instance("disclosure_13")
    return MarginProver(keys=KEYS)


@pytest.fixture(scope="module")
def proof(prover):
    return prover.prove(POOR, SNAPSHOT, context=5, disclose=True, allow_unhealthy=True)


@pytest.fixture(autouse=True)
def _keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


def test_equity_and_requirement_are_shown(prover, proof):
    assert proof.instance.name == "disclosure_13"
    assert proof.disclosed == Disclosed(55 * 10**12, REQUIREMENT)
    assert proof.public == (*proof.signals[:3], 55 * 10**12, REQUIREMENT, *proof.signals[3:])
    for engine in ("native", "snarkjs", "py-ecc"):
        proof.verify(SNAPSHOT, context=5, allow_unhealthy=True, engine=engine)
    healthy = prover.prove(RICH, SNAPSHOT, context=5, disclose=True)
    assert healthy.disclosed.equity == 2_355_250_000 * 10**6


def test_a_limit_of_collateral_stands_in_no_auctions_way(prover):
    """Whoever is silent is auctioned off, however much it has of an asset; a proof of health is refused."""
    parts = SNAPSHOT.parts
    assets = (replace(one, limit=Decimal("0.1")) if one.asset == "ETH" else one for one in parts.collateral)
    limited = Snapshot.commit(replace(parts, collateral=tuple(assets)))
    with pytest.raises(InputError, match="limit"):
        prover.prove(RICH, limited, context=5)
    assert prover.prove(RICH, limited, context=5, disclose=True).healthy


def test_a_negative_equity_is_shown_as_such(prover):
    worse = prover.prove(account("-1400"), SNAPSHOT, context=5, disclose=True, allow_unhealthy=True)
    assert worse.disclosed.equity == -45 * 10**12
    assert worse.public[3] == FIELD - 45 * 10**12


@pytest.mark.parametrize("change", [{"equity": 56 * 10**12}, {"requirement": REQUIREMENT - 1}])
def test_what_is_shown_cannot_be_changed(proof, change):
    with pytest.raises(StatementError, match="does not hold for its public signals"):
        replace(
            proof, statement=replace(proof.statement, disclosed=proof.disclosed._replace(**change))
        ).verify(allow_unhealthy=True)


def test_it_survives_its_files(proof, tmp_path):
    proof.save(tmp_path)
    assert MarginProof.load(tmp_path) == proof
    document = json.loads((tmp_path / "statement.json").read_text())
    assert document["disclosed"] == {"equity": str(55 * 10**12), "requirement": str(REQUIREMENT)}
    write_json(tmp_path / "statement.json", {k: v for k, v in document.items() if k != "disclosed"})
    with pytest.raises(InputError, match="disclosed: missing"):
        MarginProof.load(tmp_path)


def test_a_circuit_that_shows_it_is_not_taken_by_accident(prover):
    with pytest.raises(InputError, match="disclosure_13 shows equity and requirement"):
        prover.prove(RICH, SNAPSHOT, context=5, instance="disclosure_13")
    with pytest.raises(InputError, match="margin_13 does not show equity and requirement"):
        prover.prove(RICH, SNAPSHOT, context=5, instance="margin_13", disclose=True)
