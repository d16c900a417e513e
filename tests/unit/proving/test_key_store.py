"""Folders, bundles and addresses of keys, as strangers may have made them."""

from __future__ import annotations

import base64
import json
import stat
import struct
import zipfile

import pytest

from support.circuits import ROOT
from support.file_server import file_server
from zkmargin.documents.files import sha256
from zkmargin.errors import InputError
from zkmargin.proving import bounded_copy, key_store, key_zip
from zkmargin.proving.circuit import Circuit
from zkmargin.proving.key_store import (
    FolderStore,
    UrlStore,
    open_store,
    read_manifest,
    stage_keys,
)
from zkmargin.proving.key_zip import ZipStore, write_bundle
from zkmargin.proving.keys import install_keys, load_keys
from zkmargin.proving.verified_keys import Records

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())
NAME = "multiplier-0123"
FILES = ("manifest.json", "multiplier.zkey", "verification_key.json")


def r1cs(constraints=3):
    """Return the header of a circuit's constraints."""
    prime = 21888242871839275222246405745257275088548364400416034343698204186575808495617
    header = struct.pack("<I", 32) + prime.to_bytes(32, "little")
    header += struct.pack("<IIIIQI", 6, 1, 1, 1, 10, constraints)
    return b"r1cs" + struct.pack("<II", 1, 1) + struct.pack("<IQ", 1, len(header)) + header


def progress(*_):
    pass


@pytest.fixture(autouse=True)
def asked(monkeypatch):
    """Replace the comparison of key and circuit by the native core by a note."""
    asked = []
    monkeypatch.setattr(key_store, "can_verify_keys", lambda: True)
    monkeypatch.setattr(key_store, "verify_key_circuit", lambda *arguments: asked.append(arguments))
    return asked


@pytest.fixture
def circuit(tmp_path):
    folder = tmp_path / "circuit"
    folder.mkdir()
    made = Circuit.in_folder("multiplier", folder)
    made.r1cs.write_bytes(r1cs())
    made.wasm.write_bytes(b"wasm")
    return made


@pytest.fixture
def keys(tmp_path, circuit):
    """Return a folder of keys with those of one circuit."""
    zkey, verification_key = tmp_path / "given.zkey", tmp_path / "given.json"
    zkey.write_bytes(base64.b64decode(GOLDEN["zkey"]))
    verification_key.write_text(json.dumps(GOLDEN["key"]))
    install_keys(circuit, zkey, tmp_path / "keys" / NAME, verification_key=verification_key)
    return tmp_path / "keys"


@pytest.fixture
def bundle(tmp_path, keys):
    write_bundle(tmp_path / "a.zip", [(NAME, load_keys(keys / NAME))])
    return tmp_path / "a.zip"


@pytest.fixture
def stage(tmp_path, circuit):
    """Return a function that stages the keys of a store."""

    def call(store):
        scratch = tmp_path / "scratch"
        scratch.mkdir()
        return stage_keys(store, NAME, circuit, scratch, records=Records(None), progress=progress)

    return call


def members(bundle):
    with zipfile.ZipFile(bundle) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def rewrite(bundle, content, **options):
    """Write a bundle anew, with members of any form."""
    with zipfile.ZipFile(bundle, "w", **options) as archive:
        for name, data in content.items():
            archive.writestr(name, data)


def test_keys_come_out_of_each_store_as_they_went_in(  # noqa: PLR0917  # fixtures
    keys, bundle, stage, circuit, tmp_path, asked
):
    with file_server() as server:
        for file in FILES:
            server.files[f"/{NAME}/{file}"] = (keys / NAME / file).read_bytes()
        (tmp_path / "parts").mkdir()
        stores = FolderStore(keys), ZipStore(bundle), UrlStore(server.url, tmp_path / "parts")
        for number, store in enumerate(stores):
            found = stage(store)
            installed = found.install(circuit, tmp_path / f"installed {number}")
            assert installed.manifest.files == load_keys(keys / NAME).manifest.files
            assert len(asked) == number + 1
            found.zkey.parent.rename(tmp_path / f"scratch {number}")
        assert not list((tmp_path / "parts").iterdir())


def test_equal_keys_give_equal_bundles_of_three_files(keys, bundle, tmp_path):
    assert sorted(members(bundle)) == [f"{NAME}/{file}" for file in FILES]
    write_bundle(tmp_path / "b.zip", [(NAME, load_keys(keys / NAME))])
    assert (tmp_path / "b.zip").read_bytes() == bundle.read_bytes()
    with pytest.raises(InputError, match="no such folder"):
        write_bundle(tmp_path / "nothing" / "a.zip", [])


