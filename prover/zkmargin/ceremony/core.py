"""The native core's functions for ceremonies, with this package's errors.

A file that cannot be parsed raises `InputError`, a key or transcript that is false `StatementError`.
"""

from __future__ import annotations

import re
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.errors import InputError, StatementError
from zkmargin.proving.contributions import Contributions
from zkmargin.proving.key_verification import checked_contributions
from zkmargin.proving.native_core import native_errors, native_function

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from zkmargin.proving.setup import Progress

__all__ = [
    "Beacon",
    "add_beacon",
    "add_contribution",
    "check_step",
    "false_if_refused",
    "initial_key",
    "shown_as",
    "true_contributions",
]


_BYTES = re.compile(r"(?:0x)?(?:[0-9a-fA-F]{2})*", re.ASCII)
# 2^10 hashes are the fewest that snarkjs makes; 2^40 take about a day, for whoever verifies too.
_LEAST_EXPONENT, _LARGEST_EXPONENT = 10, 40
_MAX_BEACON = 255


@dataclass(frozen=True, slots=True)
class Beacon:
    """Public randomness that nobody knew before the last contribution.

    Attributes
    ----------
    value : bytes
        1 to 255 bytes.
    iterations_exp : int
        SHA-256 is applied 2^`iterations_exp` times; from 10 to 40.

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


def initial_key(r1cs: Path, ptau: Path, zkey: Path, progress: Progress) -> None:
    """Write the initial key of a circuit, which its constraints and the phase-1 file determine."""
    call = native_function("initial_key")
    with native_errors(zkey):
        call(str(r1cs), str(ptau), str(zkey), progress)


def true_contributions(zkey: Path) -> Contributions:
    """Return the contributions of a key after each proof of knowledge, delta, hash and beacon was checked.

    Raises
    ------
    InputError
        If the key cannot be parsed.
    StatementError
        If a contribution is false.
    """
    Contributions.read(zkey)
    with false_if_refused():
        return checked_contributions(zkey)


def add_contribution(before: Path, after: Path, name: str, entropy: bytes, progress: Progress) -> None:
    """Write a key with a further contribution, from the system's randomness hashed with `entropy`."""
    call = native_function("contribute")
    with native_errors(before):
        call(str(before), str(after), name, entropy, progress)


def add_beacon(before: Path, after: Path, beacon: Beacon, progress: Progress) -> None:
    """Write a key with a beacon as its last contribution."""
    call = native_function("beacon")
    with native_errors(before):
        call(str(before), str(after), "beacon", beacon.value, beacon.iterations_exp, progress)


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
    call = native_function("check_step")
    with false_if_refused(), native_errors(after):
        call(str(before), str(after))


@contextmanager
def shown_as(draft: Path, shown: str) -> Iterator[None]:
    """Name a file of the user in errors about a temporary copy of it."""
    try:
        yield
    except (InputError, StatementError) as error:
        raise type(error)(str(error).replace(str(draft), shown)) from None


@contextmanager
def false_if_refused() -> Iterator[None]:
    """Turn refusals of files that were parsed before into `StatementError`."""
    try:
        yield
    except InputError as error:
        raise StatementError(str(error)) from None
