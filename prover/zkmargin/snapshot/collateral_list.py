"""The collateral assets of a snapshot and their order, which feeds compare with their own list.

An account commits to amounts by place. A snapshot with the assets in another order values every amount as
another asset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.errors import StatementError
from zkmargin.ethereum import keccak

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .snapshot import Snapshot

__all__ = ["collateral_hash", "collateral_names", "require_collateral"]


def collateral_names(snapshot: Snapshot) -> tuple[str, ...]:
    """Return the names of a snapshot's collateral assets, by place."""
    return tuple(one.asset for one in snapshot.parts.collateral)


def collateral_hash(names: Sequence[str]) -> bytes:
    """Hash a list of collateral assets (docs/formats/signatures.md).

    Parameters
    ----------
    names : sequence of str
        The assets' names, by place.

    Returns
    -------
    bytes
        ``keccak256(keccak256(name 0), keccak256(name 1), ...)``, as EIP-712 encodes a ``string[]``; 32 bytes.
    """
    return keccak(b"".join(keccak(name.encode()) for name in names))


def require_collateral(snapshot: Snapshot, expected: Sequence[str], source: str) -> None:
    """Require that a snapshot has given collateral assets in a given order.

    Parameters
    ----------
    snapshot : Snapshot
    expected : sequence of str
        The assets' names, by place.
    source : str
        The owner of the list, for the message, such as ``the feed 0x...``.

    Raises
    ------
    StatementError
        If assets or order differ; the message has both lists.
    """
    names = collateral_names(snapshot)
    if names != tuple(expected):
        raise StatementError(
            f"the snapshot's collateral is {_shown(names)}; {source} expects {_shown(expected)}: "
            "assets and their order must be equal, as accounts hold amounts by place"
        )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(names) or "empty"
