"""The native core's functions for ceremonies, with this package's errors.

A file that cannot be parsed raises `InputError`, a key or transcript that is false `StatementError`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from zkmargin.errors import InputError, StatementError, ToolchainError
from zkmargin.proving.contributions import Contributions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkmargin.proving.setup import Progress

__all__ = [
    "Beacon",
    "add_beacon",
    "add_contribution",
    "check_step",
    "checked_contributions",
    "checking",
    "hash_of_circuit",
    "initial_key",
    "native_core",
    "reading",
]


_BYTES = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})*", re.ASCII)
_LEAST_EXPONENT, _LARGEST_EXPONENT = 10, 63
_MAX_BEACON = 255


@dataclass(frozen=True, slots=True)
class Beacon:
    """Public randomness that nobody knew before the last contribution.

    Attributes
    ----------
    value : bytes
        1 to 255 bytes.
    iterations_exp : int
        SHA-256 is applied 2^`iterations_exp` times; from 10 to 63.

    Raises
    ------
    InputError
        If a value is out of range.
    """

    value: bytes
    iterations_exp: int

    def __post_init__(self) -> None:
        """Check the ranges."""
        if not 0 < len(self.value) <= _MAX_BEACON:
            raise InputError(f"expected 1 to {_MAX_BEACON} bytes", source="beacon")
        if not _LEAST_EXPONENT <= self.iterations_exp <= _LARGEST_EXPONENT:
            reason = f"must be from {_LEAST_EXPONENT} to {_LARGEST_EXPONENT}, the logarithm to base 2"
            raise InputError(reason, source="iterations of the beacon")

    @classmethod
    def of(cls, text: str, iterations_exp: int) -> Self:
        """Return the beacon of a text in hexadecimal digits.

        Raises
        ------
        InputError
            If the text is not hexadecimal, or a value is out of range.
        """
        if not _BYTES.fullmatch(text):
            raise InputError("expected bytes in hexadecimal digits", source="beacon")
        return cls(bytes.fromhex(text.removeprefix("0x")), iterations_exp)


def native_core() -> Any:
    """Return the native core.

    Raises
    ------
    ToolchainError
        If it is not installed.
    """
    if find_spec("zkmargin_native") is None:
        raise ToolchainError("a ceremony needs the native core: pip install 'zkmargin[native]'")
    import zkmargin_native  # noqa: PLC0415  # optional

    return zkmargin_native


def initial_key(r1cs: Path, ptau: Path, zkey: Path, progress: Progress) -> None:
    """Write the initial key of a circuit, which its constraints and the phase-1 file determine."""
    native = native_core()
    with reading(zkey):
        native.initial_key(str(r1cs), str(ptau), str(zkey), progress)


def hash_of_circuit(zkey: Path) -> str:
    """Return the hash of an initial key's circuit, in hex."""
    native = native_core()
    with reading(zkey):
        return str(native.circuit_hash(str(zkey)))


def checked_contributions(zkey: Path) -> Contributions:
    """Return the contributions of a key after each proof of knowledge, delta, hash and beacon was checked.

    Raises
    ------
    InputError
        If the key cannot be parsed.
    StatementError
        If a contribution is false.
    """
    found, native = Contributions.read(zkey), native_core()
    with checking(zkey):
        checked = native.check_contributions(str(zkey))
    # Two readers that share no code.
    hashes = [one["hash"] for one in checked["contributions"]]
    if (checked["circuit_hash"], hashes) != (found.circuit_hash, [one.hash for one in found.items]):
        raise StatementError(f"{zkey}: two readers of the contributions disagree")
    return found


def add_contribution(before: Path, after: Path, name: str, entropy: bytes, progress: Progress) -> None:
    """Write a key with a further contribution, from the system's randomness hashed with `entropy`."""
    native = native_core()
    with reading(before):
        native.contribute(str(before), str(after), name, entropy, progress)


def add_beacon(before: Path, after: Path, beacon: Beacon, progress: Progress) -> None:
    """Write a key with a beacon as its last contribution."""
    native = native_core()
    with reading(before):
        native.beacon(str(before), str(after), "beacon", beacon.value, beacon.iterations_exp, progress)


def check_step(before: Path, after: Path) -> None:
    """Check that a key is an earlier one with further contributions.

    Raises
    ------
    InputError
        If a key cannot be parsed.
    StatementError
        If it is not.
    """
    Contributions.read(before)
    Contributions.read(after)
    native = native_core()
    with checking(after):
        native.check_step(str(before), str(after))


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Turn the core's errors about files into this package's.

    Raises
    ------
    InputError
        If a file is malformed, or cannot be read or written.
    """
    native = native_core()
    try:
        yield
    except native.FormatError as error:
        raise InputError(str(error)) from None
    except OSError as error:
        reason = f"cannot be read or written: {error.strerror or error}"
        raise InputError(reason, source=str(error.filename or file)) from None


@contextmanager
def checking(file: Path) -> Iterator[None]:
    """Turn the core's errors about a file that was parsed before into `StatementError`.

    Raises
    ------
    StatementError
        If the file is not what it should be.
    InputError
        If it cannot be read.
    """
    native = native_core()
    with reading(file):
        try:
            yield
        except native.FormatError as error:
            raise StatementError(str(error)) from None
