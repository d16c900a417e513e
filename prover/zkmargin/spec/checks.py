"""The error of the specification, and range checks.

No message contains a value, since values may be secret.
"""

from __future__ import annotations

from .constants import FIELD


class SpecError(ValueError):
    """A value that the statement does not allow.

    Parameters
    ----------
    key : str
        The key path, such as ``amounts[3]``.
    reason : str
        The fault, without the value.
    """

    def __init__(self, key: str, reason: str) -> None:
        self.key, self.reason = key, reason
        super().__init__(f"{key}: {reason}")

    def within(self, prefix: str) -> SpecError:
        """Return the error with a longer key path, such as ``positions[3].lots`` for ``lots``.

        Parameters
        ----------
        prefix : str
            The key path of the enclosing value.

        Returns
        -------
        SpecError
        """
        return SpecError(f"{prefix}.{self.key}", self.reason)


def check_field(key: str, value: int) -> None:
    """Check that 0 <= value < r.

    Raises
    ------
    SpecError
        If it is not, or not an integer.
    """
    _check(key, value, 0, FIELD, "expected a field element")


def check_unsigned(key: str, value: int, bits: int) -> None:
    """Check that 0 <= value < 2^bits.

    Raises
    ------
    SpecError
        If it is not, or not an integer.
    """
    _check(key, value, 0, 2**bits, f"must be from 0 to 2^{bits} - 1")


def check_signed(key: str, value: int, bits: int) -> None:
    """Check that -2^bits <= value < 2^bits.

    Raises
    ------
    SpecError
        If it is not, or not an integer.
    """
    _check(key, value, -(2**bits), 2**bits, f"must be from -2^{bits} to 2^{bits} - 1")


def check_magnitude(key: str, value: int, bits: int) -> None:
    """Check that -2^bits < value < 2^bits.

    Raises
    ------
    SpecError
        If it is not, or not an integer.
    """
    _check(key, value, 1 - 2**bits, 2**bits, f"must be below 2^{bits} in magnitude")


def check_length(key: str, values: tuple[object, ...], length: int) -> None:
    """Check the length of a tuple.

    Raises
    ------
    SpecError
        If the length differs, or `values` is not a tuple.
    """
    if type(values) is not tuple or len(values) != length:
        raise SpecError(key, f"expected a tuple of {length}")


def _check(key: str, value: int, low: int, end: int, reason: str) -> None:
    # The exact type: floats and bools are refused even if they equal an integer.
    if type(value) is not int:
        raise SpecError(key, "expected an integer")
    if not low <= value < end:
        raise SpecError(key, reason)
