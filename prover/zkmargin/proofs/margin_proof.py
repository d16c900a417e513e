"""A margin proof: what it says, whether it holds, and its files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Self

from zkmargin.account.requirement import requirement_bps
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, StatementError
from zkmargin.proving.artifacts import Proof, VerificationKey
from zkmargin.proving.verify import verify
from zkmargin.spec.witness import all_signals

from .circuit_keys import load_circuit
from .context import Context, context_signal
from .instances import Instance, find_instance

if TYPE_CHECKING:
    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.account.requirement import AnyRequirement
    from zkmargin.chain.verifier import Calldata
    from zkmargin.proving.verify import Engine
    from zkmargin.snapshot.snapshot import Snapshot
    from zkmargin.spec.witness import Disclosed, PublicSignals

__all__ = ["MarginProof", "trusted_key"]


@dataclass(frozen=True, slots=True)
class MarginProof:
    """A proof that an account is, or is not, healthy. Nothing in it is secret.

    Attributes
    ----------
    instance : Instance
        The circuit. It tells how many positions the account has at most.
    signals : PublicSignals
        What the proof says: ``healthy``, ``account_commitment``, ``snapshot_root``, ``requirement_bps``,
        ``context``.
    proof : Proof
    key : VerificationKey
        The verification key that `verify` relies on: one that is trusted, never one that came with the proof.
    context : Context or None
        What ``signals.context`` was made of, where it is for a contract.
    limits : GreekLimits or None
        What each underlying's net delta and gamma are within, if the proof says so: the circuit's last public
        signals.
    disclosed : Disclosed or None
        Equity in pico-quote and requirement in micro-quote, if the proof shows them.
    """

    instance: Instance
    signals: PublicSignals
    proof: Proof
    key: VerificationKey
    context: Context | None = None
    limits: GreekLimits | None = None
    disclosed: Disclosed | None = None

    @property
    def public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        limits = None if self.limits is None else self.limits.bounds()
        return all_signals(self.signals, self.disclosed, limits)

    @property
    def healthy(self) -> bool:
        """What the proof says, if it holds."""
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
        """Verify the proof, and that it says what is expected; return only if so.

        Parameters
        ----------
        snapshot : Snapshot, optional
            What the account has to be valued with.
        commitment : int, optional
            The account that the proof has to be about.
        requirement : Requirement or int, optional
            The claim: health at this requirement or a higher one; in a proof of default, at this or a lower
            one.
        context : Context or int, optional
            What the proof has to be for.
        limits : GreekLimits, optional
            What the proof has to show the net Greeks of each underlying to be within.
        allow_unhealthy : bool
            Whether a proof of default will do.
        engine : str, optional
            One of `zkmargin.proving.verify.ENGINES`.

        Raises
        ------
        StatementError
            If the proof does not hold, or says something else.
        InputError
            If an argument is malformed, or ``initial`` is required without a snapshot.
        ToolchainError
            If the engine is missing.
        """
        signals = self.signals
        _expect(allow_unhealthy or self.healthy, "it proves that the account is not healthy")
        _expect(snapshot is None or signals.snapshot_root == snapshot.root, "made for another snapshot")
        _expect(commitment is None or signals.account_commitment == commitment, "made for another account")
        if requirement is not None:
            asked = requirement_bps(
                requirement, None if snapshot is None else snapshot.parts.model.initial_bps
            )
            # Short of a part of the requirement is short of all of it; the other way round proves nothing.
            enough = signals.requirement_bps >= asked if self.healthy else signals.requirement_bps <= asked
            _expect(enough, f"made for a requirement of {signals.requirement_bps} / 10000, not of {asked}")
        if context is not None:
            _expect(signals.context == context_signal(context), "made for another context")
        if limits is not None:
            shown = self.limits is not None and self.limits.imply(limits)
            _expect(shown, "it does not show these limits on delta and gamma")
        _expect(verify(self.key, self.public, self.proof, engine), "it does not hold for its public signals")

    def calldata(self) -> Calldata:
        """Return the arguments of the verifier contract's ``verifyProof``: A, B, C and the public signals.

        Raises
        ------
        ToolchainError
            If the extra ``chain`` is not installed.
        """
        from zkmargin.chain import calldata  # noqa: PLC0415  # optional

        return calldata(self.proof, self.public)

    def save(self, folder: str | Path) -> None:
        """Write the files of a proof (docs/formats/proof.md).

        They are snarkjs's ``proof.json``, ``public.json`` and ``verification_key.json``, and then
        ``statement.json``: a folder that has one has all files.

        Raises
        ------
        InputError
            If the folder cannot be made.
        """
        from .proof_files import write_proof  # noqa: PLC0415  # it imports this module

        write_proof(self, Path(folder))

    @classmethod
    def load(cls, folder: str | Path, *, key: VerificationKey | str | Path | None = None) -> Self:
        """Read what `save` has written.

        Parameters
        ----------
        folder : str or Path
        key : VerificationKey, str or Path, optional
            The verification key that you trust, or the file it is in; by default that of the circuit's keys
            on this machine. The one in the folder is only compared with it: whoever makes a proof could make
            a key for it.

        Raises
        ------
        InputError
            If a file is missing or malformed, the files contradict each other, or there is no key to trust.
        StatementError
            If the proof was made for another key.
        """
        from .proof_files import read_proof  # noqa: PLC0415  # it imports this module

        return read_proof(cls, Path(folder), key)


def trusted_key(instance: Instance, key: VerificationKey | str | Path | None = None) -> VerificationKey:
    """Return a given verification key, or that of an instance's keys on this machine.

    Raises
    ------
    InputError
        If the file is not one, or there are no such keys.
    """
    if isinstance(key, VerificationKey):
        return key
    if key is not None:
        return VerificationKey.from_json(load_json(Path(key)), str(key))
    found = load_circuit(find_instance(instance.name))
    if found is None:
        reason = (
            f"there are no keys of {instance.name} on this machine: give the verification key that you trust"
        )
        raise InputError(reason, source="verification key")
    return found[1].key


def _expect(holds: bool, reason: str) -> None:
    if not holds:
        raise StatementError(f"the proof is rejected: {reason}")
