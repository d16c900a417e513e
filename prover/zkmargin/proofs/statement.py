"""The statement of a margin proof: ``statement.json``, which says what the public signals mean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from zkmargin.account.greek_limits import GreekLimits
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.spec.witness import Disclosed, PublicSignals, all_signals

from .context import Context
from .instances import Instance, find_instance

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["Statement"]

_FORMAT = "zkmargin-proof/1"
_SIGNALS = ("healthy", "accountCommitment", "snapshotRoot", "requirementBps", "context")
"""The circuit's names of the public signals, in order."""
_LIMITS = ("deltaLimit", "gammaLimit")
"""A circuit with limits has these after the signals."""
_DISCLOSED = ("equity", "requirement")
"""A circuit that discloses has these after the first three signals."""

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
        ``healthy``, ``account_commitment``, ``snapshot_root``, ``requirement_bps``, ``context``.
    context : Context or None
        The preimage of ``signals.context``, where the proof is for a contract.
    limits : GreekLimits or None
        The limits on the net delta and gamma of each underlying, where the circuit has them.
    disclosed : Disclosed or None
        Equity in pico-quote and requirement in micro-quote, where the circuit discloses them.
    """

    instance: Instance
    signals: PublicSignals
    context: Context | None = None
    limits: GreekLimits | None = None
    disclosed: Disclosed | None = None

    @property
    def public(self) -> tuple[int, ...]:
        """All public signals, in the circuit's order."""
        limits = None if self.limits is None else self.limits.bounds()
        return all_signals(self.signals, self.disclosed, limits)

    @property
    def signal_names(self) -> tuple[str, ...]:
        """The names of `public`."""
        disclosed = () if self.disclosed is None else _DISCLOSED
        return (*_SIGNALS[:3], *disclosed, *_SIGNALS[3:], *(() if self.limits is None else _LIMITS))

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of a ``statement.json`` (docs/formats/proof.md).

        Raises
        ------
        InputError
            With the key path, if it is not one or contradicts itself.
        """
        members = field.members(("format", "instance", "signals"), ("context", "limits", "disclosed"))
        members["format"].constant(_FORMAT)
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
        return cls(instance, signals, context, limits, disclosed)

    def to_json(self) -> dict[str, Any]:
        """Return the object of a ``statement.json``."""
        statement: dict[str, Any] = {
            "format": _FORMAT,
            "instance": self.instance.name,
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


def _read_disclosed(field: Field) -> Disclosed:
    values = field.members(_DISCLOSED)
    return Disclosed(values["equity"].integer(-_WIDEST, _WIDEST), values["requirement"].integer(0, _WIDEST))


def _check_context(context: Context, signals: PublicSignals, field: Field) -> None:
    if context.account_commitment != signals.account_commitment:
        field.refuse("its accountCommitment differs from signals.accountCommitment")
    if context.value != signals.context:
        field.refuse("does not hash to signals.context")
