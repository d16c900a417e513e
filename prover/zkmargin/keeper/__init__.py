"""The keeper: a process that watches a market and acts for its operator; see docs/keeper.md.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names not exported here are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports, needs_extra

with needs_extra("chain"):
    import web3  # noqa: F401

if TYPE_CHECKING:
    from .keeper import Keeper, Round
    from .policy import BidPolicy, HolderPolicy, Roles
    from .reports import Level, Report
    from .settings import Fees, KeeperFiles, KeeperSettings
    from .start import open_keeper
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        keeper="Keeper Round",
        policy="BidPolicy HolderPolicy Roles",
        reports="Level Report",
        settings="Fees KeeperFiles KeeperSettings",
        start="open_keeper",
    )

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
