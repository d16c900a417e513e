"""Leverage tiers: a maintenance rate that rises with the position, replaced by a linear charge per lot.

The tiered requirement of a position of notional n is the sum, over the tiers, of the rate times the part of n in
the tier:

    f(n) = sum_i rate_i * (min(n, up_to_i) - min(n, up_to_(i-1)))

Rates do not fall, so f is convex, and f(0) = 0. A row of the risk table is linear per lot, so it cannot
represent f. It uses

    rate = f(limit) / limit

of the notional, where `limit` is the largest position that the venue allows. By convexity f(n) <= rate * n for
every n up to the limit, with equality at the limit. So it is the smallest linear charge that is never below the
schedule. Smaller positions are charged more than by their tier. Larger positions would be charged less, but the
venue enforces the limit.
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
    """A tier of a schedule.

    Attributes
    ----------
    up_to : Decimal
        The end of the tier, a notional in the quote currency.
    rate : Decimal
        The maintenance margin rate of the notional in the tier, not negative.
    """

    up_to: Decimal
    rate: Decimal


@dataclass(frozen=True, slots=True)
class Tiers:
    """A schedule of tiers.

    Attributes
    ----------
    tiers : tuple of Tier
        The tiers; `up_to` rises, `rate` does not fall.
    position_limit : Decimal
        The largest notional allowed, at most the end of the last tier.
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
        """The effective rate at the limit, as a fraction of the notional."""
        limit = Fraction(self.position_limit)
        return self.requirement(limit) / limit


def read_tiers(field: Field, limit: Field) -> Tiers:
    """Read a list of tiers and the position limit.

    Raises
    ------
    InputError
        With the key path, if they are malformed, or the charge would not cover the schedule.
    """
    tiers: list[Tier] = []
    for item in field.items():
        members = item.members(("up_to", "rate"))
        tier = Tier(members["up_to"].decimal(), members["rate"].decimal())
        if tier.up_to <= (tiers[-1].up_to if tiers else 0):
            members["up_to"].refuse("must be above the previous tier")
        if tier.rate < (tiers[-1].rate if tiers else 0):
            members["rate"].refuse("must not be below the previous tier")
        tiers.append(tier)
    if not tiers:
        field.refuse("expected at least one tier")
    position_limit = limit.decimal()
    if not 0 < position_limit <= tiers[-1].up_to:
        limit.refuse("must be above 0 and within the last tier")
    return Tiers(tuple(tiers), position_limit)


def write_tiers(tiers: Tiers) -> dict[str, object]:
    """Return tiers as written in a snapshot."""
    items = [{"up_to": decimal_text(one.up_to), "rate": decimal_text(one.rate)} for one in tiers.tiers]
    return {"tiers": items, "position_limit": decimal_text(tiers.position_limit)}
