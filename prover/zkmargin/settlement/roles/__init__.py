"""The participants of a market: holder, venue, liquidator, bidder. Names not exported here are internal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .bidder import Bidder
    from .holder import Holder
    from .liquidator import Liquidator
    from .participant import Provers, SignedTrade
    from .venue import Venue
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        bidder="Bidder",
        holder="Holder",
        liquidator="Liquidator",
        participant="Provers SignedTrade",
        venue="Venue",
    )

__all__ = ["Bidder", "Holder", "Liquidator", "Provers", "SignedTrade", "Venue"]
