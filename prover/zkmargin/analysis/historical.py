"""An account after named stresses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .venue_rows import Shock

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.risk.named_stresses import NamedStress

    from .by_venue_data import ByVenueData

__all__ = ["StressTest", "stress_tests"]


@dataclass(frozen=True, slots=True, repr=False)
class StressTest:
    """An account after a stress, in the quote currency.

    Attributes
    ----------
    stress : NamedStress
    moved, unmoved : tuple of str
        The underlyings of the account's positions that the stress moves, and those that it has no data for.
    change : float
        The change of the equity, coins in collateral included.
    equity, maintenance : float
        The equity and the maintenance margin after the stress, with the requirement computed anew.
    """

    stress: NamedStress
    moved: tuple[str, ...]
    unmoved: tuple[str, ...]
    change: float
    equity: float
    maintenance: float


def stress_tests(revaluation: ByVenueData, stresses: Iterable[NamedStress]) -> list[StressTest]:
    """Apply stresses to an account, all their underlyings at once.

    Prices of other underlyings, and of coins in collateral that the stress has no data for, do not change.

    Parameters
    ----------
    revaluation : ByVenueData
        The account's.
    stresses : iterable of NamedStress

    Raises
    ------
    InputError
        If a value per lot after a stress is too large for its slot.
    """
    held = [one.name for one in revaluation.held.values()]
    before, _ = revaluation.after({})
    made = []
    for one in stresses:
        shocks = {name: Shock(each.move, each.points) for name, each in one.moves.items()}
        equity, maintenance = revaluation.after(shocks)
        moved, unmoved = (
            tuple(name for name in held if (name in one.moves) is wanted) for wanted in (True, False)
        )
        made.append(StressTest(one, moved, unmoved, equity - before, equity, maintenance))
    return made
