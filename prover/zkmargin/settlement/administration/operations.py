"""Operations of a market's timelock: those that wait, and the checks before they are sent."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.chain.contract import contract_errors, our_contract
from zkmargin.contracts.timelock import OperationState
from zkmargin.documents.utc import utc_text
from zkmargin.errors import ChainError

from .effects import Effect, effects
from .values import span_text

if TYPE_CHECKING:
    from zkmargin.contracts.timelock import Operation
    from zkmargin.settlement.market import Market

__all__ = ["Pending", "find_pending", "pending", "require_accepted", "require_ready", "require_unset"]


@dataclass(frozen=True, slots=True)
class Pending:
    """An operation that has been scheduled and not executed.

    Attributes
    ----------
    identifier : bytes
        The timelock's identifier, 32 bytes.
    due_at : int
        When it can be executed, in Unix time.
    operation : Operation or None
        Its call; None if it can only be executed by the tool that scheduled it, such as a batch of calls.
    effects : tuple of Effect
        What it would change now.
    """

    identifier: bytes
    due_at: int
    operation: Operation | None
    effects: tuple[Effect, ...]


def pending(market: Market) -> list[Pending]:
    """Return the operations that wait or are ready, the earliest first.

    Raises
    ------
    ChainError
        If the node is out of reach.
    """
    found = [
        Pending(
            one.identifier,
            market.timelock.due_at(one.identifier),
            one.calls[0] if one.simple else None,
            tuple(effect for call in one.calls for effect in effects(market, call)),
        )
        for one in market.timelock.scheduled(market.deployment.block)
    ]
    return sorted(found, key=lambda one: one.due_at)


def find_pending(market: Market, identifier: bytes) -> Pending:
    """Return the pending operation with an identifier.

    Raises
    ------
    ChainError
        If there is none: it was never scheduled, or executed or cancelled; or the node is out of reach.
    """
    for one in pending(market):
        if one.identifier == identifier:
            return one
    state = market.timelock.state(identifier)
    reason = "has been executed" if state == OperationState.DONE else "is not scheduled"
    raise ChainError(f"operation 0x{identifier.hex()} {reason}")


def require_unset(market: Market, operation: Operation) -> None:
    """Require that an operation was never scheduled, or was cancelled.

    Raises
    ------
    ChainError
        If it waits or was executed; the same call needs another salt.
    """
    identifier = market.timelock.identifier(operation)
    state = market.timelock.state(identifier)
    if state != OperationState.UNSET:
        done = "has been executed" if state == OperationState.DONE else "is scheduled"
        again = "--salt makes another one of the same call"
        raise ChainError(f"operation 0x{identifier.hex()} {done} already: {again}")


def require_ready(market: Market, identifier: bytes) -> None:
    """Require that an operation can be executed now.

    Raises
    ------
    ChainError
        If it is not scheduled, has been executed, or its delay has not passed.
    """
    state = market.timelock.state(identifier)
    shown = f"operation 0x{identifier.hex()}"
    if state == OperationState.WAITING:
        due = market.timelock.due_at(identifier)
        left = span_text(max(0, due - market.time()))
        raise ChainError(f"{shown} can be executed from {utc_text(due)}, in {left}")
    if state == OperationState.UNSET:
        raise ChainError(f"{shown} is not scheduled: zkmargin timelock status lists those that are")
    if state == OperationState.DONE:
        raise ChainError(f"{shown} has been executed")


def require_accepted(market: Market, operation: Operation) -> None:
    """Require that the called contract would accept the call now.

    Raises
    ------
    ChainError
        If it would revert, with the contract's error, or the node is out of reach.
    """
    called = market.timelock.CALLED
    with contract_errors("the call would fail now", our_contract(market.timelock.SOURCE).abi, called):
        market.web3.eth.call(
            {
                "from": market.timelock.address,
                "to": operation.target,
                "data": operation.data,
                "gas": 2_000_000,
            }
        )
