"""Verification of a snapshot: every row, price and listing is derived again from venue data.

A root identifies the published rows but does not show that they are right. Signers and users of a snapshot
derive it again from venue data that they trust.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.documents.difference import changes
from zkmargin.documents.fields import decimal_text
from zkmargin.risk.charges import KINDS
from zkmargin.venue_data.instruments import Expired

from .estimates import MAX_ESTIMATED
from .snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec import Layout, Row
    from zkmargin.venue_data.venue_data import VenueData

__all__ = ["Difference", "Verification", "slot_names", "verify_snapshot"]

_TOLERANCE = 1
"""In micro-quote. Two machines may differ in the last bit of a logarithm, and so in the rounding of a value."""

_CHARGES = ("shortFloor", "addOn")

_FEW, _RARE = 10, 100
"""At most so many values, or one in so many, round differently on another machine. More are a manipulation."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A value that differs from the one derived from venue data and model.

    Attributes
    ----------
    part : str
        An instrument's name, or the part of the snapshot.
    value : str
        The name of the value, such as ``scenario 3``.
    published, derived : str or None
        The value in the snapshot and the derived value; None if there is none.
    """

    part: str
    value: str
    published: str | None
    derived: str | None


@dataclass(frozen=True, slots=True)
class Verification:
    """The result of a verification.

    Attributes
    ----------
    rows, values : int
        The numbers of compared rows and of compared values in them.
    last_places : int
        The number of values from floats that differ by one micro-quote. A few are accepted.
    derived_root : int
        The root of the derived snapshot. It equals the snapshot's root if nothing differs at all.
    differences : tuple of Difference
        All other differences.
    """

    rows: int
    values: int
    last_places: int
    derived_root: int
    differences: tuple[Difference, ...]

    @property
    def holds(self) -> bool:
        """Whether the snapshot follows from the venue data and the model."""
        return not self.differences


def verify_snapshot(
    snapshot: Snapshot,
    venue_data: VenueData,
    *,
    model: Model | None = None,
    collateral: Sequence[CollateralAsset] | None = None,
    max_estimated: Decimal = MAX_ESTIMATED,
) -> Verification:
    """Derive a snapshot again from venue data and compare the two.

    Parameters
    ----------
    snapshot : Snapshot
    venue_data : VenueData
        The venue data of the snapshot, from a source that the caller trusts.
    model : Model, optional
        The expected model; by default the snapshot's own model is trusted.
    collateral : sequence of CollateralAsset, optional
        The expected collateral; by default the snapshot's own collateral is trusted.
    max_estimated : Decimal
        The largest share of the live rows that may be estimates, from 0 to 1.

    Returns
    -------
    Verification
        A few values from floats may differ by one micro-quote. All other values must be equal: marks, rows of
        expired instruments, and charges unless the model derives them from a delta.

    Raises
    ------
    InputError
        If the venue data cannot be valued under the model.
    """
    parts = snapshot.parts
    derived = Snapshot.build(
        venue_data,
        parts.model,
        collateral=parts.collateral,
        layout=parts.layout,
        max_estimated=max_estimated,
    )
    published, expected = _rows_by_name(snapshot), _rows_by_name(derived)
    floating = _tolerances(parts.model, parts.layout)
    exact = dict.fromkeys(_expired(venue_data), (0,) * len(floating))
    special = exact | dict.fromkeys((one.name for one in venue_data.estimates), _of_estimates(parts.layout))
    shared = [
        (name, row, expected[name], special.get(name, floating))
        for name, row in published.items()
        if name in expected
    ]
    steps = [
        abs(a - b) if tolerance else 0
        for _, ours, theirs, tolerances in shared
        for a, b, tolerance in _pairs(ours, theirs, tolerances)
    ]
    # Exact rows do not count, because they would raise the number of tolerated differences.
    live = len(floating) * sum(name not in exact for name, *_ in shared)
    last_places = sum(0 < step <= _TOLERANCE for step in steps)
    differences = [
        *_expected(snapshot, model, collateral),
        *_heads(snapshot, derived),
        *_prices(snapshot, derived),
        *_listings(snapshot, derived),
        *(one for row in shared for one in _row(*row, parts.layout)),
        *_shifted(last_places, live),
        *_reasons(snapshot, derived, "exclusions", "excluded"),
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
    """Return the names of a layout's slots, in their order."""
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
        {
            one.name: {"id": str(one.id), "lot": decimal_text(one.lot), "funding": decimal_text(one.funding)}
            for one in each.parts.listings
        }
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
    """Return the tolerance of each value of a row: 0 for values without floats."""
    terms = (
        term
        for ranges in (model.default, *model.underlyings.values())
        for kind in KINDS
        for term in (*getattr(ranges.charges, kind).short, *getattr(ranges.charges, kind).add_on)
    )
    exact = {"mark"} if any(term.delta for term in terms) else {"mark", *_CHARGES}
    return tuple(0 if name in exact else _TOLERANCE for name in _value_names(layout))


def _of_estimates(layout: Layout) -> tuple[int, ...]:
    """Return the tolerance of each value of an estimate's row, whose charges are from floats under every model."""
    return tuple(0 if name == "mark" else _TOLERANCE for name in _value_names(layout))


def _shifted(last_places: int, values: int) -> Iterator[Difference]:
    """Yield a difference if more values differ by one micro-quote than rounding explains.

    Otherwise a publisher could shift every value by one in its favour.
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
