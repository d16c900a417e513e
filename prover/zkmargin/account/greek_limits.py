"""Limits on each underlying's net delta and gamma, in the quote currency."""

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
    """Public bounds on the absolute net Greeks of every underlying.

    Attributes
    ----------
    delta : Decimal or None
        The bound on the delta in the quote currency: the gain per doubling of the price at today's delta, or
        the value of the equivalent underlying. None is no limit.
    gamma : Decimal or None
        The bound on the gamma in the quote currency: the change of the delta per 1 % move of the price. None
        is no limit.

    Raises
    ------
    InputError
        If a limit is negative, has more than 6 decimals or is too large, or if both are None.
    """

    delta: Decimal | None = None
    gamma: Decimal | None = None

    def __post_init__(self) -> None:
        """Check the range."""
        if self.delta is None and self.gamma is None:
            raise InputError("expected a limit on delta or gamma", source="limits")
        for name in _NAMES:
            limit = getattr(self, name)
            if limit is not None and not _is_limit(limit):
                reason = f"must be from 0 to 2^{LIMIT_BITS} - 2 millionths, with at most 6 decimals"
                raise InputError(reason, source="limits", key=name)

    def bounds(self) -> Limits:
        """Return the limits in the integers of the statement: micro-quote, `NO_LIMIT` for no limit."""
        limits = (getattr(self, name) for name in _NAMES)
        return Limits(*(NO_LIMIT if one is None else int(Fraction(one) * _MICRO) for one in limits))

    def imply(self, wanted: GreekLimits) -> bool:
        """Return whether an account within these limits is also within the wanted ones."""
        return all(mine <= theirs for mine, theirs in zip(self.bounds(), wanted.bounds(), strict=True))

    def to_json(self) -> dict[str, str]:
        """Return the object of a proof's statement."""
        limits = {name: getattr(self, name) for name in _NAMES}
        return {name: decimal_text(limit) for name, limit in limits.items() if limit is not None}

    @classmethod
    def from_json(cls, field: Field) -> GreekLimits:
        """Read the object of a proof's statement.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members((), _NAMES)
        limits = {name: one.decimal() for name, one in members.items()}
        try:
            return cls(**limits)
        except InputError as error:
            members.get(error.key, field).refuse(error.reason)


def _is_limit(limit: Decimal) -> bool:
    # The exponent is bounded first, because 1E+999999999 as an integer would fill the memory.
    if type(limit) is not Decimal or not limit.is_finite() or limit.adjusted() >= 30:
        return False
    micro = Fraction(limit) * _MICRO
    return micro.denominator == 1 and 0 <= micro < NO_LIMIT
