"""The tables of a ``market.toml``; what a contract would refuse is refused here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from zkmargin.contracts.auctions import AuctionParameters
from zkmargin.contracts.house_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.spec import CASH
from zkmargin.spec.constants import COLLATERALS, UNDERLYINGS

from .fields import address_of, items_of, micro_of, micro_up_to, name_of, party_of, require_names

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = [
    "ListedAsset",
    "OracleSettings",
    "TimelockSettings",
    "read_assets",
    "read_auctions",
    "read_house",
]

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MAX_SIGNERS = 32

# The bounds are constants of the contracts.
_TIMELOCK_DELAY = (2 * _DAY, 30 * _DAY)
_ORACLE = {
    "delay": (_DAY, 30 * _DAY),
    "max_age": (1, _DAY),
    "max_gap": (_MINUTE, _HOUR),
    "breaker_period": (1, _DAY),
}
_HOUSE = {
    "initial_bps": (10_000, 20_000),
    "max_snapshot_age": (_MINUTE, _DAY),
    "heartbeat": (_HOUR, 7 * _DAY),
    "grace": (30 * _MINUTE, 2 * _DAY),
    "cooldown": (0, 6 * _HOUR),
}
_MAX_BOND = 1000
_AUCTIONS = {
    "discount_bps": (0, 2000),
    "gain_bps": (2500, 10_000),
    "fee_bps": (0, 1000),
    "fall_time": (5 * _MINUTE, 6 * _HOUR),
}


@dataclass(frozen=True, slots=True)
class ListedAsset:
    """The asset of a slot of the vault.

    Attributes
    ----------
    slot : int
        0 to 7 for the amounts of an account, in the order of the snapshot's collateral; 8 for cash.
    name : str
        The asset's name in snapshots; for cash their quote currency.
    token : str
        The token's address.
    cap : int
        The most that all accounts together may deposit, in micro.
    """

    slot: int
    name: str
    token: str
    cap: int


@dataclass(frozen=True, slots=True)
class TimelockSettings:
    """The parties that may change parameters, and their notice.

    Attributes
    ----------
    min_delay : int
        The least notice, in seconds.
    proposers, executors : tuple of str
        The addresses that may schedule, and those that may execute; the zero address among executors lets
        anybody execute.
    """

    min_delay: int
    proposers: tuple[str, ...]
    executors: tuple[str, ...]

    @classmethod
    def from_fields(cls, field: Field) -> Self:
        """Read the table ``timelock``; raise `InputError` with the key path if that fails."""
        members = field.members(("min_delay", "proposers", "executors"))
        return cls(
            members["min_delay"].integer(*_TIMELOCK_DELAY),
            tuple(party_of(one) for one in items_of(members["proposers"])),
            tuple(address_of(one) for one in items_of(members["executors"])),
        )


@dataclass(frozen=True, slots=True)
class OracleSettings:
    """The signers of snapshots, and the bounds that snapshots are accepted within.

    Attributes
    ----------
    signers : tuple of str
    threshold : int
        How many of them have to sign.
    delay : int
        The notice of a change of signers, limits or collateral, in seconds.
    max_age : int
        The greatest age of a snapshot when it is published, in seconds.
    max_gap : int
        The most that the live clock counts of the time between two snapshots, in seconds.
    breaker_period : int
        How long later prices are compared with a price, in seconds.
    underlyings : tuple of str
        Names in snapshots, by number.
    limits : tuple of PriceLimits
        The accepted index prices of each underlying.
    collateral : tuple of str
        The names of all collateral assets in snapshots, by place.
    """

    signers: tuple[str, ...]
    threshold: int
    delay: int
    max_age: int
    max_gap: int
    breaker_period: int
    underlyings: tuple[str, ...]
    limits: tuple[PriceLimits, ...]
    collateral: tuple[str, ...]

    @classmethod
    def from_fields(cls, field: Field) -> Self:
        """Read the table ``oracle``; raise `InputError` with the key path if that fails."""
        members = field.members(("signers", "threshold", "limits", "collateral", *_ORACLE))
        signers = tuple(party_of(one) for one in items_of(members["signers"]))
        if len(signers) > _MAX_SIGNERS:
            members["signers"].refuse(f"expected at most {_MAX_SIGNERS}, got {len(signers)}")
        if len(set(signers)) != len(signers):
            members["signers"].refuse("duplicate signer")
        limits = items_of(members["limits"])
        if len(limits) > UNDERLYINGS:
            members["limits"].refuse(f"expected at most {UNDERLYINGS}, got {len(limits)}")
        read = [_read_limits(one) for one in limits]
        collateral = tuple(name_of(one) for one in members["collateral"].items())
        if len(collateral) > COLLATERALS:
            members["collateral"].refuse(f"expected at most {COLLATERALS}, got {len(collateral)}")
        if len(set(collateral)) != len(collateral):
            members["collateral"].refuse("duplicate asset")
        return cls(
            signers=signers,
            # One signer alone could set any margin.
            threshold=members["threshold"].integer(2, len(signers)),
            **{name: members[name].integer(*bounds) for name, bounds in _ORACLE.items()},
            underlyings=tuple(name for name, _ in read),
            limits=tuple(one for _, one in read),
            collateral=collateral,
        )


def read_house(field: Field, breaker_period: int) -> HouseParameters:
    """Read the table ``house``; raise `InputError` with the key path if that fails."""
    members = field.members((*_HOUSE, "bond"))
    numbers = {name: members[name].integer(*bounds) for name, bounds in _HOUSE.items()}
    if numbers["cooldown"] > breaker_period // 2:
        reason = f"expected at most half of oracle.breaker_period, {breaker_period // 2}"
        members["cooldown"].refuse(reason)
    return HouseParameters(**numbers, bond=micro_up_to(members["bond"], _MAX_BOND))


def read_auctions(field: Field) -> AuctionParameters:
    """Read the table ``auctions``; raise `InputError` with the key path if that fails."""
    members = field.members(tuple(_AUCTIONS))
    return AuctionParameters(**{name: members[name].integer(*bounds) for name, bounds in _AUCTIONS.items()})


def read_assets(cash: Field, collateral: Field) -> tuple[ListedAsset, ...]:
    """Read the tables ``cash`` and ``collateral``; raise `InputError` with the key path if that fails."""
    others = [(one, ("slot", "asset", "token", "cap")) for one in collateral.items()]
    read: list[ListedAsset] = []
    for field, names in (*others, (cash, ("asset", "token", "cap"))):
        members = field.members(names)
        slot = members["slot"].integer(0, CASH - 1) if "slot" in members else CASH
        token = party_of(members["token"])
        if slot in {one.slot for one in read}:
            members["slot"].refuse("duplicate slot")
        if token in {one.token for one in read}:
            members["token"].refuse("duplicate token: another slot has it")
        name = name_of(members["asset"])
        read.append(ListedAsset(slot, name, token, micro_of(members["cap"], 128)))
    require_names({one.slot: one.name for one in read}, cash.source)
    return tuple(sorted(read, key=lambda one: one.slot))


def _read_limits(field: Field) -> tuple[str, PriceLimits]:
    members = field.members(("underlying", "min_price", "max_price", "max_move_bps"))
    low, high = (micro_of(members[name], 64) for name in ("min_price", "max_price"))
    if low > high:
        members["min_price"].refuse("must not be above max_price")
    move = members["max_move_bps"].integer(1, 2**16 - 1)
    return name_of(members["underlying"]), PriceLimits(low, high, move)
