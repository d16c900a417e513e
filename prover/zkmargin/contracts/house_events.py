"""Events of the contract House as values, each with its place in the chain."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from .place import Place, place_of

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from web3.types import EventData

__all__ = [
    "AccountCalled",
    "AccountOpened",
    "AccountRegistered",
    "AccountSeized",
    "AccountTaken",
    "BatchSettled",
    "CashWithdrawn",
    "FundsDeposited",
    "HealthAttested",
    "KeyRequested",
    "KeysRenewed",
    "MarketEnded",
    "MarketEvent",
    "SealedViewKey",
    "market_event",
]


@dataclass(frozen=True, slots=True)
class SealedViewKey:
    """A view key, sealed to the venue's key: `zkmargin.spec.owner_steps.seal_view_key`."""

    sealed: int
    ephemeral: tuple[int, int]


@dataclass(frozen=True, slots=True)
class AccountRegistered:
    """An account has a number and an owner."""

    account: int
    owner: str
    place: Place


@dataclass(frozen=True, slots=True)
class AccountOpened:
    """An account was opened. The keys are not proven: check the account that they give against the commitment."""

    account: int
    commitment: int
    key: tuple[int, int]
    view_key: SealedViewKey
    place: Place


@dataclass(frozen=True, slots=True)
class FundsDeposited:
    """Funds wait to be credited, in micro of the token."""

    account: int
    asset: int
    sender: str
    amount: int
    place: Place


@dataclass(frozen=True, slots=True)
class CashWithdrawn:
    """A withdrawal of `amount` from the account; `value` was paid to `to`, both in micro."""

    account: int
    asset: int
    to: str
    amount: int
    value: int
    commitment: int
    place: Place


@dataclass(frozen=True, slots=True)
class KeyRequested:
    """An owner asks for another trading key."""

    account: int
    key: tuple[int, int]
    value: int
    place: Place


@dataclass(frozen=True, slots=True)
class KeysRenewed:
    """An account has new keys, of the same or of another owner."""

    account: int
    commitment: int
    key: tuple[int, int]
    view_key: SealedViewKey
    place: Place


@dataclass(frozen=True, slots=True)
class BatchSettled:
    """A batch was settled.

    Attributes
    ----------
    number : int
        Its number, from 1.
    snapshot_root : int
    time : int
        The time for the validity of its orders, in Unix time.
    content : bytes
        See `zkmargin.contracts.settled.settled_content`.
    place : Place
    """

    number: int
    snapshot_root: int
    time: int
    content: bytes
    place: Place


@dataclass(frozen=True, slots=True)
class HealthAttested:
    """Accounts were proven healthy under a snapshot."""

    snapshot_root: int
    snapshot_time: int
    accounts: tuple[int, ...]
    place: Place


@dataclass(frozen=True, slots=True)
class AccountCalled:
    """An account was called: it must answer with a snapshot from `since` or later."""

    account: int
    since: int
    place: Place


@dataclass(frozen=True, slots=True)
class AccountSeized:
    """An account was seized for an auction."""

    account: int
    place: Place


@dataclass(frozen=True, slots=True)
class AccountTaken:
    """An account has a new owner, who paid `price`; a negative price was paid into the account."""

    account: int
    former_owner: str
    winner: str
    price: int
    fee: int
    place: Place


@dataclass(frozen=True, slots=True)
class MarketEnded:
    """The market has ended for good."""

    place: Place


MarketEvent: TypeAlias = (
    AccountRegistered
    | AccountOpened
    | FundsDeposited
    | CashWithdrawn
    | KeyRequested
    | KeysRenewed
    | BatchSettled
    | HealthAttested
    | AccountCalled
    | AccountSeized
    | AccountTaken
    | MarketEnded
)


def _sealed(values: Mapping[str, Any]) -> SealedViewKey:
    return SealedViewKey(values["sealed_"], _pair(values["ephemeral"]))


def _pair(values: Any) -> tuple[int, int]:
    return values[0], values[1]


def _number(root: bytes) -> int:
    return int.from_bytes(root, "big")


_READERS: Mapping[str, Callable[[Mapping[str, Any], Place], MarketEvent]] = {
    "Registered": lambda a, at: AccountRegistered(a["account"], a["owner"], at),
    "Opened": lambda a, at: AccountOpened(
        a["account"], a["commitment"], _pair(a["key"]), _sealed(a["viewKey"]), at
    ),
    "Deposited": lambda a, at: FundsDeposited(a["account"], a["asset"], a["from"], a["amount"], at),
    "Withdrawn": lambda a, at: CashWithdrawn(
        a["account"], a["asset"], a["to"], a["amount"], a["value"], a["commitment"], at
    ),
    "KeyRequested": lambda a, at: KeyRequested(a["account"], _pair(a["key"]), a["value"], at),
    "KeysRenewed": lambda a, at: KeysRenewed(
        a["account"], a["commitment"], _pair(a["key"]), _sealed(a["viewKey"]), at
    ),
    "Settled": lambda a, at: BatchSettled(
        a["number"], _number(a["snapshotRoot"]), a["time"], bytes(a["content"]), at
    ),
    "Attested": lambda a, at: HealthAttested(
        _number(a["snapshotRoot"]), a["snapshotTime"], tuple(a["accounts"]), at
    ),
    "Called": lambda a, at: AccountCalled(a["account"], a["since"], at),
    "Seized": lambda a, at: AccountSeized(a["account"], at),
    "TakenOver": lambda a, at: AccountTaken(a["account"], a["from"], a["to"], a["price"], a["fee"], at),
    "MarketEnded": lambda _, at: MarketEnded(at),
}


def market_event(data: EventData) -> MarketEvent | None:
    """Return an event of the market, or None for one of settings or of funds alone."""
    reader = _READERS.get(data["event"])
    return None if reader is None else reader(data["args"], place_of(data))
