"""The ``manifest.json`` of keys: their circuit, hashes and tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError

from .points import Reader

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "MANIFEST",
    "VERIFICATION_KEY",
    "Manifest",
    "file_names",
    "manifest_path",
]

MANIFEST = "manifest.json"
VERIFICATION_KEY = "verification_key.json"

_FORMAT = "zkmargin-keys/2"
# Format 1 also had a kind and a note on it. A file's word is no evidence of either, so they are not read.
_FORMAT_1 = "zkmargin-keys/1"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a ``manifest.json``.

    Attributes
    ----------
    circuit : str
        The name of the circuit.
    files : mapping of str to str
        The SHA-256 of r1cs, wasm, zkey and verification key, by file name.
    tools : mapping of str to str
        The versions of the tools that made the keys.
    phase1 : mapping of str to str
        The name and BLAKE2b-512 of the phase-1 file, as the keys' builder states them; empty without one.
    created : str
        The time of creation in UTC, in ISO 8601.
    """

    circuit: str
    files: dict[str, str]
    tools: dict[str, str]
    phase1: dict[str, str]
    created: str

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``manifest.json``."""
        return {
            "format": _FORMAT,
            "circuit": self.circuit,
            "created": self.created,
            "files": self.files,
            "phase1": self.phase1,
            "tools": self.tools,
        }

    @classmethod
    def from_json(cls, value: Any, source: str) -> Self:
        """Read the object of a ``manifest.json``.

        Raises
        ------
        InputError
            With the key, if it is malformed.
        """
        names = ("format", "circuit", "created", "files", "phase1", "tools")
        first = isinstance(value, dict) and value.get("format") == _FORMAT_1
        members = Reader(source).members(value, (*names, "kind", "note") if first else names)
        if members["format"] not in (_FORMAT, _FORMAT_1):
            raise InputError(f"expected {_FORMAT!r}", source=source, key="format")
        circuit, created = members["circuit"], members["created"]
        if not isinstance(circuit, str) or not _NAME.fullmatch(circuit):
            raise InputError("expected the name of a circuit", source=source, key="circuit")
        if not isinstance(created, str):
            raise InputError("expected text", source=source, key="created")
        texts = {key: _texts(members[key], key, source) for key in ("files", "phase1", "tools")}
        _check_files(texts["files"], circuit, source)
        return cls(circuit=circuit, created=created, **texts)


def file_names(circuit: str) -> tuple[str, str, str, str]:
    """Return the names of r1cs, wasm, zkey and verification key."""
    return f"{circuit}.r1cs", f"{circuit}.wasm", f"{circuit}.zkey", VERIFICATION_KEY


def manifest_path(path: Path) -> Path:
    """Return the path of a folder's manifest.

    Raises
    ------
    InputError
        If the folder has no manifest.
    """
    manifest = path / MANIFEST
    if not manifest.is_file():
        raise InputError(f"no keys here (no {MANIFEST})", source=str(path))
    return manifest


def _texts(value: Any, key: str, source: str) -> dict[str, str]:
    return {name: one.text() for name, one in Field(value, source, key).entries().items()}


def _check_files(files: dict[str, str], circuit: str, source: str) -> None:
    if set(files) != set(file_names(circuit)):
        raise InputError(f"expected exactly {', '.join(file_names(circuit))}", source=source, key="files")
    for name, digest in files.items():
        if not _SHA256.fullmatch(digest):
            raise InputError("expected a SHA-256", source=source, key=f"files.{name}")
