"""Functions of the native core that have no substitute, with this package's errors."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from zkmargin.errors import InputError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["native_errors", "native_function"]


def native_function(name: str) -> Any:
    """Return a function of the native core.

    Raises
    ------
    ToolchainError
        If the core is not installed, or too old to have it.
    """
    try:
        import zkmargin_native as native  # noqa: PLC0415  # optional
    except ImportError:
        reason = "keys are verified and contributed to by the native core, which is not installed"
        raise ToolchainError(f"{reason}: pip install zkmargin-native") from None
    if not hasattr(native, name):
        raise ToolchainError(f"the native core is too old: it has no {name}")
    return getattr(native, name)


@contextmanager
def native_errors(file: Path) -> Iterator[None]:
    """Turn the core's errors into this package's.

    Parameters
    ----------
    file : Path
        The file for errors that name none.

    Raises
    ------
    InputError
        If the core refuses a file or an argument, or cannot read or write a file.
    """
    try:
        yield
    except ValueError as error:  # with its subclass FormatError
        raise InputError(str(error)) from None
    except OSError as error:
        reason = f"cannot be read or written: {error.strerror or error}"
        raise InputError(reason, source=str(error.filename or file)) from None
