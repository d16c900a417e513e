"""The participants of a market: holder, venue, liquidator, bidder. Names not exported here are internal."""

from __future__ import annotations

from .bidder import Bidder
from .holder import Holder
from .liquidator import Liquidator
from .participant import Provers, SignedTrade
from .venue import Venue

__all__ = ["Bidder", "Holder", "Liquidator", "Provers", "SignedTrade", "Venue"]
