"""Circuit packs: their head, their hashes, and what happens if one cannot be written."""

from __future__ import annotations

import hashlib
import json
import sys
import zlib
from types import SimpleNamespace

import pytest

from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving.circuit_pack import MAGIC, write_pack

PARTS = [("header", b"abc"), ("values", b""), ("h", b"\0" * 5000)]
SHAPE = {"lanes": 3, "positions": 13, "layout": "standard", "limited": False, "disclosed": False}


@pytest.fixture
def files(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "zkmargin_native", SimpleNamespace(key_parts=lambda path: PARTS))
    (tmp_path / "x.zkey").write_bytes(b"key")
    (tmp_path / "x.wasm").write_bytes(b"\1" * ((1 << 20) + 7))
    return tmp_path


def test_a_pack_has_all_parts_under_their_hashes(files):
    out = files / "x.zkpack"
    sha256 = write_pack(out, "x", files / "x.zkey", files / "x.wasm", SHAPE)
    content = out.read_bytes()
    length = int.from_bytes(content[8:12], "little")
    head, body = content[: 12 + length], content[12 + length :]
    assert content.startswith(MAGIC)
    assert hashlib.sha256(head).hexdigest() == sha256
    described = json.loads(head[12:])
    assert (described["format"], described["circuit"]) == ("zkmargin-circuit-pack/1", "x")
    assert described["shape"] == SHAPE
    unpacked, end = [], 0
    for part in described["parts"]:
        assert part["offset"] == end
        end += part["length"]
        packed = body[part["offset"] : end]
        assert hashlib.sha256(packed).hexdigest() == part["sha256"]
        unpacked.append((part["kind"], zlib.decompress(packed)))
        assert len(unpacked[-1][1]) == part["size"]
    assert end == len(body)
    code = [("calculator", b"\1" * (1 << 20)), ("calculator", b"\1" * 7)]
    assert unpacked == [*code, *PARTS]
    assert write_pack(files / "again", "x", files / "x.zkey", files / "x.wasm", SHAPE) == sha256


def test_a_refused_key_leaves_the_old_pack(files, monkeypatch):
    def refuse(path):
        raise ValueError("x.zkey: gamma equals delta")

    monkeypatch.setattr(sys.modules["zkmargin_native"], "key_parts", refuse)
    (files / "x.zkpack").write_text("old")
    with pytest.raises(InputError, match="gamma equals delta"):
        write_pack(files / "x.zkpack", "x", files / "x.zkey", files / "x.wasm")
    assert sorted(path.name for path in files.iterdir()) == ["x.wasm", "x.zkey", "x.zkpack"]
    assert (files / "x.zkpack").read_text() == "old"


def test_a_core_without_packs_is_named(files, monkeypatch):
    monkeypatch.setitem(sys.modules, "zkmargin_native", SimpleNamespace())
    with pytest.raises(ToolchainError, match="has no key_parts"):
        write_pack(files / "x.zkpack", "x", files / "x.zkey", files / "x.wasm")