def test_places(keys, bundle, tmp_path):
    assert open_store(str(keys), tmp_path) == FolderStore(keys)
    assert open_store(str(bundle), tmp_path) == ZipStore(bundle)
    assert open_store("https://example.org/?token=1", tmp_path).source == "https://example.org/"
    with pytest.raises(InputError, match="no such file"):
        open_store(str(tmp_path / "nothing"), tmp_path)
    assert FolderStore(keys).folders() == ZipStore(bundle).folders() == [NAME]


def test_an_interrupted_download_of_a_key_goes_on(keys, stage, tmp_path):
    with file_server() as server:
        for file in FILES:
            server.files[f"/{NAME}/{file}"] = (keys / NAME / file).read_bytes()
        whole, parts = 1 << 20, tmp_path / "parts"
        parts.mkdir()
        server.cut = [whole, whole, 100, 0]
        with pytest.raises(InputError, match="cannot be fetched"):
            stage(UrlStore(server.url, parts))
        digest = sha256(keys / NAME / "multiplier.zkey")
        assert [path.name for path in parts.iterdir()] == [f".{digest}.part"]
        (tmp_path / "scratch").rename(tmp_path / "before")
        stage(UrlStore(server.url, parts))
        assert server.asked[-1] == (f"/{NAME}/multiplier.zkey", "bytes=100-")


@pytest.mark.parametrize("file", ["multiplier.zkey", "verification_key.json"])
def test_a_file_with_another_hash_is_refused(keys, bundle, stage, file, asked):
    changed = members(bundle)
    changed[f"{NAME}/{file}"] += b" "
    rewrite(bundle, changed)
    with pytest.raises(InputError, match=rf"a\.zip: {NAME}/{file}: its SHA-256 is not the one in manifest"):
        stage(ZipStore(bundle))
    (keys / NAME / file).write_bytes(changed[f"{NAME}/{file}"])
    (keys.parent / "scratch").rename(keys.parent / "before")
    with pytest.raises(InputError, match=f"{file}: its SHA-256"):
        stage(FolderStore(keys))
    assert asked == []


@pytest.mark.parametrize("file", FILES)
def test_a_file_that_is_missing_is_named(keys, bundle, stage, file):
    left = members(bundle)
    del left[f"{NAME}/{file}"]
    rewrite(bundle, left)
    with pytest.raises(InputError, match=f"{file}: no such file in it"):
        stage(ZipStore(bundle))


@pytest.mark.parametrize("ending", ["r1cs", "wasm"])
def test_keys_of_another_circuit_are_refused_before_they_are_copied(bundle, stage, circuit, ending, tmp_path):
    if ending == "wasm":
        circuit.wasm.write_bytes(b"other")
    else:
        circuit.r1cs.write_bytes(r1cs(4))
    with pytest.raises(
        InputError, match=rf"keys of another multiplier\.{ending}, not of the one compiled here"
    ):
        stage(ZipStore(bundle))
    assert not list((tmp_path / "scratch").iterdir())


def test_keys_of_a_circuit_of_another_name_are_refused(bundle):
    with pytest.raises(InputError, match=f"{NAME}/manifest.json: keys of multiplier, not of margin_13"):
        read_manifest(ZipStore(bundle), NAME, "margin_13", progress)


def test_the_native_core_has_the_last_word(bundle, stage, monkeypatch, tmp_path):
    def refuse(*_):
        raise InputError("of another circuit", source="multiplier.zkey")

    monkeypatch.setattr(key_store, "verify_key_circuit", refuse)
    with pytest.raises(InputError, match="of another circuit"):
        stage(ZipStore(bundle))


@pytest.mark.parametrize(
    "name",
    [
        "../a.json",
        "/etc/a.json",
        "a/../b.json",
        "a/b/c.json",
        "a.json",
        "a/",
        "a\\b.json",
        "C:/a.json",
        "a/.hidden",
        "ä/a.json",
        "a/b\n.json",
    ],
)
def test_names_that_are_no_files_in_folders_are_refused(bundle, name):
    rewrite(bundle, {**members(bundle), name: b""})
    with pytest.raises(InputError, match="expected files in folders"):
        ZipStore(bundle)


