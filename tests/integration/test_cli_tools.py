"""The commands that drive node's tools: keys, doctor, and verification by all engines."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.circuits import CIRCUITS, ROOT, keys_of
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.toolchain import PINS

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())


@pytest.fixture
def proof_files(tmp_path):
    """Return the options of `zkmargin verify` for a valid proof."""
    options = []
    for name in ("key", "public", "proof"):
        path = tmp_path / f"{name}.json"
        path.write_text(json.dumps(GOLDEN[name]))
        options += [f"--{name}", path]
    return options


def test_a_valid_proof(cli, proof_files):
    code, out, err = cli("verify", *proof_files, "--engine", "all")
    assert (code, err) == (0, "")
    assert out.count(": valid\n") == 3


def test_a_valid_proof_as_json(cli, proof_files):
    code, out, _ = cli("verify", *proof_files, "--engine", "all", "--json")
    assert code == 0
    assert json.loads(out) == {
        "valid": True,
        "engines": {"native": True, "snarkjs": True, "py-ecc": True},
        "key": {"fingerprint": fingerprint(VerificationKey.from_json(GOLDEN["key"])), "kind": None},
    }


def test_keys_are_built_listed_and_verified(cli, tmp_path):
    out_dir = tmp_path / "keys" / "multiplier"
    code, out, err = cli("keys", "build", CIRCUITS / "multiplier.circom", "-o", out_dir, "--json")
    # One line a step, as this is no terminal.
    assert (code, err.splitlines()[:2]) == (0, ["compiling", "evaluating the circuit"])
    assert len(set(err.splitlines())) == len(err.splitlines())
    built = json.loads(out)
    assert built["kind"] == "development"
    assert built["n_public"] == 2
    assert built["warnings"] == []
    assert Path(built["zkey"]) == out_dir / "multiplier.zkey"
    code, out, _ = cli("keys", "list", tmp_path / "keys", "--json")
    assert code == 0
    assert [keys["circuit"] for keys in json.loads(out)["keys"]] == ["multiplier"]
    code, out, _ = cli("keys", "verify", out_dir, "--source", CIRCUITS / "multiplier.circom", "--json")
    assert code == 0
    assert json.loads(out)["valid"] is True
    assert (
        "multiplier, compiled here, has these constraints and this witness calculator"
        in json.loads(out)["checked"]
    )
    for of in (out_dir, out_dir / "verification_key.json"):
        assert cli("keys", "fingerprint", of)[1] == built["fingerprint"] + "\n"
    for arguments in (("list", out_dir), ("verify", out_dir)):
        code, out, _ = cli("keys", *arguments)
        assert code == 0
        assert "Development key" in out
    # Without a source the circuit may be any, and the output says so.
    assert "not checked: whether the constraints are those of a source that you know" in out
    assert "not checked: who made the keys" in out


def test_keys_of_another_circuit_of_that_name_do_not_verify(cli, tmp_path):
    other = tmp_path / "multiplier.circom"
    other.write_text(
        (CIRCUITS / "multiplier.circom").read_text().replace("factor * cofactor", "factor * factor")
    )
    assert other.read_text() != (CIRCUITS / "multiplier.circom").read_text()
    folder = tmp_path / "keys"
    assert cli("keys", "build", other, "-o", folder)[0] == 0
    code, _, err = cli("keys", "verify", folder, "--source", CIRCUITS / "multiplier.circom")
    assert code == 2
    assert "not what the source of multiplier is compiled to here: the keys are of another circuit" in err
    code, _, err = cli("keys", "verify", folder, "--source", CIRCUITS / "merkle8.circom")
    assert code == 2
    assert "keys of multiplier, not of merkle8" in err
    # Nor does a build replace them, or the files of their circuit.
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    code, _, err = cli("keys", "build", CIRCUITS / "multiplier.circom", "-o", folder)
    assert code == 2
    assert "has other keys, with fingerprint" in err
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_changed_keys_exit_2(cli, tmp_path):
    folder = tmp_path / "keys"
    shutil.copytree(keys_of("multiplier").zkey.parent, folder)
    (folder / "multiplier.r1cs").write_bytes(b"")
    code, _, err = cli("keys", "verify", folder)
    assert code == 2
    assert "multiplier.r1cs: its SHA-256 is not the one in manifest.json" in err


def test_warnings_of_circom_are_shown(cli, tmp_path):
    source = tmp_path / "main.circom"
    (tmp_path / "old.circom").write_text(
        "template Square() { signal input a; signal output c; c <== a * a; }\n"
    )
    source.write_text('pragma circom 2.2.0;\ninclude "old.circom";\ncomponent main = Square();\n')
    code, out, err = cli("keys", "build", source, "-o", tmp_path / "keys")
    assert code == 0
    assert "\nwarning: " in err
    assert "development key" in out


def test_options_of_keys_build_that_do_not_fit(cli, tmp_path):
    build = ("keys", "build", CIRCUITS / "multiplier.circom", "-o", tmp_path / "keys")
    code, _, err = cli(*build, "--ptau-blake2b", "0" * 128)
    assert (code, err) == (2, "error: --ptau-blake2b: needs --ptau\n")
    (tmp_path / "a.ptau").write_bytes(b"ptau")
    code, _, err = cli(*build, "--ptau", tmp_path / "a.ptau")
    assert code == 2
    assert "no known ceremony has published it" in err
    (tmp_path / "file").touch()
    code, _, err = cli(*build[:-1], tmp_path / "file" / "keys")
    assert code == 2
    assert "cannot be created: Not a directory" in err


def test_progress_on_a_terminal(tmp_path):
    leader, follower = pty.openpty()
    command = [sys.executable, "-c", "from zkmargin.cli import main; main()"]
    arguments = ["keys", "build", str(CIRCUITS / "multiplier.circom"), "-o", str(tmp_path), "--json"]
    env = {**os.environ, "COLUMNS": "24"}
    done = subprocess.run(  # noqa: S603  # standard error has to be a terminal
        [*command, *arguments], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=follower, check=True
    )
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    # One line, which is empty at the end.
    assert "\n" not in shown
    stages = [one for one in shown.split("\r") if one]
    assert stages[:2] == ["compiling 0%".ljust(23), "evaluating the circu 0%"]
    assert stages[-1] == " " * 23
    assert json.loads(done.stdout)["kind"] == "development"


def test_doctor(cli):
    code, out, _ = cli("doctor")
    assert code == 0
    for name in ("python", "node", *PINS, "zkmargin-native", "wasmtime", "py-ecc", "rapidsnark"):
        if name != "circomlibjs":
            assert re.search(rf"^{re.escape(name)} ", out, re.MULTILINE)


def test_doctor_as_json(cli, monkeypatch, tmp_path):
    script = tmp_path / "rapidsnark"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o755)
    monkeypatch.setenv("ZKMARGIN_RAPIDSNARK", str(script))
    code, out, _ = cli("doctor", "--json")
    parts = {part["name"]: part for part in json.loads(out)["parts"]}
    assert code == 0
    assert all(part["state"] == "ok" and part["remedy"] == "" for part in parts.values())
    assert parts["snarkjs"]["found"] == parts["snarkjs"]["wanted"] == PINS["snarkjs"]
    assert parts["rapidsnark"]["found"] == str(script)
