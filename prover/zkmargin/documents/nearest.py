"""Suggestions of the nearest name in errors about unknown names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["did_you_mean"]


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
