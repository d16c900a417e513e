"""Proofs of the steps that an owner takes alone: to open an account, to withdraw, to take one over, to claim.

docs/owner-steps.md defines the statements. The accounts here are openings of the specification.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.account.account import new_view_key
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec import owner_steps

from .batch_instances import OPEN, TAKE_OVER, WITHDRAW, claim_circuits
from .circuit_prover import CircuitProver

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from zkmargin.proving.artifacts import Proof, VerificationKey

    from .batch_instances import ClaimInstance
    from .circuit_keys import PublishedCircuit

__all__ = ["OwnerProof", "OwnerProver"]


@dataclass(frozen=True, slots=True)
class OwnerProof:
    """A proof of an owner's step. It contains no secret.

    Attributes
    ----------
    circuit : str
        The circuit's name.
    public : tuple of int
        The public signals, in the circuit's order; field elements.
    proof : Proof
    key : VerificationKey
    """

    circuit: str
    public: tuple[int, ...]
    proof: Proof
    key: VerificationKey


class OwnerProver:
    """Makes proofs of owners' steps; safe to use from several threads.

    Each method checks its rules first. A context is a field element that binds a proof to its use.

    Parameters
    ----------
    prover : CircuitProver, optional
        By default one with the fastest backend and the user's keys.
    claims : sequence of ClaimInstance, optional
        The circuits of claims to use; by default all that are declared.
    """

    def __init__(
        self, prover: CircuitProver | None = None, *, claims: tuple[ClaimInstance, ...] | None = None
    ) -> None:
        self._prover = prover or CircuitProver()
        self._claims = claim_circuits() if claims is None else claims
        self._hasher = fast_hasher()

    def open(self, account: spec.Account, context: int) -> OwnerProof:
        """Prove that an account is new: without funds, positions and orders.

        Parameters
        ----------
        account : spec.Account
            With nonce 0.
        context : int

        Raises
        ------
        SpecError
            If the account is not new, or a value is out of range.
        """
        inputs = owner_steps.open_inputs(account, context, hasher=self._hasher)
        return self._prove(OPEN, inputs.signals, inputs.public)

    def withdraw(
        self, account: spec.Account, asset: int, amount: int, context: int
    ) -> tuple[spec.Account, OwnerProof]:
        """Prove a withdrawal.

        Parameters
        ----------
        account : spec.Account
            The state before.
        asset : int
            0 to 7 for collateral, or `spec.CASH`.
        amount : int
            64 bits, in 1e-6 of the asset.
        context : int

        Returns
        -------
        (spec.Account, OwnerProof)
            The state after, and the proof.

        Raises
        ------
        SpecError
            If there is no such asset, or the account has less of a collateral asset.
        """
        inputs = owner_steps.withdraw_inputs(account, asset, amount, context, hasher=self._hasher)
        after = owner_steps.withdrawn(account, asset, amount)
        return after, self._prove(WITHDRAW, inputs.signals, inputs.public)

    def take_over(
        self, account: spec.Account, owner: int, key: spec.TradingKey, venue: spec.TradingKey, context: int
    ) -> tuple[spec.Account, OwnerProof]:
        """Prove a takeover, with a new view key that is sealed to the venue.

        Parameters
        ----------
        account : spec.Account
            The state before.
        owner : int
            The new owner, 160 bits; the present one, to renew the account's keys.
        key : spec.TradingKey
            The new key for orders.
        venue : spec.TradingKey
            The venue's key, which the new view key is sealed to.
        context : int

        Returns
        -------
        (spec.Account, OwnerProof)
            The state after, which has the new view key, and the proof.

        Raises
        ------
        SpecError
            If a value is out of range, or the venue's key is not on the curve.
        """
        after = owner_steps.taken_over(account, owner, key, new_view_key())
        scalar = secrets.randbits(owner_steps.SCALAR_BITS)
        inputs = owner_steps.take_over_inputs(account, after, venue, scalar, context, hasher=self._hasher)
        return after, self._prove(TAKE_OVER, inputs.signals, inputs.public)

    def claim(
        self, account: spec.Account, snapshot: spec.Snapshot, context: int, *, positions: int = 0
    ) -> OwnerProof:
        """Prove what an account is worth under a snapshot, for the wind-down of its market.

        Parameters
        ----------
        account : spec.Account
        snapshot : spec.Snapshot
        context : int
        positions : int
            The circuit has at least so many places for positions. A proof shows its circuit, and so how large the
            account may be: a larger circuit than the smallest shows less.

        Raises
        ------
        InputError
            If the account fits no circuit of claims, or none has so many places.
        SpecError
            If the account holds an instrument that the snapshot does not have.
        """
        circuit = self._claim_circuit(account, snapshot.table.layout, positions)
        inputs = spec.claim_inputs(account, snapshot, circuit.shape, context, hasher=self._hasher)
        return self._prove(circuit, inputs.signals, inputs.public.signals)

    def _claim_circuit(self, account: spec.Account, layout: spec.Layout, positions: int = 0) -> ClaimInstance:
        holding = [one for one in self._claims if one.shape.layout == layout and one.shape.holds(account)]
        for one in holding:
            if one.shape.positions >= positions:
                return one
        if holding:
            raise InputError(f"no circuit of claims has places for {positions} positions", source="positions")
        reason = "more positions or underlyings than any circuit of claims has places for"
        raise InputError(reason, source="account")

    def _prove(
        self, circuit: PublishedCircuit, signals: Mapping[str, Any], public: tuple[int, ...]
    ) -> OwnerProof:
        proof, keys = self._prover.prove(circuit, dict(signals), tuple(public))
        return OwnerProof(circuit.name, tuple(public), proof, keys.key)
