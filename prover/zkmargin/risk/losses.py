"""Requirements compared with the losses that followed: breaches, tests, and the size of losses."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor
from typing import TYPE_CHECKING, TypeAlias

from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

from .coverage import LikelihoodRatio, TrafficLight, christoffersen, joint, kupiec, traffic_light

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from datetime import date

    Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
    Flags: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]

__all__ = [
    "EXPECTED_SHORTFALL",
    "MAX_CLOSE_OUT",
    "LossTest",
    "check_close_out",
    "compare_losses",
    "expected_shortfall",
]

EXPECTED_SHORTFALL = 0.975
"""The level of expected shortfall, that of the Basel Committee's market risk standard (MAR33)."""

MAX_CLOSE_OUT = 30
"""The largest close-out, in days."""


# No repr: requirements and losses of a book are as secret as the account.
@dataclass(frozen=True, slots=True, repr=False)
class LossTest:
    """Requirements and the losses that followed them, in one unit: a fraction of the price, or a currency.

    Attributes
    ----------
    requirements : ndarray of float64, shape (days,)
        The requirement of each day.
    losses : ndarray of float64, shape (days,)
        The loss over the close-out that begins on the day, negative for a gain; NaN if it is not known.
    ends : tuple of date
        The day on which each close-out ends. Losses and breaches are dated by it.
    confidence : float
        The fraction of days whose requirement should cover the loss.
    kupiec : LikelihoodRatio
        The test of the number of breaches against the confidence level.
    christoffersen, joint : LikelihoodRatio or None
        The tests of the independence of breaches, and of both together. None for a close-out of more than a day:
        its losses overlap, so a breach makes the next one likely under any model.
    traffic_light : TrafficLight
        The Basel Committee's traffic light of the latest 250 tested days.
    """

    requirements: Floats
    losses: Floats
    ends: tuple[date, ...]
    confidence: float
    kupiec: LikelihoodRatio
    christoffersen: LikelihoodRatio | None
    joint: LikelihoodRatio | None
    traffic_light: TrafficLight

    @property
    def breaches(self) -> Flags:
        """Whether the loss exceeds the requirement, for each day."""
        return _breaches(self.requirements, self.losses)

    @property
    def breach_dates(self) -> tuple[date, ...]:
        """The days on which a close-out with a breach ended."""
        return tuple(self.ends[number] for number in np.flatnonzero(self.breaches))

    @property
    def tested(self) -> int:
        """The number of days with a known loss."""
        return int(np.isfinite(self.losses).sum())

    @property
    def expected(self) -> float:
        """The expected number of breaches."""
        return self.tested * (1 - self.confidence)

    @property
    def mean_requirement(self) -> float:
        """The mean requirement of the days with a known loss."""
        return float(self.requirements[np.isfinite(self.losses)].mean())

    @property
    def worst_loss(self) -> float:
        """The largest loss; negative if every day gained."""
        return float(np.nanmax(self.losses))

    @property
    def worst_date(self) -> date:
        """The day on which the close-out with the largest loss ended."""
        return self.ends[int(np.nanargmax(self.losses))]

    @property
    def largest_shortfall(self) -> float:
        """The largest excess of a loss over the requirement; 0 without a breach."""
        return float(np.max(self.losses - self.requirements, initial=0.0, where=self.breaches))

    @property
    def shortfall_date(self) -> date | None:
        """The day on which the close-out with the largest shortfall ended; None without a breach."""
        if not self.breaches.any():
            return None
        return self.ends[int(np.nanargmax(self.losses - self.requirements))]

    @property
    def mean_shortfall(self) -> float:
        """The mean excess of the losses over the requirement on the days of breaches; 0 without a breach."""
        return float((self.losses - self.requirements)[self.breaches].mean()) if self.breaches.any() else 0.0

    @property
    def expected_shortfall(self) -> float:
        """The expected shortfall of the losses at 97.5 %."""
        return expected_shortfall(self.losses[np.isfinite(self.losses)])


def compare_losses(
    requirements: Floats, losses: Floats, ends: tuple[date, ...], confidence: float, *, overlap: bool = False
) -> LossTest:
    """Compare requirements with the losses that followed.

    Parameters
    ----------
    requirements, losses, ends, confidence
        As in `LossTest`.
    overlap : bool
        Whether the losses of neighbouring days overlap.

    Returns
    -------
    LossTest

    Raises
    ------
    InputError
        If no loss is known, or the confidence is not between 0 and 1.
    """
    breaches, known = _breaches(requirements, losses), np.isfinite(losses)
    proportion = kupiec(int(breaches.sum()), int(known.sum()), confidence)
    independence = None if overlap else christoffersen(_runs(breaches, known))
    return LossTest(
        requirements=requirements,
        losses=losses,
        ends=ends,
        confidence=confidence,
        kupiec=proportion,
        christoffersen=independence,
        joint=None if independence is None else joint(proportion, independence),
        traffic_light=traffic_light(breaches[known].tolist(), confidence),
    )


def check_close_out(days: int) -> None:
    """Refuse a close-out that is not from 1 to `MAX_CLOSE_OUT` days.

    Raises
    ------
    InputError
    """
    if not 1 <= days <= MAX_CLOSE_OUT:
        raise InputError(f"must be from 1 to {MAX_CLOSE_OUT} days", source="close_out")


def expected_shortfall(losses: Floats, level: float = EXPECTED_SHORTFALL) -> float:
    """Return the mean of the largest losses, of the part 1 - level of all.

    C. Acerbi and D. Tasche, "On the coherence of expected shortfall", Journal of Banking and Finance 26 (2002): of the
    day on the border only the part counts that completes 1 - level.

    Parameters
    ----------
    losses : ndarray of float64, shape (days,)
        At least one loss; none is NaN.
    level : float
        Above 0 and below 1.
    """
    ordered = np.sort(losses)[::-1]
    part = len(ordered) * (1 - level)
    whole = floor(part)
    return float((ordered[:whole].sum() + (part - whole) * ordered[whole]) / part)


def _breaches(requirements: Floats, losses: Floats) -> Flags:
    # A comparison with NaN is false, so an unknown loss is no breach.
    return np.asarray(losses > requirements)


def _runs(breaches: Flags, known: Flags) -> list[list[bool]]:
    """Return the breaches in runs of consecutive days with known losses."""
    parts = np.split(breaches, np.flatnonzero(~known))
    return [(part[1:] if number else part).tolist() for number, part in enumerate(parts)]
