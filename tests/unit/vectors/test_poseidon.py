"""The native Poseidon and its trees against circomlibjs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from zkmargin.proving.bn254 import SCALAR_MODULUS

native = pytest.importorskip("zkmargin_native")
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "poseidon.json").read_text(encoding="utf-8"))


def by_name(vector):
    return vector["name"].replace(" ", "-")


def test_the_vectors_cover_all_sizes():
    assert int(VECTORS["field"]) == SCALAR_MODULUS
    assert {len(vector["inputs"]) for vector in VECTORS["hashes"]} == set(range(1, 17))
    assert {vector["depth"] for vector in VECTORS["merkle8"]} == {1, 2, 3}


def test_one_vector_is_the_published_one():
    # Poseidon(1, 2) as circomlib's own tests have it.
    published = 7853200120776062878684798364095072458815029376092732009249414926327459813530
    assert [int(vector["hash"]) for vector in VECTORS["hashes"] if vector["inputs"] == ["1", "2"]] == [
        published
    ]


@pytest.mark.parametrize("vector", VECTORS["hashes"], ids=by_name)
def test_poseidon_is_circomlibs(vector):
    assert native.poseidon([int(value) for value in vector["inputs"]]) == int(vector["hash"])


def test_many_hashes_are_the_single_ones_in_order():
    rows = [
        [int(value) for value in vector["inputs"]]
        for vector in VECTORS["hashes"]
        if len(vector["inputs"]) == 3
    ]
    assert native.poseidon_many(rows) == [native.poseidon(row) for row in rows]


@pytest.mark.parametrize("vector", VECTORS["merkle8"], ids=by_name)
def test_roots_and_paths_are_circomlibs(vector):
    leaves = [int(leaf) for leaf in vector["leaves"]]
    assert native.merkle8_root(leaves, vector["depth"]) == int(vector["root"])
    for path in vector["paths"]:
        siblings = [[int(node) for node in level] for level in path["siblings"]]
        assert native.merkle8_path(leaves, vector["depth"], path["index"]) == siblings
