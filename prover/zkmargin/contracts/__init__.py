"""Typed clients of the project's contracts; transactions are sent by the connection's account.

Needs the extra ``chain`` (web3): ``pip install 'zkmargin[chain]'``. Names that are not exported are internal.
"""

from __future__ import annotations

from zkmargin.errors import ToolchainError

try:
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
except ModuleNotFoundError as error:
    raise ToolchainError(f"{error.name} is missing: pip install 'zkmargin[chain]'") from error

__all__ = [
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
