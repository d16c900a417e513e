"""Hashes by the native core: one at a time, and many together."""

from __future__ import annotations

import sys

import pytest

from zkmargin.native_hash import fast_hasher, hasher_of
from zkmargin.spec.poseidon import poseidon

INPUTS = [(1, 2), (3, 4, 5), (1, 2)]


@pytest.mark.parametrize("installed", [True, False])
def test_hashes_are_those_of_the_specification(installed, monkeypatch):
    if installed:
        pytest.importorskip("zkmargin_native")
    else:
        monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    hasher = hasher_of(iter(INPUTS))
    for inputs in (*INPUTS, [1, 2], [7, 8]):
        assert hasher(inputs) == fast_hasher()(inputs) == poseidon(tuple(inputs))
