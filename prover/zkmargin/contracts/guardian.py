"""A client of the contract Guardian: pause groups of functions for a bounded time.

A guardian is usually a multi-signature wallet, and a timelock changes the limits. The functions ``..._call``
return the calldata that the wallet signs or the timelock schedules. `Guardian.pause` and `Guardian.lift` are
for a connection whose account is the guardian itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntFlag
from typing import TYPE_CHECKING, Self

from zkmargin.chain.node import connection
from zkmargin.errors import InputError

from .client import Client, address_of, fitting

if TYPE_CHECKING:
    from web3 import Web3

__all__ = ["Guardian", "Limits", "PauseGroup"]


class PauseGroup(IntFlag):
    """The groups of functions that can be paused; ``PauseGroups.sol`` defines them."""

    TRADE = 1
    WITHDRAW = 2
    LIQUIDATE = 4


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of a group.

    Attributes
    ----------
    max_pause : int
        The longest pause, in seconds; 0 if the group cannot be paused.
    cooldown : int
        The least time between pauses, in seconds.
    """

    max_pause: int
    cooldown: int

    def longest_within(self, seconds: int) -> int:
        """Return the longest time that a group can be paused within a period.

        Parameters
        ----------
        seconds : int
            The length of the period.

        Raises
        ------
        InputError
            If `seconds` is negative, or both limits are zero.
        """
        turn = self.max_pause + self.cooldown
        if seconds < 0 or turn <= 0:
            raise InputError("must not be negative, and limits must not both be zero", source="seconds")
        return seconds // turn * self.max_pause + min(seconds % turn, self.max_pause)


class Guardian(Client):
    """A client of a deployed Guardian.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    SOURCE = "Guardian.sol"
    # A pause of all groups takes about 200 000; a fixed limit avoids gas estimates.
    GAS = 1_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        self.timelock: str = self._ask("timelock")

    @classmethod
    def deploy(cls, node: str | Web3, timelock: str, guardian: str) -> Self:
        """Deploy the contract.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        timelock : str
            A deployed TimelockController, whose delay is at least two days.
        guardian : str
            Who may pause.

        Raises
        ------
        InputError
            If an address is invalid.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach or the deployment fails: ``NotAContract``, ``NoticeTooShort``.
        """
        web3 = connection(node)
        parties = (address_of("timelock", timelock), address_of("guardian", guardian))
        return cls._deploy(web3, *parties)

    def guardian(self) -> str:
        """Return the address that can pause.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        return str(self._ask("guardian"))

    def is_paused(self, groups: PauseGroup) -> bool:
        """Return whether any of the groups is paused.

        Raises
        ------
        ChainError
            If the node is out of reach, or there is no such group.
        """
        return bool(self._ask("isPaused", int(groups)))

    def paused_seconds(self, group: PauseGroup, since: int) -> int:
        """Return the seconds that a group was paused since a moment.

        Parameters
        ----------
        group : PauseGroup
            A single group.
        since : int
            The moment, in Unix time.

        Raises
        ------
        InputError
            If the moment does not fit its type.
        ChainError
            If the node is out of reach, or `group` is not a single group.
        """
        return int(self._ask("pausedSeconds", int(group), fitting("since", since, 256)))

    def last_pause(self, group: PauseGroup) -> tuple[int, int] | None:
        """Return start and end of a group's latest pause in Unix time, or None if there was none.

        Raises
        ------
        ChainError
            If the node is out of reach, or `group` is not a single group.
        """
        start, end = self._ask("lastPause", int(group))
        return (int(start), int(end)) if start else None

    def pausable_from(self, group: PauseGroup) -> int:
        """Return the earliest moment at which a group may be paused again; 0 if it never was.

        Raises
        ------
        ChainError
            If the node is out of reach, or `group` is not a single group.
        """
        return int(self._ask("pausableFrom", int(group)))

    def limits(self, group: PauseGroup) -> Limits:
        """Return the limits of a group.

        Raises
        ------
        ChainError
            If the node is out of reach, or `group` is not a single group.
        """
        return Limits(*self._ask("limitsOf", int(group)))

    def bounds(self, group: PauseGroup) -> Limits:
        """Return the longest pause and the shortest cool-down that limits can allow; like `limits`."""
        return Limits(*self._ask("boundsOf", int(group)))

    def pause(self, groups: PauseGroup, duration: int, reason: str) -> int:
        """Pause groups as the connection's account.

        Parameters
        ----------
        groups : PauseGroup
            The groups. If one cannot be paused, none is.
        duration : int
            The length in seconds.
        reason : str
            The public reason.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If the duration does not fit its type.
        ChainError
            If the node or the contract reverts: ``NotGuardian``, ``CoolingDown``, ``PauseOutOfBounds``,
            ``NoReason``, ``NoSuchGroup``.
        """
        return self._send("pause", int(groups), fitting("duration", duration, 256), reason)

    def lift(self, groups: PauseGroup, reason: str) -> int:
        """End pauses early as the connection's account; otherwise like `pause`, also ``NotPaused``."""
        return self._send("lift", int(groups), reason)

    def pause_call(self, groups: PauseGroup, duration: int, reason: str) -> bytes:
        """Return the calldata of a pause, for the guardian's signers; see `pause`."""
        return self._encoded("pause", int(groups), fitting("duration", duration, 256), reason)

    def lift_call(self, groups: PauseGroup, reason: str) -> bytes:
        """Return the calldata of an early end, for the guardian's signers; see `lift`."""
        return self._encoded("lift", int(groups), reason)

    def set_limits_call(self, group: PauseGroup, limits: Limits, reason: str) -> bytes:
        """Return the calldata of a change of limits, for the timelock to schedule.

        Parameters
        ----------
        group : PauseGroup
            A single group.
        limits : Limits
            Its new limits, within `bounds`.
        reason : str
            The public reason.

        Raises
        ------
        InputError
            If a limit does not fit its type.
        """
        pair = (fitting("max_pause", limits.max_pause, 64), fitting("cooldown", limits.cooldown, 64))
        return self._encoded("setLimits", int(group), pair, reason)

    def set_guardian_call(self, guardian: str, reason: str) -> bytes:
        """Return the calldata of an appointment, for the timelock to schedule.

        Parameters
        ----------
        guardian : str
            The new guardian; the zero address for none.
        reason : str
            The public reason.

        Raises
        ------
        InputError
            If the address is invalid.
        """
        return self._encoded("setGuardian", address_of("guardian", guardian), reason)
