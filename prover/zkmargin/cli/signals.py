"""Public signals of a proof as text."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from zkmargin.proofs.margin_proof import MarginProof

__all__ = ["public_signals"]


def public_signals(proof: MarginProof) -> dict[str, str]:
    """Return the public signals by name, as text."""
    return {name: str(value) for name, value in zip(proof.statement.signal_names, proof.public, strict=True)}
