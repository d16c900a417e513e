"""The file ``market.toml``: numbers are text; what a contract would refuse is refused here."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, TypeVar

from zkmargin.contracts.client import NOBODY
from zkmargin.contracts.liquidation_engine import EngineParameters
from zkmargin.contracts.market_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.documents.toml import load_toml
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_instance
from zkmargin.spec import CASH
from zkmargin.spec.constants import UNDERLYINGS

from .deployment_file import read_address_field, read_name, read_sealing_key
from .settings import ListedAsset, MarketSettings, OracleSettings, TimelockSettings, check_circuits

if TYPE_CHECKING:
    from pathlib import Path

    from zkmargin.documents.fields import Field
    from zkmargin.proofs.instances import Instance

__all__ = ["read_settings"]

_MICRO = 10**6
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_MAX_SIGNERS = 32

# The constants of the contracts, each from the least to the most.
_TIMELOCK_DELAY = (2 * _DAY, 30 * _DAY)
_ORACLE = {"delay": (_DAY, 30 * _DAY), "max_age": (1, _DAY), "breaker_period": (1, _DAY)}
_HOUSE = {
    "initial_bps": (10_000, 20_000),
    "max_snapshot_age": (_MINUTE, _DAY),
    "heartbeat": (_HOUR, 30 * _DAY),
    "grace": (30 * _MINUTE, 7 * _DAY),
    "cooldown": (0, 6 * _HOUR),
}
_ENGINE = {
    "discount_bps": (0, 2000),
    "gain_bps": (2500, 10_000),
    "fee_bps": (0, 1000),
    "fall_time": (5 * _MINUTE, 6 * _HOUR),
}

AnySettings = TypeVar("AnySettings", bound=MarketSettings)


def read_settings(kind: type[AnySettings], path: Path) -> AnySettings:
    """Read a ``market.toml``.

    Raises
    ------
    InputError
        With file and key path, if it is not one, or a contract would refuse a value.
    """
    document = load_toml(path)
    names = ("venue", "guardian", "circuits", "timelock", "oracle", "house", "engine", "cash", "collateral")
    members = document.members(names)
    venue = members["venue"].members(("address", "sealing_key"))
    oracle = _read_oracle(members["oracle"])
    return kind(
        venue=_party(venue["address"]),
        sealing_key=read_sealing_key(venue["sealing_key"]),
        guardian=read_address_field(members["guardian"]),
        timelock=_read_timelock(members["timelock"]),
        oracle=oracle,
        house=_read_house(members["house"], oracle.breaker_period),
        engine=EngineParameters(**_numbers(members["engine"], _ENGINE)),
        assets=_read_assets(members["cash"], members["collateral"]),
        circuits=_read_circuits(members["circuits"]),
        source=str(path),
    )


def _read_timelock(field: Field) -> TimelockSettings:
    members = field.members(("min_delay", "proposers", "executors"))
    return TimelockSettings(
        members["min_delay"].integer(*_TIMELOCK_DELAY),
        tuple(_party(one) for one in _several(members["proposers"])),
        tuple(read_address_field(one) for one in _several(members["executors"])),
    )


def _read_oracle(field: Field) -> OracleSettings:
    members = field.members(("signers", "threshold", "limits", *_ORACLE))
    signers = tuple(_party(one) for one in _several(members["signers"]))
    if len(signers) > _MAX_SIGNERS:
        members["signers"].refuse(f"more than {_MAX_SIGNERS}")
    if len(set(signers)) != len(signers):
        members["signers"].refuse("one stands there twice")
    limits = _several(members["limits"])
    if len(limits) > UNDERLYINGS:
        members["limits"].refuse(f"more than {UNDERLYINGS}")
    read = [_read_limits(one) for one in limits]
    return OracleSettings(
        signers=signers,
        # One signer alone could set any margin.
        threshold=members["threshold"].integer(2, len(signers)),
        **{name: members[name].integer(*bounds) for name, bounds in _ORACLE.items()},
        underlyings=tuple(name for name, _ in read),
        limits=tuple(one for _, one in read),
    )


def _read_limits(field: Field) -> tuple[str, PriceLimits]:
    members = field.members(("underlying", "min_price", "max_price", "max_move_bps"))
    low, high = (_micro(members[name], 64) for name in ("min_price", "max_price"))
    if low > high:
        members["min_price"].refuse("above max_price")
    move = members["max_move_bps"].integer(1, 2**16 - 1)
    return read_name(members["underlying"]), PriceLimits(low, high, move)


def _read_house(field: Field, breaker_period: int) -> HouseParameters:
    numbers = _numbers(field, _HOUSE)
    if numbers["cooldown"] > breaker_period // 2:
        field.members(tuple(_HOUSE))["cooldown"].refuse("more than half of oracle.breaker_period")
    return HouseParameters(**numbers)


def _read_assets(cash: Field, collateral: Field) -> tuple[ListedAsset, ...]:
    others = [(one, ("slot", "asset", "token", "cap")) for one in collateral.items()]
    read: list[ListedAsset] = []
    for field, names in (*others, (cash, ("asset", "token", "cap"))):
        members = field.members(names)
        slot = members["slot"].integer(0, CASH - 1) if "slot" in members else CASH
        token = _party(members["token"])
        if slot in {one.slot for one in read}:
            members["slot"].refuse("taken")
        if token in {one.token for one in read}:
            members["token"].refuse("in another slot already")
        name = read_name(members["asset"])
        read.append(ListedAsset(slot, name, token, _micro(members["cap"], 128)))
    return tuple(sorted(read, key=lambda one: one.slot))


def _read_circuits(field: Field) -> tuple[Instance, ...]:
    found: list[Instance] = []
    for item in _several(field):
        try:
            one = find_instance(item.text())
        except InputError as error:
            item.refuse(error.reason)
        if one in found:
            item.refuse("stands there twice")
        found.append(one)
    check_circuits(found, field.source)
    return tuple(sorted(found, key=lambda one: one.number))


def _numbers(field: Field, bounds: dict[str, tuple[int, int]]) -> dict[str, int]:
    members = field.members(tuple(bounds))
    return {name: members[name].integer(*pair) for name, pair in bounds.items()}


def _several(field: Field) -> list[Field]:
    items = field.items()
    if not items:
        field.refuse("empty")
    return items


def _party(field: Field) -> str:
    """Return an address of somebody."""
    address = read_address_field(field)
    if address == NOBODY:
        field.refuse("the zero address")
    return address


def _micro(field: Field, bits: int) -> int:
    """Return a positive amount or price, given in whole units, in micro."""
    micro = Fraction(field.decimal()) * _MICRO
    if micro.denominator != 1:
        field.refuse("more than 6 decimals")
    if not 0 < micro.numerator < 2**bits:
        field.refuse("not positive, or too large")
    return micro.numerator
