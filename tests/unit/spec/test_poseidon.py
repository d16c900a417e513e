"""The plain Poseidon against circomlibjs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zkmargin.spec import SpecError, poseidon
from zkmargin.spec import constants as c

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "poseidon.json").read_text(encoding="utf-8"))


def test_the_field_is_the_vectors():
    assert int(VECTORS["field"]) == c.FIELD


@pytest.mark.parametrize("vector", VECTORS["hashes"], ids=lambda vector: vector["name"])
def test_equals_circomlibjs(vector):
    assert poseidon([int(value) for value in vector["inputs"]]) == int(vector["hash"])


@pytest.mark.parametrize("inputs", [[], [0] * 17])
def test_takes_1_to_16_inputs(inputs):
    with pytest.raises(SpecError, match=r"^inputs: expected 1 to 16"):
        poseidon(inputs)


@pytest.mark.parametrize("value", [-1, c.FIELD, 2**256, 1.0, True, "1"])
def test_reduces_and_converts_nothing(value):
    with pytest.raises(SpecError, match=r"^inputs\[1\]: (must|expected) "):
        poseidon([0, value])


def test_takes_the_largest_element():
    assert 0 <= poseidon([c.FIELD - 1]) < c.FIELD
