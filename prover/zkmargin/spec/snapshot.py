"""The snapshot: the risk data that a proof refers to, and its root.

Step 2 of the statement, second part.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .checks import check_field, check_length, check_unsigned
from .constants import COLLATERALS, PRICE_BITS, TIMESTAMP_BITS
from .poseidon import Hasher, poseidon

if TYPE_CHECKING:
    from .table import Table


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The risk table and collateral prices of one moment.

    Parameters
    ----------
    table : Table
    prices : tuple of int
        8 haircut prices in micro-quote per whole asset, each below 2^64; 0 for unused places.
    params_hash : int
        The hash of the margin model's parameters, a field element.
    timestamp : int
        Unix time in seconds, below 2^64.

    Raises
    ------
    SpecError
        If a value is out of range.
    """

    table: Table
    prices: tuple[int, ...]
    params_hash: int
    timestamp: int

    def __post_init__(self) -> None:  # noqa: D105
        check_length("prices", self.prices, COLLATERALS)
        for i, price in enumerate(self.prices):
            check_unsigned(f"prices[{i}]", price, PRICE_BITS)
        check_field("paramsHash", self.params_hash)
        check_unsigned("timestamp", self.timestamp, TIMESTAMP_BITS)


def snapshot_root(snapshot: Snapshot, hasher: Hasher = poseidon) -> int:
    """Commit to a snapshot.

    Parameters
    ----------
    snapshot : Snapshot
    hasher : Hasher

    Returns
    -------
    int
        ``Poseidon(tableRoot, Poseidon(prices), paramsHash, timestamp)``
    """
    prices = hasher(snapshot.prices)
    return hasher((snapshot.table.tree.root, prices, snapshot.params_hash, snapshot.timestamp))
