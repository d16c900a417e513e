"""From a market to a risk table: what each instrument gains or loses under each scenario of a model."""

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
