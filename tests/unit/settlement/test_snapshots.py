"""Folders of snapshots: found by root, whatever else lies there."""

from __future__ import annotations

import os

import pytest

from support.margin_values import snapshot
from zkmargin import InputError
from zkmargin.settlement.snapshots import SnapshotFolder

WANTED = snapshot()


def impostor(path):
    """Write another snapshot that claims the wanted root, as the newest file."""
    other = snapshot(timestamp=WANTED.timestamp + 1)
    other.save(path)
    path.write_text(path.read_text().replace(str(other.root), str(WANTED.root)))
    os.utime(path, ns=(2**61, 2**61))


def test_a_snapshot_is_found_by_its_root(tmp_path):
    WANTED.save(tmp_path / "1.json")
    folder = SnapshotFolder(tmp_path)
    assert folder.find(WANTED.root) == WANTED
    assert folder.find(5) is None
    snapshot(timestamp=8).save(tmp_path / "2.json")
    assert folder.find(snapshot(timestamp=8).root) is not None


def test_attack_a_file_that_claims_the_root_of_another_snapshot(tmp_path):
    impostor(tmp_path / "2.json")
    with pytest.raises(InputError, match=r"2\.json"):
        SnapshotFolder(tmp_path).find(WANTED.root)
    WANTED.save(tmp_path / "1.json")
    assert SnapshotFolder(tmp_path).find(WANTED.root) == WANTED
