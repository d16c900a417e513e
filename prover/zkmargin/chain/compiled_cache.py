"""Compiled contracts of earlier runs: each client needs its contract's interface, and compiling takes time.

They are kept in the user's cache under a hash of all that they are made of: sources, settings, compiler.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from zkmargin.documents.files import private_cache, write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["keep", "kept", "name_of"]


def name_of(request: Mapping[str, Any], version: str | None, contract: str) -> str:
    """Return the name under which a compiled contract is kept.

    Parameters
    ----------
    request : mapping
        What the compiler is asked: sources and settings.
    version : str or None
        The compiler's version.
    contract : str
        Which of the contracts in the sources.
    """
    text = json.dumps([request, version, contract], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(name: str) -> dict[str, Any] | None:
    """Return what was kept under a name, or None."""
    folder = private_cache("contracts")
    if folder is None or not (folder / name).is_file():
        return None
    try:
        found = load_json(folder / name)
    except InputError:
        return None
    return found if isinstance(found, dict) and found.keys() == {"abi", "bytecode"} else None


def keep(name: str, compiled: dict[str, Any]) -> None:
    """Keep a compiled contract, ``abi`` and ``bytecode``, where that is possible."""
    folder = private_cache("contracts")
    if folder is not None:
        try:
            write_json(folder / name, compiled)
        except InputError:
            return
