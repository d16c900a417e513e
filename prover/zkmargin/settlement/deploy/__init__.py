"""Deploy a market's contracts, and check a deployment against the chain.

Names not exported here are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .check import DeploymentCheck, check_deployment
    from .deploy import deploy_market
    from .deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
    from .settings import MarketSettings
    from .wiring import Finding
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        check="DeploymentCheck check_deployment",
        deploy="deploy_market",
        deployment="Addresses DeployedAsset DeployedCircuit Deployment",
        settings="MarketSettings",
        wiring="Finding",
    )

__all__ = [
    "Addresses",
    "DeployedAsset",
    "DeployedCircuit",
    "Deployment",
    "DeploymentCheck",
    "Finding",
    "MarketSettings",
    "check_deployment",
    "deploy_market",
]
