"""Zero-knowledge margin proofs for derivatives accounts.

>>> snapshot = Snapshot.load("snapshot.json")  # doctest: +SKIP
>>> account = Account.load("account.json")  # doctest: +SKIP
>>> margin_report(account, snapshot)  # doctest: +SKIP
>>> proof = MarginProver().prove(account, snapshot, Requirement.INITIAL, context=0)  # doctest: +SKIP
>>> proof.save("proof/")  # doctest: +SKIP
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from .exports import lazy_exports

if TYPE_CHECKING:
    from .account import Account, GreekLimits, MarginReport, Requirement, UnderlyingReport, margin_report
    from .errors import ChainError, InputError, StatementError, ToolchainError, VenueError, ZkmarginError
    from .proofs import Context, MarginProof, MarginProver
    from .risk import load_collateral, load_model
    from .snapshot import Snapshot
    from .venue_data import VenueData
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        account="Account GreekLimits MarginReport Requirement UnderlyingReport margin_report",
        errors="ChainError InputError StatementError ToolchainError VenueError ZkmarginError",
        proofs="Context MarginProof MarginProver",
        risk="load_collateral load_model",
        snapshot="Snapshot",
        venue_data="VenueData",
    )

__version__ = "0.2.0.dev0"

__all__ = [
    "Account",
    "ChainError",
    "Context",
    "GreekLimits",
    "InputError",
    "MarginProof",
    "MarginProver",
    "MarginReport",
    "Requirement",
    "Snapshot",
    "StatementError",
    "ToolchainError",
    "UnderlyingReport",
    "VenueData",
    "VenueError",
    "ZkmarginError",
    "load_collateral",
    "load_model",
    "margin_report",
]
