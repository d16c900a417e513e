"""Verification of a snapshot: every row, price and listing derived again from the market.

A root says which rows were published, not that they are right. Whoever signs a snapshot, or relies on one,
derives it again from a market file that it trusts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.difference import changes
from zkmargin.documents.fields import decimal_text
from zkmargin.risk.charges import KINDS
from zkmargin.venue_data.instruments import Expired

from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec import Layout, Row
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Difference", "Verification", "slot_names", "verify_snapshot"]

_TOLERANCE = 1
"""In micro-quote: two machines may differ in the last bit of a logarithm, and so in how a value rounds."""

_CHARGES = ("shortFloor", "addOn")

_FEW, _RARE = 10, 100
"""So few values, or one in so many, round otherwise on another machine; more have been shifted on purpose."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that is not what the market and the model give.

    Attributes
    ----------
    part : str
        An instrument's name, or the part of the snapshot.
    value : str
        Which value of it, such as ``scenario 3``.
    published, derived : str or None
        What the snapshot says and what it should say; None where there is nothing.
    """

    part: str
    value: str
    published: str | None
    derived: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """What came of it.

    Attributes
    ----------
    rows, values : int
        How many rows and values of rows were compared.
    last_places : int
        How many values differ by one micro-quote although floats are in them: accepted if they are few.
    derived_root : int
        The root of what was derived; it is the snapshot's if nothing differs at all.
    differences : tuple of Difference
        All others.
    """

    rows: int
    values: int
    last_places: int
    derived_root: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the snapshot is what the market and the model give."""
        return not self.differences


def verify_snapshot(
    snapshot: Snapshot,
    venue_data: VenueData,
    *,
    model: Model | None = None,
    collateral: Sequence[CollateralAsset] | None = None,
) -> Verification:
    """Derive a snapshot again and compare.

    Parameters
    ----------
    snapshot : Snapshot
    venue_data : VenueData
        What it should be a snapshot of, from a source that the caller trusts.
    model : Model, optional
        What the snapshot's model has to be; if left out, the snapshot's own is taken for granted.
    collateral : sequence of CollateralAsset, optional
        The same for its collateral.

    Returns
    -------
    Verification
        A few values of rows that floats are in may be off by one micro-quote; everything else has to be
        equal: marks too, charges unless the model makes them parts of a delta, and rows of what is settled.

    Raises
    ------
    InputError
        If the market cannot be valued under the model.
    """
    parts = snapshot.parts
    derived = Snapshot.build(venue_data, parts.model, collateral=parts.collateral, layout=parts.layout)
    published, expected = _rows_by_name(snapshot), _rows_by_name(derived)
    floating = _tolerances(parts.model, parts.layout)
    exact = dict.fromkeys(_expired(venue_data), (0,) * len(floating))
    shared = [
        (name, row, expected[name], exact.get(name, floating))
        for name, row in published.items()
        if name in expected
    ]
    steps = [
        abs(a - b) if tolerance else 0
        for _, ours, theirs, tolerances in shared
        for a, b, tolerance in _pairs(ours, theirs, tolerances)
    ]
    # Without rows that are exact: they would let others be shifted.
    live = len(floating) * sum(name not in exact for name, *_ in shared)
    last_places = sum(0 < step <= _TOLERANCE for step in steps)
    differences = [
        *_expected(snapshot, model, collateral),
        *_heads(snapshot, derived),
        *_prices(snapshot, derived),
        *_listings(snapshot, derived),
        *(one for row in shared for one in _row(*row, parts.layout)),
        *_shifted(last_places, live),
        *_reasons(snapshot, derived, "exclusions", "left out"),
        *_reasons(snapshot, derived, "estimates", "estimated"),
    ]
    return Verification(
        rows=len(shared),
        values=len(steps),
        last_places=last_places,
        derived_root=derived.root,
        differences=tuple(differences),
    )


def slot_names(layout: Layout) -> tuple[str, ...]:
    """Return what the slots of a row hold, in their order."""
    scenarios = tuple(f"scenario {number}" for number in range(layout.scenarios))
    return (*scenarios, *("mark", "delta", "gamma", "vega")[: layout.slots - layout.scenarios])


def _expected(
    snapshot: Snapshot, model: Model | None, collateral: Sequence[CollateralAsset] | None
) -> Iterator[Difference]:
    parts = snapshot.parts
    if model is not None:
        for one in changes(parts.model.to_json(), model.to_json()):
            yield Difference("model", one.key, one.before, one.after)
    if collateral is not None:
        published, expected = ([one.to_json() for one in each] for each in (parts.collateral, collateral))
        for one in changes(published, expected):
            yield Difference("collateral", one.key, one.before, one.after)


