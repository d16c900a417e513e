"""The statement of a margin proof: ``statement.json``, which says what the public signals mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.account.greek_limits import GreekLimits
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.proving.fingerprints import FINGERPRINT
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import FIELD
from zkmargin.spec.disclosure import Disclosed, DisclosureSignals
from zkmargin.spec.witness import PublicSignals

from .context import Context
from .instances import Instance, find_instance

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Statement"]

_FORMAT = "zkmargin-proof/2"
_OLD_FORMAT = "zkmargin-proof/1"
_SIGNALS = ("healthy", "accountCommitment", "snapshotRoot", "requirementBps", "context")
"""The circuit's names of the public signals, in order."""
_LIMITS = ("deltaLimit", "gammaLimit")
"""A circuit with limits has these after the signals."""
_DISCLOSED = ("equity", "requirement", "opening", "z")
_DISCLOSURE = ("accountCommitment", "snapshotRoot", *_DISCLOSED[:3], "context", "z")
"""The public signals of a circuit that discloses."""

_UINT256 = 2**256 - 1
_WIDEST = 2**132 - 1


@dataclass(frozen=True, slots=True)
class Statement(JsonFile):
    """The public part of a margin proof.

    Attributes
    ----------
    instance : Instance
        The circuit. It bounds the number of positions of the account.
    signals : PublicSignals
        ``healthy``, ``account_commitment``, ``snapshot_root``, ``requirement_bps``, ``context``. In a disclosure,
        ``healthy`` follows from equity and requirement, and neither it nor ``requirement_bps`` is a public signal.
    context : Context or None
        The preimage of ``signals.context``, where the proof is for a contract.
    limits : GreekLimits or None
        The limits on the net delta and gamma of each underlying, where the circuit has them.
    disclosed : Disclosed or None
        Equity in pico-quote, requirement in micro-quote, and the value of the opening at the point z, where the
        circuit discloses them.
    fingerprint : str
        The fingerprint of the verification key that the proof verifies under (`zkmargin.proving.fingerprints`); empty
        before the proof is made.

    Raises
    ------
    InputError
        If ``signals.healthy`` contradicts the disclosed values.
    """

    instance: Instance
    signals: PublicSignals
    context: Context | None = None
    limits: GreekLimits | None = None
    disclosed: Disclosed | None = None
    fingerprint: str = ""

    def __post_init__(self) -> None:
        """Check that the claim about health follows from the disclosed values."""
        if self.disclosed is None:
            return
        try:
            healthy = self.disclosed.healthy(self.signals.requirement_bps)
        except SpecError as error:
            raise InputError(error.reason, source="statement", key=f"signals.{error.key}") from None
        if self.signals.healthy != int(healthy):
            reason = "contradicts equity and requirement"
            raise InputError(reason, source="statement", key="signals.healthy")

    @property
    def public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        if self.disclosed is not None:
            signals = self.signals
            commitment, root = signals.account_commitment, signals.snapshot_root
            return DisclosureSignals(commitment, root, self.disclosed, signals.context).signals
        return (*self.signals, *(() if self.limits is None else self.limits.bounds()))

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The names of `public`."""
        if self.disclosed is not None:
            return _DISCLOSURE
        return (*_SIGNALS, *(() if self.limits is None else _LIMITS))

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``statement.json`` (docs/formats/proof.md).

        Raises
        ------
        InputError
            With the key path, if it is not one or contradicts itself.
        """
        _refuse_old(field)
        members = field.members_of(
            _FORMAT, ("format", "instance", "key", "signals"), ("context", "limits", "disclosed")
        )
        fingerprint = members["key"].text(FINGERPRINT, "a fingerprint such as k7f3-9xq2-mh4d-w8tz")
        try:
            instance = find_instance(members["instance"].text())
        except InputError as error:
            members["instance"].refuse(error.reason)
        values = members["signals"].members(_SIGNALS)
        # The verification checks that the signals are below the modulus.
        signals = PublicSignals(*(values[name].integer(0, _UINT256) for name in _SIGNALS))
        context = None
        if "context" in members:
            context = Context.from_json(members["context"])
            _check_context(context, signals, members["context"])
        for key, expected in (("limits", instance.shape.limited), ("disclosed", instance.shape.disclosed)):
            if expected != (key in members):
                name = instance.name
                reason = (
                    f"missing: the circuit {name} has them"
                    if expected
                    else f"unexpected: the circuit {name} has none"
                )
                raise InputError(reason, source=field.source, key=key)
        limits = GreekLimits.from_json(members["limits"]) if "limits" in members else None
        disclosed = _read_disclosed(members["disclosed"]) if "disclosed" in members else None
        try:
            return cls(instance, signals, context, limits, disclosed, fingerprint)
        except InputError as error:
            raise InputError(error.reason, source=field.source, key=error.key) from None

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``statement.json``."""
        statement: dict[str, Any] = {
            "format": _FORMAT,
            "instance": self.instance.name,
            "key": self.fingerprint,
            "signals": {name: str(signal) for name, signal in zip(_SIGNALS, self.signals, strict=True)},
        }
        if self.limits is not None:
            statement["limits"] = self.limits.to_json()
        if self.disclosed is not None:
            values = zip(_DISCLOSED, self.disclosed, strict=True)
            statement["disclosed"] = {name: str(value) for name, value in values}
        if self.context is not None:
            statement["context"] = self.context.to_json()
        return statement


def _refuse_old(field: Field) -> None:
    if isinstance(field.value, dict) and field.value.get("format") == _OLD_FORMAT:
        reason = "a proof without the fingerprint of its key: prove again"
        raise InputError(reason, source=field.source, key="format")


def _read_disclosed(field: Field) -> Disclosed:
    values = field.members(_DISCLOSED)
    equity, requirement = (
        values["equity"].integer(-_WIDEST, _WIDEST),
        values["requirement"].integer(0, _WIDEST),
    )
    return Disclosed(equity, requirement, *(values[name].integer(0, FIELD - 1) for name in ("opening", "z")))


def _check_context(context: Context, signals: PublicSignals, field: Field) -> None:
    if context.account_commitment != signals.account_commitment:
        field.refuse("its accountCommitment differs from signals.accountCommitment")
    if context.value != signals.context:
        field.refuse("does not hash to signals.context")
