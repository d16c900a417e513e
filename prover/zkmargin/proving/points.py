"""Curve points in snarkjs's JSON: projective coordinates, the last of which is 1, as decimal strings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, TypeAlias

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

from .bn254 import BASE_MODULUS

__all__ = ["G1", "G2", "Reader", "g1_to_json", "g2_to_json"]

Fq2: TypeAlias = tuple[int, int]
G1: TypeAlias = tuple[int, int] | None
G2: TypeAlias = tuple[Fq2, Fq2] | None

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,77}", re.ASCII)
_G1_INFINITY = ["0", "1", "0"]
_G2_INFINITY = [["0", "0"], ["1", "0"], ["0", "0"]]


def g1_to_json(point: G1) -> list[str]:
    """Return a point of G1 as snarkjs writes it."""
    return list(_G1_INFINITY) if point is None else [str(point[0]), str(point[1]), "1"]


def g2_to_json(point: G2) -> list[list[str]]:
    """Return a point of G2 as snarkjs writes it: each coordinate as [real, imaginary]."""
    if point is None:
        return [list(pair) for pair in _G2_INFINITY]
    return [[str(part) for part in coordinate] for coordinate in (*point, (1, 0))]


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of values of one JSON document. Every method raises `InputError` with the value's key path.

    Attributes
    ----------
    source : str
        The name of the document in messages.
    """

    source: str

    def members(
        self, value: Any, required: tuple[str, ...], optional: tuple[str, ...] = ()
    ) -> dict[str, Any]:
        """Return an object, which must have the required members and no unknown ones."""
        if not isinstance(value, dict):
            raise InputError("expected an object", source=self.source)
        for key in required:
            if key not in value:
                raise InputError("missing", source=self.source, key=key)
        for key in value:
            if key not in required and key not in optional:
                reason = f"unknown key{did_you_mean(str(key), (*required, *optional))}"
                raise InputError(reason, source=self.source, key=str(key)[:80])
        return value

    def items(self, value: Any, key: str, count: int | None) -> list[Any]:
        """Return a list, which must have `count` items unless `count` is None."""
        if not isinstance(value, list):
            raise InputError("expected a list", source=self.source, key=key)
        if count is not None and len(value) != count:
            raise InputError(f"expected {count} items, got {len(value)}", source=self.source, key=key)
        return value

    def decimal(self, value: Any, key: str) -> int:
        """Return the integer of a canonical decimal string: no sign, no leading zero, at most 78 digits."""
        if not isinstance(value, str) or not _DECIMAL.fullmatch(value):
            raise InputError("expected a decimal string", source=self.source, key=key)
        return int(value)

    def coordinate(self, value: Any, key: str) -> int:
        """Return a coordinate: a canonical decimal string below the base field's modulus."""
        number = self.decimal(value, key)
        if number >= BASE_MODULUS:
            raise InputError("must be below the base field's modulus", source=self.source, key=key)
        return number

    def g1(self, value: Any, key: str) -> G1:
        """Return a point of G1; whether it is on the curve is not checked."""
        if value == _G1_INFINITY:
            return None
        x, y, z = self.items(value, key, 3)
        self._constant(z, "1", f"{key}[2]")
        return self.coordinate(x, f"{key}[0]"), self.coordinate(y, f"{key}[1]")

    def g2(self, value: Any, key: str) -> G2:
        """Return a point of G2; whether it is in the group is not checked."""
        if value == _G2_INFINITY:
            return None
        x, y, z = self.items(value, key, 3)
        for number, (part, wanted) in enumerate(zip(self.items(z, f"{key}[2]", 2), "10", strict=True)):
            self._constant(part, wanted, f"{key}[2][{number}]")
        return self._fq2(x, f"{key}[0]"), self._fq2(y, f"{key}[1]")

    def _constant(self, value: Any, wanted: str, key: str) -> None:
        if value != wanted:
            raise InputError(f"expected {wanted!r}", source=self.source, key=key)

    def _fq2(self, value: Any, key: str) -> Fq2:
        real, imaginary = self.items(value, key, 2)
        return self.coordinate(real, f"{key}[0]"), self.coordinate(imaginary, f"{key}[1]")
