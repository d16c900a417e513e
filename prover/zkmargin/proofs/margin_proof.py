"""Margin proofs: their statement, their verification and their files."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.files import make_folder, write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json, public_to_json
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.manifest import VERIFICATION_KEY
from zkmargin.proving.verify import verify

from .circuit_keys import load_circuit
from .context import Context, context_signal
from .instances import find_instance
from .statement import Statement

if TYPE_CHECKING:
    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.chain.verifier import Calldata
    from zkmargin.proving.key_kinds import KeyKind
    from zkmargin.proving.verify import Engine
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec.disclosure import Disclosed
    from zkmargin.spec.witness import PublicSignals

    from .instances import Instance

__all__ = ["ACCOUNT_STATEMENT", "MarginProof"]

ACCOUNT_STATEMENT = "account-statement.json"
"""The name of a statement of account in the folder of a proof."""

_PROOF, _PUBLIC, _STATEMENT = "proof.json", "public.json", "statement.json"
_REJECTED = "the proof is rejected: "
_INVALID = "it does not hold for its public signals"


@dataclass(frozen=True, slots=True)
class MarginProof:
    """A proof that an account is, or is not, healthy. It contains no secret.

    Attributes
    ----------
    statement : Statement
        The circuit and its public signals.
    proof : Proof
    key : VerificationKey
        The verification key that `verify` uses. It is one that you trust, never the one in a proof's folder.
    kind : KeyKind or None
        The kind of the circuit's keys on this machine; None if the key came from elsewhere.
    """

    statement: Statement
    proof: Proof
    key: VerificationKey
    kind: KeyKind | None = field(default=None, compare=False)

    @property
    def instance(self) -> Instance:
        """The circuit."""
        return self.statement.instance

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the verification key."""
        return fingerprint(self.key)

    @property
    def signals(self) -> PublicSignals:
        """The claim: the account, the snapshot, the requirement, and whether it is healthy."""
        return self.statement.signals

    @property
    def context(self) -> Context | None:
        """The preimage of ``signals.context``, where the proof is for a contract."""
        return self.statement.context

    @property
    def limits(self) -> GreekLimits | None:
        """The limits on each underlying's net Greeks, where the circuit has them."""
        return self.statement.limits

    @property
    def disclosed(self) -> Disclosed | None:
        """Equity, requirement and the value of the opening at z, where the circuit discloses them."""
        return self.statement.disclosed

    @property
    def public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        return self.statement.public

    @property
    def healthy(self) -> bool:
        """Whether the proof states that the account is healthy."""
        return self.signals.healthy == 1

    def verify(  # noqa: PLR0913  # everything that a verifier may expect
        self,
        snapshot: Snapshot | None = None,
        *,
        commitment: int | None = None,
        requirement: AnyRequirement | None = None,
        context: Context | int | None = None,
        limits: GreekLimits | None = None,
        allow_unhealthy: bool = False,
        engine: Engine | None = None,
    ) -> None:
        """Verify the proof, and that it states what you expect. Return only if both hold.

        Parameters
        ----------
        snapshot : Snapshot, optional
            The snapshot that the account must be valued with.
        commitment : int, optional
            The commitment of the account.
        requirement : Requirement or int, optional
            The claim: health at this requirement or a higher one. For a proof of default, at this requirement
            or a lower one.
        context : Context or int, optional
            The context that the proof must be bound to.
        limits : GreekLimits, optional
            Limits that the net Greeks of each underlying must be within.
        allow_unhealthy : bool
            Whether to accept a proof of default.
        engine : str, optional
            One of `zkmargin.proving.verify.ENGINES`.

        Raises
        ------
        StatementError
            If the proof is invalid, or states something else.
        InputError
            If an argument is malformed, or ``initial`` is asked for without a snapshot.
        ToolchainError
            If the engine is missing.
        """
        self.require_claim(
            snapshot,
            commitment=commitment,
            requirement=requirement,
            context=context,
            limits=limits,
            allow_unhealthy=allow_unhealthy,
        )
        _expect(verify(self.key, self.public, self.proof, engine), _INVALID)

    def require_claim(  # noqa: PLR0913  # everything that a verifier may expect
        self,
        snapshot: Snapshot | None = None,
        *,
        commitment: int | None = None,
        requirement: AnyRequirement | None = None,
        context: Context | int | None = None,
        limits: GreekLimits | None = None,
        allow_unhealthy: bool = False,
    ) -> None:
        """Compare what the proof states with what you expect, without verifying the proof.

        Parameters and errors are those of `verify`.
        """
        signals = self.signals
        _expect(allow_unhealthy or self.healthy, "it proves that the account is not healthy")
        _expect(snapshot is None or signals.snapshot_root == snapshot.root, "it is for another snapshot")
        _expect(commitment is None or signals.account_commitment == commitment, "it is for another account")
        if requirement is not None:
            asked = requirement_bps(
                requirement, None if snapshot is None else snapshot.parts.model.initial_bps
            )
            # An account below part of the requirement is below all of it; the converse does not hold.
            enough = signals.requirement_bps >= asked if self.healthy else signals.requirement_bps <= asked
            _expect(
                enough,
                f"it is for a requirement of {signals.requirement_bps} / 10000, expected {asked} / 10000",
            )
        if context is not None:
            _expect(signals.context == context_signal(context), "it is for another context")
        if limits is not None:
            shown = self.limits is not None and self.limits.imply(limits)
            _expect(shown, "it does not prove these limits on delta and gamma")

    def calldata(self) -> Calldata:
        """Return the arguments of the verifier contract's ``verifyProof``: A, B, C and the public signals.

        Raises
        ------
        ToolchainError
            If the extra ``chain`` is not installed.
        """
        from zkmargin.chain import calldata  # noqa: PLC0415  # the extra chain

        return calldata(self.proof, self.public)

    def save(self, folder: str | Path) -> None:
        """Write the files of a proof (docs/formats/proof.md).

        The files are snarkjs's ``proof.json``, ``public.json`` and ``verification_key.json``, and
        ``statement.json``, which is written last: a folder with a statement is complete.

        Raises
        ------
        InputError
            If the folder or a file cannot be written.
        """
        target = make_folder(Path(folder))
        (target / _STATEMENT).unlink(missing_ok=True)
        write_json(target / _PROOF, self.proof.to_json())
        write_json(target / _PUBLIC, public_to_json(self.public))
        write_json(target / VERIFICATION_KEY, self.key.to_json())
        replace(self.statement, fingerprint=self.fingerprint).save(target / _STATEMENT)

    @classmethod
    def load(cls, folder: str | Path, *, key: VerificationKey | str | Path | None = None) -> Self:
        """Read the files of a proof.

        Parameters
        ----------
        folder : str or Path
        key : VerificationKey, str or Path, optional
            The verification key that you trust, or its file; by default that of the circuit's keys on this
            machine. The key in the folder is only compared with it, since a forger could supply its own.

        Raises
        ------
        InputError
            If a file is missing or malformed, the files contradict each other, or there is no key to trust.
        StatementError
            If the proof was made for another key.
        """
        source = Path(folder)
        statement = Statement.load(source / _STATEMENT)
        proof = Proof.from_json(load_json(source / _PROOF), str(source / _PROOF))
        path = source / VERIFICATION_KEY
        bundled = _load_key(path)
        if fingerprint(bundled) != statement.fingerprint:
            reason = f"not the fingerprint of {VERIFICATION_KEY}, {fingerprint(bundled)}"
            raise InputError(reason, source=str(source / _STATEMENT), key="key")
        trusted, kind = _trusted_key(statement.instance, key)
        if bundled != trusted:
            raise StatementError(
                f"{_REJECTED}{path} has the fingerprint {fingerprint(bundled)} and differs from the verification key "
                f"you trust, {fingerprint(trusted)}"
            )
        path = source / _PUBLIC
        if public_from_json(load_json(path), str(path)) != statement.public:
            raise InputError(f"differs from the signals of {_STATEMENT}", source=str(path))
        return cls(statement, proof, trusted, kind)


def _trusted_key(
    instance: Instance, key: VerificationKey | str | Path | None
) -> tuple[VerificationKey, KeyKind | None]:
    """Return the given verification key, or that of an instance's keys on this machine and their kind."""
    if key is not None:
        return key if isinstance(key, VerificationKey) else _load_key(Path(key)), None
    found = load_circuit(find_instance(instance.name))
    if found is None:
        reason = f"no keys of {instance.name} on this machine: pass the verification key that you trust"
        raise InputError(reason, source="verification key")
    return found[1].key, found[1].kind


def _load_key(path: Path) -> VerificationKey:
    return VerificationKey.from_json(load_json(path), str(path))


def _expect(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(_REJECTED + reason)
