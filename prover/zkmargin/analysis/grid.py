"""The change of an account's equity by price move and volatility, far beyond the scenarios of a model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.exports import needs_extra
from zkmargin.risk.repricing import instant_gains
from zkmargin.spec.constants import INSTRUMENTS

from .revaluation import PICO, moved_prices

with needs_extra("risk"):
    import numpy as np

if TYPE_CHECKING:
    from zkmargin import spec
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.venue_data.instruments import Underlying

__all__ = ["FACTORS", "MOVES", "Grid", "price_volatility_grid"]

MOVES = (-0.8, -0.6, -0.4, -0.3, -0.2, -0.1, -0.05, 0.0, 0.05, 0.1, 0.2, 0.3, 0.4, 0.6, 1.0)
"""The price moves of a grid."""

FACTORS = (0.5, 1.0, 1.5, 2.0)
"""The factors of all volatilities."""


@dataclass(frozen=True, slots=True, repr=False)
class Grid:
    """The change of the equity by price move and volatility of one underlying.

    Attributes
    ----------
    underlying : str
    moves : tuple of float
        Relative moves of all prices of the underlying.
    factors : tuple of float
        Factors of the volatilities of its options.
    changes : tuple of tuple of float
        For each move, the change of the equity at each factor, in the quote currency.
    """

    underlying: str
    moves: tuple[float, ...]
    factors: tuple[float, ...]
    changes: tuple[tuple[float, ...], ...]


def price_volatility_grid(
    opening: spec.Account,
    snapshot: Snapshot,
    number: int,
    held: Underlying,
) -> Grid:
    """Reprice the positions in one underlying, and the coins in collateral that follow its price.

    No time passes, and other underlyings do not change.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    number : int
        The number of the underlying.
    held : Underlying
        The underlying with only the held instruments, from the venue data behind the snapshot.
    """
    lots = {one.instrument: one.lots for one in opening.held}
    quantities = np.array(
        [lots[INSTRUMENTS * number + one.index] * float(one.lot) for one in held.instruments]
    )
    gains = instant_gains(held, snapshot.timestamp, np.array(MOVES), np.array(FACTORS))
    changes = np.einsum("i,imf->mf", quantities, gains)
    changes += np.array([_collateral(opening, snapshot, held.name, move) for move in MOVES])[:, np.newaxis]
    rows = tuple(tuple(map(float, row)) for row in changes)
    return Grid(held.name, MOVES, FACTORS, rows)


def _collateral(opening: spec.Account, snapshot: Snapshot, name: str, move: float) -> float:
    """Return the gain of the coins that follow an underlying, after haircuts."""
    prices = zip(moved_prices(snapshot, {name: move}), snapshot.spec.prices, strict=True)
    pairs = zip(opening.amounts, prices, strict=True)
    return sum(amount * (new - old) for amount, (new, old) in pairs) / PICO
