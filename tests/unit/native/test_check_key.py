"""Checks of keys by the native core; `prover/native/tests/initial_keys.rs` has the table of false keys."""

from __future__ import annotations

import pytest

from support.r1cs_files import EDGES, write_r1cs

native = pytest.importorskip("zkmargin_native")


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keys")
    r1cs = write_r1cs(folder / "edges.r1cs", EDGES)
    native.development_phase1(folder / "a.ptau", 3)
    native.development_phase1(folder / "b.ptau", 3)
    native.initial_key(r1cs, folder / "a.ptau", folder / "initial.zkey")
    native.setup(r1cs, folder / "development.zkey")
    return folder


def test_a_key_is_checked_with_and_without_a_phase_1(files):
    stages = []
    for name in ("initial", "development"):
        assert native.check_key(files / f"{name}.zkey", files / "edges.r1cs") is None
    native.check_key(
        files / "initial.zkey", files / "edges.r1cs", files / "a.ptau", lambda *event: stages.append(event)
    )
    assert [done for _, done, _ in stages] == [0, 1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("key", "phase1"), [("initial", "b"), ("development", "a")])
def test_a_key_of_another_phase_1_is_refused(files, key, phase1):
    with pytest.raises(native.FormatError, match=rf"{key}\.zkey: a key of another phase 1: alpha differs"):
        native.check_key(files / f"{key}.zkey", files / "edges.r1cs", files / f"{phase1}.ptau")


def test_a_key_without_one_constraint_is_refused(files, tmp_path):
    fewer = write_r1cs(tmp_path / "fewer.r1cs", EDGES[:-1])
    for key in (native.setup, lambda r1cs, zkey: native.initial_key(r1cs, files / "a.ptau", zkey)):
        key(fewer, tmp_path / "fewer.zkey")
        with pytest.raises(
            native.FormatError, match=r"fewer\.zkey: a key of another circuit: its coefficients"
        ):
            native.check_key(tmp_path / "fewer.zkey", files / "edges.r1cs")


def test_missing_and_malformed_files_are_errors_that_name_them(files, tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.ptau"):
        native.check_key(files / "initial.zkey", files / "edges.r1cs", tmp_path / "none.ptau")
    with pytest.raises(native.FormatError, match=r"edges\.r1cs: not a \.zkey file"):
        native.check_key(files / "edges.r1cs", files / "edges.r1cs")
