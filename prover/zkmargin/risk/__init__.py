"""The risk engine: from venue data and a margin model to a risk table.

Floats are used only here; the last step rounds against the account. Names that are not exported are internal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .charges import Charge, Charges, Term
    from .closing import ClosingCost, HalfSpread, closing_cost
    from .collateral import CollateralAsset, load_collateral
    from .model import Model, load_model
    from .ranges import Ranges
    from .scenarios import Scenario
    from .tiers import Tier, Tiers
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        charges="Charge Charges Term",
        closing="ClosingCost HalfSpread closing_cost",
        collateral="CollateralAsset load_collateral",
        model="Model load_model",
        ranges="Ranges",
        scenarios="Scenario",
        tiers="Tier Tiers",
    )

__all__ = [
    "Charge",
    "Charges",
    "ClosingCost",
    "CollateralAsset",
    "HalfSpread",
    "Model",
    "Ranges",
    "Scenario",
    "Term",
    "Tier",
    "Tiers",
    "closing_cost",
    "load_collateral",
    "load_model",
]
