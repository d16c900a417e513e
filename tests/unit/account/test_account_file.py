"""The published JSON Schemas of accounts and proofs accept written files and refuse others."""

from __future__ import annotations

import json

import jsonschema
import pytest

from support.circuits import ROOT
from support.margin_values import account, snapshot
from zkmargin import Context, MarginProof
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.statement import Statement
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.spec import PublicSignals

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
CONTEXT = Context(1, "0x" + "0a" * 20, account().commitment(snapshot()), bytes(32), 2)


@pytest.fixture
def documents(tmp_path):
    account().save(tmp_path / "account.json")
    signals = PublicSignals(1, CONTEXT.account_commitment, 3, 10_000, CONTEXT.value)
    MarginProof(
        statement=Statement(find_instance("margin_13"), signals, CONTEXT),
        proof=Proof.from_json(GOLDEN["proof"]),
        key=VerificationKey.from_json(GOLDEN["key"]),
    ).save(tmp_path)
    files = {"account": "account.json", "proof": "statement.json"}
    return {name: json.loads((tmp_path / file).read_text()) for name, file in files.items()}


def validator(name):
    schema = json.loads((ROOT / "docs" / "formats" / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["account", "proof"])
def test_written_files_fit_their_schema(documents, name):
    assert not list(validator(name).iter_errors(documents[name]))


@pytest.mark.parametrize("name", ["account", "proof"])
def test_the_schema_refuses_numbers_and_unknown_and_missing_keys(documents, name):
    check, document = validator(name), documents[name]
    for key in document:
        assert not check.is_valid({**document, key: 1}), key
        without = {one: document[one] for one in document if one != key}
        assert check.is_valid(without) is (key == "context"), key
    assert not check.is_valid({**document, "colour": "red"})


def test_the_schema_refuses_floats_and_exponents(documents):
    check, document = validator("account"), documents["account"]
    for wrong in (1.5, "1e3", "NaN", " 1", "01", "+1"):
        assert not check.is_valid({**document, "cash": wrong})
        quantity = [{"instrument": "ETH-CALL", "quantity": wrong}]
        assert not check.is_valid({**document, "positions": quantity})
