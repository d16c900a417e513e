"""Margin proofs: made, saved, loaded and verified."""

from __future__ import annotations

from typing import TYPE_CHECKING

from zkmargin.exports import lazy_exports

if TYPE_CHECKING:
    from .context import Context
    from .margin_proof import MarginProof
    from .margin_prover import MarginProver
else:
    __getattr__, __dir__ = lazy_exports(
        __name__,
        context="Context",
        margin_proof="MarginProof",
        margin_prover="MarginProver",
    )

__all__ = ["Context", "MarginProof", "MarginProver"]
