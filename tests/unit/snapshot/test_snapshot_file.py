"""The published JSON schema fits what is written with every bundled model."""

from __future__ import annotations

import json

import jsonschema
import pytest

from support.circuits import ROOT
from zkmargin.risk import load_model
from zkmargin.risk.model import MODELS
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venues import import_deribit

VENUES = sorted({path.stem for path in MODELS.glob("*.toml")} - {"adjustment", "collateral"})


@pytest.mark.parametrize("model", VENUES)
def test_a_snapshot_of_every_model_fits_the_schema(model, tmp_path):
    venue_data = import_deribit(ROOT / "examples" / "chain" / "ETH.json")
    Snapshot.build(venue_data, load_model(model)).save(tmp_path / "snapshot.json")
    schema = json.loads((ROOT / "docs" / "formats" / "snapshot.schema.json").read_text())
    jsonschema.Draft202012Validator(schema).validate(json.loads((tmp_path / "snapshot.json").read_text()))
