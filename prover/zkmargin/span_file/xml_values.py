"""Values of single elements of a SPAN file in XML: expiries, arrays, minimums, scenarios."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .xml_stream import Element

__all__ = ["array_of", "effective_extreme", "expiry_of", "extreme_moves", "short_option_minimum"]

_EXPIRY = re.compile(r"([0-9]{6})([0-9A-Za-z]{0,2})", re.ASCII)
_POINTS = tuple(
    Decimal(sign) * part
    for part in (Decimal(0), Decimal(1) / 3, Decimal(2) / 3, Decimal(1))
    for sign in ((1, 1) if not part else (1, 1, -1, -1))
)
"""The price moves of scenarios 1 to 14 as fractions of the scan range: SPAN's, in CME's order."""
_NEARLY = Decimal("0.01")
_VALUES = 16


def extreme_moves(points: Element) -> tuple[Decimal, Decimal]:
    """Return multiple and cover of the extreme moves that a ``pointDef`` defines.

    Raises
    ------
    InputError
        If the scenarios are not SPAN's 16 in CME's order.
    """
    found = {one.value("point"): one for one in points.all("scanPointDef")}
    moves = [_move(found[str(number)]) if str(number) in found else None for number in range(1, _VALUES + 1)]
    usual = (*_POINTS, moves[14], None if moves[14] is None else -moves[14])
    if any(
        one is None or other is None or abs(one - other) > _NEARLY
        for one, other in zip(moves, usual, strict=True)
    ):
        points.refuse("the scenarios are not SPAN's 16 in CME's order")
    return abs(moves[14] or Decimal(0)), found["15"].number("weight") or Decimal(0)


def _move(point: Element) -> Decimal:
    """Return the price move of a scenario as a multiple of the scan range."""
    move = point.needed("priceScanDef")
    multiple, above, below = (move.number(tag) for tag in ("mult", "numerator", "denominator"))
    return (Decimal(1) if multiple is None else multiple) * (above or Decimal(0)) / (below or Decimal(1))


def effective_extreme(element: Element, price: Decimal | None) -> Decimal:
    """Return the extreme loss of a future as a multiple of its scan range, for files that do not define scenarios."""
    arrays = element.all("ra")
    losses = arrays[0].numbers("a") if arrays else []
    if not price or len(losses) != _VALUES:
        return Decimal(0)
    return round(abs(losses[14]) / price, 4)


def array_of(element: Element) -> tuple[tuple[Decimal, ...], Decimal]:
    """Return the 16 losses and the composite delta of a contract."""
    arrays = element.all("ra")
    if not arrays:
        element.refuse("missing", "ra")
    found = []
    for one in arrays:
        losses, delta = tuple(one.numbers("a")), one.number("d")
        if len(losses) != _VALUES:
            one.refuse(f"expected {_VALUES} values, got {len(losses)}", "a")
        delta = element.number("d") if delta is None else delta
        if delta is None:
            one.refuse("missing", "d")
        found.append((losses, delta))
    if len(set(found)) != 1:
        element.refuse("risk arrays that differ by rate are not supported", "ra")
    return found[0]


def expiry_of(element: Element) -> tuple[str, str]:
    """Return month (CCYYMM) and day or week code of an expiry; empty texts for none."""
    text = element.value("pe")
    if not text.strip("0"):
        return "", ""
    match = _EXPIRY.fullmatch(text)
    if match is None or not 1 <= int(match[1][4:]) <= 12:
        element.refuse("expected an expiry, CCYYMM or CCYYMMDD", "pe")
    return match[1], match[2] if match[2].strip("0") else ""


def short_option_minimum(element: Element) -> Decimal | None:
    """Return the short option minimum of a combined commodity; None if it has none."""
    tiers = element.child("somTiers")
    values = [
        rate.number("val") or Decimal(0)
        for tier in (tiers.all("tier") if tiers is not None else ())
        for rate in tier.all("rate")
    ]
    if not values:
        return None
    if len(set(values)) > 1:
        element.refuse("short option minimums by tier or by rate are not supported", "somTiers")
    if values[0] < 0:
        element.refuse("must not be negative", "somTiers")
    return values[0]
