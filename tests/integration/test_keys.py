from __future__ import annotations

import base64
import json
import shutil
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

import zkmargin_native
from support.circuits import ROOT, compiled, inputs_and_public, keys_of, witness_of
from zkmargin.documents.files import blake2b, sha256
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import keys as module
from zkmargin.proving import setup
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.backends import backend
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.proving.ceremonies import known_ceremonies
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.contributions import Contribution, ContributionKind, Contributions
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.keys import build_keys, find_keys, install_keys, load_keys, verify_keys
from zkmargin.proving.manifest import file_names
from zkmargin.proving.verified_keys import Phase1, Records, VerifiedKey
from zkmargin.proving.verify import verify

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
FINAL = ["manifest.json", "multiplier.zkey", "verification_key.json"]


@pytest.fixture
def built(tmp_path):
    """Return a copy of the multiplier's keys and files, to be spoilt."""
    folder = tmp_path / "built"
    shutil.copytree(compiled("multiplier").r1cs.parent, folder)
    keys_of("multiplier")
    for name in FINAL:
        shutil.copy(keys_of("multiplier").zkey.parent / name, folder)
    return folder


def visible(folder):
    """Return the names in a folder, without those that begin with a dot, such as the lock's."""
    return sorted(path.name for path in folder.iterdir() if not path.name.startswith("."))


def copy_of(folder):
    return Circuit.in_folder("multiplier", folder)


def set_manifest(folder, **changes):
    path = folder / "manifest.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def set_hashes(folder):
    """Make the manifest fit whatever the files are now."""
    set_manifest(folder, files={name: sha256(folder / name) for name in file_names("multiplier")})


def check_usable(keys):
    proof, public = backend("native").prove(keys.zkey, witness_of("multiplier"))
    assert public == inputs_and_public("multiplier")[1]
    assert verify(keys.key, public, proof, "snarkjs")


def test_development_keys(tmp_path):
    stages = []
    keys = build_keys(
        compiled("multiplier"), tmp_path / "new" / "keys", progress=lambda *event: stages.append(event)
    )
    assert visible(tmp_path / "new" / "keys") == FINAL
    assert keys.kind is KeyKind.DEVELOPMENT
    # A file's word is no evidence, so the file has none.
    assert not {"kind", "note"} & set(json.loads((tmp_path / "new" / "keys" / "manifest.json").read_text()))
    assert keys.contributions.items == ()
    assert keys.fingerprint == fingerprint(keys.key)
    assert keys.manifest.tools["zkmargin-native"]
    assert keys.manifest.files["multiplier.r1cs"] == sha256(compiled("multiplier").r1cs)
    assert stages
    check_usable(keys)
    assert (
        verify_keys(tmp_path / "new" / "keys", compiled("multiplier")) == keys == load_keys(keys.zkey.parent)
    )


def test_two_builds_share_no_secret(tmp_path):
    first, second = (build_keys(compiled("multiplier"), tmp_path / name) for name in "ab")
    # Development keys share alpha and beta.
    assert first.key.delta != second.key.delta
    assert not set(first.key.ic) & set(second.key.ic)


def test_without_the_native_core_snarkjs_makes_the_keys(tmp_path, monkeypatch):
    commands, entropy, real = [], [], setup.run

    def run(argv, **options):
        commands.append(" ".join(map(str, argv)))
        entropy.append(options["stdin"])
        return real(argv, **options)

    monkeypatch.setattr(setup, "run", run)
    monkeypatch.setattr(setup, "find_spec", lambda _: None)
    stages = []
    keys = build_keys(compiled("multiplier"), tmp_path, progress=lambda *event: stages.append(event[0]))
    assert visible(tmp_path) == FINAL
    assert keys.contributions.count == 1
    assert keys.kind is KeyKind.DEVELOPMENT
    assert stages == [
        "powersoftau new",
        "powersoftau contribute",
        "powersoftau prepare",
        "groth16 setup",
        "zkey contribute",
        "keys",
    ]
    given = [text for text in entropy if text]
    assert len(set(given)) == 2
    assert all(len(text) == 129 for text in given)
    assert not any(text.strip() in command for text in given for command in commands)
    monkeypatch.undo()
    check_usable(keys)


@pytest.fixture(scope="module")
def phase1(tmp_path_factory):
    path = tmp_path_factory.mktemp("phase1") / "a.ptau"
    zkmargin_native.development_phase1(path, 3)
    return path


