"""What files of orders and of sheets have in common, and conversions to the units that are signed."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from zkmargin.account.members import read_key
from zkmargin.documents.utc import iso_text
from zkmargin.errors import InputError, StatementError
from zkmargin.spec.constants import ACCOUNT_BITS, FIELD, OWNER_BITS, SEQUENCE_BITS
from zkmargin.spec.eddsa import SUBGROUP_ORDER, Signature
from zkmargin.spec.orders import Holder

from .signing_key import is_signature

if TYPE_CHECKING:
    from decimal import Decimal

    from zkmargin.documents.fields import Field
    from zkmargin.snapshot.snapshot import Listing, Snapshot
    from zkmargin.spec.account import TradingKey

__all__ = [
    "HOLDER_MEMBERS",
    "MICRO",
    "VALIDITY_MEMBERS",
    "check_signed",
    "find_listing",
    "holder_to_json",
    "read_holder",
    "read_signature",
    "read_validity",
    "signature_to_json",
    "validity_to_json",
    "whole",
]

MICRO = 10**6

HOLDER_MEMBERS = ("domain", "owner", "account")
VALIDITY_MEMBERS = ("feeRate", "sequence", "expiry")


def read_holder(members: dict[str, Field]) -> Holder:
    """Read the account that signs: domain, owner and number."""
    return Holder(
        members["domain"].integer(0, FIELD - 1),
        members["owner"].integer(0, 2**OWNER_BITS - 1),
        members["account"].integer(0, 2**ACCOUNT_BITS - 1),
    )


def holder_to_json(holder: Holder) -> dict[str, str]:
    """Return the members of the account that signs."""
    return dict(zip(HOLDER_MEMBERS, map(str, holder), strict=True))


def read_validity(members: dict[str, Field]) -> tuple[Decimal, int, int]:
    """Read fee rate, sequence and expiry."""
    fee_rate = members["feeRate"].decimal()
    if fee_rate < 0:
        members["feeRate"].refuse("must not be negative")
    return fee_rate, members["sequence"].integer(0, 2**SEQUENCE_BITS - 1), members["expiry"].time()


def validity_to_json(fee_rate: str, sequence: int, expiry: int) -> dict[str, str]:
    """Return the members of fee rate, sequence and expiry."""
    return {"feeRate": fee_rate, "sequence": str(sequence), "expiry": iso_text(expiry)}


def read_signature(field: Field) -> Signature:
    """Read a signature; neither point nor equation is checked."""
    members = field.members(("r8", "s"))
    x, y = read_key(members["r8"])
    return Signature((x, y), members["s"].integer(0, SUBGROUP_ORDER - 1))


def signature_to_json(signature: Signature) -> dict[str, Any]:
    """Return the object of a signature."""
    x, y = signature.r8
    return {"r8": {"x": str(x), "y": str(y)}, "s": str(signature.s)}


def find_listing(snapshot: Snapshot, instrument: str, source: str, key: str) -> Listing:
    """Return an instrument's listing; the error of an unknown one has the key path."""
    try:
        return snapshot.listing(instrument)
    except InputError as error:
        raise InputError(error.reason, source=source, key=key) from None


def whole(number: Fraction | Decimal, reason: str, source: str, key: str) -> int:
    """Return a number that must be whole."""
    exact = Fraction(number)
    if exact.denominator != 1:
        raise InputError(reason, source=source, key=key)
    return exact.numerator


def check_signed(key: TradingKey, message: int, signature: Signature, source: str) -> None:
    """Check a signature.

    Raises
    ------
    StatementError
        If it is not valid.
    """
    if not is_signature(key, message, signature):
        raise StatementError(f"{source}: the signature is not the trading key's")
