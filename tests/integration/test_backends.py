from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import zkmargin_native
from support.circuits import inputs_and_public, keys_of, witness_of
from zkmargin.errors import InputError, StatementError, ToolchainError
from zkmargin.proving import wtns
from zkmargin.proving.backends import BACKENDS, backend, base, native, rapidsnark, snarkjs
from zkmargin.proving.verify import ENGINES, verify
from zkmargin.toolchain import Output, node_script


def wrong_witness():
    """Return a witness of the multiplier whose product is wrong."""
    values = list(wtns.parse(witness_of("multiplier")))
    values[1] += 1
    return wtns.encode(values)


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """Return a function that makes a script the rapidsnark to be used."""

    def make(body):
        script = tmp_path / "rapidsnark"
        script.write_text(
            f"#!{sys.executable}\nimport sys\nzkey, witness, proof, public = sys.argv[1:]\n{body}\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("ZKMARGIN_RAPIDSNARK", str(script))
        return backend("rapidsnark")

    return make


# A rapidsnark that does its job, by snarkjs: the same arguments, the same files.
HONEST = f"""import subprocess
snarkjs = {node_script("snarkjs", "build/cli.cjs")!r}
subprocess.run([*snarkjs, 'groth16', 'prove', *sys.argv[1:]], check=True)"""


@pytest.mark.parametrize("name", ["native", "snarkjs", "rapidsnark"])
def test_every_backend_proves(name, fake):
    fake(HONEST)
    _, public = inputs_and_public("multiplier")
    keys = keys_of("multiplier")
    proof, signals = backend(name).prove(keys.zkey, witness_of("multiplier"))
    assert signals == public
    assert all(verify(keys.key, signals, proof, engine) for engine in ENGINES)


@pytest.mark.parametrize("name", ["native", "snarkjs", "rapidsnark"])
def test_no_backend_returns_a_proof_of_a_wrong_witness(name, fake):
    fake(HONEST)
    with pytest.raises(StatementError, match="does not satisfy the circuit"):
        backend(name).prove(keys_of("multiplier").zkey, wrong_witness())


def test_proofs_differ_and_the_witness_of_one_circuit_is_none_of_another():
    keys = keys_of("multiplier")
    first, second = (backend("native").prove(keys.zkey, witness_of("multiplier"))[0] for _ in range(2))
    assert first != second
    with pytest.raises((InputError, StatementError)):
        backend("native").prove(keys.zkey, witness_of("merkle8"))
    with pytest.raises((InputError, StatementError)):
        backend("native").prove(keys_of("merkle8").zkey, witness_of("multiplier"))


PRINT_PROOF = "open(proof, 'w').write({proof!r}); open(public, 'w').write({public!r})"


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ("", ToolchainError, r"wrote no proof:.*cannot be read"),
        (PRINT_PROOF.format(proof="garbage", public="[]"), ToolchainError, "not JSON"),
        (PRINT_PROOF.format(proof="{}", public="[]"), ToolchainError, "missing"),
        (PRINT_PROOF.format(proof="[]", public="[]"), ToolchainError, "expected an object"),
        ("print('secret 4711'); sys.exit(1)", ToolchainError, "^rapidsnark failed with exit code 1$"),
        ("import os; os.abort()", ToolchainError, "rapidsnark failed"),
    ],
)
def test_a_rapidsnark_that_returns_no_proof(fake, body, error, message):
    with pytest.raises(error, match=message) as caught:
        fake(body).prove(keys_of("multiplier").zkey, witness_of("multiplier"))
    assert "4711" not in str(caught.value)


def test_a_rapidsnark_that_proves_something_else(fake):
    keys = keys_of("multiplier")
    other, signals = backend("native").prove(keys.zkey, witness_of("multiplier", seed=2))
    proof, public = json.dumps(other.to_json()), json.dumps([str(signal) for signal in signals])
    with pytest.raises(StatementError):
        fake(PRINT_PROOF.format(proof=proof, public=public)).prove(keys.zkey, witness_of("multiplier"))
    _, wanted = inputs_and_public("multiplier")
    public = json.dumps([str(signal) for signal in wanted])
    with pytest.raises(StatementError):
        fake(PRINT_PROOF.format(proof=proof, public=public)).prove(keys.zkey, witness_of("multiplier"))


def test_a_proof_without_the_curve_s_name_is_read(fake):
    keys = keys_of("multiplier")
    made, signals = backend("native").prove(keys.zkey, witness_of("multiplier"))
    proof = {key: value for key, value in made.to_json().items() if key != "curve"}
    public = json.dumps([str(signal) for signal in signals])
    assert fake(PRINT_PROOF.format(proof=json.dumps(proof), public=public)).prove(
        keys.zkey, witness_of("multiplier")
    ) == (made, signals)


