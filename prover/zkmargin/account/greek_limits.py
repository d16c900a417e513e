"""Limits on each underlying's net delta and gamma, in the units that people use."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError
from zkmargin.spec.limits import LIMIT_BITS, NO_LIMIT, Limits

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["GreekLimits"]

_MICRO = 10**6
_NAMES = ("delta", "gamma")


@dataclass(frozen=True, slots=True)
class GreekLimits:
    """What the net Greeks of every underlying are at most, long or short. Public.

    Attributes
    ----------
    delta : Decimal or None
        Quote currency: the gain per doubling of the price at today's delta, which is the worth of the units
        that the positions are like. None is no limit.
    gamma : Decimal or None
        Quote currency: what the delta gains per 1 % move of the price. None is no limit.

    Raises
    ------
    InputError
        If a limit is negative, has more than 6 decimals or is too large; if there is none at all.
    """

    delta: Decimal | None = None
    gamma: Decimal | None = None

    def __post_init__(self) -> None:
        """Check the range."""
        if self.delta is None and self.gamma is None:
            raise InputError("neither delta nor gamma", source="limits")
        for name in _NAMES:
            limit = getattr(self, name)
            if limit is not None and not _is_limit(limit):
                reason = f"must be from 0 to 2^{LIMIT_BITS} - 2 millionths, with at most 6 decimals"
                raise InputError(reason, source="limits", key=name)

    def bounds(self) -> Limits:
        """Return the limits in the integers of the statement: micro-quote, `NO_LIMIT` where there is none."""
        limits = (getattr(self, name) for name in _NAMES)
        return Limits(*(NO_LIMIT if one is None else int(Fraction(one) * _MICRO) for one in limits))

    def imply(self, wanted: GreekLimits) -> bool:
        """Say whether being within these is being within others."""
        return all(mine <= theirs for mine, theirs in zip(self.bounds(), wanted.bounds(), strict=True))

    def to_json(self) -> dict[str, str]:
        """Return the limits as they stand in a proof's statement."""
        limits = {name: getattr(self, name) for name in _NAMES}
        return {name: decimal_text(limit) for name, limit in limits.items() if limit is not None}

    @classmethod
    def from_json(cls, field: Field) -> GreekLimits:
        """Read what `to_json` has written.

        Raises
        ------
        InputError
            With the key path, if it is not that.
        """
        members = field.members((), _NAMES)
        try:
            return cls(**{name: one.decimal() for name, one in members.items()})
        except InputError as error:
            members.get(error.key, field).refuse(error.reason)


def _is_limit(limit: Decimal) -> bool:
    # Its exponent is bounded first: 1E+999999999 as an integer would fill the memory.
    if type(limit) is not Decimal or not limit.is_finite() or limit.adjusted() >= 30:
        return False
    micro = Fraction(limit) * _MICRO
    return micro.denominator == 1 and 0 <= micro < NO_LIMIT
