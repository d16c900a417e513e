"""The policies of a keeper's roles; docs/keeper.md describes their tables in the settings file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Self

from .fields import amount_of, boolean_of, fraction_of, path_of

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field

__all__ = ["BidPolicy", "HolderPolicy", "Roles"]

_MICRO = 10**6
_PATTERN = re.compile(r"[A-Za-z0-9*?\[\]!._-]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class HolderPolicy:
    """When a keeper proves the health of the operator's own accounts, and when it warns.

    Attributes
    ----------
    accounts : frozenset of int or None
        The accounts' numbers; None for all that the keeper's key owns, including those it buys.
    at : Fraction
        The fraction of the heartbeat after which a new proof of health is made; above 0, below 1.
    warn_at : Fraction
        Warn when the equity is less than this multiple of the requirement; from 1 to 10.
    show_shortage : bool
        Whether a warning shows the missing amount, which is private.
    """

    accounts: frozenset[int] | None = None
    at: Fraction = Fraction(1, 2)
    warn_at: Fraction = Fraction(11, 10)
    show_shortage: bool = False

    @classmethod
    def from_fields(cls, table: Field) -> Self:
        """Read the table ``holder``; raise `InputError` with the key path if that fails."""
        members = table.members((), ("accounts", "at", "warn_at", "show_shortage"))
        accounts = members.get("accounts")
        at, warn_at = (
            fraction_of(members.get(name), default) for name, default in (("at", "1/2"), ("warn_at", "11/10"))
        )
        if not 0 < at < 1:
            members["at"].refuse("expected a number between 0 and 1, both excluded")
        if not 1 <= warn_at <= 10:
            members["warn_at"].refuse("expected a number from 1 to 10")
        return cls(
            accounts=None
            if accounts is None
            else frozenset(one.integer(1, 2**63) for one in accounts.items()),
            at=at,
            warn_at=warn_at,
            show_shortage="show_shortage" in members and boolean_of(members["show_shortage"]),
        )


@dataclass(frozen=True, slots=True)
class BidPolicy:
    """The accounts to bid for, and the limits of a bid; amounts are in 1e-6 of the quote token.

    An account's worth is its equity by the latest snapshot, with collateral after haircuts.

    Attributes
    ----------
    min_discount : Fraction
        The least gain, as a fraction of the account's worth.
    min_gain : Fraction
        The least gain, as a fraction of the account's margin requirement. The larger of the two applies.
    fixed_cost : int
        Added to the least gain: the fees of transactions and of hedging.
    max_requirement : int
        The largest margin requirement of an account to bid for.
    max_funds : int
        The most to add to a bought account to bring it to initial margin.
    max_spend_per_day : int
        The most that prices and deposits may cost in any 24 hours.
    instruments : tuple of str
        Patterns of instrument names. An account with a position in any other instrument is ignored.
    key : Path or None
        The file of the trading key that bought accounts get; None if they take no orders.
    """

    min_discount: Fraction
    min_gain: Fraction
    fixed_cost: int
    max_requirement: int
    max_funds: int
    max_spend_per_day: int
    instruments: tuple[str, ...] = ("*",)
    key: Path | None = None

    @classmethod
    def from_fields(cls, table: Field) -> Self:
        """Read the table ``bidder``; raise `InputError` with the key path if that fails."""
        amounts = ("fixed_cost", "max_requirement", "max_funds", "max_spend_per_day")
        members = table.members(("min_discount", *amounts), ("min_gain", "instruments", "key"))
        discount, gain = (fraction_of(members.get(name), "0") for name in ("min_discount", "min_gain"))
        for name, part in (("min_discount", discount), ("min_gain", gain)):
            if not 0 <= part <= 1:
                members[name].refuse("expected a number from 0 to 1")
        patterns: tuple[str, ...] = ("*",)
        if "instruments" in members:
            what = "a pattern such as ETH-*"
            patterns = tuple(one.text(_PATTERN, what) for one in members["instruments"].items())
        values = {name: amount_of(members[name], _MICRO) for name in amounts}
        key = path_of(members["key"], Path(table.source).resolve().parent) if "key" in members else None
        return cls(discount, gain, instruments=patterns, key=key, **values)


@dataclass(frozen=True, slots=True)
class Roles:
    """The roles of a keeper.

    Attributes
    ----------
    holder : HolderPolicy or None
        Proves the health of the operator's own accounts.
    caller : bool
        Calls accounts that owe a proof of health, and records those that nobody could buy.
    freezes : bool
        Freezes the market for an account that nobody closes out.
    starter : bool
        Starts auctions, and gives accounts back.
    venue : bool
        Whether the keeper has the venue's key. A starter with it warns of unknown openings.
    bidder : BidPolicy or None
        Bids in auctions.
    """

    holder: HolderPolicy | None = None
    caller: bool = False
    freezes: bool = False
    starter: bool = False
    venue: bool = False
    bidder: BidPolicy | None = None

    @property
    def prove(self) -> bool:
        """Whether a role makes proofs, which takes openings, snapshots and the circuits' keys."""
        return self.holder is not None or self.starter or self.bidder is not None

    @property
    def names(self) -> str:
        """The names of the roles, for people."""
        roles = {"holder": self.holder, "caller": self.caller, "starter": self.starter, "bidder": self.bidder}
        return ", ".join(name for name, role in roles.items() if role)
