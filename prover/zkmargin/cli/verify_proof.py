"""The verification of a proof's files, for ``zkmargin verify``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from zkmargin.documents.nearest import expected_one_of
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError
from zkmargin.proofs.margin_proof import MarginProof
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.verify import ENGINES, Engine, default_engine, find_invalid, verify

from .account_word import Word, word_of

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
        raise InputError(expected_one_of(engine, (*ENGINES, "all")), source="--engine")
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
        Whether the proof holds for its public signals, by engine.
    reason : str
        Why it does not; empty if it does.
    mismatch : str
        How its statement differs from the expected one; empty if it does not.
    word : Word
        Whose word the account is.
    """

    folder: Path
    proof: MarginProof | None
    answers: dict[str, bool]
    reason: str
    mismatch: str
    word: Word

    @property
    def holds(self) -> bool:
        """Whether the proof is valid, states what is expected, and has the word of the expected venue."""
        return all(self.answers.values()) and not self.mismatch and not self.word.fault


def verify_margin_proofs(
    folders: Sequence[Path], key: Path | None, engine: str, venue: str | None, expected: Mapping[str, Any]
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
    venue : str, optional
        The venue whose word each account must be.
    expected : mapping
        Arguments of `MarginProof.require_claim`.

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
    answers = [dict[str, bool](dict.fromkeys(engines, place in proofs)) for place in range(len(folders))]
    batch = [(one.key, one.public, one.proof) for one in proofs.values()]
    for name in engines if batch else ():
        for number in find_invalid(batch, name):
            place = list(proofs)[number]
            answers[place][name] = False
            reasons[place] = "the proof does not hold for its public signals"
    verdicts = []
    for place, folder in enumerate(folders):
        proof = proofs.get(place)
        mismatch = "" if proof is None else _mismatch(proof, expected)
        word = word_of(folder, proof, venue)
        verdicts.append(Verdict(folder, proof, answers[place], reasons[place], mismatch, word))
    return verdicts


def _mismatch(proof: MarginProof, expected: Mapping[str, Any]) -> str:
    try:
        proof.require_claim(**expected)
    except StatementError as error:
        return str(error)
    return ""