@pytest.mark.parametrize("core", ["native", "snarkjs"])
def test_keys_from_a_phase_1_file(tmp_path, phase1, core, monkeypatch):
    if core == "snarkjs":
        monkeypatch.setattr(setup, "find_spec", lambda _: None)
    with pytest.raises(InputError, match="no known ceremony"):
        build_keys(compiled("multiplier"), tmp_path, ptau=phase1)
    assert not visible(tmp_path)
    keys = build_keys(compiled("multiplier"), tmp_path, ptau=phase1, ptau_blake2b=blake2b(phase1))
    assert visible(tmp_path) == FINAL
    # The user's own hash makes no ceremony of the file.
    assert keys.kind is KeyKind.DEVELOPMENT
    assert keys.manifest.phase1 == {"name": "pinned by its hash", "blake2b": blake2b(phase1)}
    assert [one.name for one in keys.contributions.items] == ["zkmargin"]
    monkeypatch.undo()
    check_usable(keys)
    zkmargin_native.check_contributions(keys.zkey)
    zkmargin_native.check_key(keys.zkey, compiled("multiplier").r1cs, phase1)


def test_a_phase_1_that_is_not_prepared_is_an_error_of_either_core(tmp_path, monkeypatch):
    unprepared = tmp_path / "a.ptau"
    zkmargin_native.phase1_new(unprepared, 3)

    def build():
        build_keys(compiled("multiplier"), tmp_path / "k", ptau=unprepared, ptau_blake2b=blake2b(unprepared))

    with pytest.raises(
        InputError, match=r"a\.ptau: section 12 is missing: the file is not prepared for phase 2"
    ):
        build()
    monkeypatch.setattr(setup, "find_spec", lambda _: None)
    # snarkjs reports it with exit code 0.
    with pytest.raises(ToolchainError, match=r"(?s)snarkjs groth16 setup failed.*not prepared"):
        build()
    assert not visible(tmp_path / "k")


def test_a_broken_r1cs_is_an_input_error(tmp_path, monkeypatch):
    circuit = Circuit.in_folder("multiplier", tmp_path / "c")
    circuit.r1cs.parent.mkdir()
    circuit.r1cs.write_bytes(compiled("multiplier").r1cs.read_bytes()[:-1])
    for native in (True, False):
        if not native:
            monkeypatch.setattr(setup, "find_spec", lambda _: None)
        with pytest.raises(InputError, match=r"multiplier\.r1cs"):
            build_keys(circuit, tmp_path / "k")
        assert not visible(tmp_path / "k")


KILL = """
import os, signal, sys
from pathlib import Path
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.keys import build_keys
circuit, out_dir = map(Path, sys.argv[1:])
build_keys(Circuit.in_folder("multiplier", circuit), out_dir,
           progress=lambda stage, done, total: done == total - 1 and os.kill(os.getpid(), signal.SIGKILL))
"""


def kill_a_build(out_dir):
    command = [sys.executable, "-c", KILL, str(compiled("multiplier").r1cs.parent), str(out_dir)]
    assert setup.run(command, cwd=ROOT, timeout=60, check=False).code == -signal.SIGKILL


def test_a_killed_build_leaves_no_half_key(tmp_path):
    kill_a_build(tmp_path)
    assert not visible(tmp_path)
    check_usable(build_keys(compiled("multiplier"), tmp_path))


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_build_returns_the_keys_that_are_there(built):
    before = content(built)
    assert build_keys(copy_of(built), built) == load_keys(built)
    assert content(built) == before


def test_a_build_replaces_no_other_keys(built, phase1):
    before, shown = content(built), load_keys(built).fingerprint
    other = {"ptau": phase1, "ptau_blake2b": blake2b(phase1)}
    for circuit, options in ((copy_of(built), other), (compiled("merkle8"), {})):
        with pytest.raises(
            InputError, match=rf"built: has other keys, with fingerprint {shown}\. Keys are never"
        ):
            build_keys(circuit, built, **options)
    (built / "multiplier.r1cs").write_bytes(before["multiplier.r1cs"] + b"x")
    with pytest.raises(InputError, match="has other keys"):
        build_keys(copy_of(built), built)
    (built / "multiplier.r1cs").write_bytes(before["multiplier.r1cs"])
    # A key that somebody put in the place of the built one is not replaced either.
    (built / "multiplier.zkey").write_bytes(base64.b64decode(GOLDEN["zkey"]))
    with pytest.raises(InputError, match=r"multiplier\.zkey: its SHA-256"):
        build_keys(copy_of(built), built)
    assert content(built) == before | {"multiplier.zkey": base64.b64decode(GOLDEN["zkey"])}


def test_keys_from_the_same_phase_1_file_are_returned(tmp_path, phase1):
    options = {"ptau": phase1, "ptau_blake2b": blake2b(phase1)}
    built = build_keys(compiled("multiplier"), tmp_path, **options)
    assert build_keys(compiled("multiplier"), tmp_path, **options) == built
    assert build_keys(compiled("multiplier"), tmp_path) == built


