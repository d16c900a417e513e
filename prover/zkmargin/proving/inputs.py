"""Inputs of a circuit, named and flattened as circom's witness calculators expect them."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError

from .bn254 import SCALAR_MODULUS

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Signal", "flatten"]

_SOURCE = "inputs"
_MAX_DEPTH = 32


@dataclass(frozen=True, slots=True)
class Signal:
    """An input signal. No message contains its values.

    Attributes
    ----------
    name : str
        circom's qualified name, such as ``leaf``, ``account.positions`` or ``lanes[2].price``.
    values : tuple of int
        All values, in [0, r), in row-major order.
    """

    name: str
    values: tuple[int, ...]

    def __repr__(self) -> str:
        """Return name and size, without the values."""
        return f"Signal({self.name!r}, {len(self.values)} values)"

    @property
    def hash_words(self) -> tuple[int, int]:
        """The high and low word of the name's 64-bit FNV-1a hash, which circom identifies the signal by."""
        state = 0xCBF29CE484222325
        for byte in self.name.encode():
            state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        return state >> 32, state & 0xFFFFFFFF

    def records(self) -> bytes:
        """Return the records for ``setInputs`` of ``witness_driver.wat``: 44 bytes for each value."""
        high, low = self.hash_words
        return b"".join(
            struct.pack("<III", high, low, index) + value.to_bytes(32, "little")
            for index, value in enumerate(self.values)
        )


def flatten(inputs: Mapping[str, Any]) -> list[Signal]:
    """Flatten nested inputs.

    Parameters
    ----------
    inputs : mapping
        Integers, nested lists of integers, mappings (buses) or lists of mappings, by signal name.

    Raises
    ------
    InputError
        If a value is not an integer in [0, r), since circom would reduce it silently, or if two signals have the
        same name or hash.
    """
    signals = [Signal(name, values) for name, values in _signals(inputs, "", 0)]
    seen: dict[tuple[int, int], str] = {}
    for signal in signals:
        if seen.setdefault(signal.hash_words, signal.name) is not signal.name:
            raise InputError("duplicate input", source=_SOURCE, key=signal.name)
    return signals


def _signals(value: Any, name: str, depth: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the signals of a bus or an array of buses, or the single signal of another value."""
    if depth > _MAX_DEPTH:
        raise InputError("nested too deeply", source=_SOURCE, key=name)
    if isinstance(value, Mapping):
        for field, item in value.items():
            if not isinstance(field, str) or not field:
                raise InputError("names must be text and not empty", source=_SOURCE, key=name)
            yield from _signals(item, f"{name}.{field}" if name else field, depth + 1)
    elif _is_list(value) and _holds_mapping(value, depth):
        for index, item in enumerate(value):
            yield from _signals(item, f"{name}[{index}]", depth + 1)
    else:
        yield name, tuple(_values(value, name, depth))


def _holds_mapping(value: Any, depth: int) -> bool:
    while _is_list(value) and value and depth <= _MAX_DEPTH:
        value, depth = value[0], depth + 1
    return isinstance(value, Mapping)


def _values(value: Any, key: str, depth: int) -> Iterator[int]:
    if depth > _MAX_DEPTH:
        raise InputError("nested too deeply", source=_SOURCE, key=key)
    if _is_list(value):
        for index, item in enumerate(value):
            yield from _values(item, f"{key}[{index}]", depth + 1)
    elif isinstance(value, bool) or not isinstance(value, int):
        raise InputError("expected an integer", source=_SOURCE, key=key)
    elif not 0 <= value < SCALAR_MODULUS:
        raise InputError("must be in [0, r), where r is the order of BN254", source=_SOURCE, key=key)
    else:
        yield value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
