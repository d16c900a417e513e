"""``zkmargin verify``."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from ..errors import InputError
from ..proving.artifacts import Proof, VerificationKey, public_from_json
from ..proving.strict_json import load_json
from ..proving.verify import ENGINES, Engine, default_engine, verify

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["verify_files"]


def verify_files(key: Path, public: Path, proof: Path, engine: str) -> dict[str, bool]:
    """Verify the proof in three files.

    Returns
    -------
    dict of str to bool
        Whether it holds, by engine.

    Raises
    ------
    InputError
        If a file is malformed or the engine unknown.
    ToolchainError
        If an engine is missing.
    """
    if engine and engine not in (*ENGINES, "all"):
        raise InputError(f"one of {', '.join(ENGINES)}, all", source="--engine")
    verification_key = VerificationKey.from_json(load_json(key), str(key))
    signals = public_from_json(load_json(public), str(public))
    claimed = Proof.from_json(load_json(proof), str(proof))
    chosen = ENGINES if engine == "all" else (cast("Engine", engine or default_engine()),)
    return {name: verify(verification_key, signals, claimed, name) for name in chosen}
