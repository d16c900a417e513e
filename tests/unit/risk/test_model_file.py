"""Models written as TOML files."""

from __future__ import annotations

import tomllib
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.documents.fields import Field
from zkmargin.risk import load_model
from zkmargin.risk.model import MODELS, read_model
from zkmargin.risk.model_file import model_text

NAMES = sorted(path.stem for path in MODELS.glob("*.toml") if path.stem not in {"adjustment", "collateral"})


def _read(text):
    return read_model(Field(tomllib.loads(text), "model.toml"))


@pytest.mark.parametrize("name", NAMES)
def test_a_written_model_is_read_again(name):
    model = load_model(name)
    assert _read(model_text(model)) == model


@given(
    st.sampled_from(NAMES),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", fullmatch=True),
    st.decimals(0, "0.33", places=4),
)
def test_a_model_with_another_range_is_read_again(name, underlying, scan_range):
    model = load_model(name).with_range(underlying, Decimal(scan_range))
    text = model_text(model, ["from somewhere", "on some day"])
    assert text.startswith("# from somewhere\n# on some day\nname = ")
    assert _read(text) == model


def test_an_underlying_has_only_its_own_keys():
    lines = model_text(load_model("span")).splitlines()
    assert lines[lines.index("[underlyings.BTC]") :] == [
        "[underlyings.BTC]",
        'price_scan_range = "0.16"',
        "",
        "[underlyings.ETH]",
        'price_scan_range = "0.18"',
    ]
