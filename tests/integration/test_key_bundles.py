"""Keys that travel: exported, imported, and fetched from a server or a folder instead of built."""

from __future__ import annotations

import json
import shutil
from contextlib import contextmanager

import pytest

from support.circuits import CIRCUITS
from support.file_server import file_server
from zkmargin import InputError
from zkmargin.documents.files import sha256
from zkmargin.proofs import circuit_keys, key_bundles
from zkmargin.proofs.circuit_keys import PublishedCircuit, build_circuit, circuit_folder, load_circuit
from zkmargin.proofs.key_bundles import export_keys, import_keys
from zkmargin.proving import key_store
from zkmargin.proving import keys as keys_module

MULTIPLIER, OTHER = PublishedCircuit("multiplier"), PublishedCircuit("other")


@pytest.fixture
def sources(monkeypatch, tmp_path):
    """Take two small test circuits for the bundled ones; return the folder of their sources."""
    sources = tmp_path / "circuits"
    (sources / "main").mkdir(parents=True)
    text = (CIRCUITS / "multiplier.circom").read_text()
    (sources / "main" / "multiplier.circom").write_text(text)
    (sources / "main" / "other.circom").write_text(text.replace("factor * cofactor;", "factor * factor;"))
    monkeypatch.setattr(circuit_keys, "circuits_folder", lambda: sources)
    monkeypatch.setattr(key_bundles, "circuits", lambda: {"multiplier": MULTIPLIER, "other": OTHER})
    circuit_keys._digest.cache_clear()
    yield sources
    circuit_keys._digest.cache_clear()


@pytest.fixture
def made(sources, tmp_path):
    """Return a folder with keys of both circuits, and their bundle."""
    keys, bundle = tmp_path / "made", tmp_path / "a.zip"
    for one in (MULTIPLIER, OTHER):
        build_circuit(one, keys)
    export_keys([MULTIPLIER, OTHER], bundle, keys)
    return keys, bundle


@contextmanager
def served(keys):
    """Serve a folder of keys, or a bundle."""
    with file_server() as server:
        for path in keys.rglob("*") if keys.is_dir() else [keys]:
            if path.is_file() and not path.name.startswith("."):
                server.files[f"/{path.relative_to(keys if keys.is_dir() else keys.parent)}"] = (
                    path.read_bytes()
                )
        yield server


def content(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if not path.name.startswith(".")}


def test_keys_are_the_same_after_a_bundle_a_folder_and_an_address(made, tmp_path):
    keys, bundle = made
    expected = {one.name: load_circuit(one, keys)[1].manifest.files for one in (MULTIPLIER, OTHER)}
    with served(bundle) as server:
        for number, place in enumerate((str(bundle), str(keys), f"{server.url}/a.zip")):
            here = tmp_path / f"here {number}"
            found = import_keys(place, here)
            assert {one.manifest.circuit: one.manifest.files for one in found} == expected
            for one in (MULTIPLIER, OTHER):
                loaded = load_circuit(one, here)[1]
                assert loaded in found
                # The native core has compared them with the circuit.
                assert (loaded.record is not None) is key_store.can_verify_keys()
            assert not [path for path in here.iterdir() if path.suffix == ".part"]
    # The folder of one circuit, and an import of what is there already.
    for _ in range(2):
        (one,) = import_keys(str(circuit_folder(OTHER, keys)), tmp_path / "here one")
        assert one.manifest.files == expected["other"]


def test_a_wrong_file_at_an_address_is_named_by_the_address_and_removed(sources, tmp_path):
    with file_server() as server:
        server.files["/a.zip"] = b"<html>" * 100
        with pytest.raises(InputError, match=rf"^{server.url}/a\.zip: damaged, or not a bundle of keys$"):
            import_keys(f"{server.url}/a.zip?token=secret", tmp_path / "here")
    assert not list((tmp_path / "here").glob(".*.part"))


def test_fingerprints_decide(made, tmp_path):
    keys, bundle = made
    shown = [load_circuit(one, keys)[1].fingerprint for one in (MULTIPLIER, OTHER)]
    here = tmp_path / "here"
    with pytest.raises(
        InputError, match=rf"key of other: has the fingerprint {shown[1]}, which was not expected"
    ):
        import_keys(str(bundle), here, fingerprints=shown[:1])
    with pytest.raises(InputError, match="no key has the fingerprint k7f3-9xq2-mh4d-w8tz"):
        import_keys(str(bundle), here, fingerprints=[*shown, "k7f3-9xq2-mh4d-w8tz"])
    # Nothing was installed, not even the key whose fingerprint is right.
    assert load_circuit(MULTIPLIER, here) is None
    assert len(import_keys(str(bundle), here, fingerprints=shown)) == 2
    with pytest.raises(InputError, match="which was not expected"):
        import_keys(str(bundle), here, fingerprints=["k7f3-9xq2-mh4d-w8tz"])


