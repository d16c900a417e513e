"""A client of OpenZeppelin's TimelockController: schedule changes and execute them after a delay.

The clients' functions ``..._call`` return the calldata to schedule. A scheduled change is public, so holders
who disagree have the delay to leave.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.contract import contract_errors
from zkmargin.chain.node import connection

from .client import NOBODY, Client, address_of, fitting, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from web3 import Web3
    from web3.types import EventData

__all__ = ["Operation", "OperationState", "Roles", "Scheduled", "Timelock"]

_RANGE = 2000
"""Blocks in one request for events; many nodes refuse much larger ranges."""


class OperationState(IntEnum):
    """The state of an operation."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """A call for the timelock to make.

    Attributes
    ----------
    target : str
        The contract to call.
    data : bytes
        The calldata.
    salt : int
        Distinguishes operations with the same call.
    """

    target: str
    data: bytes
    salt: int = 0

    def arguments(self) -> tuple[Any, ...]:
        """Return target, value, data, predecessor (none) and salt.

        Raises
        ------
        InputError
            If the address is invalid, or the salt does not fit its type.
        """
        return address_of("target", self.target), 0, self.data, bytes(32), word("salt", self.salt)


@dataclass(frozen=True, slots=True)
class Scheduled:
    """An operation as the timelock's events have it.

    Attributes
    ----------
    identifier : bytes
        The contract's identifier, 32 bytes.
    calls : tuple of Operation
        Its calls in order; several if it was scheduled as a batch.
    simple : bool
        Whether `Timelock.execute` can execute it: one call without ether, and no operation that comes before it.
    """

    identifier: bytes
    calls: tuple[Operation, ...]
    simple: bool


@dataclass(frozen=True, slots=True)
class Roles:
    """The holders of the timelock's roles.

    Attributes
    ----------
    proposers, executors, cancellers : set of str
        The addresses that can schedule, execute and cancel. The zero address among executors means anybody.
    admins : set of str
        The addresses that can change the roles: the timelock itself, after the delay, or others at once.
    """

    proposers: set[str]
    executors: set[str]
    cancellers: set[str]
    admins: set[str]


class Timelock(Client):
    """A client of a deployed TimelockController.

    For the parameters see `Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    SOURCE = "@openzeppelin/contracts/governance/TimelockController.sol"
    CALLED = (
        "clearing/House.sol",
        "clearing/HouseDesk.sol",
        "clearing/Auctions.sol",
        "CollateralVault.sol",
        "OracleFeed.sol",
        "Guardian.sol",
    )
    # The calls take up to some 100 000; a fixed limit avoids gas estimates.
    GAS = 2_000_000

    def __init__(self, web3: Web3, address: str) -> None:
        super().__init__(web3, address)
        _ = self.min_delay()

    @classmethod
    def deploy(
        cls, node: str | Web3, min_delay: int, proposers: Sequence[str], executors: Sequence[str]
    ) -> Self:
        """Deploy a timelock that administers itself.

        Parameters
        ----------
        node : str or Web3
            The node, or a connection to it.
        min_delay : int
            The least time from scheduling to execution, in seconds.
        proposers : sequence of str
            The addresses that can schedule and cancel.
        executors : sequence of str
            The addresses that can execute; the zero address means anybody.

        Raises
        ------
        InputError
            If an address is invalid, or the delay does not fit its type.
        ToolchainError
            If the compiler or a library is missing.
        ChainError
            If the node is out of reach or the deployment fails.
        """
        web3 = connection(node)
        arguments = (
            fitting("min_delay", min_delay, 256),
            [address_of("proposers", one) for one in proposers],
            [address_of("executors", one) for one in executors],
            NOBODY,
        )
        return cls._deploy(web3, *arguments)

    def schedule(self, operation: Operation, delay: int | None = None) -> int:
        """Schedule an operation; only proposers can.

        Parameters
        ----------
        operation : Operation
        delay : int, optional
            The delay in seconds; by default the least one.

        Returns
        -------
        int
            Gas used by the transaction.

        Raises
        ------
        InputError
            If a value is out of range.
        ChainError
            If the node or the contract rejects the call: ``AccessControlUnauthorizedAccount``,
            ``TimelockInsufficientDelay``, ``TimelockUnexpectedOperationState``.
        """
        wait = self.min_delay() if delay is None else fitting("delay", delay, 256)
        return self._send("schedule", *operation.arguments(), wait)

    def execute(self, operation: Operation) -> int:
        """Execute an operation that is due; only executors can. Otherwise like `schedule`.

        An error of the called contract is passed on.
        """
        return self._send("execute", *operation.arguments())

    def cancel(self, identifier: bytes) -> int:
        """Cancel the scheduled operation with an identifier; only cancellers can. Otherwise like `schedule`."""
        return self._send("cancel", identifier)

    def schedule_call(self, operation: Operation, delay: int | None = None) -> bytes:
        """Return the calldata of `schedule`, for a proposer's wallet; raise as `schedule`."""
        wait = self.min_delay() if delay is None else fitting("delay", delay, 256)
        return self._encoded("schedule", *operation.arguments(), wait)

    def execute_call(self, operation: Operation) -> bytes:
        """Return the calldata of `execute`, for an executor's wallet; raise as `execute`."""
        return self._encoded("execute", *operation.arguments())

    def cancel_call(self, identifier: bytes) -> bytes:
        """Return the calldata of `cancel`, for a canceller's wallet."""
        return self._encoded("cancel", identifier)

    def set_delay_call(self, seconds: int) -> bytes:
        """Return the calldata of a change of the least delay, for the timelock itself to schedule."""
        return self._encoded("updateDelay", fitting("delay", seconds, 256))

    def state(self, identifier: bytes) -> OperationState:
        """Return the state of the operation with an identifier."""
        return OperationState(self._ask("getOperationState", identifier))

    def due_at(self, identifier: bytes) -> int:
        """Return when an operation is due, in Unix time; 0 if it is not scheduled, 1 if it is done."""
        return int(self._ask("getTimestamp", identifier))

    def identifier(self, operation: Operation) -> bytes:
        """Return the contract's identifier of an operation."""
        return bytes(self._ask("hashOperation", *operation.arguments()))

    def scheduled(self, from_block: int) -> list[Scheduled]:
        """Return the operations that have been scheduled since a block and neither executed nor cancelled.

        Parameters
        ----------
        from_block : int
            A block before the contract's deployment, such as `Deployment.block`.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        calls: dict[bytes, list[tuple[Operation, bool]]] = {}
        salts: dict[bytes, int] = {}
        for data in self._since(from_block):
            name, values = data["event"], data["args"]
            if name == "CallScheduled":
                simple = values["value"] == 0 and not any(values["predecessor"])
                call = Operation(values["target"], bytes(values["data"])), simple
                calls.setdefault(bytes(values["id"]), []).append(call)
            elif name == "CallSalt":
                salts[bytes(values["id"])] = int.from_bytes(values["salt"], "big")
            elif name in {"CallExecuted", "Cancelled"}:
                # An operation that was cancelled may be scheduled again.
                calls.pop(bytes(values["id"]), None)
        return [
            Scheduled(
                identifier,
                tuple(replace(one, salt=salts.get(identifier, 0)) for one, _ in parts),
                len(parts) == 1 and parts[0][1],
            )
            for identifier, parts in calls.items()
        ]

    def min_delay(self) -> int:
        """Return the least delay, in seconds."""
        return int(self._ask("getMinDelay"))

    def roles(self, from_block: int) -> Roles:
        """Return the holders of the roles, from the events since a block.

        Parameters
        ----------
        from_block : int
            A block before the contract's deployment, such as `Deployment.block`.

        Raises
        ------
        ChainError
            If the node is out of reach.
        """
        holders: dict[bytes, set[str]] = {}
        for data in self._since(from_block):
            if data["event"] == "RoleGranted":
                holders.setdefault(bytes(data["args"]["role"]), set()).add(data["args"]["account"])
            elif data["event"] == "RoleRevoked":
                holders.get(bytes(data["args"]["role"]), set()).discard(data["args"]["account"])
        names = ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE")
        return Roles(*(holders.get(bytes(self._ask(name)), set()) for name in names))

    def _since(self, from_block: int) -> Iterator[EventData]:
        """Yield the events since a block, by requests of a range that nodes accept."""
        with contract_errors("the latest block", self._abi):
            latest = self._web3.eth.block_number
        for start in range(from_block, latest + 1, _RANGE):
            yield from self._logs(start, min(start + _RANGE - 1, latest))
