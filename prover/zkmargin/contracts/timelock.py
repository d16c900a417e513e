"""A client of OpenZeppelin's TimelockController: changes of parameters, announced and then made.

What is to be called comes from the clients' functions ``..._call``. Anybody can see it from the moment at
which it is scheduled; whoever minds it has the delay to leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Self

from zkmargin.chain.contract import contract_errors
from zkmargin.chain.node import connection

from .client import NOBODY, Client, address_of, fitting, word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from web3 import Web3

__all__ = ["Operation", "OperationState", "Roles", "Timelock"]


class OperationState(IntEnum):
    """How far an operation is."""

    UNSET = 0
    WAITING = 1
    READY = 2
    DONE = 3


@dataclass(frozen=True, slots=True)
class Operation:
    """One call that the timelock is to make.

    Attributes
    ----------
    target : str
        The contract that is called.
    data : bytes
        The calldata.
    salt : int
        Tells this from other operations with the same call.
    """

    target: str
    data: bytes
    salt: int = 0

    def arguments(self) -> tuple[Any, ...]:
        """Return target, value, data, predecessor (none) and salt.

        Raises
        ------
        InputError
            If the address is none, or the salt does not fit its type.
        """
        return address_of("target", self.target), 0, self.data, bytes(32), word("salt", self.salt)


@dataclass(frozen=True, slots=True)
class Roles:
    """Who may do what.

    Attributes
    ----------
    proposers, executors, cancellers : set of str
        Who may schedule, execute and cancel; the zero address among executors stands for anybody.
    admins : set of str
        Who may change that. The timelock itself, and then with notice, or somebody who need not wait.
    """

    proposers: set[str]
    executors: set[str]
    cancellers: set[str]
    admins: set[str]


class Timelock(Client):
    """A client of a deployed TimelockController.

    The parameters are those of `zkmargin.contracts.client.Client`.

    Raises
    ------
    ChainError
        If there is no such contract at the address.
    """

    SOURCE = "@openzeppelin/contracts/governance/TimelockController.sol"
    CALLED = (
        "ClearingHouse.sol",
        "LiquidationEngine.sol",
        "CollateralVault.sol",
        "OracleFeed.sol",
        "Guardian.sol",
    )
    # What it calls takes up to some 100 000; with a fixed limit nothing depends on an estimate.
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
            How long before its execution an operation is scheduled at least, in seconds.
        proposers : sequence of str
            Who may schedule and cancel.
        executors : sequence of str
            Who may execute what is due; the zero address for anybody.

        Raises
        ------
        InputError
            If an address is none, or the delay does not fit its type.
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
        """Announce an operation. For a proposer.

        Parameters
        ----------
        operation : Operation
        delay : int, optional
            In seconds; the least that is allowed if not given.

        Returns
        -------
        int
            Gas used, all in.

        Raises
        ------
        InputError
            If a value does not have its type's range.
        ChainError
            If the node or the contract refuses: ``AccessControlUnauthorizedAccount``,
            ``TimelockInsufficientDelay``, ``TimelockUnexpectedOperationState``.
        """
        wait = self.min_delay() if delay is None else fitting("delay", delay, 256)
        return self._send("schedule", *operation.arguments(), wait)

    def execute(self, operation: Operation) -> int:
        """Make the call of an operation that is due. For an executor; otherwise like `schedule`.

        What the called contract refuses has its own error.
        """
        return self._send("execute", *operation.arguments())

    def cancel(self, operation: Operation) -> int:
        """Cancel an operation that has not been executed. For a proposer; otherwise like `schedule`."""
        return self._send("cancel", self.identifier(operation))

    def state(self, operation: Operation) -> OperationState:
        """Return how far an operation is."""
        return OperationState(self._ask("getOperationState", self.identifier(operation)))

    def due_at(self, operation: Operation) -> int:
        """Return when an operation may be executed, since 1970; 0 if it is not scheduled, 1 if it is done."""
        return int(self._ask("getTimestamp", self.identifier(operation)))

    def identifier(self, operation: Operation) -> bytes:
        """Return the hash by which the contract knows an operation."""
        return bytes(self._ask("hashOperation", *operation.arguments()))

    def min_delay(self) -> int:
        """Return the least delay, in seconds."""
        return int(self._ask("getMinDelay"))

    def roles(self, from_block: int) -> Roles:
        """Return who has which role, as the contract has told since a block.

        Parameters
        ----------
        from_block : int
            One before the contract's first, such as `zkmargin.settlement.deploy.deployment.Deployment.block`.

        Raises
        ------
        ChainError
            If the node is out of reach, or does not look through so many blocks at once.
        """
        with contract_errors("the latest block", self._abi):
            latest = self._web3.eth.block_number
        holders: dict[bytes, set[str]] = {}
        for data in self._logs(from_block, latest):
            if data["event"] == "RoleGranted":
                holders.setdefault(bytes(data["args"]["role"]), set()).add(data["args"]["account"])
            elif data["event"] == "RoleRevoked":
                holders.get(bytes(data["args"]["role"]), set()).discard(data["args"]["account"])
        names = ("PROPOSER_ROLE", "EXECUTOR_ROLE", "CANCELLER_ROLE", "DEFAULT_ADMIN_ROLE")
        return Roles(*(holders.get(bytes(self._ask(name)), set()) for name in names))
