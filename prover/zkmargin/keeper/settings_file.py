"""The settings file of a keeper, TOML. Numbers are text, so that none passes through a float."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from zkmargin.documents.toml import load_toml

from .policy import BidPolicy, HolderPolicy, Roles
from .settings import Fees, KeeperFiles, KeeperSettings

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["read_settings"]

AnySettings = TypeVar("AnySettings", bound=KeeperSettings)

_MICRO = 10**6
_GWEI = 10**9
_LARGEST_AMOUNT = 2**63 - 1
_PATTERN = re.compile(r"[A-Za-z0-9*?\[\]!._-]{1,64}", re.ASCII)
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}", re.ASCII)
_TABLES = ("chain", "key", "files")
_ROLES = ("holder", "caller", "starter", "bidder")


def read_settings(kind: type[AnySettings], path: Path) -> AnySettings:
    """Read a settings file.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = load_toml(path)
    tables = document.members(_TABLES, _ROLES)
    roles = _roles(document, tables)
    chain = tables["chain"].members(
        ("deployment", "max_fee_gwei"), ("rpc", "rpc_env", "interval", "confirmations", "resend_after")
    )
    if ("rpc" in chain) == ("rpc_env" in chain):
        tables["chain"].refuse("either rpc or rpc_env")
    fees = Fees(
        _amount(chain["max_fee_gwei"], _GWEI, least=1),
        _integer(chain.get("resend_after"), 300, 30, 86_400),
    )
    return kind(
        source=document.source,
        rpc=chain["rpc"].text() if "rpc" in chain else None,
        rpc_env=chain["rpc_env"].text(_VARIABLE, "a name") if "rpc_env" in chain else None,
        interval=_integer(chain.get("interval"), 12, 1, 3600),
        confirmations=_integer(chain.get("confirmations"), 5, 1, 1000),
        fees=fees,
        files=_files(tables, chain["deployment"], path.resolve().parent, proves=roles.prove),
        roles=roles,
    )


def _files(tables: dict[str, Field], deployment: Field, folder: Path, *, proves: bool) -> KeeperFiles:
    key = tables["key"].members(("keystore",), ("password_file",))
    optional = ("bought", "accounts", "sealed", "sealing_key", "keys")
    files = tables["files"].members(("state", "snapshots"), optional)
    if ("sealed" in files) != ("sealing_key" in files):
        tables["files"].refuse("sealed and sealing_key belong together")
    if "accounts" not in files and "sealed" not in files and proves:
        tables["files"].refuse("accounts, sealed or both: without openings only the caller can act")
    password = _path(key["password_file"], folder) if "password_file" in key else None
    return KeeperFiles(
        deployment=_path(deployment, folder),
        keystore=_path(key["keystore"], folder),
        password=password,
        **{"bought": folder / "bought", **{name: _path(field, folder) for name, field in files.items()}},
    )


def _roles(document: Field, tables: dict[str, Field]) -> Roles:
    if not any(name in tables for name in _ROLES):
        document.refuse(f"no role: a table of {', '.join(_ROLES)}")
    for name in ("caller", "starter"):
        if name in tables:
            tables[name].members(())
    holder, bidder = tables.get("holder"), tables.get("bidder")
    return Roles(
        holder=None if holder is None else _holder(holder),
        caller="caller" in tables,
        starter="starter" in tables,
        opens_escrows="sealing_key" in tables["files"].entries(),
        bidder=None if bidder is None else _bidder(bidder),
    )


def _holder(table: Field) -> HolderPolicy:
    members = table.members((), ("accounts", "at", "warn_at", "show_shortage"))
    accounts = members.get("accounts")
    at, warn_at = (
        _part(members.get(name), default) for name, default in (("at", "1/2"), ("warn_at", "11/10"))
    )
    if not 0 < at < 1:
        members["at"].refuse("not between 0 and 1")
    if not 1 <= warn_at <= 10:
        members["warn_at"].refuse("not from 1 to 10")
    return HolderPolicy(
        accounts=None if accounts is None else frozenset(one.integer(1, 2**63) for one in accounts.items()),
        at=at,
        warn_at=warn_at,
        show_shortage="show_shortage" in members and _truth(members["show_shortage"]),
    )


def _bidder(table: Field) -> BidPolicy:
    amounts = ("fixed_cost", "max_requirement", "max_funds", "max_spend_per_day")
    members = table.members(("min_discount", *amounts), ("min_gain", "instruments"))
    discount, gain = (_part(members.get(name), "0") for name in ("min_discount", "min_gain"))
    for name, part in (("min_discount", discount), ("min_gain", gain)):
        if not 0 <= part <= 1:
            members[name].refuse("not from 0 to 1")
    patterns: tuple[str, ...] = ("*",)
    if "instruments" in members:
        what = "a pattern such as ETH-*"
        patterns = tuple(one.text(_PATTERN, what) for one in members["instruments"].items())
    values = {name: _amount(members[name], _MICRO) for name in amounts}
    return BidPolicy(discount, gain, instruments=patterns, **values)


def _path(field: Field, folder: Path) -> Path:
    if not field.text():
        field.refuse("empty")
    return folder / Path(field.text()).expanduser()


def _integer(field: Field | None, default: int, least: int, most: int) -> int:
    return default if field is None else field.integer(least, most)


def _part(field: Field | None, default: str) -> Fraction:
    return Fraction(default) if field is None else field.fraction()


def _amount(field: Field, unit: int, least: int = 0) -> int:
    """Return an amount in the smallest unit, of which it is a whole number."""
    number = Fraction(field.decimal()) * unit
    if number.denominator != 1:
        field.refuse("too many decimals")
    if not least <= number <= _LARGEST_AMOUNT:
        field.refuse("out of range")
    return number.numerator


def _truth(field: Field) -> bool:
    if not isinstance(field.value, bool):
        field.refuse("not true or false")
    return field.value
