"""Haircuts that rise with the amount, and the linear haircut that replaces them in a proof.

Under a schedule of tiers, the amount a counts for the sum, over the tiers, of the part in each less its haircut:

    v(a) = price * sum_i (1 - haircut_i) * (min(a, up_to_i) - min(a, up_to_(i-1)))

Haircuts do not fall, so v is concave, and v(0) = 0. A proof sums amount * price linearly, so it cannot represent
v. It uses

    1 - v(limit) / (limit * price)

as the haircut of every amount, where `limit` is the largest amount that the venue allows. By concavity v(a) is at
least a / limit * v(limit) for every a up to the limit, with equality at the limit. So it is the highest line
through 0 that is never above the schedule. Smaller amounts count for less than by their tiers. Larger amounts
would count for more, but the venue enforces the limit.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.documents.fields import Field

__all__ = ["HaircutTier", "counted", "read_tiers", "tier_flaws", "write_tiers"]


@dataclass(frozen=True, slots=True)
class HaircutTier:
    """A tier of a haircut schedule.

    Attributes
    ----------
    up_to : Decimal
        The end of the tier, in whole assets; the tier begins at the end of the previous one.
    haircut : Decimal
        The haircut on the amount in the tier, 0 to 1.
    """

    up_to: Decimal
    haircut: Decimal


def counted(tiers: Sequence[HaircutTier], amount: Decimal) -> Fraction:
    """Return the value of an amount under a schedule, as a multiple of the price of a whole asset.

    Parameters
    ----------
    tiers : sequence of HaircutTier
    amount : Decimal
        Whole assets, not negative. The part above the last tier counts for nothing.
    """
    total, begin = Fraction(0), Decimal(0)
    for tier in tiers:
        inside = max(Fraction(min(amount, tier.up_to)) - Fraction(begin), Fraction(0))
        total += inside * (1 - Fraction(tier.haircut))
        begin = tier.up_to
    return total


def tier_flaws(tiers: Sequence[HaircutTier]) -> Iterator[tuple[str, str]]:
    """Yield key and reason of each fault that keeps tiers from being a concave schedule."""
    for number, tier in enumerate(tiers):
        if not 0 <= tier.haircut <= 1:
            yield f"tiers[{number}].haircut", "must be from 0 to 1"
        if tier.up_to <= 0:
            yield f"tiers[{number}].up_to", "must be positive"
    for number, (before, tier) in enumerate(pairwise(tiers), 1):
        if tier.up_to <= before.up_to:
            yield f"tiers[{number}].up_to", "must be above the previous tier"
        if tier.haircut < before.haircut:
            yield f"tiers[{number}].haircut", "must not be below the previous tier"


def read_tiers(field: Field) -> tuple[HaircutTier, ...]:
    """Read a list of at least one tier; `tier_flaws` checks the schedule.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    members = [item.members(("up_to", "haircut")) for item in field.items()]
    if not members:
        field.refuse("expected at least one tier")
    return tuple(HaircutTier(one["up_to"].decimal(), one["haircut"].decimal()) for one in members)


def write_tiers(tiers: Sequence[HaircutTier]) -> list[dict[str, str]]:
    """Return tiers as written in a file."""
    return [{"up_to": decimal_text(one.up_to), "haircut": decimal_text(one.haircut)} for one in tiers]
