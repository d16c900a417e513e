"""Openings as text, for the keeper's own database."""

from __future__ import annotations

import json

from zkmargin import spec

__all__ = ["opening_text", "read_opening"]


def opening_text(opening: spec.Account) -> str:
    """Return an opening as JSON. Secret."""
    head = (opening.owner, opening.number, *opening.key, opening.view_key, opening.nonce, opening.cash)
    positions = [(one.instrument, one.lots) for one in opening.positions]
    return json.dumps([*map(str, head), opening.amounts, positions, opening.orders], separators=(",", ":"))


def read_opening(text: str) -> spec.Account:
    """Return the opening of an `opening_text`.

    Raises
    ------
    ValueError
        If it is not such a text; `spec.SpecError` is a ValueError.
    """
    *head, amounts, positions, orders = json.loads(text)
    owner, number, x, y, view_key, nonce, cash = map(int, head)
    return spec.Account(
        owner=owner,
        number=number,
        key=spec.TradingKey(x, y),
        view_key=view_key,
        nonce=nonce,
        cash=cash,
        amounts=tuple(amounts),
        positions=tuple(spec.Position(*one) for one in positions),
        orders=tuple(spec.OrderFill(*one) for one in orders),
    )
