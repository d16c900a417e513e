"""Texts of values, as a log would show them."""

from __future__ import annotations

import re


def shown(*values: object) -> str:
    """Return the values' reprs without addresses in memory, which may have any digits."""
    return re.sub("0x[0-9a-f]+", "", " ".join(map(repr, values)))
