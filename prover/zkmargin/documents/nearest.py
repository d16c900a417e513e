"""Suggestions of the nearest name in errors about unknown names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean", "expected_one_of"]


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return the end of an error message that suggests the nearest candidate.

    Parameters
    ----------
    name : str
        The unknown name.
    candidates : iterable of str
        The known names. All of them must be public: the message shows one.

    Returns
    -------
    str
        For example ``"; did you mean delta?"``; empty if no candidate resembles the name. Case does not matter.
    """
    known = {one.casefold(): one for one in candidates}
    found = difflib.get_close_matches(name.casefold(), known, n=1)
    return f"; did you mean {known[found[0]]}?" if found else ""


def expected_one_of(name: str, candidates: Iterable[str]) -> str:
    """Return an error message that lists the candidates and suggests the nearest one; see `did_you_mean`."""
    known = tuple(candidates)
    return f"expected one of {', '.join(known)}{did_you_mean(name, known)}"
