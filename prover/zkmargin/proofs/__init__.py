"""Margin proofs and transition proofs: made, saved, loaded and verified."""

from __future__ import annotations

from .context import Context
from .margin_proof import MarginProof
from .margin_prover import MarginProver
from .transition import Change, TransitionProof, TransitionProver

__all__ = ["Change", "Context", "MarginProof", "MarginProver", "TransitionProof", "TransitionProver"]
