"""The verification of a proof's files, for ``zkmargin verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.margin_proof import MarginProof, find_faults
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.verify import ENGINES, Engine, default_engine, verify

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any


__all__ = ["Verdict", "chosen_engines", "verify_files", "verify_margin_proofs"]


def chosen_engines(engine: str) -> tuple[Engine, ...]:
    """Return the engines that ``--engine`` names.

    Raises
    ------
    InputError
        If there is no such engine.
    """
    if engine and engine not in (*ENGINES, "all"):
        known = (*ENGINES, "all")
        raise InputError(
            f"expected one of {', '.join(known)}{did_you_mean(engine, known)}", source="--engine"
        )
    return ENGINES if engine == "all" else (cast("Engine", engine or default_engine()),)


def verify_files(key: Path, public: Path, proof: Path, engine: str) -> tuple[dict[str, bool], str]:
    """Verify the proof of any circuit in three files.

    Returns
    -------
    answers : dict of str to bool
        Whether the proof is valid, by engine.
    fingerprint : str
        That of the verification key.

    Raises
    ------
    InputError
        If a file is malformed or the engine unknown.
    ToolchainError
        If an engine is missing.
    """
    engines = chosen_engines(engine)
    verification_key = VerificationKey.from_json(load_json(key), str(key))
    signals = public_from_json(load_json(public), str(public))
    claimed = Proof.from_json(load_json(proof), str(proof))
    answers: dict[str, bool] = {name: verify(verification_key, signals, claimed, name) for name in engines}
    return answers, fingerprint(verification_key)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What `zkmargin verify` finds about a margin proof.

    Attributes
    ----------
    folder : Path
        The proof's files.
    proof : MarginProof or None
        None if it was made with another key.
    answers : dict of str to bool
        Whether it is valid and matches the expected values, by engine.
    reason : str
        Why it does not; empty if it does.
    """

    folder: Path
    proof: MarginProof | None
    answers: dict[str, bool]
    reason: str


def verify_margin_proofs(
    folders: Sequence[Path], key: Path | None, engine: str, expected: Mapping[str, Any]
) -> list[Verdict]:
    """Verify margin proofs, in one batch where the engine can.

    Parameters
    ----------
    folders : sequence of Path
        The proofs' files.
    key : Path, optional
        The verification key to trust.
    engine : str
        The value of ``--engine``.
    expected : mapping
        Arguments of `MarginProof.verify`.

    Raises
    ------
    InputError
        If a file is malformed, there is no key to trust, or an argument is wrong.
    ToolchainError
        If an engine is missing.
    """
    engines = chosen_engines(engine)
    proofs: dict[int, MarginProof] = {}
    reasons = [""] * len(folders)
    for place, folder in enumerate(folders):
        try:
            proofs[place] = MarginProof.load(folder, key=key)
        except StatementError as error:
            reasons[place] = str(error)
    answers = [dict[str, bool](dict.fromkeys(engines, False)) for _ in folders]
    for name in engines:
        faults = find_faults(list(proofs.values()), engine=name, **expected)
        for place, fault in zip(proofs, faults, strict=True):
            answers[place][name] = not fault
            reasons[place] = fault or reasons[place]
    return [
        Verdict(folder, proofs.get(place), answers[place], reasons[place])
        for place, folder in enumerate(folders)
    ]
