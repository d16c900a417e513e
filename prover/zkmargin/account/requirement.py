"""The claim of a proof: a multiple of the maintenance margin."""

from __future__ import annotations

from enum import StrEnum
from typing import TypeAlias

from zkmargin.errors import InputError
from zkmargin.spec.constants import BPS_BITS, BPS_UNIT

__all__ = ["AnyRequirement", "Requirement", "requirement_bps"]


class Requirement(StrEnum):
    """The two usual claims. Any other claim is a number of 1/10000 of the maintenance margin."""

    MAINTENANCE = "maintenance"
    """The requirement itself: 10 000."""
    INITIAL = "initial"
    """The initial margin of the snapshot's model, 12 500 in the bundled model `span`."""


AnyRequirement: TypeAlias = Requirement | int


def requirement_bps(requirement: AnyRequirement, initial_bps: int | None) -> int:
    """Return a claim in 1/10000 of the maintenance margin; 0 claims that the equity is not negative.

    Parameters
    ----------
    requirement : Requirement or int
    initial_bps : int or None
        Initial margin in 1/10000 of maintenance margin (``snapshot.parts.model.initial_bps``); None without a
        snapshot.

    Raises
    ------
    InputError
        If a number has more than 20 bits, or the claim is initial margin and `initial_bps` is None.
    """
    if requirement is Requirement.MAINTENANCE:
        return BPS_UNIT
    if requirement is Requirement.INITIAL:
        if initial_bps is None:
            raise InputError("initial margin needs a snapshot, whose model defines it", source="requirement")
        return initial_bps
    if type(requirement) is not int or not 0 <= requirement < 1 << BPS_BITS:
        raise InputError(f"must be from 0 to {2**BPS_BITS - 1}", source="requirement")
    return requirement
