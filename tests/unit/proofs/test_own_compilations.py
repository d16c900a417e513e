"""The constraints of bundled circuits as this machine has compiled them."""

from __future__ import annotations

import hashlib

import pytest

from zkmargin.proofs import own_compilations
from zkmargin.proofs.own_compilations import compiled_constraints, remember_constraints

VERSION = "margin_13-0123456789abcdef"


@pytest.fixture
def cache(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "zkmargin" / "constraints"


@pytest.fixture
def r1cs(tmp_path):
    path = tmp_path / "a.r1cs"
    path.write_bytes(b"constraints")
    return path


def test_constraints_are_remembered_by_the_version_of_the_circuit(cache, r1cs):
    assert compiled_constraints(VERSION) is None
    remember_constraints(VERSION, r1cs)
    assert compiled_constraints(VERSION) == hashlib.sha256(b"constraints").hexdigest()
    assert compiled_constraints("margin_13-0123456789abcdee") is None
    (cache / VERSION).write_text("no hash\n")
    assert compiled_constraints(VERSION) is None


def test_a_cache_that_others_can_write_to_says_nothing(cache, r1cs):
    remember_constraints(VERSION, r1cs)
    cache.chmod(0o777)
    assert compiled_constraints(VERSION) is None


def test_without_a_private_cache_nothing_is_remembered(monkeypatch, r1cs):
    monkeypatch.setattr(own_compilations, "private_cache", lambda _: None)
    remember_constraints(VERSION, r1cs)
    assert compiled_constraints(VERSION) is None