def _heads(snapshot: Snapshot, derived: Snapshot) -> Iterator[Difference]:
    for name in ("timestamp", "quote"):
        published, expected = (str(getattr(one.parts, name)) for one in (snapshot, derived))
        if published != expected:
            yield Difference("snapshot", name, published, expected)
    published_names, names = (list(one.parts.underlyings) for one in (snapshot, derived))
    for one in changes(published_names, names, "underlyings"):
        yield Difference("snapshot", one.key, one.before, one.after)


def _prices(snapshot: Snapshot, derived: Snapshot) -> Iterator[Difference]:
    index, expected = (
        {
            name: decimal_text(price)
            for name, price in zip(one.parts.underlyings, one.parts.index_prices, strict=True)
        }
        for one in (snapshot, derived)
    )
    for one in changes(index, expected):
        yield Difference(one.key, "index price", one.before, one.after)
    for place, asset in enumerate(snapshot.parts.collateral):
        price, derived_price = (one.parts.prices[place] for one in (snapshot, derived))
        if price != derived_price:
            texts = [None if one is None else decimal_text(one) for one in (price, derived_price)]
            yield Difference(asset.asset, "collateral price", *texts)
        if snapshot.spec.prices[place] != derived.spec.prices[place]:
            amounts = (str(one.spec.prices[place]) for one in (snapshot, derived))
            yield Difference(asset.asset, "haircut price", *amounts)


def _listings(snapshot: Snapshot, derived: Snapshot) -> Iterator[Difference]:
    published, expected = (
        {one.name: {"id": str(one.id), "lot": decimal_text(one.lot)} for one in each.parts.listings}
        for each in (snapshot, derived)
    )
    for name in sorted({*published, *expected}):
        ours, theirs = published.get(name), expected.get(name)
        if ours is None or theirs is None:
            yield Difference(name, "row", "listed" if ours else None, "listed" if theirs else None)
            continue
        for one in changes(ours, theirs):
            yield Difference(name, one.key, one.before, one.after)


def _expired(venue_data: VenueData) -> list[str]:
    return [one.name for _, _, one in venue_data.instruments() if isinstance(one, Expired)]


def _rows_by_name(snapshot: Snapshot) -> dict[str, Row]:
    return {one.name: snapshot.parts.rows[one.id] for one in snapshot.parts.listings}


def _row(
    name: str, published: Row, derived: Row, tolerances: Sequence[int], layout: Layout
) -> Iterator[Difference]:
    pairs = _pairs(published, derived, tolerances)
    for value, (ours, theirs, tolerance) in zip(_value_names(layout), pairs, strict=True):
        if abs(ours - theirs) > tolerance:
            yield Difference(name, value, str(ours), str(theirs))


def _value_names(layout: Layout) -> tuple[str, ...]:
    return (*slot_names(layout), *_CHARGES)


def _tolerances(model: Model, layout: Layout) -> tuple[int, ...]:
    """Return what each value of a row may differ by: nothing, where no float is in it."""
    terms = (
        term
        for ranges in (model.default, *model.underlyings.values())
        for kind in KINDS
        for term in (*getattr(ranges.charges, kind).short, *getattr(ranges.charges, kind).add_on)
    )
    exact = {"mark"} if any(term.delta for term in terms) else {"mark", *_CHARGES}
    return tuple(0 if name in exact else _TOLERANCE for name in _value_names(layout))


def _shifted(last_places: int, values: int) -> Iterator[Difference]:
    """Yield a difference if more values are off by one than machines would make so.

    A publisher could otherwise move every value by one its own way.
    """
    most = max(_FEW, values // _RARE)
    if last_places > most:
        yield Difference("rows", "values off by one micro-quote", str(last_places), f"{most} at most")


def _pairs(published: Row, derived: Row, tolerances: Sequence[int]) -> Iterator[tuple[int, int, int]]:
    yield from zip(_values(published), _values(derived), tolerances, strict=True)


def _values(row: Row) -> tuple[int, ...]:
    return (*row.slots, row.short_floor, row.add_on)


def _reasons(snapshot: Snapshot, derived: Snapshot, listed: str, value: str) -> Iterator[Difference]:
    published, expected = (
        {one.name: one.reason for one in getattr(each.parts, listed)} for each in (snapshot, derived)
    )
    for name in sorted({*published, *expected}):
        if published.get(name) != expected.get(name):
            yield Difference(name, value, published.get(name), expected.get(name))
