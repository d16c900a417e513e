"""Inputs of a circuit, named and flattened the way circom's witness calculators take them."""

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
    """An input signal; its values never show in a message.

    Attributes
    ----------
    name : str
        As circom qualifies it: ``leaf``, ``account.positions``, ``lanes[2].price``.
    values : tuple of int
        All values, in [0, r), the last dimension running fastest.
    """

    name: str
    values: tuple[int, ...]

    def __repr__(self) -> str:
        """Return name and size, without the values."""
        return f"Signal({self.name!r}, {len(self.values)} values)"

    @property
    def hash_words(self) -> tuple[int, int]:
        """The 64-bit FNV-1a hash of the name, by which circom knows it: high and low word."""
        state = 0xCBF29CE484222325
        for byte in self.name.encode():
            state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
        return state >> 32, state & 0xFFFFFFFF

    def records(self) -> bytes:
        """Return what ``setInputs`` of ``witness_driver.wat`` reads: 44 bytes for each value."""
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
        Signal names to integers, nested lists of integers, or mappings (buses) and lists of mappings.

    Raises
    ------
    InputError
        If a value is not an integer in [0, r), or two names are one to circom. circom itself would reduce
        such values silently.
    """
    signals = [Signal(name, values) for name, values in _signals(inputs, "", 0)]
    seen: dict[tuple[int, int], str] = {}
    for signal in signals:
        if seen.setdefault(signal.hash_words, signal.name) is not signal.name:
            raise InputError("given twice", source=_SOURCE, key=signal.name)
    return signals


def _signals(value: Any, name: str, depth: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Yield the signals of a bus, of an array of buses, or the one signal that a value is."""
    if depth > _MAX_DEPTH:
        raise InputError("nested too deeply", source=_SOURCE, key=name)
    if isinstance(value, Mapping):
        for field, item in value.items():
            if not isinstance(field, str) or not field:
                raise InputError("a name that is not text", source=_SOURCE, key=name)
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
        raise InputError("not in [0, r), r being the order of BN254", source=_SOURCE, key=key)
    else:
        yield value


def _is_list(value: Any) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes | bytearray)
