"""The participants of a market and their steps.

Each checks first all that it can check without a transaction, and stores every new opening before the transaction that
makes it the account's. Names not exported here are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .bidder import Bidder
    from .holder import Holder
    from .liquidator import Liquidator
    from .owner import Owner
    from .venue import Venue
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        bidder="Bidder",
        holder="Holder",
        liquidator="Liquidator",
        owner="Owner",
        venue="Venue",
    )

__all__ = ["Bidder", "Holder", "Liquidator", "Owner", "Venue"]
