"""Zero-knowledge margin proofs for derivatives accounts.

>>> snapshot = Snapshot.load("snapshot.json")  # doctest: +SKIP
>>> account = Account.load("account.json")  # doctest: +SKIP
>>> margin_report(account, snapshot)  # doctest: +SKIP
>>> proof = MarginProver().prove(account, snapshot, Requirement.INITIAL, context=0)  # doctest: +SKIP
>>> proof.save("proof/")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import Account, GreekLimits, MarginReport, Requirement, UnderlyingReport, margin_report
    from .errors import ChainError, InputError, StatementError, ToolchainError, VenueError, ZkmarginError
    from .proofs import Context, MarginProof, MarginProver
    from .risk import load_collateral, load_model
    from .snapshot import Snapshot
    from .venue_data import VenueData

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

_HOMES = {
    "account": (
        "Account",
        "GreekLimits",
        "MarginReport",
        "Requirement",
        "UnderlyingReport",
        "margin_report",
    ),
    "errors": ("ChainError", "InputError", "StatementError", "ToolchainError", "VenueError", "ZkmarginError"),
    "proofs": ("Context", "MarginProof", "MarginProver"),
    "risk": ("load_collateral", "load_model"),
    "snapshot": ("Snapshot",),
    "venue_data": ("VenueData",),
}


def __getattr__(name: str) -> Any:
    """Import a public name when it is first used: a command should not wait for what it does not need."""
    for module, names in _HOMES.items():
        if name in names:
            value = getattr(import_module(f".{module}", __name__), name)
            globals()[name] = value
            return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
