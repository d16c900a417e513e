"""The keeper: a process that watches a market and acts for its operator; see docs/keeper.md.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names not exported here are internal.
"""

from __future__ import annotations

from .keeper import Keeper, Round
from .policy import BidPolicy, HolderPolicy, Roles
from .reports import Level, Report
from .settings import Fees, KeeperFiles, KeeperSettings
from .start import open_keeper

__all__ = [
    "BidPolicy",
    "Fees",
    "HolderPolicy",
    "Keeper",
    "KeeperFiles",
    "KeeperSettings",
    "Level",
    "Report",
    "Roles",
    "Round",
    "open_keeper",
]
