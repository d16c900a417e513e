"""A market on a chain: its deployment (`deploy`), its participants (`roles`), and the states of accounts.

It needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names not exported here or by `deploy` and
`roles` are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports, needs_extra

with needs_extra("chain"):
    import web3  # noqa: F401

if TYPE_CHECKING:
    from .account_folder import AccountFolder
    from .account_state import AccountState
    from .escrow import SealingKey, escrow_hash, seal, unseal
    from .market import SettlementMarket, address_text, connect_market
    from .next_state import latest_state
    from .openings import account_of, traded
    from .snapshots import SnapshotFolder
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        account_folder="AccountFolder",
        account_state="AccountState",
        escrow="SealingKey escrow_hash seal unseal",
        market="SettlementMarket address_text connect_market",
        next_state="latest_state",
        openings="account_of traded",
        snapshots="SnapshotFolder",
    )

__all__ = [
    "AccountFolder",
    "AccountState",
    "SealingKey",
    "SettlementMarket",
    "SnapshotFolder",
    "account_of",
    "address_text",
    "connect_market",
    "escrow_hash",
    "latest_state",
    "seal",
    "traded",
    "unseal",
]
