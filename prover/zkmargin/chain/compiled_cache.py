"""A cache of compiled contracts, since each client needs its contract's interface and compiling takes time.

Contracts are cached in the user's cache folder under a hash of sources, settings and compiler version.
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
    """Return the cache name of a compiled contract.

    Parameters
    ----------
    request : mapping
        The compiler's input: sources and settings.
    version : str or None
        The compiler's version.
    contract : str
        The contract within the sources.
    """
    text = json.dumps([request, version, contract], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def kept(name: str) -> dict[str, Any] | None:
    """Return a cached contract, or None."""
    folder = private_cache("contracts")
    if folder is None or not (folder / name).is_file():
        return None
    try:
        found = load_json(folder / name)
    except InputError:
        return None
    return found if isinstance(found, dict) and found.keys() == {"abi", "bytecode"} else None


def keep(name: str, compiled: dict[str, Any]) -> None:
    """Cache a compiled contract (``abi`` and ``bytecode``), if the cache is writable."""
    folder = private_cache("contracts")
    if folder is not None:
        try:
            write_json(folder / name, compiled)
        except InputError:
            return
