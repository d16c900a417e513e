"""Zero-knowledge margin proofs for derivatives accounts.

>>> snapshot = Snapshot.load("snapshot.json")  # doctest: +SKIP
>>> account = Account.load("account.json")  # doctest: +SKIP
>>> snapshot.margin(account)  # doctest: +SKIP
>>> proof = MarginProver().prove(account, snapshot, Requirement.INITIAL, context=0)  # doctest: +SKIP
>>> proof.save("proof/")  # doctest: +SKIP
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .account import Account
    from .errors import ChainError, InputError, StatementError, ToolchainError, VenueError, ZkmarginError
    from .greek_limits import GreekLimits
    from .margin_context import Context
    from .margin_proof import MarginProof
    from .margin_prover import MarginProver
    from .market import Market
    from .report import MarginReport, UnderlyingReport
    from .requirement import Requirement
    from .risk import load_collateral, load_model
    from .snapshot import Snapshot

__version__ = "0.1.0"

__all__ = [
    "Account",
    "ChainError",
    "Context",
    "GreekLimits",
    "InputError",
    "MarginProof",
    "MarginProver",
    "MarginReport",
    "Market",
    "Requirement",
    "Snapshot",
    "StatementError",
    "ToolchainError",
    "UnderlyingReport",
    "VenueError",
    "ZkmarginError",
    "load_collateral",
    "load_model",
]

_HOMES = {
    "account": ("Account",),
    "errors": ("ChainError", "InputError", "StatementError", "ToolchainError", "VenueError", "ZkmarginError"),
    "greek_limits": ("GreekLimits",),
    "margin_context": ("Context",),
    "margin_proof": ("MarginProof",),
    "margin_prover": ("MarginProver",),
    "market": ("Market",),
    "report": ("MarginReport", "UnderlyingReport"),
    "requirement": ("Requirement",),
    "risk": ("load_collateral", "load_model"),
    "snapshot": ("Snapshot",),
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
