"""The ``manifest.json`` of keys: their circuit, kind, hashes and tools."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.errors import InputError

from .points import Reader

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "CEREMONY",
    "DEVELOPMENT",
    "MANIFEST",
    "VERIFICATION_KEY",
    "Manifest",
    "file_names",
    "manifest_path",
]

MANIFEST = "manifest.json"
VERIFICATION_KEY = "verification_key.json"

DEVELOPMENT = "development"
CEREMONY = "published phase 1"

_NOTES = {
    DEVELOPMENT: (
        "Single-party development key: its builder could have kept the secrets and could forge proofs. "
        "For tests only."
    ),
    CEREMONY: (
        "Phase 1 is a published ceremony; phase 2 has one contribution, by the builder of the key. Before others "
        "rely on it, let them contribute (snarkjs zkey contribute) and publish the transcript."
    ),
}
_FORMAT = "zkmargin-keys/1"
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Manifest:
    """The content of a ``manifest.json``.

    Attributes
    ----------
    circuit : str
        The name of the circuit.
    kind : str
        `DEVELOPMENT` or `CEREMONY`.
    files : mapping of str to str
        The SHA-256 of r1cs, wasm, zkey and verification key, by file name.
    tools : mapping of str to str
        The versions of the tools that made the keys.
    phase1 : mapping of str to str
        The name and BLAKE2b-512 of the phase-1 file; empty for a development key.
    created : str
        The time of creation in UTC, in ISO 8601.
    """

    circuit: str
    kind: str
    files: dict[str, str]
    tools: dict[str, str]
    phase1: dict[str, str]
    created: str

    @property
    def note(self) -> str:
        """A note on the security of this kind of key."""
        return _NOTES[self.kind]

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``manifest.json``."""
        return {
            "format": _FORMAT,
            "circuit": self.circuit,
            "kind": self.kind,
            "note": self.note,
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
        names = ("format", "circuit", "kind", "note", "created", "files", "phase1", "tools")
        members = Reader(source).members(value, names)
        if members["format"] != _FORMAT:
            raise InputError(f"expected {_FORMAT!r}", source=source, key="format")
        circuit, kind, created = members["circuit"], members["kind"], members["created"]
        if not isinstance(circuit, str) or not _NAME.fullmatch(circuit):
            raise InputError("expected the name of a circuit", source=source, key="circuit")
        if not isinstance(kind, str) or kind not in _NOTES:
            raise InputError(f"expected one of {', '.join(_NOTES)}", source=source, key="kind")
        if not isinstance(created, str):
            raise InputError("expected text", source=source, key="created")
        texts = {key: _texts(members[key], key, source) for key in ("files", "phase1", "tools")}
        _check_files(texts["files"], circuit, source)
        return cls(circuit=circuit, kind=kind, created=created, **texts)


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
    if not isinstance(value, dict) or not all(isinstance(item, str) for item in value.values()):
        raise InputError("expected an object of texts", source=source, key=key)
    return value


def _check_files(files: dict[str, str], circuit: str, source: str) -> None:
    if set(files) != set(file_names(circuit)):
        raise InputError(f"expected exactly {', '.join(file_names(circuit))}", source=source, key="files")
    for name, digest in files.items():
        if not _SHA256.fullmatch(digest):
            raise InputError("expected a SHA-256", source=source, key=f"files.{name}")
