"""Differences between two snapshots."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from zkmargin.documents.difference import Change, changes
from zkmargin.spec.layout import LAYOUTS

from .alarms import alarms
from .renumbered import renumbered

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .snapshot import Snapshot

__all__ = ["PriceChange", "RowChange", "SnapshotDiff", "diff_snapshots"]


@dataclass(frozen=True, slots=True)
class PriceChange:
    """A changed price.

    Attributes
    ----------
    name : str
        The underlying or asset.
    before, after : Decimal or None
        Prices in the quote currency; None if a snapshot has none.
    """

    name: str
    before: Decimal | None
    after: Decimal | None


@dataclass(frozen=True, slots=True)
class RowChange:
    """A changed row. Amounts are per lot, in the quote currency.

    Attributes
    ----------
    name : str
        The instrument.
    mark_before, mark_after : Decimal
        The mark.
    scan_before, scan_after : Decimal
        The largest loss of one lot over the scenarios, long or short.
    charges_before, charges_after : Decimal
        The sum of short option minimum and add-on.
    """

    name: str
    mark_before: Decimal
    mark_after: Decimal
    scan_before: Decimal
    scan_after: Decimal
    charges_before: Decimal
    charges_after: Decimal

    @property
    def size(self) -> tuple[Decimal, Decimal]:
        """The key to sort changes by: the change of the mark, then of the scan."""
        return abs(self.mark_after - self.mark_before), abs(self.scan_after - self.scan_before)


@dataclass(frozen=True, slots=True)
class SnapshotDiff:
    """The differences between two snapshots.

    Attributes
    ----------
    alarms : tuple of str
        Sentences on differences that must not pass unnoticed (`zkmargin.snapshot.alarms`).
    heads : tuple of Change
        Changes of root, timestamp, quote and layout.
    model, collateral : tuple of Change
        Changes of the model's parameters and of the collateral definitions, by key path.
    index_prices, haircut_prices : tuple of PriceChange
        Changed prices; empty if the quote currencies differ.
    new : tuple of str
        Instruments with a row in the later snapshot only.
    gone : mapping of str to str
        Instruments with a row in the earlier snapshot only, with the later one's reason for their exclusion;
        empty if it has none.
    renumbered : tuple of Change
        Ids that now mean another instrument, instruments with another id or lot, underlyings and assets at
        another place. Accounts commit to ids, lots and places, so these changes alter the meaning of
        commitments without the holders' consent.
    rows : tuple of RowChange
        Rows with another mark, charge or gain in a scenario, the largest change of the mark first; empty if
        the quote currencies differ.
    """

    alarms: tuple[str, ...]
    heads: tuple[Change, ...]
    model: tuple[Change, ...]
    collateral: tuple[Change, ...]
    index_prices: tuple[PriceChange, ...]
    haircut_prices: tuple[PriceChange, ...]
    new: tuple[str, ...]
    gone: Mapping[str, str]
    renumbered: tuple[Change, ...]
    rows: tuple[RowChange, ...]


def diff_snapshots(before: Snapshot, after: Snapshot) -> SnapshotDiff:
    """Compare two snapshots.

    Parameters
    ----------
    before, after : Snapshot

    Returns
    -------
    SnapshotDiff
    """
    old, new = ({one.name: one.id for one in each.parts.listings} for each in (before, after))
    reasons = {one.name: one.reason for one in after.parts.exclusions}
    same_quote = before.parts.quote == after.parts.quote
    return SnapshotDiff(
        alarms=alarms(before, after),
        heads=changes(_heads(before), _heads(after)),
        model=changes(before.parts.model.to_json(), after.parts.model.to_json()),
        collateral=changes(_definitions(before), _definitions(after)),
        index_prices=_price_changes(_index_prices(before), _index_prices(after)) if same_quote else (),
        haircut_prices=_price_changes(_haircut_prices(before), _haircut_prices(after)) if same_quote else (),
        new=tuple(name for name in new if name not in old),
        gone={name: reasons.get(name, "") for name in old if name not in new},
        renumbered=tuple(renumbered(before, after)),
        rows=_row_changes(before, after) if same_quote else (),
    )


def _heads(snapshot: Snapshot) -> dict[str, str]:
    parts = snapshot.parts
    return {
        "root": str(snapshot.root),
        "timestamp": str(parts.timestamp),
        "quote": parts.quote,
        "layout": parts.layout.name,
    }


def _definitions(snapshot: Snapshot) -> dict[str, object]:
    return {one.asset: one.to_json() for one in snapshot.parts.collateral}


def _index_prices(snapshot: Snapshot) -> dict[str, Decimal]:
    return dict(zip(snapshot.parts.underlyings, snapshot.parts.index_prices, strict=True))


def _haircut_prices(snapshot: Snapshot) -> dict[str, Decimal]:
    assets = (one.asset for one in snapshot.parts.collateral)
    return {name: _micro(price) for name, price in zip(assets, snapshot.spec.prices, strict=False)}


def _price_changes(old: dict[str, Decimal], new: dict[str, Decimal]) -> tuple[PriceChange, ...]:
    found = (PriceChange(name, old.get(name), new.get(name)) for name in {**old, **new})
    return tuple(one for one in found if one.before != one.after)


def _row_changes(before: Snapshot, after: Snapshot) -> tuple[RowChange, ...]:
    old, new = ({one.name: one for one in each.parts.listings} for each in (before, after))
    # A change of the lot is in `renumbered`; values of different lots do not compare.
    shared = [name for name in old if name in new and old[name].lot == new[name].lot]
    found = [
        _row_change(name, _risk(before, old[name].id), _risk(after, new[name].id))
        for name in shared
        if _risk(before, old[name].id) != _risk(after, new[name].id)
    ]
    return tuple(sorted(found, key=lambda one: one.size, reverse=True))


def _row_change(name: str, before: tuple[int, ...], after: tuple[int, ...]) -> RowChange:
    (mark, scan, charges), (new_mark, new_scan, new_charges) = (
        (_micro(mark), _micro(max(map(abs, gains))), _micro(short_floor + add_on))
        for mark, short_floor, add_on, *gains in (before, after)
    )
    return RowChange(name, mark, new_mark, scan, new_scan, charges, new_charges)


def _risk(snapshot: Snapshot, number: int) -> tuple[int, ...]:
    """Return mark, charges and scenarios of a row, padded to the scenarios of the largest layout."""
    layout, row = snapshot.parts.layout, snapshot.parts.rows[number]
    unused = (0,) * (LAYOUTS[-1].scenarios - layout.scenarios)
    return (row.slots[layout.mark], row.short_floor, row.add_on, *row.slots[: layout.scenarios], *unused)


def _micro(number: int) -> Decimal:
    # From text, which is exact in any decimal context.
    return Decimal(f"{number}e-6")
