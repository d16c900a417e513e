"""The contributions to phase 2 within a proving key: section 10 of a ``.zkey``, snarkjs's MPC parameters.

The section is read here and nothing in it is proven; `zkmargin_native.check_contributions` verifies it.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError

from .binfile import Fields, Sections
from .bn254 import BASE_MODULUS

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.documents.fields import Field

__all__ = ["Contribution", "ContributionKind", "Contributions"]

_SECTION = 10
_MAX_CONTRIBUTIONS = 10_000
_MAX_RECORD = 64 * 3 + 128 + 64 + 8 + 3 + 2 * 257
_NAME, _ITERATIONS, _BEACON = 1, 2, 3
_FROM_MONTGOMERY = pow(1 << 256, -1, BASE_MODULUS)
_BLAKE2B = re.compile(r"[0-9a-f]{128}", re.ASCII)
# Control characters, and those that break lines, change the direction of text or show nothing.
_HIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_NOT_UTF8 = re.compile("[\udc80-\udcff]")
_BYTES = re.compile(r"(?:[0-9a-f]{2}){0,255}", re.ASCII)


class ContributionKind(StrEnum):
    """How a contribution's secret came about: known to its contributor alone, or computed from public randomness."""

    CONTRIBUTION = "contribution"
    BEACON = "beacon"


@dataclass(frozen=True, slots=True)
class Contribution:
    """A contribution to a phase.

    Attributes
    ----------
    name : str
        The name that the contributor chose; it may be empty, and untrue. Characters that control or format text,
        with which a name could forge what a terminal shows, and bytes that are not UTF-8 are escaped.
    kind : ContributionKind
    hash : str
        The BLAKE2b-512 of the contribution's public values, in hex; snarkjs prints it as "Contribution Hash".
    beacon : str
        Of a beacon, the public randomness in hex, else empty.
    iterations_exp : int
        Of a beacon, the logarithm to base 2 of the number of SHA-256 iterations, else 0.
    """

    name: str
    kind: ContributionKind
    hash: str
    beacon: str = ""
    iterations_exp: int = 0

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read an object of `to_json`.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members(("name", "kind", "hash", "beacon", "iterations_exp"))
        kind = members["kind"].choice(ContributionKind)
        return cls(
            members["name"].text(),
            ContributionKind(kind),
            members["hash"].text(_BLAKE2B, "a BLAKE2b-512 in lower case"),
            members["beacon"].text(_BYTES, "bytes in hexadecimal"),
            members["iterations_exp"].integer(0, 255),
        )

    def to_json(self) -> dict[str, str]:
        """Return the contribution as an object for a file."""
        return {
            "name": self.name,
            "kind": str(self.kind),
            "hash": self.hash,
            "beacon": self.beacon,
            "iterations_exp": str(self.iterations_exp),
        }


@dataclass(frozen=True, slots=True)
class Contributions:
    """The contributions to phase 2 of a key.

    Attributes
    ----------
    circuit_hash : str
        The BLAKE2b-512 of the initial key, in hex, which the contributions start from.
    items : tuple of Contribution
        In their order.
    """

    circuit_hash: str
    items: tuple[Contribution, ...]

    @property
    def count(self) -> int:
        """The number of contributions, without beacons."""
        return sum(one.kind is ContributionKind.CONTRIBUTION for one in self.items)

    @classmethod
    def read(cls, zkey: Path) -> Self:
        """Read the contributions of a proving key.

        Parameters
        ----------
        zkey : Path
            A ``.zkey`` file.

        Raises
        ------
        InputError
            If the file is malformed.
        """
        source = str(zkey)
        try:
            with zkey.open("rb") as file:
                sections = Sections(file, b"zkey", (1,), source)
                content = sections.read(_SECTION, max_size=68 + _MAX_CONTRIBUTIONS * _MAX_RECORD)
        except OSError as error:
            raise InputError(f"cannot be read: {error.strerror}", source=source) from None
        fields = Fields(content, source, "section of contributions")
        circuit_hash, count = fields.bytes(64).hex(), fields.u32()
        if count > _MAX_CONTRIBUTIONS:
            reason = f"expected at most {_MAX_CONTRIBUTIONS} contributions, got {count}"
            raise InputError(reason, source=source)
        items = tuple(_contribution(fields, source, index) for index in range(count))
        fields.end()
        return cls(circuit_hash, items)


