"""Deploy a market's contracts, and check a deployment against the chain.

Names not exported here are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
else:
    __getattr__, __dir__ = lazy_exports(
        __name__, deployment="Addresses DeployedAsset DeployedCircuit Deployment"
    )

__all__ = ["Addresses", "DeployedAsset", "DeployedCircuit", "Deployment"]
