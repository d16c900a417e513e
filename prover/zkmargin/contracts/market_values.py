"""What ClearingHouse says of accounts and of itself, as values."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntEnum

from .client import address_of, fitting

__all__ = ["AccountRecord", "HouseParameters", "MarketContracts", "State"]


class State(IntEnum):
    """Whose an account is: nobody's, its owner's, or up for auction."""

    NONE = 0
    OPEN = 1
    SEIZED = 2


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """What is known of an account.

    Attributes
    ----------
    owner : str
        Who acts for it.
    nonce : int
        The number of its state, 1 after it was opened.
    last_healthy_at : int
        The time of the snapshot of its last accepted proof of health, in seconds since 1970.
    state : State
    commitment : int
        To what it holds.
    escrow : bytes
        The hash of the opening, sealed to the venue's key; 32 bytes.
    """

    owner: str
    nonce: int
    last_healthy_at: int
    state: State
    commitment: int
    escrow: bytes


@dataclass(frozen=True, slots=True)
class MarketContracts:
    """The contracts that a clearing house keeps for good.

    Attributes
    ----------
    vault, feed, margin_verifier, transition_verifier, guardian, insurance_fund, timelock : str
        Their addresses.
    """

    vault: str
    feed: str
    margin_verifier: str
    transition_verifier: str
    guardian: str
    insurance_fund: str
    timelock: str

    def arguments(self) -> tuple[str, ...]:
        """Return IClearingHouse's struct ``Contracts``.

        Raises
        ------
        InputError
            If an address is none.
        """
        return tuple(address_of(name, getattr(self, name)) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class HouseParameters:
    """What the timelock may change, within the contract's constants.

    Attributes
    ----------
    initial_bps : int
        Initial margin, in 1/10 000 of the margin requirement.
    max_snapshot_age : int
        How old a snapshot may be that a proof relies on, in seconds.
    heartbeat : int
        How long a proof of health lasts, in seconds.
    grace : int
        How long a called account has to attest, in seconds.
    cooldown : int
        How long after a trip of the breaker nothing leaves and nobody trades, in seconds.
    """

    initial_bps: int
    max_snapshot_age: int
    heartbeat: int
    grace: int
    cooldown: int

    def arguments(self) -> tuple[int, ...]:
        """Return IClearingHouse's struct ``Parameters``.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        return tuple(
            fitting(name, value, 32) for name, value in zip(self.__slots__, astuple(self), strict=True)
        )
