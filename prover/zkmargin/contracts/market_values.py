"""Accounts, contracts and parameters of ClearingHouse as values."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntEnum

from .client import address_of, fitting

__all__ = ["AccountRecord", "HouseParameters", "MarketContracts", "State"]


class State(IntEnum):
    """Whether an account exists, is open, or is seized for auction."""

    NONE = 0
    OPEN = 1
    SEIZED = 2


@dataclass(frozen=True, slots=True)
class AccountRecord:
    """ClearingHouse's record of an account.

    Attributes
    ----------
    owner : str
        The owner's address.
    nonce : int
        The number of the state; 1 after opening.
    last_healthy_at : int
        The time of the snapshot of the last accepted proof of health, in Unix time.
    state : State
    commitment : int
        The commitment to the account.
    escrow : bytes
        The hash of the opening sealed to the venue's key; 32 bytes.
    """

    owner: str
    nonce: int
    last_healthy_at: int
    state: State
    commitment: int
    escrow: bytes


@dataclass(frozen=True, slots=True)
class MarketContracts:
    """The immutable contracts of a clearing house.

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
            If an address is invalid.
        """
        return tuple(address_of(name, getattr(self, name)) for name in self.__slots__)


@dataclass(frozen=True, slots=True)
class HouseParameters:
    """The parameters that the timelock can change, within the contract's limits.

    Attributes
    ----------
    initial_bps : int
        Initial margin, in 1/10 000 of the margin requirement.
    max_snapshot_age : int
        The largest age of a proof's snapshot, in seconds.
    heartbeat : int
        The period for which a proof of health counts, in seconds.
    grace : int
        The time from a margin call to its deadline, in seconds.
    cooldown : int
        The time after a breaker trip without withdrawals and trades, in seconds.
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