def test_other_keys_are_not_replaced(made, tmp_path):
    _, bundle = made
    here = tmp_path / "here"
    _, own = build_circuit(OTHER, here)
    before = content(own.zkey.parent)
    with pytest.raises(
        InputError, match=rf"has other keys, with fingerprint {own.fingerprint}\. Keys are never"
    ):
        import_keys(str(bundle), here)
    assert content(own.zkey.parent) == before
    assert load_circuit(MULTIPLIER, here) is None


def test_keys_of_another_circuit_are_refused(made, tmp_path):
    """A stranger's key of a circuit without a constraint, with hashes that fit the stranger's manifest."""
    keys, _ = made
    ours, theirs = circuit_folder(OTHER, keys), circuit_folder(MULTIPLIER, keys)
    manifest = json.loads((ours / "manifest.json").read_text())
    for name in ("other.zkey", "verification_key.json"):
        source = theirs / name.replace("other", "multiplier")
        shutil.copy(source, ours / name)
        manifest["files"][name] = sha256(source)
    (ours / "manifest.json").write_text(json.dumps(manifest))
    here = tmp_path / "here"
    if key_store.can_verify_keys():
        with pytest.raises(InputError, match=r"other\.zkey"):
            import_keys(str(keys), here)
        assert load_circuit(MULTIPLIER, here) is load_circuit(OTHER, here) is None
    # With the stranger's constraints in the manifest it is refused without the native core.
    manifest["files"]["other.r1cs"] = sha256(theirs / "multiplier.r1cs")
    (ours / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(InputError, match=r"keys of another other\.r1cs, not of the one compiled here"):
        import_keys(str(keys), here)


def test_keys_of_other_sources_are_refused(made, sources, tmp_path):
    keys, bundle = made
    source = sources / "main" / "other.circom"
    source.write_text(source.read_text() + "\n")
    circuit_keys._digest.cache_clear()
    with pytest.raises(InputError, match="keys of other from other sources, or by another circom, than here"):
        import_keys(str(bundle), tmp_path / "here")
    # A folder of keys may have keys of other versions besides.
    assert [one.manifest.circuit for one in import_keys(str(keys), tmp_path / "here")] == ["multiplier"]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(InputError, match="no keys of this version's circuits here"):
        import_keys(str(empty), tmp_path / "here")


def test_keys_that_are_missing_are_fetched_instead_of_built(made, tmp_path, monkeypatch):
    keys, _ = made
    monkeypatch.setattr(keys_module, "build_keys", lambda *_, **__: pytest.fail("built"))
    expected = load_circuit(OTHER, keys)[1].manifest.files
    with served(keys) as server:
        server.cut = [1 << 20, 1 << 20, 700]  # manifest, verification key, a part of the proving key
        _, found = build_circuit(OTHER, tmp_path / "a", url=server.url)
        assert found.manifest.files == expected
        assert server.asked[-1] == (f"/{circuit_folder(OTHER).name}/other.zkey", "bytes=700-")
        monkeypatch.setenv("ZKMARGIN_KEYS_URL", server.url)
        assert build_circuit(OTHER, tmp_path / "b")[1].manifest.files == expected
        count = len(server.asked)
        # They are there now.
        build_circuit(OTHER, tmp_path / "b")
        assert len(server.asked) == count
        # What the server lacks is not built in its place.
        server.files.clear()
        with pytest.raises(InputError, match=r"manifest\.json: cannot be fetched: HTTP 404"):
            build_circuit(MULTIPLIER, tmp_path / "b")
    monkeypatch.setenv("ZKMARGIN_KEYS_URL", str(keys))
    assert build_circuit(OTHER, tmp_path / "c")[1].manifest.files == expected


def test_only_keys_that_are_there_are_exported(made, tmp_path):
    keys, _ = made
    with pytest.raises(
        InputError, match="keys of other: not on this machine: run `zkmargin keys build other`"
    ):
        export_keys([OTHER], tmp_path / "b.zip", tmp_path / "nothing")
    with pytest.raises(InputError, match="expected at least one circuit"):
        export_keys([], tmp_path / "b.zip", keys)
    assert not (tmp_path / "b.zip").exists()


def test_the_commands(made, cli, tmp_path, monkeypatch):
    keys, _ = made
    monkeypatch.setattr("zkmargin.cli.key_bundles.find_circuit", PublishedCircuit)
    monkeypatch.setenv("ZKMARGIN_KEYS", str(keys))
    code, out, _ = cli("keys", "export", "multiplier", "other", "-o", tmp_path / "b.zip", "--json")
    assert code == 0
    shown = {one["circuit"]: one["fingerprint"] for one in json.loads(out)["keys"]}
    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path / "here"))
    pins = [part for one in shown.values() for part in ("--fingerprint", one)]
    code, out, _ = cli("keys", "import", tmp_path / "b.zip", *pins)
    assert code == 0
    assert all(one in out for one in shown.values())
    assert "Development key" in out
    code, out, _ = cli("keys", "import", tmp_path / "b.zip", "--json")
    assert [one["circuit"] for one in json.loads(out)["keys"]] == sorted(shown)
    code, _, err = cli("keys", "import", tmp_path / "b.zip", "--fingerprint", "k7f3-9xq2-mh4d-w8tz")
    assert code == 2
    assert "which was not expected" in err
