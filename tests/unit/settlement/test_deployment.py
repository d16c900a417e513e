"""The files ``deployment.json`` and ``deployment.json.partial``: what is read, and what is refused, by file and key."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from support.circuits import ROOT
from support.formats import FORMATS
from zkmargin.errors import InputError
from zkmargin.settlement.deploy.deployment import Deployment
from zkmargin.settlement.deploy.journal import Begun, Created, Journal, Sending

(DEPLOYMENT,) = FORMATS["deployment"]
ETH = DEPLOYMENT.assets[0].token
SENDING = Sending("house", 7, 11, "ab" * 32)
BEGUN = Begun(
    chain_id=5,
    block=7,
    deployer="0x" + "12" * 20,
    settings="01" * 32,
    keys="02" * 32,
    code="03" * 32,
    contracts={"batch_verifier": Created("0x" + "13" * 20, bytes(range(32)))},
)


def test_a_deployment_is_the_same_after_a_file(tmp_path):
    path = tmp_path / "deployment.json"
    DEPLOYMENT.save(path)
    schema = json.loads((ROOT / "docs" / "formats" / "deployment.schema.json").read_text())
    Draft202012Validator(schema).validate(json.loads(path.read_text()))
    found = Deployment.load(path)
    assert found == DEPLOYMENT
    assert (found.slot("ETH"), found.slot("cash"), found.slot("USD")) == (2, 8, 8)
    assert found.tokens == {"ETH": ETH, "USD": ETH}
    with pytest.raises(InputError, match="asset: DOGE: the market has no such asset"):
        found.slot("DOGE")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.update(format="zkmargin-deployment/2"), "format: expected 'zkmargin-deployment/3'"),
        (lambda one: one.update(chainId=5), "chainId: expected an integer as a decimal string"),
        (lambda one: one.update(chainId="0"), "chainId: must be from 1"),
        (lambda one: one.pop("block"), "block: missing"),
        (lambda one: one.update(more="1"), "more: unknown key"),
        (lambda one: one["addresses"].update(vault="0x12"), "addresses.vault: expected an address"),
        (lambda one: one["addresses"].pop("house"), "addresses.house: missing"),
        (lambda one: one["transactions"].update(house="0x12"), "transactions.house: expected 0x and 64"),
        (lambda one: one["transactions"].pop("windDown"), "transactions.windDown: missing"),
        (lambda one: one["assets"].pop(), "assets: expected ascending slots, the last one cash"),
        (lambda one: one["assets"].reverse(), "assets: expected ascending slots"),
        (lambda one: one["assets"][0].update(name="USD"), "assets: duplicate name"),
        (lambda one: one["assets"][0].update(slot="9"), r"assets\[0\].slot: must be from 0 to 8"),
        (lambda one: one["assets"][0].update(name="a b"), r"assets\[0\].name: expected a name"),
        (lambda one: one["circuits"].pop("open"), "circuits: expected the circuit open"),
        (
            lambda one: one["circuits"]["match_1"].update(fingerprint="K7F3-9xq2-mh4d-w8tz"),
            "circuits.match_1.fingerprint: expected four groups of four letters and digits",
        ),
        (
            lambda one: one["circuits"]["match_1"].update(kind="ceremony"),
            "circuits.match_1.kind: unknown key",
        ),
        (
            lambda one: one["circuits"]["match_1"].update(keySha256="AB"),
            "match_1.keySha256: expected a SHA-256",
        ),
        (lambda one: one["venueKey"].pop(), "venueKey: expected two coordinates"),
        (lambda one: one.update(venueKey=["1", "1"]), "venueKey: not a public key"),
    ],
)
def test_a_wrong_deployment_is_refused_by_file_and_key(tmp_path, change, message):
    path = tmp_path / "deployment.json"
    DEPLOYMENT.save(path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=rf"deployment\.json: .*{message}"):
        Deployment.load(path)


# deployment.json.partial


@pytest.mark.parametrize("sending", [None, SENDING])
def test_a_deployment_that_has_begun_is_the_same_after_a_file(tmp_path, sending):
    path, begun = tmp_path / "deployment.json.partial", replace(BEGUN, sending=sending)
    begun.save(path)
    assert Begun.load(path) == begun


def test_a_journal_is_written_at_each_step_and_goes_on(tmp_path):
    path, begun = tmp_path / "partial", replace(BEGUN, contracts={})
    journal = Journal(begun, path)
    assert not journal.resumed
    assert not path.exists()
    journal.sending(SENDING)
    assert Begun.load(path) == replace(begun, sending=SENDING)
    made = Created("0x" + "14" * 20, bytes(32))
    journal.created("house", made)
    assert Begun.load(path) == replace(begun, contracts={"house": made})
    # The later block at which the second run begins does not matter.
    again = Journal(replace(begun, block=99), path)
    assert again.resumed
    assert (again.begun.block, again.begun.contracts) == (7, {"house": made})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"chain_id": 1}, "on another chain"),
        ({"deployer": "0x" + "15" * 20}, "with another deployer"),
        ({"settings": "00" * 32}, "with other settings"),
        ({"keys": "00" * 32}, "with other keys of circuits"),
        ({"code": "00" * 32}, "with other code of the contracts"),
    ],
)
def test_another_deployment_does_not_go_on(tmp_path, change, message):
    path = tmp_path / "partial"
    BEGUN.save(path)
    with pytest.raises(InputError, match=f"partial: a deployment {message}.* was begun here"):
        Journal(replace(BEGUN, **change), path)
    assert Begun.load(path) == BEGUN


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda one: one.update(format="zkmargin-deployment/3"),
            "format: expected 'zkmargin-partial-deployment/1'",
        ),
        (lambda one: one.update(settings="AB"), "settings: expected a SHA-256"),
        (lambda one: one["addresses"].update(engine=ETH), "addresses.engine|transactions.engine: missing"),
        (lambda one: one["transactions"].pop("batchVerifier"), "transactions.batchVerifier: missing"),
        (lambda one: one["sending"].update(name="batch_verifier"), "sending.name: no contract of a market"),
        (lambda one: one["sending"].update(nonce="-1"), "sending.nonce: must be from 0"),
        (lambda one: one["sending"].pop("data"), "sending.data: missing"),
    ],
)
def test_a_wrong_journal_is_refused_by_file_and_key(tmp_path, change, message):
    path = tmp_path / "partial"
    replace(BEGUN, sending=SENDING).save(path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=message):
        Journal(BEGUN, path)


def test_attack_collateral_with_the_name_of_cash():
    """A deposit of cash would take another token."""
    with pytest.raises(InputError, match="assets: collateral must not have the name cash"):
        replace(DEPLOYMENT, assets=(replace(DEPLOYMENT.assets[0], name="Cash"), DEPLOYMENT.assets[1]))
