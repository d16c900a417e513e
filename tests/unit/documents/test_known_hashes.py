"""Hashes that are kept beside what the file system says about their files."""

from __future__ import annotations

import hashlib
import os

import pytest

from zkmargin.documents import known_hashes
from zkmargin.documents.known_hashes import known_sha256
from zkmargin.errors import InputError


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Return the folder of the records; files settle at once."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(known_hashes, "_SETTLED_NS", 0)
    return tmp_path / "cache" / "zkmargin" / "hashes"


@pytest.fixture
def read(monkeypatch):
    """Return the list of the files that were read."""
    files, sha256 = [], known_hashes.sha256
    monkeypatch.setattr(known_hashes, "sha256", lambda path: files.append(path) or sha256(path))
    return files


def digest(content):
    return hashlib.sha256(content).hexdigest()


def test_a_file_is_read_once(tmp_path, cache, read):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert [known_sha256(path) for _ in range(3)] == 3 * [digest(b"one")]
    assert read == [path]
    assert cache.stat().st_mode & 0o777 == 0o700


@pytest.mark.usefixtures("cache")
def test_a_change_is_noticed_with_the_same_size_and_time_of_modification(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    before = path.stat()
    assert known_sha256(path) == digest(b"one")
    with path.open("r+b") as file:
        file.write(b"two")
    # Timestamps of the kernel have a resolution of some milliseconds.
    while path.stat().st_ctime_ns == before.st_ctime_ns:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    after = path.stat()
    assert (after.st_ino, after.st_size, after.st_mtime_ns) == (before.st_ino, 3, before.st_mtime_ns)
    assert known_sha256(path) == digest(b"two")


@pytest.mark.usefixtures("cache")
def test_a_file_in_the_place_of_another_is_read(tmp_path):
    path, other = tmp_path / "a", tmp_path / "b"
    path.write_bytes(b"one")
    other.write_bytes(b"two")
    assert known_sha256(path) == digest(b"one")
    other.replace(path)
    assert known_sha256(path) == digest(b"two")


def test_a_file_that_has_just_changed_is_not_recorded(tmp_path, cache, read, monkeypatch):
    monkeypatch.setattr(known_hashes, "_SETTLED_NS", 2 * 10**9)
    path = tmp_path / "a"
    path.write_bytes(b"one")
    assert known_sha256(path) == known_sha256(path) == digest(b"one")
    assert len(read) == 2
    assert not list(cache.iterdir())


def test_a_file_that_changes_while_it_is_hashed_is_not_recorded(tmp_path, cache, monkeypatch):
    path, sha256 = tmp_path / "a", known_hashes.sha256
    path.write_bytes(b"one")

    def hashed(file):
        found = sha256(file)
        path.write_bytes(b"longer")
        return found

    monkeypatch.setattr(known_hashes, "sha256", hashed)
    assert known_sha256(path) == digest(b"one")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("content", [b"", b"1 2 3 xyz\n", b"\xff", b"1 2 3 " + b"0" * 64 + b"\n"])
def test_a_damaged_or_foreign_record_is_ignored(tmp_path, cache, content):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known_sha256(path)
    (record,) = cache.iterdir()
    record.write_bytes(content)
    assert known_sha256(path) == digest(b"one")


def test_without_a_private_folder_files_are_read_each_time(tmp_path, cache, read):
    path = tmp_path / "a"
    path.write_bytes(b"one")
    known_sha256(path)
    cache.chmod(0o755)
    assert known_sha256(path) == digest(b"one")
    assert len(read) == 2


@pytest.mark.usefixtures("cache")
def test_a_missing_file_is_an_error_that_names_it(tmp_path):
    with pytest.raises(InputError, match=r"none: cannot be read: No such file"):
        known_sha256(tmp_path / "none")
