from __future__ import annotations

import hashlib
import json
import os
import stat
from pathlib import Path

import pytest

from zkmargin.documents.files import (
    blake2b,
    existing_file,
    private_folder,
    publish,
    sha256,
    write_json,
    write_private,
)
from zkmargin.errors import InputError


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_private_folder_is_private_and_removed_afterwards(tmp_path):
    with private_folder(tmp_path) as folder:
        write_private(folder / "witness", b"secret")
        assert mode(folder) == 0o700
        assert mode(folder / "witness") == 0o600
        assert folder.parent == tmp_path
    assert not list(tmp_path.iterdir())


def test_a_private_folder_is_removed_after_an_error(tmp_path):
    def work():
        with private_folder(tmp_path) as folder:
            write_private(folder / "witness", b"secret")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert not list(tmp_path.iterdir())


def test_a_private_file_is_never_written_into_an_existing_one(tmp_path):
    (tmp_path / "there").touch()
    with pytest.raises(FileExistsError):
        write_private(tmp_path / "there", b"secret")


def test_publishing_replaces(tmp_path):
    source, target = tmp_path / "new", tmp_path / "final"
    source.write_text("new")
    target.write_text("old")
    publish(source, target)
    assert target.read_text() == "new"
    assert not source.exists()


def test_json_is_written_atomically(tmp_path):
    path = tmp_path / "a.json"
    write_json(path, {"a": [1]})
    assert json.loads(path.read_text()) == {"a": [1]}
    with pytest.raises(TypeError):
        write_json(path, {"a": object()})
    assert json.loads(path.read_text()) == {"a": [1]}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("name", ["a folder", "a pipe", "a link to a pipe"])
def test_only_files_are_replaced(tmp_path, name):
    there = tmp_path / name
    os.mkfifo(tmp_path / "a pipe")
    (tmp_path / "a folder").mkdir()
    (tmp_path / "a link to a pipe").symlink_to(tmp_path / "a pipe")
    before = {path.name: path.lstat().st_ino for path in tmp_path.iterdir()}
    with pytest.raises(InputError) as caught:
        write_json(there, 1)
    assert str(caught.value) == f"{there}: exists and is not a file"
    draft = tmp_path / "draft"
    draft.write_text("secret")
    with pytest.raises(InputError, match="exists and is not a file"):
        publish(draft, there)
    draft.unlink()
    assert {path.name: path.lstat().st_ino for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("missing/a.json", "cannot be written: No such file or directory"),
        ("x" * 300, "cannot be written: File name too long"),
        ("file/a.json", "cannot be written: Not a directory"),
        (".", "exists and is not a file"),
    ],
)
def test_a_file_that_cannot_be_written_is_named_and_not_its_draft(tmp_path, monkeypatch, name, reason):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        write_json(Path(name), 1)
    assert str(caught.value) == f"{name}: {reason}"
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_a_name_of_the_greatest_length_is_written(tmp_path):
    write_json(tmp_path / ("x" * 255), 1)
    assert len(list(tmp_path.iterdir())) == 1


def test_published_json_has_the_mode_of_any_new_file(tmp_path):
    write_json(tmp_path / "a.json", 1)
    (tmp_path / "other").touch()
    assert mode(tmp_path / "a.json") == mode(tmp_path / "other")


def test_hashes(tmp_path):
    content = bytes(range(256)) * 8192  # more than one chunk
    (tmp_path / "a").write_bytes(content + b"x")
    assert sha256(tmp_path / "a") == hashlib.sha256(content + b"x").hexdigest()
    assert blake2b(tmp_path / "a") == hashlib.blake2b(content + b"x").hexdigest()
    with pytest.raises(InputError, match="cannot be read"):
        sha256(tmp_path / "b")


def test_other_things_than_files_are_refused(tmp_path):
    for path in (tmp_path, tmp_path / "nothing"):
        with pytest.raises(InputError, match="no such file"):
            existing_file(path, "a circuit")
