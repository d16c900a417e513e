"""A holder's account, in quote currency and units of assets and underlyings.

>>> account = Account.new(owner=7, cash=Decimal("2500.5"), positions={"ETH-PERPETUAL": Decimal("-1.5")})
>>> account
<Account>
>>> account.slots
(0,)
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping  # noqa: TC003  # dataclasses read the annotations
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from zkmargin import spec
from zkmargin.documents.fields import decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError, MissingInstrumentError
from zkmargin.native_hash import fast_hasher
from zkmargin.snapshot.missing import missing_instrument
from zkmargin.spec.constants import (
    ACCOUNT_BITS,
    COLLATERALS,
    FIELD,
    LOT_BITS,
    MAX_POSITIONS,
    NONCE_BITS,
    ORDER_PLACES,
    OWNER_BITS,
    SEQUENCE_BITS,
    VIEW_KEY_BITS,
)

from . import members

if TYPE_CHECKING:
    from zkmargin.documents.fields import Field
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["OLD_FORMAT", "Account", "new_view_key"]

OLD_FORMAT = "zkmargin-account/1"
"""The format before, which `zkmargin.account.upgrade` reads."""

_FORMAT = "zkmargin-account/2"
_MEMBERS = ("format", "owner", "viewKey", "nonce", "cash", "collateral", "positions")
_OPTIONAL = ("account", "tradingKey", "orders")
_MICRO = 10**6
_LEAST_VIEW_KEY = 1 << 128


# Accounts are compared by `__eq__` below, because mappings are equal in any order, and slots are in an order.
@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Account(JsonFile):
    """A holder's account, which its commitment hides. Its repr shows none of its values.

    Attributes
    ----------
    owner : int
        The owner's address; 160 bits.
    view_key : int
        248 random bits that protect the commitment against guessing, at least 2^128.
    number : int
        The account's number in its house, 40 bits; 0 outside of one.
    key : TradingKey
        The key that signs the account's orders; `zkmargin.spec.NO_KEY` if it takes none. Not checked to be on the
        curve.
    nonce : int
        The number of the account's state; 64 bits.
    cash : Decimal
        The running balance in the quote currency, at most 6 decimals.
    collateral : mapping of str to Decimal
        Amounts by asset, 0 or more, at most 6 decimals.
    positions : mapping of str to Decimal
        Quantities by instrument, in units of the underlying: long if positive, short if negative; at most
        128, in the order of their slots.
    slots : tuple of int
        The slot of each position, ascending, below 128; from 0 on without gaps if it is left out.
    orders : tuple of OrderFill
        The order table: 24 entries, each at the place sequence mod 24.
    source : str
        The file that the account was read from, for error messages.

    Raises
    ------
    InputError
        If a value is out of range. Errors about accounts give the place of a position or an asset in the
        file, never its name or size.
    """

    PRIVATE: ClassVar[bool] = True

    owner: int
    view_key: int
    number: int = 0
    key: spec.TradingKey = spec.NO_KEY
    nonce: int = 0
    cash: Decimal = Decimal(0)
    collateral: Mapping[str, Decimal] = field(default_factory=dict)
    positions: Mapping[str, Decimal] = field(default_factory=dict)
    slots: tuple[int, ...] = ()
    orders: tuple[spec.OrderFill, ...] = spec.NO_ORDERS
    source: str = field(default="account")

    def __post_init__(self) -> None:
        """Check values that do not depend on a snapshot, and copy the mappings so that they cannot change."""
        self._check_numbers()
        self._check_holdings()
        for name in ("collateral", "positions"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        object.__setattr__(self, "slots", self.slots or tuple(range(len(self.positions))))
        self._check_slots()
        self._check_orders()

    def __eq__(self, other: object) -> bool:
        """Return whether another account has the same opening under every snapshot."""
        return self._values() == other._values() if isinstance(other, Account) else NotImplemented

    __hash__ = None  # type: ignore[assignment]  # mappings have no hash

    def __repr__(self) -> str:
        """Return a text without any value of the account."""
        return "<Account>"

    @classmethod
    def new(cls, *, owner: int = 0, nonce: int = 0, **holdings: Any) -> Self:
        """Make an account with a view key from the operating system.

        Parameters
        ----------
        owner, nonce : int
        **holdings
            Any of the other attributes, such as ``cash``, ``collateral`` and ``positions``.
        """
        return cls(owner=owner, nonce=nonce, view_key=new_view_key(), **holdings)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of an account file (docs/formats/account.md); entry prices are taken from the cash.

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        if isinstance(field.value, dict) and field.value.get("format") == OLD_FORMAT:
            advice = f"run zkmargin account upgrade {field.source}"
            field.entries()["format"].refuse(f"format 1 is no longer read: {advice}")
        found = field.members_of(_FORMAT, _MEMBERS, _OPTIONAL)
        positions = members.read_positions(found["positions"])
        return cls(
            # Its bound of 49 digits would say less than the constructor's message.
            owner=found["owner"].integer(0, FIELD - 1),
            number=found["account"].integer(0, 2**ACCOUNT_BITS - 1) if "account" in found else 0,
            key=members.read_key(found["tradingKey"]) if "tradingKey" in found else spec.NO_KEY,
            view_key=found["viewKey"].integer(0, 2**VIEW_KEY_BITS - 1),
            nonce=found["nonce"].integer(0, 2**NONCE_BITS - 1),
            cash=members.less(found["cash"].decimal(), positions.paid),
            collateral=members.read_amounts(found["collateral"]),
            positions=positions.quantities,
            slots=positions.slots,
            orders=members.read_orders(found["orders"]) if "orders" in found else spec.NO_ORDERS,
            source=field.source,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of an account file, without optional members that say nothing."""
        document = {
            "format": _FORMAT,
            "owner": str(self.owner),
            "account": str(self.number) if self.number else None,
            "tradingKey": members.key_to_json(self.key),
            "viewKey": str(self.view_key),
            "nonce": str(self.nonce),
            "cash": decimal_text(self.cash),
            "collateral": members.amounts_to_json(self.collateral),
            "positions": members.positions_to_json(self.positions, self.slots),
            "orders": members.orders_to_json(self.orders),
        }
        return {key: value for key, value in document.items() if value is not None}

    def holding(self, positions: Mapping[str, Decimal]) -> Self:
        """Return the account with other positions.

        Parameters
        ----------
        positions : mapping of str to Decimal
            All positions after it, in any order. An instrument that the account holds keeps its slot; any other
            takes the first empty slot.

        Raises
        ------
        InputError
            If a value is out of range.
        """
        placed = {
            slot: name for name, slot in zip(self.positions, self.slots, strict=True) if name in positions
        }
        kept, free = set(placed.values()), (slot for slot in count() if slot not in placed)
        placed |= {next(free): name for name in positions if name not in kept}
        slots = tuple(sorted(placed))
        return replace(self, positions={placed[slot]: positions[placed[slot]] for slot in slots}, slots=slots)

    def opening(self, snapshot: Snapshot) -> spec.Account:
        """Return the account in the integers of the statement, each position in its slot.

        Parameters
        ----------
        snapshot : Snapshot
            The source of ids and lots of instruments, and of the places of assets.

        Raises
        ------
        InputError
            If an instrument or asset is not in the snapshot, a quantity is not a multiple of the instrument's
            lot, or a value has too many decimals or is out of range.
        """
        amounts, held = self._amounts(snapshot), dict(zip(self.slots, self._positions(snapshot), strict=True))
        size = self.slots[-1] + 1 if self.slots else 0
        cash = self._integer(Fraction(self.cash) * _MICRO, "more than 6 decimals", "cash")
        try:
            return spec.Account(
                owner=self.owner,
                number=self.number,
                key=self.key,
                view_key=self.view_key,
                nonce=self.nonce,
                cash=cash,
                amounts=amounts,
                positions=tuple(held.get(slot, spec.EMPTY) for slot in range(size)),
                orders=self.orders,
            )
        except spec.SpecError as error:
            raise InputError(error.reason, source=self.source, key=error.key) from None

    def commitment(self, snapshot: Snapshot) -> int:
        """Return the account's commitment. It depends on the snapshot's ids, lots and asset places only.

        Raises
        ------
        InputError
            As `opening`.
        """
        return spec.commitment(self.opening(snapshot), fast_hasher())

    def _values(self) -> tuple[object, ...]:
        numbers = (self.owner, self.view_key, self.number, self.key, self.nonce, self.cash)
        return (*numbers, self.collateral, tuple(self.positions.items()), self.slots, self.orders)

    def _check_numbers(self) -> None:
        self._require(_has_bits(self.owner, OWNER_BITS), "expected an address, a number below 2^160", "owner")
        self._require(_has_bits(self.number, ACCOUNT_BITS), "expected a number below 2^40", "account")
        self._require(isinstance(self.key, spec.TradingKey), "expected a TradingKey", "tradingKey")
        for name, value in zip("xy", self.key, strict=True):
            self._require(
                type(value) is int and 0 <= value < FIELD, "expected a field element", f"tradingKey.{name}"
            )
        self._require(_has_bits(self.view_key, VIEW_KEY_BITS), "expected a number below 2^248", "viewKey")
        reason = "too short to hide the account; expected 248 random bits"
        self._require(self.view_key >= _LEAST_VIEW_KEY, reason, "viewKey")
        self._require(_has_bits(self.nonce, NONCE_BITS), "expected a number below 2^64", "nonce")

    def _check_holdings(self) -> None:
        self._require(_is_number(self.cash), "expected a finite Decimal", "cash")
        self._require(len(self.collateral) <= COLLATERALS, f"more than {COLLATERALS}", "collateral")
        for place, amount in enumerate(self.collateral.values()):
            key = f"collateral[{place}].amount"
            self._require(_is_number(amount) and amount >= 0, "expected a finite Decimal, 0 or more", key)
        self._require(len(self.positions) <= MAX_POSITIONS, f"more than {MAX_POSITIONS}", "positions")
        for place, quantity in enumerate(self.positions.values()):
            key = f"positions[{place}].quantity"
            self._require(_is_number(quantity), "expected a finite Decimal", key)
            self._require(quantity != 0, "must not be 0; omit the position", key)

    def _check_slots(self) -> None:
        fits = type(self.slots) is tuple and len(self.slots) == len(self.positions)
        self._require(fits, "expected a tuple with the slot of each position", "slots")
        last = -1
        for place, slot in enumerate(self.slots):
            key = f"positions[{place}].slot"
            self._require(type(slot) is int and slot < MAX_POSITIONS, f"must be below {MAX_POSITIONS}", key)
            self._require(slot > last, "must ascend", key)
            last = slot

    def _check_orders(self) -> None:
        fits = type(self.orders) is tuple and len(self.orders) == ORDER_PLACES
        self._require(fits, f"expected a tuple of {ORDER_PLACES}", "orders")
        for place, entry in enumerate(self.orders):
            key = f"orders[{place}]"
            self._require(isinstance(entry, spec.OrderFill), "expected an OrderFill", key)
            bits = _has_bits(entry.sequence, SEQUENCE_BITS) and _has_bits(entry.filled, LOT_BITS)
            self._require(bits, "expected a sequence below 2^40 and filled lots below 2^31", key)
            in_place = entry == (0, 0) or entry.sequence % ORDER_PLACES == place
            self._require(in_place, f"its place must be the sequence mod {ORDER_PLACES}", key)

    def _amounts(self, snapshot: Snapshot) -> tuple[int, ...]:
        places = {one.asset: place for place, one in enumerate(snapshot.parts.collateral)}
        amounts = [0] * COLLATERALS
        for number, (asset, amount) in enumerate(self.collateral.items()):
            key = f"collateral[{number}]"
            self._require(asset in places, "the snapshot has no such collateral asset", f"{key}.asset")
            micro = self._integer(Fraction(amount) * _MICRO, "more than 6 decimals", f"{key}.amount")
            # Checked here, because the specification's error would not have the place in the file.
            self._require(micro < 1 << 64, "too large", f"{key}.amount")
            amounts[places[asset]] = micro
        return tuple(amounts)

    def _positions(self, snapshot: Snapshot) -> list[spec.Position]:
        listings = {one.name: one for one in snapshot.parts.listings}
        positions = []
        for number, (name, quantity) in enumerate(self.positions.items()):
            key = f"positions[{number}]"
            listing = listings.get(name) or self._refuse_instrument(snapshot, name, f"{key}.instrument")
            reason = "not a multiple of the instrument's lot"
            lots = self._integer(Fraction(quantity) / Fraction(listing.lot), reason, f"{key}.quantity")
            try:
                positions.append(spec.Position(listing.id, lots))
            except spec.SpecError as error:
                raise InputError(error.reason, source=self.source, key=f"{key}.quantity") from None
        return positions

    def _refuse_instrument(self, snapshot: Snapshot, name: str, key: str) -> NoReturn:
        """Refuse a position without a row; the message does not name its instrument, which is secret."""
        reason = missing_instrument(snapshot.parts, name)
        raise MissingInstrumentError(reason, source=self.source, key=key, instrument=name)

    def _integer(self, number: Fraction, reason: str, key: str) -> int:
        self._require(number.denominator == 1, reason, key)
        return number.numerator

    def _require(self, holds: bool, reason: str, key: str) -> None:
        if not holds:
            raise InputError(reason, source=self.source, key=key)


def new_view_key() -> int:
    """Return 248 random bits from the operating system.

    One view key in 2^120 is below the least; then the account that gets it is refused, as it should be.
    """
    return secrets.randbits(VIEW_KEY_BITS)


def _has_bits(value: object, bits: int) -> bool:
    return type(value) is int and 0 <= value < 1 << bits


def _is_number(value: object) -> bool:
    # The exponent is bounded, because 1E+999999999 as an integer would fill the memory.
    return type(value) is Decimal and value.is_finite() and abs(value.adjusted()) < 100
