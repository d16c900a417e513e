from __future__ import annotations

import json
import re
import sys

import pytest

from support.circuits import ROOT
from zkmargin import __version__
from zkmargin.cli import doctor, verify_proof
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.toolchain import run

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


def test_the_version(cli):
    assert cli("--version") == (0, f"zkmargin {__version__}\n", "")
    assert cli("--version", "doctor") == (0, f"zkmargin {__version__}\n", "")


def test_the_version_imports_next_to_nothing():
    code = "import sys; from zkmargin.cli import main; main(); print(sorted(sys.modules), file=sys.stderr)"
    done = run([sys.executable, "-c", code, "--version"], cwd=ROOT, timeout=60)
    assert done.stdout == f"zkmargin {__version__}\n"
    for heavy in ("click", "wasmtime", "py_ecc", "web3", "zkmargin_native"):
        assert f"'{heavy}'" not in done.stderr


@pytest.mark.parametrize(
    "arguments", [("--help",), ("-h",), ("keys", "-h"), ("keys", "build", "-h"), ("verify", "-h")]
)
def test_help(cli, arguments):
    code, out, _ = cli(*arguments)
    assert code == 0
    assert "Usage" in out


@pytest.mark.parametrize("arguments", [("nothing",), ("keys", "build"), ("verify",), ("doctor", "--what")])
def test_wrong_usage_exits_2(cli, arguments):
    assert cli(*arguments)[0] == 2


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("nothing",), "No such command 'nothing'"),
        (("keys", "build"), "Missing argument"),
        (("doctor", "--what"), "No such option '--what'"),
        (("prove", "a.json", "--chain-id", "x"), "Invalid value for '--chain-id'"),
    ],
)
def test_wrong_usage_is_an_object_with_json(cli, arguments, reason):
    code, out, err = cli(*arguments, "--json")
    shown = json.loads(out)["error"]
    assert (code, shown["kind"], shown["exit_code"]) == (2, "UsageError", 2)
    assert reason in shown["message"]
    assert err == f"error: {shown['message']}\n"


@pytest.mark.parametrize("engine", [(), ("--engine", "native"), ("--engine", "py-ecc")])
def test_a_valid_proof(cli, proof_files, engine):
    code, out, err = cli("verify", *proof_files, *engine)
    assert (code, err) == (0, "")
    assert out.count(": valid\n") == 1


@pytest.mark.parametrize("public", [["22", "7"], ["21"], ["21", "7", "0"], [str(2**255), "7"]])
def test_an_invalid_proof_exits_1(cli, proof_files, public):
    proof_files[3].write_text(json.dumps(public))
    code, out, _ = cli("verify", *proof_files, "--json")
    assert code == 1
    assert json.loads(out)["valid"] is False
    code, out, err = cli("verify", *proof_files)
    assert (code, out.splitlines()[0], err) == (1, "native: INVALID", "")
    assert f"given key {fingerprint(VerificationKey.from_json(GOLDEN['key']))}\n" in out


def test_a_malformed_file_exits_2_and_says_where(cli, proof_files):
    proof_files[5].write_text(json.dumps({**GOLDEN["proof"], "pi_c": ["1", "02", "1"]}))
    code, out, err = cli("verify", *proof_files, "--json")
    assert code == 2
    assert json.loads(out)["error"] == {
        "kind": "InputError",
        "message": f"{proof_files[5]}: pi_c[1]: expected a decimal string",
        "exit_code": 2,
    }
    assert err == f"error: {proof_files[5]}: pi_c[1]: expected a decimal string\n"


def test_an_unknown_engine_exits_2_and_a_missing_one_3(cli, proof_files, monkeypatch, tmp_path):
    assert cli("verify", *proof_files, "--engine", "fast")[0] == 2
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    code, out, err = cli("verify", *proof_files, "--engine", "snarkjs")
    assert (code, out) == (3, "")
    assert "snarkjs is not installed: run `zkmargin toolchain install`" in err


def test_an_unexpected_error_shows_no_value(cli, proof_files, monkeypatch):
    def fail(*_):
        salt = 4711
        raise RuntimeError(f"salt {salt}")

    monkeypatch.setattr(verify_proof, "load_json", fail)
    code, out, err = cli("verify", *proof_files)
    assert (code, out) == (70, "")
    assert re.fullmatch(r"error: internal error: RuntimeError at test_cli\.py:\d+; please report it\n", err)


def test_an_error_of_the_system_names_the_file(cli, proof_files, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device", "/x")

    monkeypatch.setattr(verify_proof, "load_json", fail)
    assert cli("verify", *proof_files) == (2, "", "error: /x: No space left on device\n")


def test_an_error_of_the_system_without_a_file_says_only_what_it_knows(cli, proof_files, monkeypatch):
    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(verify_proof, "load_json", fail)
    assert cli("verify", *proof_files) == (2, "", "error: No space left on device\n")


def test_an_interrupt_exits_130(cli, proof_files, monkeypatch):
    def interrupt(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(verify_proof, "load_json", interrupt)
    assert cli("verify", *proof_files)[0] == 130


def test_an_empty_folder_has_no_keys(cli, tmp_path):
    assert cli("keys", "list", tmp_path) == (0, "no keys\n", "")
    assert cli("keys", "verify", tmp_path)[0] == 2


def test_slow_keys_are_announced(cli, tmp_path, monkeypatch):
    monkeypatch.setattr(doctor, "_package_version", lambda _: None)
    _, _, err = cli("keys", "build", tmp_path / "nothing.circom", "-o", tmp_path)
    assert err.startswith("the native core (zkmargin-native) is not installed")


def test_doctor_says_what_is_missing_and_what_it_costs(cli, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "snarkjs").mkdir()
    (tmp_path / "snarkjs" / "package.json").write_text('{"version": "0.6.0"}')
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    monkeypatch.setattr(doctor, "_package_version", lambda name: None if "native" in name else "1")
    code, out, _ = cli("doctor")
    assert code == 3
    assert re.search(r"^snarkjs +other version +0\.6\.0 \(wanted: 0\.7\.6\)$", out, re.MULTILINE)
    assert re.search(r"^node +missing", out, re.MULTILINE)
    assert "install Node.js 20 or newer" in out
    assert "run `zkmargin toolchain install`" in out
    assert "pip install zkmargin-native" in out
    assert "11 minutes" in out
