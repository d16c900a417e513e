"""The risk engine: from venue data and a margin model to a risk table.

Floats are used only here; the last step rounds against the account. Names that are not exported are internal.
"""

from __future__ import annotations

from .charges import Charge, Charges, Term
from .collateral import CollateralAsset, load_collateral
from .model import Model, load_model
from .ranges import Ranges
from .scenarios import Scenario
from .tiers import Tier, Tiers

__all__ = [
    "Charge",
    "Charges",
    "CollateralAsset",
    "Model",
    "Ranges",
    "Scenario",
    "Term",
    "Tier",
    "Tiers",
    "load_collateral",
    "load_model",
]
