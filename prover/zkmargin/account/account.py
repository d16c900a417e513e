"""A holder's account, in quote currency and units of assets and underlyings.

>>> account = Account.new(owner=7, cash=Decimal("2500.5"), positions={"ETH-PERPETUAL": Decimal("-1.5")})
>>> account
<Account>
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping  # noqa: TC003  # dataclasses read the annotations
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

from zkmargin import spec
from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.json_file import JsonFile
from zkmargin.errors import InputError
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.constants import COLLATERALS, FIELD, MAX_POSITIONS

if TYPE_CHECKING:
    from zkmargin.snapshot.snapshot import Snapshot

__all__ = ["SALT_BITS", "Account"]

_FORMAT = "zkmargin-account/1"
_MEMBERS = ("format", "owner", "nonce", "salt", "cash", "collateral", "positions")
_MICRO = 10**6
SALT_BITS = 248
"""The random bits of a new salt."""

_LEAST_SALT = 1 << 128


@dataclass(frozen=True, slots=True, repr=False)
class Account(JsonFile):
    """A holder's account, which its commitment hides. Its repr shows none of its values.

    Attributes
    ----------
    owner : int
        The owner's identifier, a field element such as Poseidon of a public key, or an address.
    nonce : int
        The number of the account's state; a field element.
    salt : int
        A random field element, at least 2^128, that protects the commitment against guessing.
    cash : Decimal
        The running balance in the quote currency, at most 6 decimals.
    collateral : mapping of str to Decimal
        Amounts by asset, 0 or more, at most 6 decimals.
    positions : mapping of str to Decimal
        Quantities by instrument, in units of the underlying: long if positive, short if negative; at most
        128, in any order.
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
    nonce: int
    salt: int
    cash: Decimal = Decimal(0)
    collateral: Mapping[str, Decimal] = field(default_factory=dict)
    positions: Mapping[str, Decimal] = field(default_factory=dict)
    source: str = field(default="account", compare=False)

    def __post_init__(self) -> None:
        """Check values that do not depend on a snapshot, and copy the mappings so that they cannot change."""
        for key in ("owner", "nonce", "salt"):
            value = getattr(self, key)
            self._require(type(value) is int and 0 <= value < FIELD, "expected a field element", key)
        reason = "too short to hide the account; expected 248 random bits"
        self._require(self.salt >= _LEAST_SALT, reason, "salt")
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
        for name in ("collateral", "positions"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def __repr__(self) -> str:
        """Return a text without any value of the account."""
        return "<Account>"

    @classmethod
    def new(cls, *, owner: int = 0, nonce: int = 0, **holdings: Any) -> Self:
        """Make an account with a salt from the operating system.

        Parameters
        ----------
        owner, nonce : int
        **holdings
            Any of ``cash``, ``collateral`` and ``positions``.
        """
        # One random salt in 2^120 is below the minimum; then this fails, as it should.
        return cls(owner=owner, nonce=nonce, salt=secrets.randbits(SALT_BITS), **holdings)

    @classmethod
    def from_json(cls, field: Field) -> Self:
        """Read the object of an account file (docs/formats/account.md).

        Raises
        ------
        InputError
            With the key path, if it is malformed.
        """
        members = field.members(_MEMBERS)
        members["format"].constant(_FORMAT)
        owner, nonce, salt = (members[key].integer(0, FIELD - 1) for key in ("owner", "nonce", "salt"))
        return cls(
            owner=owner,
            nonce=nonce,
            salt=salt,
            cash=members["cash"].decimal(),
            collateral=_read_numbers(members["collateral"], "asset", "amount"),
            positions=_read_numbers(members["positions"], "instrument", "quantity"),
            source=field.source,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the object of an account file."""
        amounts, quantities = self.collateral.items(), self.positions.items()
        return {
            "format": _FORMAT,
            "owner": str(self.owner),
            "nonce": str(self.nonce),
            "salt": str(self.salt),
            "cash": decimal_text(self.cash),
            "collateral": [{"asset": name, "amount": decimal_text(amount)} for name, amount in amounts],
            "positions": [{"instrument": name, "quantity": decimal_text(lots)} for name, lots in quantities],
        }

    def opening(self, snapshot: Snapshot) -> spec.Account:
        """Return the account in the integers of the statement, its positions in the order of their ids.

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
        amounts = self._amounts(snapshot)
        positions = tuple(sorted(self._positions(snapshot), key=lambda position: position.instrument))
        cash = self._integer(Fraction(self.cash) * _MICRO, "more than 6 decimals", "cash")
        try:
            return spec.Account(self.owner, self.nonce, self.salt, cash, amounts, positions)
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
        reasons = [one.reason for one in snapshot.parts.exclusions if one.name == name]
        reason = "the snapshot has no such instrument"
        if reasons:
            reason = f"the snapshot excludes this instrument: {reasons[0]}"
        raise InputError(reason, source=self.source, key=key)

    def _integer(self, number: Fraction, reason: str, key: str) -> int:
        self._require(number.denominator == 1, reason, key)
        return number.numerator

    def _require(self, holds: bool, reason: str, key: str) -> None:
        if not holds:
            raise InputError(reason, source=self.source, key=key)


def _is_number(value: object) -> bool:
    # The exponent is bounded, because 1E+999999999 as an integer would fill the memory.
    return type(value) is Decimal and value.is_finite() and abs(value.adjusted()) < 100


def _read_numbers(field: Field, name: str, number: str) -> dict[str, Decimal]:
    """Read a list of named numbers. It is not an object, because errors show the keys of objects."""
    found: dict[str, Decimal] = {}
    for item in field.items():
        members = item.members((name, number))
        text = members[name].text()
        if text in found:
            members[name].refuse("duplicate name")
        found[text] = members[number].decimal()
    return found
