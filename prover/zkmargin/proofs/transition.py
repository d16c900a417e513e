"""Transitions of an account to its next state, and proofs of them.

>>> deposit = Change("ETH", Decimal("1.5"))
>>> new = after(account, deposit)  # doctest: +SKIP
>>> proof = TransitionProver().prove(account, new, snapshot, change=deposit, context=0)  # doctest: +SKIP
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.opened import opening_of
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher

from .circuit_prover import CircuitProver
from .context import Context, context_signal
from .instances import TRANSITION

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.account.account import Account
    from zkmargin.account.opened import OpenedAccount
    from zkmargin.proving.artifacts import Proof, VerificationKey
    from zkmargin.proving.backends import Backend
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["CASH", "Change", "TransitionProof", "TransitionProver", "after"]

CASH = "cash"
"""The asset that stands for cash, in the quote currency."""

_MICRO = 10**6


@dataclass(frozen=True, slots=True)
class Change:
    """The public part of a transition.

    Attributes
    ----------
    asset : str or None
        The asset added or taken out: a collateral asset of the snapshot, or `CASH`; None in a trade.
    amount : Decimal
        The amount added, negative if taken out; at most 6 decimals.
    """

    asset: str | None = None
    amount: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class TransitionProof:
    """A proof that a new commitment opens to the old account after a change. It contains no secret.

    Attributes
    ----------
    signals : TransitionSignals
        The public signals.
    proof : Proof
    key : VerificationKey
    asset : int
        The asset that `signals.change` names: a collateral's place from 0, `spec.CASH`, or `spec.TRADE`.
    amount : int
        The amount added, in 1e-6 of the asset; negative if taken out.
    """

    signals: spec.TransitionSignals
    proof: Proof
    key: VerificationKey
    asset: int
    amount: int


def after(account: Account, change: Change, *, owner: int | None = None) -> Account:
    """Return an account after a change of its funds, with the next nonce; its view key stays.

    Parameters
    ----------
    account : Account
    change : Change
        Not a trade: the parties know what a trade changes, and make the new account themselves.
    owner : int, optional
        The new owner's address, if the account is taken over.

    Raises
    ------
    InputError
        If the amount taken out exceeds the balance of a collateral asset, or the change is a trade.
    """
    following = replace(
        account,
        nonce=account.nonce + 1,
        owner=account.owner if owner is None else owner,
    )
    if change.asset is None:
        raise InputError("a trade: pass the account after it", source="change")
    if change.asset == CASH:
        return replace(following, cash=account.cash + change.amount)
    left = account.collateral.get(change.asset, Decimal(0)) + change.amount
    if left < 0:
        raise InputError("the amount exceeds the balance", source="change", key=change.asset)
    return replace(following, collateral={**account.collateral, change.asset: left})


class TransitionProver:
    """Makes proofs of transitions; safe to use from several threads.

    Its parameters are those of `zkmargin.proofs.circuit_prover.CircuitProver`.
    """

    def __init__(
        self,
        prover: str | Backend | None = None,
        *,
        keys: Path | None = None,
        progress: Progress | None = None,
    ) -> None:
        self._circuits = CircuitProver(prover, keys=keys, progress=progress)

    def prove(
        self,
        old: Account | OpenedAccount | None,
        new: Account | OpenedAccount,
        snapshot: Snapshot,
        *,
        change: Change,
        context: Context | int,
    ) -> TransitionProof:
        """Prove that an account has become another by a change.

        Parameters
        ----------
        old : Account, OpenedAccount or None
            The state before; None for a new account. An opened account is not opened again.
        new : Account or OpenedAccount
            The state after: the next nonce, any owner, and the change applied as by `after`. A trade may change
            positions, cash and view key.
        snapshot : Snapshot
            The ids and lots of instruments, and the places of collateral assets.
        change : Change
        context : Context or int
            The purpose of the proof.

        Returns
        -------
        TransitionProof
            Verified.

        Raises
        ------
        InputError
            If the new account is not the old one after the change, or a value is out of range.
        ToolchainError
            If a program is missing or fails.
        """
        following = opening_of(new, snapshot)[1]
        before = _nothing(following.owner) if old is None else opening_of(old, snapshot)[1]
        asset, amount = _asset(change, snapshot), _amount(change)
        try:
            inputs = spec.transition_inputs(
                before, following, asset, amount, context_signal(context), hasher=fast_hasher()
            )
        except spec.SpecError as error:
            raise InputError(error.reason, source="transition", key=error.key) from None
        proof, keys = self._circuits.prove(TRANSITION, inputs.signals, inputs.public)
        return TransitionProof(inputs.public, proof, keys.key, asset, amount)

    def keys(self) -> Keys:
        """Return the keys of the circuit; missing keys are built."""
        return self._circuits.keys(TRANSITION)


def _nothing(owner: int) -> spec.Account:
    return spec.Account(owner, 0, spec.NO_KEY, 0, 0, 0, (0,) * spec.CASH, ())


def _asset(change: Change, snapshot: Snapshot) -> int:
    if change.asset is None:
        return spec.TRADE
    if change.asset == CASH:
        return spec.CASH
    names = [one.asset for one in snapshot.parts.collateral]
    if change.asset not in names:
        raise InputError("the snapshot has no such collateral asset", source="change", key="asset")
    return names.index(change.asset)


def _amount(change: Change) -> int:
    micro = Fraction(change.amount) * _MICRO
    if micro.denominator != 1:
        raise InputError("more than 6 decimals", source="change", key="amount")
    return micro.numerator