def _contribution(fields: Fields, source: str, index: int) -> Contribution:
    """Read a contribution: delta after it, its public key in G1, G1 and G2, transcript, type, parameters."""
    key = f"contributions[{index}]"
    public = b"".join(_g1(fields, source, key) for _ in range(3)) + _g2(fields, source, key)
    digest = hashlib.blake2b(public + fields.bytes(64)).hexdigest()
    number = fields.u32()
    if number not in {0, 1}:
        reason = f"expected type 0, a contribution, or 1, a beacon, got {number}"
        raise InputError(reason, source=source, key=key)
    name, iterations, beacon = _parameters(fields.bytes(fields.u32()), source, key)
    kind = ContributionKind.BEACON if number else ContributionKind.CONTRIBUTION
    has_beacon = iterations is not None, beacon is not None
    if has_beacon != (bool(number), bool(number)):
        reason = "expected randomness and its iterations in a beacon, and neither in another contribution"
        raise InputError(reason, source=source, key=key)
    return Contribution(name, kind, digest, (beacon or b"").hex(), iterations or 0)


def _parameters(content: bytes, source: str, key: str) -> tuple[str, int | None, bytes | None]:
    """Read name, iterations and randomness; each is optional, and they are in the order of their numbers."""
    fields = Fields(content, source, f"list of parameters of {key}")
    name, iterations, beacon = b"", None, None
    last, left = 0, len(content)
    while left:
        number = fields.bytes(1)[0]
        if not last < number <= _BEACON:
            raise InputError("unknown, duplicate or unordered parameter", source=source, key=key)
        size = 1 if number == _ITERATIONS else fields.bytes(1)[0]
        value = fields.bytes(size)
        if number == _NAME:
            name = value
        elif number == _ITERATIONS:
            iterations = value[0]
        else:
            beacon = value
        last, left = number, left - (2 if number == _ITERATIONS else 2 + size)
    return _shown(name), iterations, beacon


def _shown(name: bytes) -> str:
    """Return a name as the native core's `contributions` shows it."""
    text = _HIDDEN.sub(lambda found: f"\\u{{{ord(found[0]):x}}}", name.decode(errors="surrogateescape"))
    return _NOT_UTF8.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02x}", text)


def _g1(fields: Fields, source: str, key: str) -> bytes:
    """Read a point of G1 and return the bytes that are hashed: x and y, big-endian."""
    x, y = (_coordinate(fields, source, key) for _ in range(2))
    return _finite(x + y, source, key)


def _g2(fields: Fields, source: str, key: str) -> bytes:
    """Read a point of G2 and return the bytes that are hashed: the imaginary part of each coordinate comes first."""
    real_x, imaginary_x, real_y, imaginary_y = (_coordinate(fields, source, key) for _ in range(4))
    return _finite(imaginary_x + real_x + imaginary_y + real_y, source, key)


def _finite(point: bytes, source: str, key: str) -> bytes:
    if not any(point):
        raise InputError("a point must not be the point at infinity", source=source, key=key)
    return point


def _coordinate(fields: Fields, source: str, key: str) -> bytes:
    stored = int.from_bytes(fields.bytes(32), "little")
    if stored >= BASE_MODULUS:
        reason = "a coordinate must be below the base field's modulus"
        raise InputError(reason, source=source, key=key)
    return (stored * _FROM_MONTGOMERY % BASE_MODULUS).to_bytes(32, "big")
