"""From a market to a risk table: what each instrument gains or loses under each scenario of a model."""

from __future__ import annotations

from .collateral import CollateralAsset, load_collateral
from .model import Model, Ranges, Scenario, load_model

__all__ = ["CollateralAsset", "Model", "Ranges", "Scenario", "load_collateral", "load_model"]
