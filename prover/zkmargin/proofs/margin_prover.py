"""From an account to a margin proof."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.opened import OpenedAccount, opening_of
from zkmargin.account.report import margin_of
from zkmargin.account.requirement import AnyRequirement, Requirement, requirement_bps
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.risk.collateral import check_limits

from .circuit_prover import CircuitProver
from .context import Context, context_signal
from .instances import Instance, choose_instance, find_instance
from .margin_proof import MarginProof
from .opening import opening_point
from .statement import Statement

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from zkmargin.account.account import Account
    from zkmargin.account.greek_limits import GreekLimits
    from zkmargin.proving.backends import Backend
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["MarginProver", "ProofInputs", "chosen_instance", "proof_inputs"]


class MarginProver:
    """Makes margin proofs; safe to use from several threads.

    A prover keeps the circuits that it has loaded, so use one prover for many proofs.

    Parameters
    ----------
    prover : str, Backend or CircuitProver, optional
        One of `zkmargin.proving.backends.BACKENDS`; the fastest installed by default. With a `CircuitProver` the other
        parameters are not used.
    keys : Path, optional
        The folder of the circuits' keys, `keys_folder` by default. Missing circuits are compiled and missing
        keys are built on first use. Keys built this way are development keys, for tests only.
    progress : callable, optional
        Called with the name of the present step, the amount done and the total.

    Raises
    ------
    InputError
        If there is no prover of that name.
    """

    def __init__(
        self,
        prover: str | Backend | CircuitProver | None = None,
        *,
        keys: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        if isinstance(prover, CircuitProver):
            self._circuits = prover
        else:
            self._circuits = CircuitProver(prover, keys=keys, progress=progress)

    def prove(  # noqa: PLR0913  # everything that a proof depends on
        self,
        account: Account | OpenedAccount,
        snapshot: Snapshot,
        requirement: AnyRequirement = Requirement.MAINTENANCE,
        *,
        context: Context | int,
        limits: GreekLimits | None = None,
        disclose: bool = False,
        instance: str | None = None,
        positions: int = 0,
        allow_unhealthy: bool = False,
    ) -> MarginProof:
        """Prove that an account is healthy.

        Parameters
        ----------
        account : Account or OpenedAccount
            An opened account is not opened again.
        snapshot : Snapshot
        requirement : Requirement or int
            The claim; a number is in 1/10000 of the maintenance margin.
        context : Context or int
            The purpose of the proof. A verifier has to expect a context: without one, a proof made for one
            purpose can be used for another. A number is for uses off chain.
        limits : GreekLimits, optional
            Bounds on each underlying's net delta and gamma, which the proof states too. They are public. The
            snapshot must have the layout ``wide``.
        disclose : bool
            Whether the proof shows equity and requirement, and binds the opening to its elements
            (`spec.opening_elements`), as for an auction of the account.
        instance : str, optional
            The circuit's name; by default the smallest circuit that holds the account. A larger circuit reveals
            less about the number of positions.
        positions : int
            The least number of places for positions of the circuit that is chosen without a name.
        allow_unhealthy : bool
            Whether to prove default if the account is unhealthy.

        Returns
        -------
        MarginProof
            Verified. Its `kind` and `fingerprint` are those of the keys: proofs by development keys can be forged.

        Raises
        ------
        StatementError
            If the account is unhealthy or exceeds the limits. Checked before the proof is made.
        InputError
            If the account does not fit the snapshot or the circuit; if the amount of an asset exceeds the limit
            of its haircut and nothing is disclosed; or if the context is for another account.
        ToolchainError
            If a program is missing or fails.
        """
        inputs = proof_inputs(
            account,
            snapshot,
            requirement,
            context=context,
            limits=limits,
            disclose=disclose,
            instance=instance,
            positions=positions,
            allow_unhealthy=allow_unhealthy,
        )
        statement = inputs.statement
        proof, keys = self._circuits.prove(statement.instance, inputs.signals, statement.public)
        return MarginProof(replace(statement, fingerprint=keys.fingerprint), proof, keys.key, keys.kind)

    def keys(self, instance: str) -> Keys:
        """Return the keys of a circuit by name; missing keys are built.

        Raises
        ------
        InputError
            If there is no such circuit, or its keys have been changed.
        ToolchainError
            If a program is missing or fails.
        """
        return self._circuits.keys(find_instance(instance))


# No repr: the signals are secret.
@dataclass(frozen=True, slots=True, repr=False)
class ProofInputs:
    """The inputs of a margin proof that is not made yet.

    Attributes
    ----------
    signals : dict
        The inputs of the circuit's witness calculator by name: integers, lists and buses; secret.
    statement : Statement
        The circuit, and the public signals of the proof.
    """

    signals: dict[str, Any]
    statement: Statement

    def to_json(self) -> dict[str, Any]:
        """Return the object of snarkjs's ``input.json``; secret."""
        return {name: _texts(value) for name, value in self.signals.items()}


