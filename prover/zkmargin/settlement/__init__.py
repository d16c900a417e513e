"""A market on a chain: its deployment (`deploy`), its participants (`roles`), and the openings of accounts.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names not exported here or by `deploy` and
`roles` are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports, needs_extra

with needs_extra("chain"):
    import web3  # noqa: F401

if TYPE_CHECKING:
    from .book import Book
    from .following import Head, follow
    from .market import Market, address_text, connect_market
    from .openings import account_of
    from .snapshots import SnapshotFolder
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        book="Book",
        following="Head follow",
        market="Market address_text connect_market",
        openings="account_of",
        snapshots="SnapshotFolder",
    )

__all__ = [
    "Book",
    "Head",
    "Market",
    "SnapshotFolder",
    "account_of",
    "address_text",
    "connect_market",
    "follow",
]
