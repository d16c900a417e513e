"""A small venue, and proofs that stand for real ones, for the tests of solvency."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.margin_values import snapshot
from zkmargin.proofs.solvency_instances import SolvencyInstance
from zkmargin.proving.artifacts import Proof
from zkmargin.solvency import generate_accounts
from zkmargin.spec import HealthShape, Shape

CIRCUITS = (
    SolvencyInstance("solvency_8x2", HealthShape(8, Shape(2, 2), octets=2)),
    SolvencyInstance("solvency_24x13", HealthShape(24, Shape(3, 13), octets=8)),
)
"""Circuits of which only the sizes matter."""

KEYS: dict[str, Any] = {one.name: one.name for one in CIRCUITS}
"""Names that stand for verification keys."""


def venue_files(folder: Path, count: int, *, positions: int = 2) -> list[Path]:
    """Write the files of a venue's accounts, and return them."""
    folder.mkdir(exist_ok=True)
    paths = []
    for account in generate_accounts(snapshot(), count, positions=positions):
        paths.append(folder / f"{account.number:04}.json")
        account.save(paths[-1])
    return paths


def ideal_proof(circuit: str, public: tuple[int, ...]) -> Proof:
    """Return a proof that stands for a real one: it is valid for these public signals and no others."""
    number = int.from_bytes(hashlib.sha256(repr((circuit, public)).encode()).digest()[:31], "big")
    return Proof((number, 0), ((0, 0), (0, 0)), (0, 0))


def ideal_verify(key: str, public: tuple[int, ...], proof: Proof) -> bool:
    """Stand for `zkmargin.proving.verify.verify`."""
    return proof == ideal_proof(key, tuple(public))


def ideally_invalid(claims: Sequence[tuple[str, tuple[int, ...], Proof]]) -> list[int]:
    """Stand for `zkmargin.proving.verify.find_invalid`."""
    return [place for place, one in enumerate(claims) if not ideal_verify(*one)]


class IdealProver:
    """Stands for `CircuitProver`; counts its proofs, and may stop after some."""

    made = 0
    stop_after: int | None = None

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def keys(self, circuit: SolvencyInstance) -> SimpleNamespace:
        """Return the key of a circuit."""
        return SimpleNamespace(key=circuit.name)

    def prove(
        self, circuit: SolvencyInstance, signals: dict[str, Any], public: tuple[int, ...]
    ) -> tuple[Proof, None]:
        """Return a proof."""
        assert signals["opening"]
        if IdealProver.stop_after == IdealProver.made:
            raise KeyboardInterrupt
        IdealProver.made += 1
        return ideal_proof(circuit.name, public), None


def use_ideal_proofs(patch: pytest.MonkeyPatch) -> None:
    """Let proofs stand for real ones."""
    patch.setattr("zkmargin.solvency.prove.CircuitProver", IdealProver)
    patch.setattr("zkmargin.solvency.prove.verify", ideal_verify)
    patch.setattr("zkmargin.solvency.verification.find_invalid", ideally_invalid)
    patch.setattr(IdealProver, "made", 0)
    patch.setattr(IdealProver, "stop_after", None)
