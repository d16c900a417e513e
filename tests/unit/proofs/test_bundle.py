"""Bundles, among them those of strangers."""

from __future__ import annotations

import zipfile

import pytest

from zkmargin import InputError
from zkmargin.documents.strict_json import load_json
from zkmargin.proofs import bundle
from zkmargin.proofs.bundle import unpacked_bundle, write_bundle

NAMES = ("proof.json", "public.json", "verification_key.json", "statement.json")


@pytest.fixture
def files(tmp_path):
    proof = tmp_path / "proof"
    proof.mkdir()
    for name in NAMES:
        (proof / name).write_text(name)
    (proof / "input.json").write_text("secret")
    (tmp_path / "s.json").write_text("snapshot")
    return proof, tmp_path / "s.json"


def archive(path, members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as out:
        for name, content in members:
            out.writestr(name, content)
    return path


def members(**changed):
    found = dict.fromkeys((*NAMES, "snapshot.json"), "x") | changed
    return [(name, content) for name, content in found.items() if content is not None]


def test_a_bundle_has_the_public_files_and_no_others(files, tmp_path):
    write_bundle(tmp_path / "b.zip", *files)
    with unpacked_bundle(tmp_path / "b.zip") as folder:
        found = {path.name: path.read_text() for path in folder.iterdir()}
        assert folder.stat().st_mode & 0o077 == 0
    assert found == {**{name: name for name in NAMES}, "snapshot.json": "snapshot"}
    assert not folder.exists()
    (files[0] / "account-statement.json").write_text("word")
    (tmp_path / "signed.json").write_text("signed")
    write_bundle(tmp_path / "c.zip", *files, tmp_path / "signed.json")
    with unpacked_bundle(tmp_path / "c.zip") as folder:
        assert (folder / "account-statement.json").read_text() == "word"
        assert (folder / "snapshot.signatures.json").read_text() == "signed"


def test_errors_about_its_files_name_the_bundle(files, tmp_path):
    path = tmp_path / "b.zip"
    write_bundle(path, *files)

    def read():
        with unpacked_bundle(path) as folder:
            load_json(folder / "proof.json")

    with pytest.raises(InputError) as caught:
        read()
    assert caught.value.source == f"{path}: proof.json"


def test_equal_files_give_equal_bundles(files, tmp_path):
    for name in ("a.zip", "b.zip"):
        write_bundle(tmp_path / name, *files)
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (members(**{"../evil.json": "x"}), "unexpected file '../evil.json'"),
        (members(**{"/etc/evil": "x"}), "unexpected file"),
        (members(**{"input.json": "x"}), "unexpected file"),
        (members(**{"snapshot.json": None}), "snapshot.json: missing"),
        ([*members(), ("proof.json", "y")], "unexpected file 'proof.json'"),
        (members(**{"proof.json": "0" * (1 << 21)}), "proof.json: larger than 1048576 bytes"),
    ],
)
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_strangers_archive_is_refused(tmp_path, content, reason):
    path = archive(tmp_path / "b.zip", content)
    with pytest.raises(InputError, match=reason), unpacked_bundle(path):
        pass


@pytest.mark.parametrize("damage", ["cut", "changed", "none"])
def test_a_damaged_file_is_no_bundle(tmp_path, damage):
    path = archive(tmp_path / "b.zip", members(**{"proof.json": "1234567890" * 50}))
    content = bytearray(path.read_bytes())
    if damage == "changed":
        place = content.index(b"proof.json") + len("proof.json")
        content[place] ^= 255
    path.write_bytes(b"" if damage == "none" else content[:-30] if damage == "cut" else content)
    with pytest.raises(InputError, match="not a bundle of a proof, or damaged"), unpacked_bundle(path):
        pass


def test_what_is_too_large_is_not_written(files, tmp_path, monkeypatch):
    monkeypatch.setattr(bundle, "_SIZES", {**bundle._SIZES, "proof.json": 3})
    with pytest.raises(InputError, match="larger than 3 bytes"):
        write_bundle(tmp_path / "b.zip", *files)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["proof", "s.json"]
