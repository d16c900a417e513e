"""Typed clients of the project's contracts; transactions are sent by the connection's account.

Needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names that are not exported are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports, needs_extra

with needs_extra("chain"):
    import web3  # noqa: F401

if TYPE_CHECKING:
    from .batch_verifier import BatchVerifier
    from .batches import Batches
    from .clearing_house import ClearingHouse
    from .collateral_vault import CollateralVault
    from .disclosure_verifier import DisclosureVerifier
    from .greeks import Greeks
    from .guardian import Guardian
    from .insurance_fund import InsuranceFund
    from .liquidation_engine import LiquidationEngine
    from .margin_verifier import Claim, MarginVerifier
    from .oracle_feed import OracleFeed
    from .timelock import Timelock
    from .token import Token
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        batch_verifier="BatchVerifier",
        batches="Batches",
        clearing_house="ClearingHouse",
        collateral_vault="CollateralVault",
        disclosure_verifier="DisclosureVerifier",
        greeks="Greeks",
        guardian="Guardian",
        insurance_fund="InsuranceFund",
        liquidation_engine="LiquidationEngine",
        margin_verifier="Claim MarginVerifier",
        oracle_feed="OracleFeed",
        timelock="Timelock",
        token="Token",  # noqa: S106  # a module's name
    )

__all__ = [
    "BatchVerifier",
    "Batches",
    "Claim",
    "ClearingHouse",
    "CollateralVault",
    "DisclosureVerifier",
    "Greeks",
    "Guardian",
    "InsuranceFund",
    "LiquidationEngine",
    "MarginVerifier",
    "OracleFeed",
    "Timelock",
    "Token",
]
