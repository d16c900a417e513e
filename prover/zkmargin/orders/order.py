"""Orders in units of the underlying and of the quote currency, and their files (docs/formats/order.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, Self

from zkmargin import spec
from zkmargin.documents.fields import decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import ORDER_PLACES, SEQUENCES_PER_SECOND
from zkmargin.venue_data.instruments import NAME

from . import parts

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field
    from zkmargin.snapshot.snapshot import Snapshot

    from .signing_key import SigningKey

__all__ = ["Order", "SignedOrder", "sequence_at", "sign_order"]

_FORMAT = "zkmargin-order/1"
_SIDES = {"buy": spec.Side.BUY, "sell": spec.Side.SELL}
_TERMS = ("instrument", "side", "quantity", "limit")
_MEMBERS = ("format", *parts.HOLDER_MEMBERS, *_TERMS, *parts.VALIDITY_MEMBERS, "signature")


def sequence_at(place: int, time: int) -> int:
    """Return the highest sequence of a place of the order table that is valid from a time on.

    Parameters
    ----------
    place : int
        From 0 to 23.
    time : int
        Unix time in seconds.

    Returns
    -------
    int
        At most 256 times the time.
    """
    latest = SEQUENCES_PER_SECOND * time
    return latest - (latest - place) % ORDER_PLACES


@dataclass(frozen=True, slots=True, repr=False)
class Order:
    """The terms of an order. Its repr shows none of them.

    Attributes
    ----------
    instrument : str
        The name in the snapshot.
    side : zkmargin.spec.Side
    quantity : Decimal
        The most that all fills take, in units of the underlying, a multiple of the lot; above 0.
    limit : Decimal
        The highest booked price of a buyer, the lowest of a seller, in the quote currency per unit of the underlying.
    fee_rate : Decimal
        The highest fee, in the quote currency per unit of the underlying.
    sequence : int
        The order's number, below 2^40; `sequence_at` chooses one.
    expiry : int
        The last second in which a fill is valid, Unix time.
    """

    instrument: str
    side: spec.Side
    quantity: Decimal
    limit: Decimal
    fee_rate: Decimal
    sequence: int
    expiry: int

    def terms(self, snapshot: Snapshot, source: str = "order") -> spec.Order:
        """Return the order in lots and in micro-quote per lot.

        Parameters
        ----------
        snapshot : Snapshot
            The source of the instrument's id and lot.
        source : str
            The file, for errors.

        Raises
        ------
        InputError
            With the key path, if the snapshot has no such instrument, a value cannot be converted exactly, or one
            is out of range.
        """
        listing = parts.find_listing(snapshot, self.instrument, source, "instrument")
        lot = Fraction(listing.lot)
        micro = lot * parts.MICRO
        finer = "not a whole number of micro-quote per lot"
        quantity = Fraction(self.quantity) / lot
        try:
            return spec.Order(
                instrument=listing.id,
                side=self.side,
                most_lots=_positive(quantity, source),
                limit=parts.whole(Fraction(self.limit) * micro, finer, source, "limit"),
                sequence=self.sequence,
                expiry=self.expiry,
                fee_rate=parts.whole(Fraction(self.fee_rate) * micro, finer, source, "feeRate"),
            )
        except spec.SpecError as error:
            key = "quantity" if error.key == "mostLots" else error.key
            raise InputError(error.reason, source=source, key=key) from None


@dataclass(frozen=True, slots=True, repr=False)
class SignedOrder(JsonFile):
    """A signed order. Its repr shows nothing of it.

    Attributes
    ----------
    holder : zkmargin.spec.Holder
        Domain, owner and number of the account.
    order : Order
    signature : zkmargin.spec.Signature
        Of the message of the order in lots and micro-quote; reading does not check it.
    source : str
        The file that the order was read from, for error messages.
    """

    PRIVATE: ClassVar[bool] = True

    holder: spec.Holder
    order: Order
    signature: spec.Signature
    source: str = field(default="order", compare=False)

    @property
    def expiry(self) -> int:
        """The last second in which a fill is valid, Unix time."""
        return self.order.expiry

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of an order file (docs/formats/order.md).

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members_of(_FORMAT, _MEMBERS)
        side = members["side"].text()
        if side not in _SIDES:
            members["side"].refuse('expected "buy" or "sell"')
        quantity = members["quantity"].decimal()
        if quantity <= 0:
            members["quantity"].refuse("must be positive")
        instrument = members["instrument"].text(NAME, "an instrument's name")
        fee_rate, sequence, expiry = parts.read_validity(members)
        limit = members["limit"].decimal()
        order = Order(instrument, _SIDES[side], quantity, limit, fee_rate, sequence, expiry)
        signature = parts.read_signature(members["signature"])
        return cls(parts.read_holder(members), order, signature, source=field.source)

    def to_json(self) -> dict[str, Any]:
        """Return the object of an order file."""
        order = self.order
        return {
            "format": _FORMAT,
            **parts.holder_to_json(self.holder),
            "instrument": order.instrument,
            "side": order.side.name.lower(),
            "quantity": decimal_text(order.quantity),
            "limit": decimal_text(order.limit),
            **parts.validity_to_json(decimal_text(order.fee_rate), order.sequence, order.expiry),
            "signature": parts.signature_to_json(self.signature),
        }

    def terms(self, snapshot: Snapshot) -> spec.Order:
        """Return the order in lots and in micro-quote per lot.

        Raises
        ------
        InputError
            As `Order.terms`.
        """
        return self.order.terms(snapshot, self.source)

    def check(self, key: spec.TradingKey, snapshot: Snapshot) -> None:
        """Check the signature.

        Parameters
        ----------
        key : TradingKey
            The account's trading key.
        snapshot : Snapshot

        Raises
        ------
        StatementError
            If it is not the key's for this order.
        InputError
            As `terms`.
        """
        message = spec.order_message(self.terms(snapshot), self.holder, fast_hasher())
        parts.check_signed(key, message, self.signature, self.source)


def sign_order(order: Order, holder: spec.Holder, key: SigningKey, snapshot: Snapshot) -> SignedOrder:
    """Sign an order.

    Parameters
    ----------
    order : Order
    holder : zkmargin.spec.Holder
        Domain, owner and number of the account.
    key : SigningKey
        The account's trading key.
    snapshot : Snapshot

    Returns
    -------
    SignedOrder

    Raises
    ------
    InputError
        As `Order.terms`, or if a value of `holder` is out of range.
    """
    terms = order.terms(snapshot)
    try:
        message = spec.order_message(terms, holder, fast_hasher())
    except spec.SpecError as error:
        raise InputError(error.reason, source="order", key=error.key) from None
    return SignedOrder(holder, order, key.sign(message))


def _positive(lots: Fraction, source: str) -> int:
    number = parts.whole(lots, "not a multiple of the instrument's lot", source, "quantity")
    if number < 1:
        raise InputError("must be positive", source=source, key="quantity")
    return number
