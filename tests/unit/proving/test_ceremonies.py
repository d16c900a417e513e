from __future__ import annotations

import hashlib

import pytest

from zkmargin.errors import InputError
from zkmargin.proving import ceremonies
from zkmargin.proving.ceremonies import check_ptau


@pytest.fixture
def ptau(tmp_path):
    path = tmp_path / "a.ptau"
    path.write_bytes(b"ptau")
    return path


DIGEST = hashlib.blake2b(b"ptau").hexdigest()


def test_a_known_file_is_recognised(ptau, monkeypatch):
    monkeypatch.setattr(ceremonies, "known_ceremonies", lambda: {DIGEST: "final_01.ptau"})
    assert check_ptau(ptau) == ("final_01.ptau", DIGEST)


def test_an_unknown_file_is_refused_with_its_hash(ptau):
    with pytest.raises(InputError, match=f"no known ceremony.*{DIGEST}.*--ptau-blake2b"):
        check_ptau(ptau)


def test_another_hash_can_be_pinned(ptau):
    assert check_ptau(ptau, DIGEST.upper())[1] == DIGEST
    with pytest.raises(InputError, match="not the pinned one"):
        check_ptau(ptau, "0" * 128)
    for bad in ("", "0" * 127, "g" * 128, "0" * 129):
        with pytest.raises(InputError, match="128 hexadecimal digits"):
            check_ptau(ptau, bad)


def test_a_pinned_hash_replaces_the_table(ptau, monkeypatch):
    monkeypatch.setattr(ceremonies, "known_ceremonies", lambda: {DIGEST: "final_01.ptau"})
    with pytest.raises(InputError, match="not the pinned one"):
        check_ptau(ptau, "0" * 128)
