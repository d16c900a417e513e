"""Deploy a market's contracts, and check a deployment against the chain.

Names not exported here are internal.
"""

from __future__ import annotations

from .check import check_deployment
from .deploy import deploy_market
from .deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
from .settings import MarketSettings
from .wiring import Finding

__all__ = [
    "Addresses",
    "DeployedAsset",
    "DeployedCircuit",
    "Deployment",
    "Finding",
    "MarketSettings",
    "check_deployment",
    "deploy_market",
]
