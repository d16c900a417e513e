"""Events of ClearingHouse as values, each with its place in the chain.

A chain can replace its last blocks. A program that stores events must store the hash of their block too, and
read again from the first block whose hash has changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web3.types import EventData

__all__ = [
    "Attested",
    "Called",
    "Changed",
    "Deposited",
    "HouseEvent",
    "LossSocialised",
    "Opened",
    "Place",
    "Returned",
    "Seized",
    "TakenOver",
    "Traded",
    "Withdrawn",
    "house_event",
    "place_of",
]


@dataclass(frozen=True, slots=True)
class Place:
    """The place of an event.

    Attributes
    ----------
    block : int
        The block's number.
    block_hash : bytes
        The block's hash, 32 bytes.
    transaction : bytes
        The transaction's hash, 32 bytes.
    index : int
        The index of the log within the block.
    """

    block: int
    block_hash: bytes
    transaction: bytes
    index: int


@dataclass(frozen=True, slots=True)
class Opened:
    """An account was opened."""

    account: int
    owner: str
    place: Place


@dataclass(frozen=True, slots=True)
class Changed:
    """An account has a new state; `escrow` is the hash of its sealed opening."""

    account: int
    nonce: int
    commitment: int
    escrow: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class Deposited:
    """A deposit: `amount` was credited to the account, `value` was taken by the vault, both in micro."""

    account: int
    asset: int
    amount: int
    value: int
    place: Place


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A withdrawal to `to`; otherwise like `Deposited`."""

    account: int
    asset: int
    to: str
    amount: int
    value: int
    place: Place


@dataclass(frozen=True, slots=True)
class Traded:
    """A trade changed the positions."""

    account: int
    place: Place


@dataclass(frozen=True, slots=True)
class Attested:
    """A proof of health was accepted for a snapshot of the time `last_healthy_at`."""

    account: int
    last_healthy_at: int
    place: Place


@dataclass(frozen=True, slots=True)
class Called:
    """A margin call: the account must prove health by `deadline`, with a snapshot from `since` or later."""

    account: int
    since: int
    deadline: int
    place: Place


@dataclass(frozen=True, slots=True)
class Seized:
    """An account was seized for auction."""

    account: int
    place: Place


@dataclass(frozen=True, slots=True)
class Returned:
    """A seized account was returned to its owner."""

    account: int
    place: Place


@dataclass(frozen=True, slots=True)
class TakenOver:
    """An account has a new owner, who paid `price`; a negative price was paid to the new owner."""

    account: int
    former_owner: str
    winner: str
    price: int
    fee: int
    place: Place


@dataclass(frozen=True, slots=True)
class LossSocialised:
    """Holders of cash paid `loss` micro; a credit is then worth `cash_factor` / 1e18."""

    account: int
    loss: int
    cash_factor: int
    place: Place


HouseEvent: TypeAlias = (
    Opened
    | Changed
    | Deposited
    | Withdrawn
    | Traded
    | Attested
    | Called
    | Seized
    | Returned
    | TakenOver
    | LossSocialised
)

_READERS: Mapping[str, Callable[[Mapping[str, Any], Place], HouseEvent]] = {
    "Opened": lambda a, at: Opened(a["account"], a["owner"], at),
    "Changed": lambda a, at: Changed(
        a["account"], a["nonce"], int.from_bytes(a["commitment"], "big"), bytes(a["escrow"]), at
    ),
    "Deposited": lambda a, at: Deposited(a["account"], a["asset"], a["amount"], a["value"], at),
    "Withdrawn": lambda a, at: Withdrawn(a["account"], a["asset"], a["to"], a["amount"], a["value"], at),
    "Traded": lambda a, at: Traded(a["account"], at),
    "Attested": lambda a, at: Attested(a["account"], a["lastHealthyAt"], at),
    "Called": lambda a, at: Called(a["account"], a["since"], a["deadline"], at),
    "Seized": lambda a, at: Seized(a["account"], at),
    "Returned": lambda a, at: Returned(a["account"], at),
    "TakenOver": lambda a, at: TakenOver(
        a["account"], a["formerOwner"], a["winner"], a["price"], a["fee"], at
    ),
    "LossSocialised": lambda a, at: LossSocialised(a["account"], a["loss"], a["cashFactor"], at),
}


def house_event(data: EventData) -> HouseEvent | None:
    """Return an event of an account, or None for an event of the contract's settings."""
    reader = _READERS.get(data["event"])
    return None if reader is None else reader(data["args"], place_of(data))


def place_of(data: EventData) -> Place:
    """Return the place of an event."""
    block_hash, transaction = bytes(data["blockHash"]), bytes(data["transactionHash"])
    return Place(data["blockNumber"], block_hash, transaction, data["logIndex"])
