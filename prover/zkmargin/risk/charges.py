"""Charges: requirements per lot beyond the scenarios.

A row of the risk table has two: ``shortFloor`` is the least requirement of a short lot, ``addOn`` is added for
every lot, long or short. Both are linear in lots.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING

from zkmargin.documents.fields import decimal_text

from .tiers import Tiers, read_tiers, write_tiers

if TYPE_CHECKING:
    from collections.abc import Iterable

    from zkmargin.documents.fields import Field

__all__ = ["KINDS", "Bases", "Charge", "Charges", "Term", "read_charges", "write_charges"]

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Bases:
    """The bases of charges for one unit of an instrument, in the quote currency; none is negative.

    Attributes
    ----------
    index : Fraction
        The underlying's index price.
    mark : Fraction
        The instrument's mark.
    delta : Fraction
        The size of the delta times the price that scenarios move: the value of the hedge in the underlying.
        For futures and perpetuals this is the mark.
    out_of_the_money : Fraction
        The amount by which an option is out of the money, measured from the index price; else 0. For futures
        and perpetuals 0.
    delta_years : Fraction
        `delta` times the years to expiry; for perpetuals 0. Its rates are per year.
    """

    index: Fraction
    mark: Fraction
    delta: Fraction
    out_of_the_money: Fraction
    delta_years: Fraction


@dataclass(frozen=True, slots=True)
class Term:
    """A sum of rates times bases of the same names. Rates may be negative."""

    index: Decimal = _ZERO
    mark: Decimal = _ZERO
    delta: Decimal = _ZERO
    out_of_the_money: Decimal = _ZERO
    delta_years: Decimal = _ZERO

    def value(self, bases: Bases) -> Fraction:
        """Return the sum, in the quote currency per unit."""
        products = (Fraction(getattr(self, name)) * getattr(bases, name) for name in _BASES)
        return sum(products, Fraction(0))


_BASES = tuple(one.name for one in fields(Term))


@dataclass(frozen=True, slots=True)
class Charge:
    """The charge on one kind of instrument.

    Attributes
    ----------
    short : tuple of Term
        The charge per short unit: the largest term, at least 0.
    add_on : tuple of Term
        The charge per unit, long or short: the largest term, at least 0.
    tiers : Tiers or None
        Leverage tiers, instead of `add_on`.
    """

    short: tuple[Term, ...] = ()
    add_on: tuple[Term, ...] = ()
    tiers: Tiers | None = None

    def short_floor(self, bases: Bases) -> Fraction:
        """Return the least requirement of a short unit, in the quote currency."""
        return _largest(self.short, bases)

    def contingency(self, bases: Bases) -> Fraction:
        """Return the add-on of a unit, in the quote currency."""
        if self.tiers is not None:
            return self.tiers.rate * bases.mark
        return _largest(self.add_on, bases)


_NONE = Charge()


@dataclass(frozen=True, slots=True)
class Charges:
    """The charges of an underlying, by kind of instrument."""

    call: Charge = _NONE
    put: Charge = _NONE
    future: Charge = _NONE
    perpetual: Charge = _NONE


KINDS = tuple(one.name for one in fields(Charges))
_RIGHTS = ("call", "put")
_TERMS = ("short", "add_on")
_TIERS = ("tiers", "position_limit")


def read_charges(field: Field, inherited: Charges) -> Charges:
    """Read charges by kind: ``option`` (call and put), ``call``, ``put``, ``future``, ``perpetual``.

    A named kind is replaced as a whole, the others are inherited. ``call`` and ``put`` override ``option``.

    Raises
    ------
    InputError
        With the key path, if they are malformed.
    """
    members = field.members((), ("option", *KINDS))
    charges = {kind: getattr(inherited, kind) for kind in KINDS}
    if "option" in members:
        charges |= dict.fromkeys(_RIGHTS, _read_charge(members["option"], _TERMS))
    for kind in KINDS:
        if kind in members:
            allowed = _TERMS if kind in _RIGHTS else (*_TERMS, *_TIERS)
            charges[kind] = _read_charge(members[kind], allowed)
    return Charges(**charges)


def write_charges(charges: Charges) -> dict[str, object]:
    """Return charges as written in a snapshot: all kinds, complete."""
    return {kind: _write_charge(getattr(charges, kind)) for kind in KINDS}


def _read_charge(field: Field, allowed: tuple[str, ...]) -> Charge:
    members = field.members((), allowed)
    short, add_on = (_read_terms(members[name]) if name in members else () for name in _TERMS)
    if not any(name in members for name in _TIERS):
        return Charge(short, add_on)
    if "add_on" in members:
        members["add_on"].refuse("must not be given together with tiers")
    members = field.members(_TIERS, _TERMS)
    return Charge(short, tiers=read_tiers(members["tiers"], members["position_limit"]))


def _write_charge(charge: Charge) -> dict[str, object]:
    short = [_write_term(one) for one in charge.short]
    if charge.tiers is not None:
        return {"short": short, **write_tiers(charge.tiers)}
    return {"short": short, "add_on": [_write_term(one) for one in charge.add_on]}


def _read_terms(field: Field) -> tuple[Term, ...]:
    return tuple(_read_term(item) for item in field.items())


def _read_term(field: Field) -> Term:
    term = Term(**{name: member.decimal() for name, member in field.members((), _BASES).items()})
    if term == Term():
        field.refuse(f"expected a rate of {', '.join(_BASES)}")
    return term


def _write_term(term: Term) -> dict[str, str]:
    rates = {name: getattr(term, name) for name in _BASES}
    return {name: decimal_text(rate) for name, rate in rates.items() if rate}


def _largest(terms: Iterable[Term], bases: Bases) -> Fraction:
    return max((Fraction(0), *(one.value(bases) for one in terms)))
