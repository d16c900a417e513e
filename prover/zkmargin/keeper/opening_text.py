"""Openings as text, for the keeper's own database."""

from __future__ import annotations

import json

from zkmargin import spec

__all__ = ["opening_text", "read_opening"]


def opening_text(opening: spec.Account) -> str:
    """Return an opening as JSON. Secret."""
    numbers = (opening.owner, opening.nonce, opening.salt, opening.cash)
    positions = [(one.instrument, one.lots) for one in opening.positions]
    return json.dumps([*map(str, numbers), list(opening.amounts), positions], separators=(",", ":"))


def read_opening(text: str) -> spec.Account:
    """Return the opening of an `opening_text`.

    Raises
    ------
    ValueError
        If it is not such a text; `spec.SpecError` is a ValueError.
    """
    *numbers, amounts, positions = json.loads(text)
    owner, nonce, salt, cash = map(int, numbers)
    return spec.Account(
        owner, nonce, salt, cash, tuple(amounts), tuple(spec.Position(*one) for one in positions)
    )
