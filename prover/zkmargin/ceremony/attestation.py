"""Attestations: texts that contributors sign, so that a contribution cannot be left out unnoticed.

The keys themselves show that somebody contributed, not who did; and no hash in a key covers the contributor's name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError

from .description import PhaseOne
from .rounds import Addition, short_code

if TYPE_CHECKING:
    from pathlib import Path

    from .rounds import Round

__all__ = ["Attestation", "attestation_path", "check_name"]

_MOST_NAME = 64
_MOST_BYTES = 1 << 20
_TITLE = "Attestation of a contribution to a ceremony (zkmargin-attestation/1)"
_STATEMENT = (
    "I made the contribution below. Its secret numbers came from the randomness of my computer's",
    "operating system, and no copy of them was kept.",
)
_LINES = re.compile(
    r"name: (?P<name>[^\n]+)\n"
    r"contribution: (?P<number>[1-9][0-9]{0,4})\n"
    r"phase 1: (?P<phase1>[A-Za-z0-9_.-]{1,100})\n"
    r"phase 1 BLAKE2b: (?P<blake2b>[0-9a-f]{128})\n"
    r"(?P<circuits>(?:circuit: [^\n]+\n  circuit hash: [0-9a-f]{128}\n  contribution hash: [0-9a-f]{128}\n)+)"
)
_CIRCUIT = re.compile(
    r"circuit: (?P<name>[A-Za-z_][A-Za-z0-9_.-]{0,99})\n"
    r"  circuit hash: (?P<circuit>[0-9a-f]{128})\n  contribution hash: (?P<hash>[0-9a-f]{128})\n"
)


@dataclass(frozen=True, slots=True)
class Attestation:
    """The statement of a contributor.

    Attributes
    ----------
    name : str
    number : int
        The place of the contribution in the keys, from 1.
    phase1 : PhaseOne
    additions : tuple of Addition
        By circuit.
    """

    name: str
    number: int
    phase1: PhaseOne
    additions: tuple[Addition, ...]

    @classmethod
    def of(cls, phase1: PhaseOne, one: Round) -> Self:
        """Return the attestation of a round.

        Raises
        ------
        InputError
            If the contributor's name does not fit into a line.
        """
        return cls(
            check_name(one.name, f"name of contribution {one.number}"), one.number, phase1, one.additions
        )

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read an attestation.

        Raises
        ------
        InputError
            If it cannot be read, or is not exactly as `text` writes it.
        """
        try:
            with path.open("rb") as file:
                content = file.read(_MOST_BYTES).decode("utf-8").replace("\r\n", "\n")
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
        except UnicodeDecodeError:
            raise InputError("not UTF-8", source=str(path)) from None
        found = _LINES.search(content)
        if found is None:
            raise InputError("not an attestation of zkmargin ceremony contribute", source=str(path))
        additions = tuple(Addition(*one) for one in _CIRCUIT.findall(found["circuits"]))
        phase1 = PhaseOne(found["phase1"], found["blake2b"])
        read = cls(check_name(found["name"], str(path)), int(found["number"]), phase1, additions)
        if read.text() != content:
            raise InputError("changed: another text than zkmargin writes for these hashes", source=str(path))
        return read

    def text(self) -> str:
        """Return the text to sign."""
        lines = [_TITLE, "", *_STATEMENT, "", f"name: {self.name}", f"contribution: {self.number}"]
        lines += [f"phase 1: {self.phase1.name}", f"phase 1 BLAKE2b: {self.phase1.blake2b}"]
        for one in self.additions:
            lines += [f"circuit: {one.circuit}", f"  circuit hash: {one.circuit_hash}"]
            lines.append(f"  contribution hash: {one.contribution_hash}")
        return "\n".join([*lines, f"short: {short_code(self.additions)}", ""])


def attestation_path(sitting: Path) -> Path:
    """Return the path of the attestation beside a sitting, such as ``alice.attestation.txt``."""
    return sitting.with_name(f"{sitting.name.removesuffix('.ceremony')}.attestation.txt")


def check_name(name: str, source: str) -> str:
    """Return the name of a contributor: one line of 1 to 64 bytes that can be printed.

    Raises
    ------
    InputError
        If it is not.
    """
    if not name.isprintable() or name != name.strip() or not 0 < len(name.encode()) <= _MOST_NAME:
        reason = f"expected one line of 1 to {_MOST_NAME} bytes that can be printed, without spaces around it"
        raise InputError(reason, source=source)
    return name
