"""What happens to an account: its legs, its Greeks by expiry, and its equity and margin after trades and shocks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .by_venue_data import ByVenueData
    from .expiries import Expiry, by_expiry
    from .grid import Grid, price_volatility_grid
    from .historical import StressTest, stress_tests
    from .legs import contributions
    from .revaluation import ByScenarios
    from .reverse import Distance, Level, ReverseStress, distance, reverse_stress
    from .trades import with_trades
    from .venue_rows import Shock
    from .what_if import WhatIf
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        by_venue_data="ByVenueData",
        reverse="Distance Level ReverseStress distance reverse_stress",
        expiries="Expiry by_expiry",
        grid="Grid price_volatility_grid",
        legs="contributions",
        revaluation="ByScenarios",
        historical="StressTest stress_tests",
        trades="with_trades",
        venue_rows="Shock",
        what_if="WhatIf",
    )

__all__ = [
    "ByScenarios",
    "ByVenueData",
    "Distance",
    "Expiry",
    "Grid",
    "Level",
    "ReverseStress",
    "Shock",
    "StressTest",
    "WhatIf",
    "by_expiry",
    "contributions",
    "distance",
    "price_volatility_grid",
    "reverse_stress",
    "stress_tests",
    "with_trades",
]
