"""Proofs that show equity and requirement, and that bind the opening of an account."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal

import pytest

from support.circuits import margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import InputError, MarginProof, MarginProver, Snapshot, StatementError, spec
from zkmargin.account.opened import OpenedAccount
from zkmargin.documents.files import write_json
from zkmargin.proofs.opening import opening_point
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
    assert proof.disclosed[:2] == (55 * 10**12, REQUIREMENT)
    commitment, root = proof.signals.account_commitment, proof.signals.snapshot_root
    _, _, value, z = proof.disclosed
    assert proof.public == (commitment, root, 55 * 10**12, REQUIREMENT, value, 5, z)
    for engine in ("native", "snarkjs", "py-ecc"):
        proof.verify(SNAPSHOT, context=5, allow_unhealthy=True, engine=engine)
    healthy = prover.prove(RICH, SNAPSHOT, context=5, disclose=True)
    assert healthy.disclosed.equity == 2_355_250_000 * 10**6
    assert healthy.healthy
    assert not proof.healthy


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
    assert worse.public[2] == FIELD - 45 * 10**12


def elements_of(account):
    opening = OpenedAccount.of(account, SNAPSHOT).opening
    return opening, spec.opening_elements(opening, 13)


def test_the_published_opening_is_read_as_the_account(proof):
    opening, elements = elements_of(POOR)
    assert len(elements) == 26
    assert proof.disclosed.z == opening_point(proof.signals.account_commitment, elements)
    assert proof.disclosed.opening == spec.horner(elements, proof.disclosed.z)
    read = spec.account_of(elements)
    assert read == opening
    assert spec.commitment(read) == proof.signals.account_commitment


def forged_openings():
    """Return the opening with each element changed in turn, and with two of them exchanged."""
    _, elements = elements_of(POOR)
    for i, element in enumerate(elements):
        yield (*elements[:i], (element + 1) % FIELD, *elements[i + 1 :])
    for i, j in ((2, 3), (4, 5), (7, 8), (15, 16), (23, 24), (0, 25)):
        exchanged = list(elements)
        exchanged[i], exchanged[j] = elements[j], elements[i]
        if exchanged != list(elements):
            yield tuple(exchanged)


def test_clearing_attack_another_opening_is_published(proof):
    """The verifier takes z and the value from the published list, so the proof does not hold for another list."""
    commitment, count = proof.signals.account_commitment, 0
    for elements in forged_openings():
        z = opening_point(commitment, elements)
        value = spec.horner(elements, z)
        # Neither at the point of the proof, nor with a point of its own.
        assert spec.horner(elements, proof.disclosed.z) != proof.disclosed.opening
        for shown in ({"z": z, "opening": value}, {"z": z}, {"opening": value}):
            forged = replace(proof.statement, disclosed=proof.disclosed._replace(**shown))
            with pytest.raises(StatementError, match="does not hold for its public signals"):
                replace(proof, statement=forged).verify(allow_unhealthy=True, engine="native")
        count += 1
    assert count > 28


def test_health_that_contradicts_the_disclosure_is_refused(proof):
    with pytest.raises(InputError, match=r"signals.healthy: contradicts equity and requirement"):
        replace(proof.statement, signals=proof.signals._replace(healthy=1))
    # At a lower requirement, the same account is healthy: 55 of 134 are 41 %.
    replace(proof.statement, signals=proof.signals._replace(healthy=1, requirement_bps=4104))
    with pytest.raises(InputError, match=r"signals.requirementBps"):
        replace(proof.statement, signals=proof.signals._replace(requirement_bps=2**20))


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
    names = ("equity", "requirement", "opening", "z")
    assert document["disclosed"] == dict(zip(names, map(str, proof.disclosed), strict=True))
    write_json(tmp_path / "statement.json", {k: v for k, v in document.items() if k != "disclosed"})
    with pytest.raises(InputError, match="disclosed: missing"):
        MarginProof.load(tmp_path)


def test_a_circuit_that_shows_it_is_not_taken_by_accident(prover):
    with pytest.raises(InputError, match="disclosure_13 shows equity and requirement"):
        prover.prove(RICH, SNAPSHOT, context=5, instance="disclosure_13")
    with pytest.raises(InputError, match="margin_13 does not show equity and requirement"):
        prover.prove(RICH, SNAPSHOT, context=5, instance="margin_13", disclose=True)