def test_links_are_refused(bundle):
    content = members(bundle)
    link = zipfile.ZipInfo(f"{NAME}/link")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(bundle, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="expected files in folders"):
        ZipStore(bundle)


def test_what_unpacks_to_more_is_refused(bundle):
    content = members(bundle)
    rewrite(bundle, content, compression=zipfile.ZIP_DEFLATED)
    with pytest.raises(InputError, match="compressed or encrypted"):
        ZipStore(bundle)


def test_members_that_overlap_are_refused(bundle):
    content = {f"{NAME}/a.json": b"x" * 1000, f"{NAME}/b.json": b"y" * 1000, f"{NAME}/c.json": b""}
    rewrite(bundle, content)
    data = bytearray(bundle.read_bytes())
    # State the size of the first in the directory's entry of the last.
    entry = data.rindex(b"PK\x01\x02")
    data[entry + 20 : entry + 28] = struct.pack("<II", 1000, 1000)
    bundle.write_bytes(data)
    with pytest.raises(InputError, match="its files are larger than itself"):
        ZipStore(bundle)


def test_a_large_directory_is_not_read(bundle, monkeypatch):
    monkeypatch.setattr(key_zip, "_MAX_DIRECTORY", 100)
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: pytest.fail("read"))
    with pytest.raises(InputError, match="damaged, or not a bundle"):
        ZipStore(bundle)


def test_a_large_directory_of_a_large_file_is_not_read(bundle, monkeypatch):
    data = bundle.read_bytes()
    record = struct.pack("<4sQHHIIQQQQ", b"PK\x06\x06", 44, 45, 45, 0, 0, 3, 3, 1 << 40, 0)
    locator = struct.pack("<4sIQI", b"PK\x06\x07", 0, len(data) - 22, 1)
    bundle.write_bytes(data[:-22] + record + locator + data[-22:])
    monkeypatch.setattr(zipfile, "ZipFile", lambda _: pytest.fail("read"))
    with pytest.raises(InputError, match="damaged, or not a bundle"):
        ZipStore(bundle)


def test_many_members_and_duplicates_are_refused(bundle):
    rewrite(bundle, {f"a/f{number}.json": b"" for number in range(769)})
    with pytest.raises(InputError, match="at most 768 files"):
        ZipStore(bundle)
    rewrite(bundle, {"a/b.json": b"", "A/B.json": b""})
    with pytest.raises(InputError, match="duplicate file"):
        ZipStore(bundle)


def test_damaged_bundles_are_refused(bundle, stage):
    data = bundle.read_bytes()
    for wrong in (b"", b"PK", data[:-1], b"x" * 200):
        bundle.write_bytes(wrong)
        with pytest.raises(InputError, match="damaged, or not a bundle of keys"):
            ZipStore(bundle)
    at = data.index(b'"circuit"')
    bundle.write_bytes(data[:at] + b"x" + data[at + 1 :])
    with pytest.raises(InputError, match="damaged"):
        stage(ZipStore(bundle))


def test_the_size_of_a_key_is_bounded_by_its_circuit(keys, stage, circuit):
    # The circuit's constraints allow some kilobytes, and 16 MiB for contributions.
    zkey = keys / NAME / "multiplier.zkey"
    with zkey.open("ab") as file:
        file.truncate((16 << 20) + 8000)
    with pytest.raises(InputError, match=r"multiplier\.zkey: larger than 167[0-9]{5} bytes"):
        stage(FolderStore(keys))


def test_the_size_of_a_manifest_is_bounded(keys, bundle):
    rewrite(bundle, {f"{NAME}/manifest.json": b" " * 65_537})
    with pytest.raises(InputError, match="larger than 65536 bytes"):
        read_manifest(ZipStore(bundle), NAME, "multiplier", progress)


def test_a_full_disk_is_named(keys, tmp_path, monkeypatch):
    with pytest.raises(InputError, match=r"a: cannot be written: No such file"):
        FolderStore(keys).copy(
            f"{NAME}/manifest.json", tmp_path / "no" / "a", max_bytes=1 << 16, progress=progress
        )

    class Full:
        __enter__ = lambda self: self  # noqa: E731
        __exit__ = lambda *_: None  # noqa: E731

        def write(self, _):
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(bounded_copy, "_created", lambda _: Full())
    with pytest.raises(InputError, match=r"a: cannot be written: No space left on device"):
        FolderStore(keys).copy(f"{NAME}/manifest.json", tmp_path / "a", max_bytes=1 << 16, progress=progress)
