"""The journal of proofs of many accounts: a line for each result, on disk before the next one is awaited."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Self

from zkmargin.documents.fields import Field
from zkmargin.documents.files import sha256, write_private
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError, StatementError, ToolchainError

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["JOURNAL", "Entry", "ProofJournal", "State", "folder_hash"]

JOURNAL = "journal.jsonl"
_FORMAT = "zkmargin-proof-journal/1"
_ENTRY = ("account", "state", "file", "snapshotRoot", "context", "circuit", "key", "proof", "reason")
_MOST_BYTES = 1 << 30


class State(StrEnum):
    """What became of an account."""

    PROVEN = "proven"
    FALSE = "false"
    """The account does not meet the requirement, or not the limits."""
    BAD = "bad"
    """Its file is malformed, or does not fit the snapshot or the circuit."""
    FAILED = "failed"
    """No proof was made: a program failed, or processes died over it."""

    @property
    def exit_code(self) -> int:
        """The exit code of a command that ends so."""
        codes = {State.FALSE: StatementError.exit_code, State.BAD: InputError.exit_code}
        return {State.PROVEN: 0, State.FAILED: ToolchainError.exit_code, **codes}[self]


@dataclass(frozen=True, slots=True)
class Entry:
    """The result of an account.

    Attributes
    ----------
    account : str
        The name of its file.
    state : State
    file : str
        The SHA-256 of its file in hex; empty if it could not be read.
    snapshot_root : int
    context : str
        The public signal, or the context on chain without the account, as JSON.
    circuit, key : str
        The circuit, and the fingerprint of its verification key; empty without a proof.
    proof : str
        The hash of the proof's files (`folder_hash`); empty without a proof.
    reason : str
        Why there is no proof; empty if there is one.
    """

    account: str
    state: State
    file: str
    snapshot_root: int
    context: str
    circuit: str = ""
    key: str = ""
    proof: str = ""
    reason: str = ""

    def to_json(self) -> dict[str, str]:
        """Return the object of a line."""
        values = (self.account, str(self.state), self.file, str(self.snapshot_root), self.context)
        return dict(zip(_ENTRY, (*values, self.circuit, self.key, self.proof, self.reason), strict=True))

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a line.

        Raises
        ------
        InputError
            If it is malformed.
        """
        members = field.members(_ENTRY)
        state = State(members["state"].choice(State))
        account, file, context, *rest = (
            members[name].text() for name in _ENTRY if name not in {"state", "snapshotRoot"}
        )
        return cls(account, state, file, members["snapshotRoot"].integer(0, 2**256), context, *rest)


class ProofJournal:
    """A journal that is open; it is private, as its reasons may say something about accounts.

    Attributes
    ----------
    entries : dict of str to Entry
        The last result of each account.
    """

    def __init__(self, path: Path, entries: dict[str, Entry]) -> None:
        self._path, self.entries = path, entries

    @classmethod
    def open(cls, path: Path, head: dict[str, Any]) -> Self:
        """Begin a journal, or continue one.

        The end of a line that was being written when the process ended is removed.

        Parameters
        ----------
        path : Path
        head : dict
            The values that all results have in common, texts and other JSON by name.

        Raises
        ------
        InputError
            If the journal has another head, is malformed, or cannot be read or written.
        """
        line = _line({"format": _FORMAT, **head})
        try:
            content = _read(path)
            whole = content[: content.rfind(b"\n") + 1]
            if not whole:
                path.unlink(missing_ok=True)
                write_private(path, b"")
                _append(path, line)
                return cls(path, {})
            if whole != content:
                os.truncate(path, len(whole))
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", source=str(path)) from None
        first, *lines = whole.splitlines()
        _require_head(Field(parse_json(first, str(path)), str(path)), json.loads(line))
        entries = {}
        for number, one in enumerate(lines, 2):
            source = f"{path}, line {number}"
            entry = Entry.from_json(Field(parse_json(one, source), source))
            entries[entry.account] = entry
        return cls(path, entries)

    def add(self, entry: Entry) -> None:
        """Add a result. It is on disk when this returns.

        Raises
        ------
        InputError
            If it cannot be written.
        """
        try:
            _append(self._path, _line(entry.to_json()))
        except OSError as error:
            raise InputError(f"cannot be written: {error.strerror}", source=str(self._path)) from None
        self.entries[entry.account] = entry


def folder_hash(folder: Path) -> str:
    """Return a hash of the names and contents of a folder's files, in hex.

    It is the SHA-256 of the lines ``SHA-256 name`` in the order of the names.
    """
    lines = [f"{sha256(path)} {path.name}\n" for path in sorted(folder.iterdir())]
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _read(path: Path) -> bytes:
    if not path.exists():
        return b""
    if path.stat().st_size > _MOST_BYTES:
        raise InputError(f"larger than {_MOST_BYTES} bytes", source=str(path))
    return path.read_bytes()


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode() + b"\n"


def _append(path: Path, line: bytes) -> None:
    with path.open("ab", buffering=0) as file:
        written = 0
        while written < len(line):
            written += file.write(line[written:])
        os.fsync(file.fileno())


def _require_head(found: Field, wanted: dict[str, Any]) -> None:
    entries = found.members_of(_FORMAT, tuple(wanted))
    for name, value in wanted.items():
        if entries[name].value != value:
            entries[name].refuse("the proofs here were begun with another one; give another folder")
