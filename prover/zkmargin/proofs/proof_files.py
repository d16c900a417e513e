"""The files of a margin proof: snarkjs's three, and what the public signals mean."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from zkmargin.account.greek_limits import GreekLimits
from zkmargin.documents.fields import Field
from zkmargin.documents.files import make_folder, write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json, public_to_json
from zkmargin.proving.manifest import VERIFICATION_KEY
from zkmargin.spec.witness import Disclosed, PublicSignals

from .context import Context
from .instances import Instance, find_instance
from .margin_proof import MarginProof, trusted_key

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["read_proof", "write_proof"]

FORMAT = "zkmargin-proof/1"
PROOF, PUBLIC, STATEMENT = "proof.json", "public.json", "statement.json"
SIGNALS = ("healthy", "accountCommitment", "snapshotRoot", "requirementBps", "context")
"""The circuit's names of the public signals, in order."""
LIMITS = ("deltaLimit", "gammaLimit")
"""Those of a circuit with limits have these after them."""
DISCLOSED = ("equity", "requirement")
"""Those of a circuit that discloses have these after the first three."""

_UINT256 = 2**256 - 1
_WIDEST = 2**132 - 1

AnyProof = TypeVar("AnyProof", bound=MarginProof)


def write_proof(proof: MarginProof, folder: Path) -> None:
    """Write the files of a proof; the statement last."""
    folder = make_folder(folder)
    (folder / STATEMENT).unlink(missing_ok=True)
    write_json(folder / PROOF, proof.proof.to_json())
    write_json(folder / PUBLIC, public_to_json(proof.public))
    write_json(folder / VERIFICATION_KEY, proof.key.to_json())
    statement: dict[str, Any] = {
        "format": FORMAT,
        "instance": proof.instance.name,
        "signals": {name: str(signal) for name, signal in zip(SIGNALS, proof.signals, strict=True)},
    }
    if proof.limits is not None:
        statement["limits"] = proof.limits.to_json()
    if proof.disclosed is not None:
        shown = zip(DISCLOSED, proof.disclosed, strict=True)
        statement["disclosed"] = {name: str(value) for name, value in shown}
    if proof.context is not None:
        statement["context"] = proof.context.to_json()
    write_json(folder / STATEMENT, statement)


def signal_names(proof: MarginProof) -> tuple[str, ...]:
    """Return the names of all public signals of a proof, in its circuit's order."""
    disclosed = () if proof.disclosed is None else DISCLOSED
    return (*SIGNALS[:3], *disclosed, *SIGNALS[3:], *(() if proof.limits is None else LIMITS))


def read_proof(kind: type[AnyProof], folder: Path, key: VerificationKey | str | Path | None) -> AnyProof:
    """Read the files of a proof: see `MarginProof.load`."""
    said = _read_statement(folder / STATEMENT)
    proof = Proof.from_json(load_json(folder / PROOF), str(folder / PROOF))
    path = folder / VERIFICATION_KEY
    bundled = VerificationKey.from_json(load_json(path), str(path))
    trusted = trusted_key(said.instance, key)
    if bundled != trusted:
        raise StatementError(
            f"the proof is rejected: {path} is not the verification key that is trusted here"
        )
    read = kind(said.instance, said.signals, proof, trusted, said.context, said.limits, said.disclosed)
    path = folder / PUBLIC
    if public_from_json(load_json(path), str(path)) != read.public:
        raise InputError(f"not the signals of {STATEMENT}", source=str(path))
    return read


@dataclass(frozen=True, slots=True)
class _Statement:
    instance: Instance
    signals: PublicSignals
    context: Context | None
    limits: GreekLimits | None
    disclosed: Disclosed | None


def _read_statement(path: Path) -> _Statement:
    document = Field(load_json(path), str(path))
    members = document.members(("format", "instance", "signals"), ("context", "limits", "disclosed"))
    members["format"].constant(FORMAT)
    try:
        instance = find_instance(members["instance"].text())
    except InputError as error:
        members["instance"].refuse(error.reason)
    values = members["signals"].members(SIGNALS)
    # Whether a signal is below the modulus is for the verification to say.
    signals = PublicSignals(*(values[name].integer(0, _UINT256) for name in SIGNALS))
    context = None
    if "context" in members:
        context = Context.from_json(members["context"])
        _check_context(context, signals, members["context"])
    for key, shown in (("limits", instance.shape.limited), ("disclosed", instance.shape.disclosed)):
        if shown != (key in members):
            reason = "missing" if shown else f"{instance.name} has none"
            raise InputError(reason, source=str(path), key=key)
    limits = GreekLimits.from_json(members["limits"]) if "limits" in members else None
    disclosed = _read_disclosed(members["disclosed"]) if "disclosed" in members else None
    return _Statement(instance, signals, context, limits, disclosed)


def _read_disclosed(field: Field) -> Disclosed:
    values = field.members(DISCLOSED)
    return Disclosed(values["equity"].integer(-_WIDEST, _WIDEST), values["requirement"].integer(0, _WIDEST))


def _check_context(context: Context, signals: PublicSignals, field: Field) -> None:
    if context.account_commitment != signals.account_commitment:
        field.refuse("of another account than signals.accountCommitment")
    if context.value != signals.context:
        field.refuse("does not hash to signals.context")
