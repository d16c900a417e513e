"""Leverage tiers: a maintenance rate that rises with the position, carried by a charge per lot.

The tiered requirement of a position of notional n is the sum over the tiers of the tier's rate times the part
of n that lies in it:

    f(n) = sum_i rate_i * (min(n, up_to_i) - min(n, up_to_(i-1)))

Rates do not fall, so f is convex, and f(0) = 0. A row of the risk table is linear per lot, so it cannot
follow f. It carries

    rate = f(limit) / limit

of the notional, `limit` being the largest position that the venue allows. By convexity f(n) <= rate * n for
every n up to the limit, with equality at the limit: it is the smallest linear charge that is never below the
schedule. A smaller position pays more than its tier asks. A larger one would pay less; the venue enforces
the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field

__all__ = ["Tier", "Tiers", "read_tiers", "write_tiers"]


@dataclass(frozen=True, slots=True)
class Tier:
    """A part of a position.

    Attributes
    ----------
    up_to : Decimal
        Where it ends, in notional of the quote currency.
    rate : Decimal
        Maintenance margin of what lies in it, as a part of its notional, not negative.
    """

    up_to: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Tiers:
    """A schedule of tiers.

    Attributes
    ----------
    tiers : tuple of Tier
        `up_to` rises, `rate` does not fall.
    position_limit : Decimal
        The largest notional allowed, within the last tier or below it.
    """

    tiers: tuple[Tier, ...]
    position_limit: Decimal

    def requirement(self, notional: Fraction) -> Fraction:
        """Return the tiered requirement of a notional: f(n) above."""
        total, start = Fraction(0), Fraction(0)
        for tier in self.tiers:
            end = min(notional, Fraction(tier.up_to))
            total += Fraction(tier.rate) * max(end - start, Fraction(0))
            start = Fraction(tier.up_to)
        return total

    @property
    def rate(self) -> Fraction:
        """The effective rate at the limit, a part of the notional."""
        limit = Fraction(self.position_limit)
        return self.requirement(limit) / limit


def read_tiers(field: Field, limit: Field) -> Tiers:
    """Read a list of tiers and the position limit.

    Raises
    ------
    InputError
        With the key path, if they are none, or the charge would not cover the schedule.
    """
    tiers: list[Tier] = []
    for item in field.items():
        members = item.members(("up_to", "rate"))
        tier = Tier(members["up_to"].decimal(), members["rate"].decimal())
        if tier.up_to <= (tiers[-1].up_to if tiers else 0):
            members["up_to"].refuse("not above the tier before")
        if tier.rate < (tiers[-1].rate if tiers else 0):
            members["rate"].refuse("below the tier before")
        tiers.append(tier)
    if not tiers:
        field.refuse("no tier")
    position_limit = limit.decimal()
    if not 0 < position_limit <= tiers[-1].up_to:
        limit.refuse("not above 0 and within the last tier")
    return Tiers(tuple(tiers), position_limit)


def write_tiers(tiers: Tiers) -> dict[str, object]:
    """Return tiers as they stand in a snapshot."""
    items = [{"up_to": decimal_text(one.up_to), "rate": decimal_text(one.rate)} for one in tiers.tiers]
    return {"tiers": items, "position_limit": decimal_text(tiers.position_limit)}
