"""TOML files."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any

import tomli_w

from zkmargin.errors import InputError

from .fields import Field

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["load_toml", "toml_text"]

_MAX_BYTES = 1 << 20


def load_toml(path: Path) -> Field:
    """Read a TOML file.

    Raises
    ------
    InputError
        If the file cannot be read or is not TOML.
    """
    try:
        with path.open("rb") as file:
            content = file.read(_MAX_BYTES + 1)
        if len(content) > _MAX_BYTES:
            raise InputError(f"larger than {_MAX_BYTES} bytes", source=str(path))
        return Field(tomllib.loads(content.decode("utf-8")), str(path))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from None
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 at byte {error.start}", source=str(path)) from None
    # Python raises ValueError also for integers with too many digits.
    except (ValueError, RecursionError) as error:
        raise InputError(f"not TOML: {error}", source=str(path)) from None


def toml_text(document: Mapping[str, Any], comments: Iterable[str] = ()) -> str:
    """Return a document as TOML.

    Parameters
    ----------
    document : mapping of str to Any
    comments : iterable of str
        Lines at the start, without ``#``.
    """
    return "".join(f"# {line}\n" for line in comments) + tomli_w.dumps(document)
