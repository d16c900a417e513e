"""Provers: one protocol, three implementations."""

from __future__ import annotations

from functools import cache

from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError

from .base import Backend
from .native import NativeBackend
from .rapidsnark import RapidsnarkBackend
from .snarkjs import SnarkjsBackend

__all__ = ["BACKENDS", "Backend", "backend"]

BACKENDS: tuple[str, ...] = (NativeBackend.name, SnarkjsBackend.name, RapidsnarkBackend.name)


def backend(name: str | None = None) -> Backend:
    """Return a prover.

    Parameters
    ----------
    name : str, optional
        One of ``BACKENDS``; by default native if it is installed, else snarkjs.

    Raises
    ------
    InputError
        If there is no such prover.
    """
    if name is None:
        name = SnarkjsBackend.name if _instance(NativeBackend.name).available() else NativeBackend.name
    if name not in BACKENDS:
        raise InputError(f"no such prover; {expected_one_of(name, BACKENDS)}", source="backend")
    return _instance(name)


@cache
def _instance(name: str) -> Backend:
    """Return the only instance of a prover, since the native one caches parsed keys."""
    kinds: dict[str, type[NativeBackend | SnarkjsBackend | RapidsnarkBackend]] = {
        kind.name: kind for kind in (NativeBackend, SnarkjsBackend, RapidsnarkBackend)
    }
    return kinds[name]()
