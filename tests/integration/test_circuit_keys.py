"""Keys that are built once and never taken for those of another circuit."""

from __future__ import annotations

import shutil
import subprocess
import sys
import threading

import pytest
from filelock import FileLock

from support.ceremony_records import own_records, record_ceremony
from support.circuits import CIRCUITS, ROOT
from zkmargin import InputError, ToolchainError, toolchain
from zkmargin.documents.files import blake2b
from zkmargin.proofs import circuit_keys
from zkmargin.proofs.circuit_keys import (
    PublishedCircuit,
    build_circuit,
    circuit_folder,
    compile_again,
    load_circuit,
    recorded_key,
)
from zkmargin.proving import circuit
from zkmargin.proving import keys as keys_module
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.keys import build_keys

MULTIPLIER = PublishedCircuit("multiplier")


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Take a small test circuit for an instance; return the folder of its sources and that of the keys."""
    sources = tmp_path / "circuits"
    (sources / "main").mkdir(parents=True)
    shutil.copy(CIRCUITS / "multiplier.circom", sources / "main")
    monkeypatch.setattr(circuit_keys, "circuits_folder", lambda: sources)
    circuit_keys._digest.cache_clear()
    yield sources, tmp_path / "keys"
    circuit_keys._digest.cache_clear()


def test_keys_depend_on_what_a_circuit_includes_and_on_nothing_else(fake):
    sources, keys = fake
    main = sources / "main" / "multiplier.circom"
    main.write_text(main.read_text() + 'include "../lib/a.circom";\n')
    (sources / "lib").mkdir()
    folders = set()
    for name, text in (("a", "// 1"), ("a", '// 2\ninclude "b.circom";'), ("b", "// 3"), ("c", "// 4")):
        (sources / "lib" / f"{name}.circom").write_text(text + "\n")
        circuit_keys._digest.cache_clear()
        folders.add(circuit_folder(MULTIPLIER, keys))
    assert len(folders) == 3


def test_keys_are_built_on_first_use_and_found_again(fake):
    _, keys = fake
    assert load_circuit(MULTIPLIER, keys) is None
    stages = []
    built = build_circuit(MULTIPLIER, keys, progress=lambda stage, *_: stages.append(stage))
    folder = circuit_folder(MULTIPLIER, keys)
    assert stages[0] == f"compiling multiplier, once: it and its keys are kept in {folder}"
    assert stages[1] == "keys of multiplier: evaluating the circuit"
    stages.clear()
    again = build_circuit(MULTIPLIER, keys, progress=lambda stage, *_: stages.append(stage))
    assert again == load_circuit(MULTIPLIER, keys) == built
    assert stages == []


def test_keys_of_other_sources_or_tools_are_other_keys(fake, monkeypatch):
    sources, keys = fake
    before = circuit_folder(MULTIPLIER, keys)
    source = sources / "main" / "multiplier.circom"
    source.write_text(source.read_text() + "\n")
    circuit_keys._digest.cache_clear()
    after = circuit_folder(MULTIPLIER, keys)
    monkeypatch.setitem(toolchain.PINS, "circomlib", "9.9.9")
    circuit_keys._digest.cache_clear()
    assert len({before, after, circuit_folder(MULTIPLIER, keys)}) == 3


def test_tools_of_another_version_build_nothing(fake, monkeypatch):
    _, keys = fake
    monkeypatch.setattr(
        circuit_keys, "installed_version", lambda name: None if name == "circomlib" else "0.2.23"
    )
    with pytest.raises(ToolchainError, match="circomlib is not installed"):
        build_circuit(MULTIPLIER, keys)
    monkeypatch.setattr(circuit_keys, "installed_version", lambda _: "0.0.1")
    with pytest.raises(ToolchainError, match=r"circom2 is version 0\.0\.1"):
        build_circuit(MULTIPLIER, keys)
    assert load_circuit(MULTIPLIER, keys) is None


def test_attack_a_ceremonys_keys_of_another_circuit_have_no_kind(fake, monkeypatch, tmp_path):
    """Somebody else's folder has the name, and keys of a true ceremony, of a circuit with less constraints."""
    sources, keys = fake
    records, folder = own_records(monkeypatch, tmp_path / "cache"), circuit_folder(MULTIPLIER, keys)
    true = sources / "main" / "multiplier.circom"
    other = tmp_path / "other" / "multiplier.circom"
    other.parent.mkdir()
    other.write_text(true.read_text().replace("factor * cofactor", "factor * factor"))
    build_keys(compile_circuit(other, folder), folder)
    record_ceremony(records, [MULTIPLIER], keys, compiled_here=False)
    compile_again(MULTIPLIER, tmp_path / "compiled")
    assert load_circuit(MULTIPLIER, keys)[1].kind is KeyKind.DEVELOPMENT
    assert recorded_key(MULTIPLIER, keys) is None


