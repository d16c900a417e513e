"""Haircuts that rise with the amount, and the one linear haircut that carries them in a proof.

By a schedule of tiers the amount a counts for the sum over the tiers of what lies in each, less its haircut:

    v(a) = price * sum_i (1 - haircut_i) * (min(a, up_to_i) - min(a, up_to_(i-1)))

Haircuts do not fall, so v is concave, and v(0) = 0. A proof adds up amount * price linearly, so it cannot
follow v. It takes

    1 - v(limit) / (limit * price)

as the haircut of every amount, `limit` being the largest amount that the venue allows. By concavity v(a) is
at least a / limit * v(limit) for every a up to the limit, with equality at the limit: of all lines through 0
that are never above the schedule up to there it is the highest. A smaller amount counts for less than its
tiers say, one beyond the limit for more; the venue enforces the limit.
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
    """A part of an amount that has a haircut of its own.

    Attributes
    ----------
    up_to : Decimal
        Where it ends, in whole assets; it begins where the tier before it ends.
    haircut : Decimal
        The part of the price that does not count for what lies in the tier, 0 to 1.
    """

    up_to: Decimal
    haircut: Decimal


def counted(tiers: Sequence[HaircutTier], amount: Decimal) -> Fraction:
    """Return what an amount counts for by a schedule, as a multiple of the price of a whole asset.

    Parameters
    ----------
    tiers : sequence of HaircutTier
    amount : Decimal
        In whole assets, not negative. What lies above the last tier counts for nothing.
    """
    total, begin = Fraction(0), Decimal(0)
    for tier in tiers:
        inside = max(Fraction(min(amount, tier.up_to)) - Fraction(begin), Fraction(0))
        total += inside * (1 - Fraction(tier.haircut))
        begin = tier.up_to
    return total


def tier_flaws(tiers: Sequence[HaircutTier]) -> Iterator[tuple[str, str]]:
    """Yield key and reason of whatever keeps tiers from being a concave schedule."""
    for number, tier in enumerate(tiers):
        if not 0 <= tier.haircut <= 1:
            yield f"tiers[{number}].haircut", "not from 0 to 1"
        if tier.up_to <= 0:
            yield f"tiers[{number}].up_to", "not positive"
    for number, (before, tier) in enumerate(pairwise(tiers), 1):
        if tier.up_to <= before.up_to:
            yield f"tiers[{number}].up_to", "not above the tier before"
        if tier.haircut < before.haircut:
            yield f"tiers[{number}].haircut", "below the tier before: no proof could carry that"


def read_tiers(field: Field) -> tuple[HaircutTier, ...]:
    """Read a list of tiers, at least one; `tier_flaws` says whether they fit each other.

    Raises
    ------
    InputError
        With the key path, if it is none.
    """
    members = [item.members(("up_to", "haircut")) for item in field.items()]
    if not members:
        field.refuse("empty")
    return tuple(HaircutTier(one["up_to"].decimal(), one["haircut"].decimal()) for one in members)


def write_tiers(tiers: Sequence[HaircutTier]) -> list[dict[str, str]]:
    """Return tiers as `read_tiers` reads them."""
    return [{"up_to": decimal_text(one.up_to), "haircut": decimal_text(one.haircut)} for one in tiers]
