"""Signed orders and quote sheets, and errors that name the account that a rule does not hold for."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.errors import StatementError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["SignedOrder", "SignedSheet", "blaming", "naming"]


# No repr: orders are private to holders and venue.
@dataclass(frozen=True, slots=True, repr=False)
class SignedOrder:
    """An order with its signature.

    Attributes
    ----------
    account : int
        The number of the account that signed it.
    order : spec.Order
    signature : spec.Signature
    """

    account: int
    order: spec.Order
    signature: spec.Signature


@dataclass(frozen=True, slots=True, repr=False)
class SignedSheet:
    """A quote sheet with its signature.

    Attributes
    ----------
    account : int
        The number of the account that signed it.
    sheet : spec.Sheet
        Its header.
    entries : tuple of spec.Entry
    signature : spec.Signature
    """

    account: int
    sheet: spec.Sheet
    entries: tuple[spec.Entry, ...]
    signature: spec.Signature


@contextmanager
def blaming(sides: Mapping[str, SignedOrder | SignedSheet]) -> Iterator[None]:
    """Name the account and the order of the side whose rule does not hold.

    Raises
    ------
    StatementError
        In place of a SpecError.
    """
    try:
        yield
    except spec.SpecError as error:
        name, _, key = error.key.partition(".")
        signed = sides.get(name)
        if signed is None:
            numbers = " and ".join(str(one.account) for one in sides.values())
            raise StatementError(f"accounts {numbers}: {error}") from None
        kind = "order" if isinstance(signed, SignedOrder) else "sheet"
        sequence = signed.order.sequence if isinstance(signed, SignedOrder) else signed.sheet.sequence
        raise StatementError(f"account {signed.account}, {kind} {sequence}: {key}: {error.reason}") from None


@contextmanager
def naming(account: int) -> Iterator[None]:
    """Name the account that a rule does not hold for.

    Raises
    ------
    StatementError
        In place of a SpecError.
    """
    try:
        yield
    except spec.SpecError as error:
        raise StatementError(f"account {account}: {error}") from None
