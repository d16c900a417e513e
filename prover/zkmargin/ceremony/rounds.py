"""Rounds of a ceremony: what one contributor, or the beacon, added to the keys of all circuits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import StatementError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.proving.contributions import ContributionKind, Contributions

    from .description import Description

__all__ = ["Addition", "Round", "all_rounds", "short_code"]

_BITS = 80
# Crockford's base 32: without i, l, o and u, which are mistaken for other characters.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"


@dataclass(frozen=True, slots=True)
class Addition:
    """What was added to the key of one circuit.

    Attributes
    ----------
    circuit : str
    circuit_hash, contribution_hash : str
        BLAKE2b-512, in hex.
    """

    circuit: str
    circuit_hash: str
    contribution_hash: str


@dataclass(frozen=True, slots=True)
class Round:
    """A contribution or beacon in the keys of all circuits.

    Attributes
    ----------
    number : int
        Its place in the keys, from 1.
    name : str
        The name that the contributor chose.
    kind : ContributionKind
    beacon : str
        Of a beacon, the public randomness in hex, else empty.
    iterations_exp : int
        Of a beacon, the logarithm to base 2 of the number of iterations, else 0.
    additions : tuple of Addition
        By circuit.
    """

    number: int
    name: str
    kind: ContributionKind
    beacon: str
    iterations_exp: int
    additions: tuple[Addition, ...]

    @property
    def short(self) -> str:
        """The short code of its hashes."""
        return short_code(self.additions)


def all_rounds(description: Description, chains: Mapping[str, Contributions]) -> tuple[Round, ...]:
    """Return the rounds of a ceremony.

    Parameters
    ----------
    description : Description
    chains : mapping of str to Contributions
        By circuit; each as many as the description says.

    Raises
    ------
    StatementError
        If a round has another name, kind or beacon in another circuit.
    """
    return tuple(_round(description, chains, number) for number in range(1, description.contributions + 1))


def short_code(additions: tuple[Addition, ...]) -> str:
    """Return 80 bits of the SHA-256 of all hashes, to be read aloud, such as ``k7f3-9xq2-mh4d-w8tz``."""
    hashes = "".join(f"{one.circuit_hash}{one.contribution_hash}" for one in additions)
    number = int.from_bytes(hashlib.sha256(bytes.fromhex(hashes)).digest()[: _BITS // 8], "big")
    letters = "".join(_ALPHABET[number >> shift & 31] for shift in range(_BITS - 5, -1, -5))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def _round(description: Description, chains: Mapping[str, Contributions], number: int) -> Round:
    items = [chains[name].items[number - 1] for name in description.names]
    first = items[0]
    for name, one in zip(description.names, items, strict=True):
        # A mistake of one who used another program, or keys of different ceremonies.
        for what in ("name", "kind", "beacon", "iterations_exp"):
            if getattr(one, what) != getattr(first, what):
                told = f"contribution {number} has another {what.replace('_exp', '')} in the key of {name}"
                raise StatementError(f"{told} than in that of {description.names[0]}")
    additions = tuple(
        Addition(name, chains[name].circuit_hash, one.hash)
        for name, one in zip(description.names, items, strict=True)
    )
    return Round(number, first.name, first.kind, first.beacon, first.iterations_exp, additions)
