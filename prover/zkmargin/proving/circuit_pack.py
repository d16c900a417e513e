"""Circuit packs: a circuit's proving key and witness calculator in one file, for provers in browsers.

The format is docs/formats/circuit-pack.md.
"""

from __future__ import annotations

import hashlib
import json
import struct
import zlib
from typing import TYPE_CHECKING, Any

from zkmargin.documents.files import private_folder, publish

from .native_core import native_errors, native_function

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["MAGIC", "write_pack"]

MAGIC = b"zkmpack1"
_FORMAT = "zkmargin-circuit-pack/1"
_PART = 1 << 20
_LEVEL = 9


def write_pack(
    path: Path, circuit: str, zkey: Path, wasm: Path, shape: Mapping[str, Any] | None = None
) -> str:
    """Write a circuit's pack; equal files give equal packs.

    Parameters
    ----------
    path : Path
        The file to write, which is replaced.
    circuit : str
        The circuit's name.
    zkey, wasm : Path
        Its proving key and witness calculator.
    shape : mapping, optional
        The entry of a margin circuit in ``circuits/instances.json``.

    Returns
    -------
    str
        The SHA-256 of the head, in hex, by which programs know the pack: the head has the hashes of all parts.

    Raises
    ------
    InputError
        If a file cannot be read or written, or proofs for the key can be forged.
    ToolchainError
        If the native core is not installed.
    """
    listed, offset = [], 0
    with private_folder(path.parent) as scratch:
        body = scratch / "body"
        with body.open("wb") as out:
            for kind, content in _parts(zkey, wasm):
                packed = zlib.compress(content, _LEVEL)
                listed.append(
                    {
                        "kind": kind,
                        "size": len(content),
                        "offset": offset,
                        "length": len(packed),
                        "sha256": hashlib.sha256(packed).hexdigest(),
                    }
                )
                out.write(packed)
                offset += len(packed)
        described = {"format": _FORMAT, "circuit": circuit, "shape": shape, "parts": listed}
        text = json.dumps(described, separators=(",", ":")).encode()
        head = MAGIC + struct.pack("<I", len(text)) + text
        draft = scratch / "pack"
        with draft.open("wb") as out, body.open("rb") as packed_parts:
            out.write(head)
            while chunk := packed_parts.read(_PART):
                out.write(chunk)
        draft.chmod(0o644)
        publish(draft, path)
    return hashlib.sha256(head).hexdigest()


def _parts(zkey: Path, wasm: Path) -> Iterator[tuple[str, bytes]]:
    code = wasm.read_bytes()
    yield from (("calculator", code[start : start + _PART]) for start in range(0, len(code), _PART))
    with native_errors(zkey):
        yield from native_function("key_parts")(str(zkey))