@pytest.mark.parametrize("module", [rapidsnark, snarkjs])
def test_the_witness_is_for_this_user_only_and_goes(module, fake, monkeypatch):
    seen = []

    def look(argv, *, cwd, **_):
        (name,) = (item for item in argv if str(item).endswith(".wtns"))
        assert not set(map(str, argv)) & {"3", "7"}
        seen.append(cwd / name)
        assert stat.S_IMODE((cwd / name).stat().st_mode) == 0o600
        assert stat.S_IMODE(cwd.stat().st_mode) == 0o700
        return Output(0, "", "")

    fake("")
    monkeypatch.setattr(module, "run", look)
    with pytest.raises(ToolchainError, match="wrote no proof"):
        backend(module.__name__.rpartition(".")[2]).prove(
            keys_of("multiplier").zkey, witness_of("multiplier")
        )
    assert not seen[0].parent.exists()


def test_an_error_of_snarkjs_with_exit_code_0(monkeypatch):
    monkeypatch.setattr(snarkjs, "run", lambda *_, **__: Output(0, "[ERROR] snarkJS: no", ""))
    with pytest.raises(ToolchainError, match=r"\[ERROR\] snarkJS: no"):
        backend("snarkjs").prove(keys_of("multiplier").zkey, witness_of("multiplier"))


@pytest.mark.parametrize("name", BACKENDS)
@pytest.mark.parametrize("content", [b"", b"wtns", b"x" * 100])
def test_a_malformed_witness_is_an_input_error(name, content, fake):
    fake(HONEST)
    with pytest.raises(InputError):
        backend(name).prove(keys_of("multiplier").zkey, content)


@pytest.mark.parametrize("name", BACKENDS)
def test_a_missing_or_broken_key_is_an_input_error(name, fake, tmp_path):
    fake(HONEST)
    with pytest.raises(InputError, match="no such file"):
        backend(name).prove(tmp_path / "a.zkey", witness_of("multiplier"))
    content = keys_of("multiplier").zkey.read_bytes()
    (tmp_path / "a.zkey").write_bytes(content[:-100])
    with pytest.raises(InputError, match=r"a\.zkey"):
        backend(name).prove(tmp_path / "a.zkey", witness_of("multiplier"))


def test_the_native_backend_keeps_keys_and_sees_that_a_file_has_changed(tmp_path, monkeypatch):
    loaded = []

    def prover(path):
        loaded.append(path)
        return real(path)

    real = zkmargin_native.Prover
    monkeypatch.setattr(zkmargin_native, "Prover", prover)
    made, path = native.NativeBackend(), tmp_path / "a.zkey"
    shutil.copy(keys_of("multiplier").zkey, path)
    for _ in range(3):
        made.prove(path, witness_of("multiplier"))
    assert len(loaded) == 1
    shutil.copy(keys_of("merkle8").zkey, path)
    made.prove(path, witness_of("merkle8"))
    assert len(loaded) == 2
    for number in range(6):
        copy = tmp_path / f"{number}.zkey"
        shutil.copy(keys_of("multiplier").zkey, copy)
        made.prove(copy, witness_of("multiplier"))
    assert len(made._provers) == 4


def test_the_native_backend_works_from_several_threads():
    keys = keys_of("multiplier")
    made = native.NativeBackend()
    with ThreadPoolExecutor(4) as pool:
        results = pool.map(lambda seed: made.prove(keys.zkey, witness_of("multiplier", seed))[1], range(8))
        assert list(results) == [inputs_and_public("multiplier", seed)[1] for seed in range(8)]


def test_the_default_is_native_and_snarkjs_without_it(monkeypatch):
    assert backend().name == "native"
    monkeypatch.setattr(native, "find_spec", lambda _: None)
    assert backend().name == "snarkjs"
    with pytest.raises(ToolchainError, match="pip install zkmargin-native"):
        backend("native").prove(keys_of("multiplier").zkey, b"")


def test_an_unknown_or_missing_backend(monkeypatch, tmp_path):
    with pytest.raises(InputError, match="no such prover; expected one of native, snarkjs, rapidsnark"):
        backend("fast")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "ZKMARGIN_RAPIDSNARK" in backend("rapidsnark").available()
    assert "install Node.js" in backend("snarkjs").available()
    with pytest.raises(ToolchainError):
        backend("snarkjs").prove(keys_of("multiplier").zkey, b"")


@pytest.mark.parametrize("name", ["rapidsnark", "prover"])
def test_rapidsnark_is_found_on_the_path(monkeypatch, tmp_path, name):
    (tmp_path / name).write_text("#!/bin/sh\n")
    (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path) + os.pathsep + "/usr/bin")
    assert backend("rapidsnark").program() == str(tmp_path / name)
    assert backend("rapidsnark").available() is None


def test_the_check_cannot_be_left_out():
    assert all(type(backend(name)).prove is base.CheckedBackend.prove for name in BACKENDS)