def _texts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _texts(item) for name, item in value.items()}
    return str(value) if isinstance(value, int) else [_texts(item) for item in value]


def proof_inputs(  # noqa: PLR0913  # everything that a proof depends on
    account: Account | OpenedAccount,
    snapshot: Snapshot,
    requirement: AnyRequirement = Requirement.MAINTENANCE,
    *,
    context: Context | int,
    limits: GreekLimits | None = None,
    disclose: bool = False,
    instance: str | None = None,
    positions: int = 0,
    allow_unhealthy: bool = False,
) -> ProofInputs:
    """Return the inputs of a proof, for a prover of your own.

    Parameters and errors are those of `MarginProver.prove`; no circuit or key is needed.
    """
    bps = requirement_bps(requirement, snapshot.parts.model.initial_bps)
    account, opening = opening_of(account, snapshot)
    margin = margin_of(opening, snapshot, account.source)
    if not (margin.healthy(bps) or allow_unhealthy):
        raise StatementError(f"the account is not healthy at {bps} / 10000 of its requirement")
    if margin.healthy(bps) and not disclose:
        # Beyond its limit an asset would count for too much. A proof of default holds all the more, and an
        # auction shows the amounts that the circuit counts, so bidders can judge the rest.
        check_limits(account.collateral, snapshot.parts.collateral, source=account.source)
    limited = limits is not None
    chosen = chosen_instance(
        opening, snapshot, limited=limited, disclosed=disclose, name=instance, positions=positions
    )
    if limits is not None and not spec.within_limits(margin, limits.bounds()):
        raise StatementError("the account is not within the limits")
    try:
        inputs, statement = _stated(opening, snapshot, chosen, bps, context, limits)
    except spec.SpecError as error:
        raise InputError(error.reason, source=account.source, key=error.key) from None
    if isinstance(context, Context) and context.account_commitment != statement.signals.account_commitment:
        raise InputError("is for another account", source="context", key="accountCommitment")
    return ProofInputs(inputs, statement)


def chosen_instance(  # noqa: PLR0913  # everything that a circuit depends on
    opening: spec.Account,
    snapshot: Snapshot,
    *,
    limited: bool,
    disclosed: bool,
    name: str | None = None,
    positions: int = 0,
) -> Instance:
    """Return the circuit of a proof: the one with a name, else the smallest one that holds the account.

    Parameters
    ----------
    opening : spec.Account
    snapshot : Snapshot
    limited, disclosed : bool
        Whether the proof states limits on Greeks, and discloses equity and requirement.
    name : str, optional
    positions : int
        See `zkmargin.proofs.instances.choose_instance`.

    Raises
    ------
    InputError
        If the circuit with the name does another thing, there is none, or none holds the account.
    """
    if name is None:
        layout = snapshot.parts.layout
        return choose_instance(opening, layout, limited=limited, disclosed=disclosed, positions=positions)
    instance = find_instance(name)
    if instance.shape.limited != limited:
        no = "no " if limited else ""
        raise InputError(f"{name} has {no}limits on Greeks", source="instance")
    if instance.shape.disclosed != disclosed:
        shows = "does not show" if disclosed else "shows"
        raise InputError(f"{name} {shows} equity and requirement", source="instance")
    return instance


def _stated(  # noqa: PLR0913, PLR0917  # everything that a proof depends on
    opening: spec.Account,
    snapshot: Snapshot,
    instance: Instance,
    bps: int,
    context: Context | int,
    limits: GreekLimits | None,
) -> tuple[dict[str, Any], Statement]:
    """Return the inputs of a circuit, and what its proof will state."""
    number, used = context_signal(context), context if isinstance(context, Context) else None
    shape, hasher = instance.shape, fast_hasher()
    if not shape.disclosed:
        bounds = None if limits is None else limits.bounds()
        made = spec.circuit_inputs(opening, snapshot.spec, shape, bps, number, limits=bounds, hasher=hasher)
        return made.signals, Statement(instance, made.public, used, limits)
    elements = spec.opening_elements(opening, shape.positions)
    z = opening_point(spec.commitment(opening, hasher), elements)
    shown = spec.disclosure_inputs(opening, snapshot.spec, shape, number, z, hasher=hasher)
    commitment, root, disclosed, _ = shown.public
    signals = spec.PublicSignals(int(disclosed.healthy(bps)), commitment, root, bps, number)
    return shown.signals, Statement(instance, signals, used, disclosed=disclosed)
