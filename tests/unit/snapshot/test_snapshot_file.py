"""The published JSON Schemas accept written files and refuse others."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from support.circuits import ROOT
from zkmargin.risk import load_model
from zkmargin.risk.model import MODELS
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venues import import_deribit

FORMATS = ROOT / "docs" / "formats"
CHAIN = ROOT / "examples" / "chain"
VENUES = sorted({path.stem for path in MODELS.glob("*.toml")} - {"adjustment", "collateral"})


@pytest.fixture(scope="module")
def documents(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    folder: Path = tmp_path_factory.mktemp("formats")
    venue_data = import_deribit(
        CHAIN / "ETH.json", time=1_772_442_001, previous=import_deribit(CHAIN / "BTC.json")
    )
    venue_data.save(folder / "venue-data.json")
    Snapshot.build(venue_data, load_model("span")).save(folder / "snapshot.json")
    return {name: json.loads((folder / f"{name}.json").read_text()) for name in ("venue-data", "snapshot")}


@pytest.mark.parametrize("model", VENUES)
def test_a_snapshot_of_every_model_fits_the_schema(model, tmp_path):
    Snapshot.build(import_deribit(CHAIN / "ETH.json"), load_model(model)).save(tmp_path / "snapshot.json")
    document = json.loads((tmp_path / "snapshot.json").read_text())
    assert not list(_validator("snapshot").iter_errors(document))


def _validator(name: str) -> jsonschema.Draft202012Validator:
    schema = json.loads((FORMATS / f"{name}.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    return jsonschema.Draft202012Validator(schema)


@pytest.mark.parametrize("name", ["venue-data", "snapshot"])
def test_written_files_fit_their_schema(documents, name):
    assert not list(_validator(name).iter_errors(documents[name]))
    assert documents[name]["exclusions"]


@pytest.mark.parametrize("name", ["venue-data", "snapshot"])
def test_the_schema_refuses_numbers_and_unknown_and_missing_keys(documents, name):
    validator, document = _validator(name), documents[name]
    for key, value in document.items():
        assert not validator.is_valid({**document, key: 1}), key
        assert not validator.is_valid({one: document[one] for one in document if one != key}), key
        if isinstance(value, str) and key not in {"format", "quote"}:
            assert not validator.is_valid({**document, key: "01"}), key
    assert not validator.is_valid({**document, "colour": "red"})
