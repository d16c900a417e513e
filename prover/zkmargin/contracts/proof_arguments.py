"""Proofs as arguments of contracts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.chain.verifier import calldata
from zkmargin.errors import InputError

from .client import fitting, word

if TYPE_CHECKING:
    from zkmargin.proofs.margin_proof import MarginProof
    from zkmargin.proofs.transition import TransitionProof

__all__ = ["Health", "Next"]


@dataclass(frozen=True, slots=True)
class Next:
    """The next state of an account.

    Attributes
    ----------
    proof : TransitionProof
        The proof that the state follows from the current one.
    escrow : bytes
        The hash of the opening sealed to the venue's key; 32 bytes.

    Raises
    ------
    InputError
        If the hash does not have 32 bytes.
    """

    proof: TransitionProof
    escrow: bytes

    def __post_init__(self) -> None:
        """Check the length of the hash."""
        if len(self.escrow) != 32:
            raise InputError(f"expected 32 bytes, got {len(self.escrow)}", source="escrow")

    @property
    def commitment(self) -> int:
        """The commitment of the next state."""
        return self.proof.signals.new_commitment

    def arguments(self) -> tuple[Any, ...]:
        """Return IClearingHouse's struct ``Next``."""
        a, b, c, _ = calldata(self.proof.proof, ())
        return word("commitment", self.commitment), self.escrow, a, b, c


@dataclass(frozen=True, slots=True)
class Health:
    """A margin proof and the deadline in its context.

    Attributes
    ----------
    proof : MarginProof
    deadline : int
        The deadline in Unix time.
    """

    proof: MarginProof
    deadline: int

    def arguments(self) -> tuple[Any, ...]:
        """Return IClearingHouse's struct ``Health``.

        Raises
        ------
        InputError
            If the proof discloses equity and requirement.
        """
        if len(self.proof.public) != len(self.proof.signals):
            raise InputError("must not disclose equity and requirement", source="proof")
        return fitting("deadline", self.deadline, 256), self._proof()

    def disclosure(self) -> tuple[Any, ...]:
        """Return deadline and IDisclosureVerifier's struct ``Proof``.

        Raises
        ------
        InputError
            If the proof does not disclose equity and requirement.
        """
        if self.proof.disclosed is None:
            raise InputError("must disclose equity and requirement", source="proof")
        return fitting("deadline", self.deadline, 256), self._proof()

    def _proof(self) -> tuple[Any, ...]:
        return self.proof.instance.number, *calldata(self.proof.proof, self.proof.public)
