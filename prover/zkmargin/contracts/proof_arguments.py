"""Proofs as contracts take them."""

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
        That it follows from the present one.
    escrow : bytes
        The hash of its opening, sealed to the venue's key; 32 bytes.

    Raises
    ------
    InputError
        If the hash has another length.
    """

    proof: TransitionProof
    escrow: bytes

    def __post_init__(self) -> None:
        """Check the hash."""
        if len(self.escrow) != 32:
            raise InputError(f"{len(self.escrow)} bytes where 32 belong", source="escrow")

    @property
    def commitment(self) -> int:
        """That of the next state."""
        return self.proof.signals.new_commitment

    def arguments(self) -> tuple[Any, ...]:
        """Return IClearingHouse's struct ``Next``."""
        a, b, c, _ = calldata(self.proof.proof, ())
        return word("commitment", self.commitment), self.escrow, a, b, c


@dataclass(frozen=True, slots=True)
class Health:
    """A margin proof, and the deadline that is in its context.

    Attributes
    ----------
    proof : MarginProof
    deadline : int
        The last second at which it may be used, since 1970.
    """

    proof: MarginProof
    deadline: int

    def arguments(self) -> tuple[Any, ...]:
        """Return IClearingHouse's struct ``Health``.

        Raises
        ------
        InputError
            If the proof shows more than health.
        """
        if len(self.proof.public) != len(self.proof.signals):
            raise InputError("it shows more than health", source="proof")
        return fitting("deadline", self.deadline, 256), self._proof()

    def disclosure(self) -> tuple[Any, ...]:
        """Return deadline and IDisclosureVerifier's struct ``Proof``.

        Raises
        ------
        InputError
            If the proof does not show equity and requirement.
        """
        if self.proof.disclosed is None:
            raise InputError("it does not show equity and requirement", source="proof")
        return fitting("deadline", self.deadline, 256), self._proof()

    def _proof(self) -> tuple[Any, ...]:
        return self.proof.instance.number, *calldata(self.proof.proof, self.proof.public)
