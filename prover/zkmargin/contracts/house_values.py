"""Values of the contract House: accounts, funds that wait, parameters and contracts of a market."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntEnum, IntFlag
from typing import Any, Self

from .client import address_of, fitting

__all__ = [
    "AccountFlag",
    "HouseAccount",
    "HouseContracts",
    "HouseParameters",
    "HouseRecord",
    "HouseState",
    "Standing",
    "Times",
    "Waiting",
]

_NOTICE = 600
_WINDOW = 3600


class HouseState(IntEnum):
    """The state of an account; see IHouse."""

    NONE = 0
    REGISTERED = 1
    OPEN = 2
    SEIZED = 3


class AccountFlag(IntFlag):
    """The flags of an account; see AccountFlags.sol."""

    TRADED = 1
    FROZEN = 2
    EXPOSED = 4
    NOTICED = 8
    BONDED = 16


@dataclass(frozen=True, slots=True)
class HouseAccount:
    """The public record of an account.

    Attributes
    ----------
    owner : str
        The owner's address, with its checksum.
    last_healthy_at : int
        The time of the snapshot of the last accepted proof of health, in Unix time.
    last_healthy_live : int
        The live time when that proof was accepted.
    state : HouseState
    flags : AccountFlag
    commitment : int
        The commitment to the holdings; 0 before the account is opened.
    """

    owner: str
    last_healthy_at: int
    last_healthy_live: int
    state: HouseState
    flags: AccountFlag
    commitment: int

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Self:
        """Return the record from the contract's struct ``Account``."""
        owner, healthy_at, healthy_live, state, flags, commitment = values
        return cls(owner, healthy_at, healthy_live, HouseState(state), AccountFlag(flags), commitment)


@dataclass(frozen=True, slots=True)
class Times:
    """The times and the bond of an account; zeros where nothing stands.

    Attributes
    ----------
    called_since : int
        The time of the latest snapshot at the margin call; a proof with it or a later one answers.
    called_at, called_live : int
        The block time and the live time of the call.
    grace : int
        The live seconds in which the account must answer.
    notice_at : int
        The block time of the notice of a withdrawal.
    bond : int
        The bond that goes to the winner of an auction, in micro of the quote token.
    """

    called_since: int
    called_at: int
    called_live: int
    grace: int
    notice_at: int
    bond: int

    @property
    def withdraws_from(self) -> int:
        """The block time from which the owner may withdraw, if there is a notice."""
        return self.notice_at + _NOTICE

    @property
    def withdraws_until(self) -> int:
        """The block time at which the notice lapses."""
        return self.withdraws_from + _WINDOW


@dataclass(frozen=True, slots=True)
class HouseRecord:
    """All that someone who watches accounts needs of one.

    Attributes
    ----------
    account : HouseAccount
    times : Times
    waiting : int
        The cash that waits for its present owner, in micro of the quote token.
    late : int
        The live seconds for which it has been late; 0 while it is not.
    """

    account: HouseAccount
    times: Times
    waiting: int
    late: int

    @classmethod
    def of(cls, values: tuple[Any, ...]) -> Self:
        """Return the record from the contract's struct ``Record``."""
        account, times, waiting, late = values
        return cls(HouseAccount.of(account), Times(*times), waiting, late)

    @property
    def called(self) -> bool:
        """Whether the account has been called and has not answered."""
        return self.times.called_since > self.account.last_healthy_at


@dataclass(frozen=True, slots=True)
class Waiting:
    """Funds of one asset that wait to be credited, in micro of the token.

    Attributes
    ----------
    amount : int
        All that waits.
    counted : int
        The part that has been counted against a requirement: it is credited before it can leave.
    leaving : int
        The part that its owner has given notice for.
    leaves_at : int
        The block time at which the notice is over.
    """

    amount: int
    counted: int
    leaving: int
    leaves_at: int


@dataclass(frozen=True, slots=True)
class Standing:
    """The state of a market.

    Attributes
    ----------
    seized, frozen : int
        The number of seized accounts, and of those because of which there are no fills and no withdrawals.
    ended : bool
        Whether the market has ended.
    last_batch_at : int
        The block time of the venue's last batch or sign of life.
    batches : int
        The number of batches.
    """

    seized: int
    frozen: int
    ended: bool
    last_batch_at: int
    batches: int


@dataclass(frozen=True, slots=True)
class HouseParameters:
    """The parameters of a market; the timelock can change them within the contract's limits.

    Attributes
    ----------
    initial_bps : int
        Initial margin, in 1/10 000 of maintenance margin.
    max_snapshot_age : int
        The maximum age of a proof's snapshot, in seconds.
    heartbeat : int
        The live seconds for which a proof of health counts.
    grace : int
        The live seconds in which a called account must answer.
    cooldown : int
        The seconds after a breaker trip with reduce-only batches and no withdrawals.
    bond : int
        The bond that an account leaves before its first fill, in micro of the quote token.
    """

    initial_bps: int
    max_snapshot_age: int
    heartbeat: int
    grace: int
    cooldown: int
    bond: int

    def arguments(self) -> tuple[int, ...]:
        """Return IHouse's struct ``Parameters``.

        Raises
        ------
        InputError
            If a number does not fit its type.
        """
        widths = (32, 32, 32, 32, 32, 64)
        return tuple(
            fitting(name, value, bits)
            for name, value, bits in zip(self.__slots__, astuple(self), widths, strict=True)
        )


@dataclass(frozen=True, slots=True)
class HouseContracts:
    """The contracts of a market, by address; fixed at its deployment."""

    vault: str
    feed: str
    batches: str
    guardian: str
    insurance_fund: str
    first_loss: str
    timelock: str

    def arguments(self) -> tuple[str, ...]:
        """Return IHouse's struct ``Contracts``.

        Raises
        ------
        InputError
            If one of them is not an address.
        """
        return tuple(
            address_of(name, value) for name, value in zip(self.__slots__, astuple(self), strict=True)
        )
