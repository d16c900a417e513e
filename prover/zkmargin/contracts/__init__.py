"""Typed clients of the project's contracts; transactions are sent by the connection's account.

Needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names that are not exported are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports, needs_extra

with needs_extra("chain"):
    import web3  # noqa: F401

if TYPE_CHECKING:
    from .auctions import Auctions
    from .batch_verifier import BatchVerifier
    from .batches import Batches
    from .collateral_vault import CollateralVault
    from .first_loss import FirstLoss
    from .greeks import Greeks
    from .guardian import Guardian
    from .house import House
    from .insurance_fund import InsuranceFund
    from .margin_verifier import Claim, MarginVerifier
    from .oracle_feed import OracleFeed
    from .statement_registry import StatementRegistry
    from .timelock import Timelock
    from .token import Token
    from .wind_down import WindDown
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        auctions="Auctions",
        batch_verifier="BatchVerifier",
        batches="Batches",
        collateral_vault="CollateralVault",
        first_loss="FirstLoss",
        greeks="Greeks",
        guardian="Guardian",
        house="House",
        insurance_fund="InsuranceFund",
        margin_verifier="Claim MarginVerifier",
        oracle_feed="OracleFeed",
        statement_registry="StatementRegistry",
        timelock="Timelock",
        token="Token",  # noqa: S106  # a module's name
        wind_down="WindDown",
    )

__all__ = [
    "Auctions",
    "BatchVerifier",
    "Batches",
    "Claim",
    "CollateralVault",
    "FirstLoss",
    "Greeks",
    "Guardian",
    "House",
    "InsuranceFund",
    "MarginVerifier",
    "OracleFeed",
    "StatementRegistry",
    "Timelock",
    "Token",
    "WindDown",
]