def test_a_verification_of_a_bundled_circuits_keys_compiles_it(fake, monkeypatch, tmp_path):
    _, keys = fake
    records = own_records(monkeypatch, tmp_path / "cache")
    build_circuit(MULTIPLIER, keys)
    record_ceremony(records, [MULTIPLIER], keys, compiled_here=False)
    assert load_circuit(MULTIPLIER, keys)[1].kind is KeyKind.DEVELOPMENT
    compile_again(MULTIPLIER, tmp_path / "compiled")
    assert load_circuit(MULTIPLIER, keys)[1].kind is recorded_key(MULTIPLIER, keys).kind is KeyKind.CEREMONY


@pytest.mark.parametrize("ending", ["zkey", "wasm", "r1cs"])
def test_4_a_file_that_has_changed_is_refused(fake, ending):
    _, keys = fake
    build_circuit(MULTIPLIER, keys)
    file = circuit_folder(MULTIPLIER, keys) / f"multiplier.{ending}"
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(InputError, match=f"multiplier.{ending}: its SHA-256 is not the one in manifest.json"):
        build_circuit(MULTIPLIER, keys)


def test_attack_30_a_build_that_was_killed_is_begun_anew(fake):
    _, keys = fake
    build_circuit(MULTIPLIER, keys)
    folder = circuit_folder(MULTIPLIER, keys)
    (folder / "manifest.json").unlink()
    (folder / "multiplier.zkey").write_bytes(b"half")
    assert build_circuit(MULTIPLIER, keys) == load_circuit(MULTIPLIER, keys)


def test_two_threads_build_once(fake, monkeypatch):
    _, keys = fake
    built, results = [], []
    build_keys = keys_module.build_keys

    def counted(*arguments, **options):
        built.append(1)
        return build_keys(*arguments, **options)

    monkeypatch.setattr(keys_module, "build_keys", counted)
    threads = [
        threading.Thread(target=lambda: results.append(build_circuit(MULTIPLIER, keys))) for _ in range(4)
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert len(built) == 1
    assert len(results) == 4
    assert all(one == results[0] for one in results)


def test_a_wait_for_another_build_is_told(fake):
    _, keys = fake
    stages = []

    def progress(stage, *_):
        stages.append(stage)
        lock.release()

    folder = circuit_folder(MULTIPLIER, keys)
    keys.mkdir()
    lock = FileLock(folder.with_name(f"{folder.name}.lock"), thread_local=False)
    lock.acquire()
    build_circuit(MULTIPLIER, keys, progress=progress)
    assert stages[0] == "waiting for another process that builds multiplier"
    assert stages[1].startswith("compiling multiplier")


def test_two_processes_build_once(fake):
    sources, keys = fake
    # Keys are random, so equal ones have been built once.
    code = (
        "import sys; from pathlib import Path; from zkmargin.proofs import circuit_keys; "
        "from zkmargin.documents.files import sha256; "
        "circuit_keys.circuits_folder = lambda: Path(sys.argv[1]); "
        "one = circuit_keys.PublishedCircuit('multiplier'); "
        "print(sha256(circuit_keys.build_circuit(one, Path(sys.argv[2]))[1].zkey))"
    )
    command = [sys.executable, "-c", code, str(sources), str(keys)]
    processes = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) for _ in range(2)]  # noqa: S603
    digests = {process.communicate(timeout=120)[0] for process in processes}
    assert len(digests) == 1
    assert len(digests.pop()) == 65


def test_keys_from_a_phase_1_file_do_not_replace_those_that_are_there(fake, monkeypatch, tmp_path):
    _, keys = fake
    _, before = build_circuit(MULTIPLIER, keys)
    ptau = tmp_path / "a.ptau"
    ptau.write_bytes(b"ptau")
    monkeypatch.setattr(circuit, "compile_circuit", lambda *_: pytest.fail("it is compiled already"))
    with pytest.raises(InputError, match=f"has other keys, with fingerprint {before.fingerprint}"):
        build_circuit(MULTIPLIER, keys, ptau=ptau, ptau_blake2b=blake2b(ptau))
    assert load_circuit(MULTIPLIER, keys)[1] == before
