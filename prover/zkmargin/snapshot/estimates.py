"""The share of a snapshot's live rows that may be estimates."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text
from zkmargin.errors import InputError

if TYPE_CHECKING:
    from .parts import Parts

__all__ = ["MAX_ESTIMATED", "require_few_estimates"]

MAX_ESTIMATED = Decimal("0.2")
"""The largest share by default. A wrong unit, or forwards of another moment, make estimates of nearly all options; in
falls of a market the venue's own answers had 4 % to 8 %."""


def require_few_estimates(parts: Parts, share: Decimal = MAX_ESTIMATED) -> None:
    """Refuse a snapshot of which more than a share is estimated.

    Parameters
    ----------
    parts : Parts
    share : Decimal
        The largest share of the live rows, from 0 to 1.

    Raises
    ------
    InputError
        If more are estimated.
    """
    live, count = sum(one.settled is None for one in parts.listings), len(parts.estimates)
    if count > share * live:
        first = parts.estimates[0]
        reason = (
            f"{count} of {live} instruments are estimates, more than the largest share of {decimal_text(share)}: "
            f"check the units of marks and volatilities, such as those of {first.name} ({first.reason}), or allow more "
            "(--max-estimated)"
        )
        raise InputError(reason, key="estimates")