def test_a_build_replaces_no_contributions_without_a_manifest(built):
    (built / "manifest.json").unlink()
    (built / "multiplier.zkey").write_bytes(base64.b64decode(GOLDEN["zkey"]))
    with pytest.raises(InputError, match=r"multiplier\.zkey: has contributions, but there is no manifest"):
        build_keys(copy_of(built), built)
    assert (built / "multiplier.zkey").read_bytes() == base64.b64decode(GOLDEN["zkey"])
    # A half development key is no loss.
    (built / "multiplier.zkey").write_bytes(base64.b64decode(GOLDEN["zkey"])[:-1])
    check_usable(build_keys(copy_of(built), built))


def test_keys_that_were_published_in_part_are_no_keys(tmp_path, monkeypatch):
    real = module.publish

    def publish(source, target):
        if target.name == "verification_key.json":
            raise KeyboardInterrupt
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(module, "publish", publish)
        with pytest.raises(KeyboardInterrupt):
            build_keys(compiled("multiplier"), tmp_path)
    with pytest.raises(InputError, match="no keys here"):
        load_keys(tmp_path)
    check_usable(build_keys(compiled("multiplier"), tmp_path))


def test_keys_are_installed_where_there_are_none(built, tmp_path):
    before, folder = load_keys(built), tmp_path / "new"
    installed = install_keys(
        compiled("multiplier"), before.zkey, folder, verification_key=before.verification_key
    )
    assert visible(folder) == FINAL
    assert (installed.key, installed.manifest.files) == (before.key, before.manifest.files)
    # Again, and without the file of the verification key.
    assert install_keys(compiled("multiplier"), before.zkey, folder) == installed
    exported = install_keys(
        compiled("multiplier"), before.zkey, tmp_path / "x", phase1={"name": "a", "blake2b": "b"}
    )
    assert exported.key == before.key
    assert exported.manifest.phase1 == {"name": "a", "blake2b": "b"}


def test_keys_are_not_installed_over_others(built, tmp_path):
    before = content(built)
    other = tmp_path / "other.zkey"
    other.write_bytes(base64.b64decode(GOLDEN["zkey"]))
    with pytest.raises(InputError, match="has other keys"):
        install_keys(copy_of(built), other, built)
    assert content(built) == before


def test_nothing_is_installed_of_keys_that_are_wrong(built, tmp_path):
    folder, circuit, zkey = tmp_path / "new", compiled("multiplier"), built / "multiplier.zkey"
    (built / "verification_key.json").write_text(json.dumps(GOLDEN["key"]))
    with pytest.raises(InputError, match="not the verification key of"):
        install_keys(circuit, zkey, folder, verification_key=built / "verification_key.json")
    zkey.write_bytes(base64.b64decode(GOLDEN["uncontributed_zkey"]))
    with pytest.raises(InputError, match="the key has no contribution"):
        install_keys(circuit, zkey, folder)
    with pytest.raises(InputError, match="no such file"):
        install_keys(circuit, tmp_path / "nothing.zkey", folder)
    assert not folder.exists() or not visible(folder)


def test_a_full_disk_leaves_no_half_key(built, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(module, "copyfile", full)
    with pytest.raises(InputError, match=r"cannot be copied to .*: No space left on device"):
        install_keys(compiled("multiplier"), built / "multiplier.zkey", tmp_path / "new")
    assert not visible(tmp_path / "new")


@pytest.mark.parametrize("name", ["multiplier.zkey", "verification_key.json"])
def test_a_changed_file_is_refused(built, name):
    content = bytearray((built / name).read_bytes())
    content[-2] ^= 1
    (built / name).write_bytes(content)
    with pytest.raises(InputError, match=f"{name}: its SHA-256"):
        load_keys(built)
    (built / name).unlink()
    with pytest.raises(InputError, match=f"{name}: cannot be read"):
        load_keys(built)


@pytest.mark.parametrize("name", ["multiplier.r1cs", "multiplier.wasm"])
def test_keys_of_another_version_of_the_circuit_are_refused(built, name):
    (built / name).write_bytes((built / name).read_bytes() + b"x")
    load_keys(built)
    with pytest.raises(InputError, match=f"{name}: its SHA-256"):
        verify_keys(built, copy_of(built))


def test_keys_of_another_circuit_are_refused(built):
    with pytest.raises(InputError, match="keys of multiplier, not of merkle8"):
        verify_keys(built, compiled("merkle8"))


def test_a_verification_key_of_other_keys_is_refused(built):
    (built / "verification_key.json").write_text(json.dumps(GOLDEN["key"]))
    set_hashes(built)
    with pytest.raises(InputError, match=r"not the verification key of multiplier\.zkey"):
        load_keys(built)


def test_keys_that_nobody_contributed_to_are_refused(built):
    (built / "multiplier.zkey").write_bytes(base64.b64decode(GOLDEN["uncontributed_zkey"]))
    key = dict(GOLDEN["key"], vk_delta_2=GOLDEN["key"]["vk_gamma_2"])
    (built / "verification_key.json").write_text(json.dumps(key))
    set_hashes(built)
    with pytest.raises(InputError, match="anybody can forge"):
        load_keys(built)


def test_a_point_off_the_curve_is_found(built):
    content = (built / "multiplier.zkey").read_bytes()
    at = content.index(zkey_point(keys_of("multiplier").key.ic[1]))
    (built / "multiplier.zkey").write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
    key = module.read_verification_key(built / "multiplier.zkey")
    (built / "verification_key.json").write_text(json.dumps(key.to_json()))
    set_hashes(built)
    load_keys(built)
    with pytest.raises(InputError, match="verification key"):
        verify_keys(built, copy_of(built))


def zkey_point(point):
    """Return a point of G1 as a zkey stores it."""
    return b"".join((part * (1 << 256) % BASE_MODULUS).to_bytes(32, "little") for part in point)


@pytest.mark.parametrize(
    ("changes", "key"),
    [
        ({"format": "zkmargin-keys/3"}, "format"),
        ({"format": []}, "format"),
        ({"circuit": "../other"}, "circuit"),
        ({"circuit": "a/b"}, "circuit"),
        ({"circuit": 1}, "circuit"),
        ({"kind": "ceremony"}, "kind"),
        ({"files": {}}, "files"),
        ({"files": dict.fromkeys(file_names("multiplier"), "0" * 63)}, "files.multiplier.r1cs"),
        ({"files": dict.fromkeys(file_names("multiplier"), 1)}, "files.multiplier.r1cs"),
        ({"tools": []}, "tools"),
        ({"created": 1}, "created"),
        ({"other": 1}, "other"),
    ],
)
def test_a_malformed_manifest_is_refused(built, changes, key):
    set_manifest(built, **changes)
    with pytest.raises(InputError) as caught:
        load_keys(built)
    assert caught.value.key == key
    assert caught.value.source.endswith("manifest.json")


def test_a_kind_that_keys_claim_is_not_believed(built):
    set_manifest(built, format="zkmargin-keys/1", kind="ceremony", note="Trust me.")
    assert load_keys(built).kind is KeyKind.DEVELOPMENT


def test_the_kind_of_keys_is_that_of_their_record(built, tmp_path):
    before = load_keys(built)
    one = Contribution("a", ContributionKind.CONTRIBUTION, "1" * 128)
    record = VerifiedKey(
        sha256(built / "multiplier.zkey"),
        sha256(built / "multiplier.r1cs"),
        before.fingerprint,
        Phase1("own.ptau", "2" * 128, "transcript", (one, one)),
        Contributions("3" * 128, (one, one)),
        "zkmargin",
        "2026-12-01T08:00:00Z",
    )
    records = Records(tmp_path)
    records.save(record)
    found = load_keys(built, records)
    assert found.record == record
    assert found.kind is KeyKind.CEREMONY
    # Another circuit beside the same key has no record.
    set_manifest(built, files={**before.manifest.files, "multiplier.r1cs": "0" * 64})
    assert load_keys(built, records).kind is KeyKind.DEVELOPMENT


def test_keys_are_found(built, tmp_path):
    assert find_keys(built) == [built]
    assert find_keys(tmp_path) == [built]
    (tmp_path / "empty").mkdir()
    assert find_keys(tmp_path / "empty") == []
    with pytest.raises(InputError, match="no such folder"):
        find_keys(tmp_path / "nothing")


def test_the_known_ceremonies_are_those_of_snarkjs_s_readme():
    readme = (ROOT / "node_modules" / "snarkjs" / "README.md").read_text()
    known = known_ceremonies()
    assert len(known) == 21
    for digest, name in known.items():
        row = next(line for line in readme.splitlines() if f"[{name}]" in line and "|" in line)
        assert row.split("|")[4].strip() == digest


def test_the_key_that_is_written_is_one_for_snarkjs(built):
    written = json.loads((built / "verification_key.json").read_text())
    assert set(written) >= set(GOLDEN["key"]) - {"vk_alphabeta_12"}
    assert VerificationKey.from_json(written) == keys_of("multiplier").key


def test_two_threads_build_once_in_a_folder(tmp_path):
    with ThreadPoolExecutor(3) as pool:
        built = [pool.submit(build_keys, compiled("multiplier"), tmp_path) for _ in range(3)]
    # Keys are random, so equal ones have been built once.
    assert len({one.result().fingerprint for one in built}) == 1
