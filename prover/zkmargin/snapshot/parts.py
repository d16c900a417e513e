"""The parts of a snapshot, and their form in its file: JSON, numbers as decimal strings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.documents.difference import changes
from zkmargin.documents.fields import Field, decimal_text
from zkmargin.errors import InputError
from zkmargin.risk.collateral import read_collateral
from zkmargin.risk.model import read_model
from zkmargin.spec.constants import FIELD, INSTRUMENTS, PRICE_BITS, TIMESTAMP_BITS, UNDERLYINGS, VALUE_BITS
from zkmargin.spec.layout import LAYOUTS, find_layout
from zkmargin.spec.table import Row
from zkmargin.venue_data.exclusions import Estimate, Exclusion
from zkmargin.venue_data.funding import NO_FUNDING
from zkmargin.venue_data.instruments import MAX_TIME, NAME, spot_name

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec.layout import Layout

__all__ = ["Claims", "Listing", "Parts", "parts_from_json", "parts_to_json"]

_FORMAT = "zkmargin-snapshot/2"
_LARGEST = 2**VALUE_BITS - 1
_MEMBERS = (
    "format",
    "root",
    "tableRoot",
    "paramsHash",
    "timestamp",
    "quote",
    "layout",
    "model",
    "collateral",
    "underlyings",
    "rows",
    "exclusions",
)


@dataclass(frozen=True, slots=True)
class Listing:
    """The instrument of a row.

    Attributes
    ----------
    id : int
        4096 * underlying + index.
    name : str
        The venue's name.
    lot : Decimal
        Units of the underlying in one lot.
    funding : Decimal
        The accumulated funding of a perpetual, quote currency per unit: its delta less its mark, per unit.
    settled : int or None
        The time since when the instrument is settled, Unix time in seconds: expired, with a final mark and no risk.
        None if it is live.
    """

    id: int
    name: str
    lot: Decimal
    funding: Decimal = NO_FUNDING
    settled: int | None = None


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a snapshot.

    Attributes
    ----------
    rows : mapping of int to Row
        Rows by instrument id.
    layout : Layout
        The meaning of their slots.
    timestamp : int
        The time of the venue data, Unix time in seconds.
    quote : str
        The quote currency.
    model : Model
        The margin model of the rows.
    collateral : tuple of CollateralAsset
        At most 8, in the order of an account's amounts.
    prices : tuple of Decimal or None
        The price of one unit of each asset before the haircut; None if the venue data have none: the asset
        counts for 0.
    underlyings : tuple of str
        Names by number.
    index_prices : tuple of Decimal
        Index prices by underlying number, quote currency per unit, for readers and oracles. The rows do not
        depend on them.
    listings : tuple of Listing
        One for each row, by id.
    exclusions : tuple of Exclusion
        Instruments and assets without a row or price, with the reason.
    estimates : tuple of Estimate
        Instruments whose mark is not the venue's, with the substitute.
    """

    rows: Mapping[int, Row]
    layout: Layout
    timestamp: int
    quote: str
    model: Model
    collateral: tuple[CollateralAsset, ...]
    prices: tuple[Decimal | None, ...]
    underlyings: tuple[str, ...]
    index_prices: tuple[Decimal, ...]
    listings: tuple[Listing, ...]
    exclusions: tuple[Exclusion, ...]
    estimates: tuple[Estimate, ...] = ()

    def is_spot(self, listing: Listing) -> bool:
        """Return whether a listing is its underlying itself, by its name."""
        return listing.name == spot_name(self.underlyings[listing.id // INSTRUMENTS])


@dataclass(frozen=True, slots=True)
class Claims:
    """Values in a snapshot file that follow from its parts.

    Attributes
    ----------
    haircut_prices : tuple of int
        Haircut prices by asset, in micro-quote.
    params_hash, table_root, root : int
        Field elements.
    """

    haircut_prices: tuple[int, ...]
    params_hash: int
    table_root: int
    root: int


def parts_from_json(field: Field) -> tuple[Parts, Claims]:
    """Read the object of a snapshot file; the claims are not checked.

    Raises
    ------
    InputError
        With the key path, if it is malformed.
    """
    members = field.members_of(_FORMAT, _MEMBERS, ("estimates",))
    layout = _read_layout(members["layout"])
    rows = [_read_row(item, layout) for item in members["rows"].items()]
    underlyings = [one.members(("name", "price")) for one in members["underlyings"].items()]
    assets, prices, haircut_prices = _read_assets(members["collateral"])
    model = read_model(members["model"])
    _require_canonical(members["model"], model.to_json())
    parts = Parts(
        rows={listing.id: row for listing, row in rows},
        layout=layout,
        timestamp=members["timestamp"].integer(1, 2**TIMESTAMP_BITS - 1),
        quote=members["quote"].text(NAME, "a name"),
        model=model,
        collateral=assets,
        prices=prices,
        underlyings=tuple(one["name"].text(NAME, "a name") for one in underlyings),
        index_prices=tuple(_read_price(one["price"]) for one in underlyings),
        listings=tuple(listing for listing, _ in rows),
        exclusions=tuple(Exclusion.from_json(item) for item in members["exclusions"].items()),
        estimates=tuple(map(Estimate.from_json, members["estimates"].items()))
        if "estimates" in members
        else (),
    )
    hashes = (members[key].integer(0, FIELD - 1) for key in ("paramsHash", "tableRoot", "root"))
    return parts, Claims(haircut_prices, *hashes)


def parts_to_json(parts: Parts, claims: Claims) -> dict[str, Any]:
    """Return the object of a snapshot file; equal snapshots give equal objects."""
    document: dict[str, Any] = {
        "format": _FORMAT,
        "root": str(claims.root),
        "tableRoot": str(claims.table_root),
        "paramsHash": str(claims.params_hash),
        "timestamp": str(parts.timestamp),
        "quote": parts.quote,
        "layout": parts.layout.name,
        "model": parts.model.to_json(),
        "collateral": _write_assets(parts, claims),
        "underlyings": [
            {"name": name, "price": decimal_text(price)}
            for name, price in zip(parts.underlyings, parts.index_prices, strict=True)
        ],
        "rows": [_write_row(one, parts.rows[one.id]) for one in parts.listings],
        "exclusions": [one.to_json() for one in parts.exclusions],
    }
    if parts.estimates:
        document["estimates"] = [one.to_json() for one in parts.estimates]
    return document


def _require_canonical(field: Field, written: dict[str, Any]) -> None:
    """Refuse another form than `parts_to_json` writes, such as a model with keys left out.

    `paramsHash` is the hash of the canonical form, which a program should find in the file.
    """
    if field.value == written:
        return
    first = changes(field.value, written, field.key)[0]
    reason = f"not in canonical form, expected {first.after!r}"
    if first.before is None:
        reason = "missing"
    elif first.after is None:
        reason = "not in canonical form, must be left out"
    raise InputError(reason, source=field.source, key=first.key)


def _read_layout(field: Field) -> Layout:
    return find_layout(field.choice(one.name for one in LAYOUTS))


def _read_row(field: Field, layout: Layout) -> tuple[Listing, Row]:
    members = field.members(("id", "name", "lot", "slots", "shortFloor", "addOn"), ("funding", "settled"))
    lot = members["lot"].decimal()
    if lot <= 0:
        members["lot"].refuse("must be positive")
    listing = Listing(
        id=members["id"].integer(0, UNDERLYINGS * INSTRUMENTS - 1),
        name=members["name"].text(NAME, "a name"),
        lot=lot,
        funding=members["funding"].decimal() if "funding" in members else NO_FUNDING,
        settled=members["settled"].integer(1, MAX_TIME - 1) if "settled" in members else None,
    )
    slots = tuple(item.integer(-_LARGEST, _LARGEST) for item in members["slots"].items(layout.slots))
    short_floor, add_on = (members[key].integer(0, _LARGEST) for key in ("shortFloor", "addOn"))
    return listing, Row(slots, short_floor, add_on)


def _write_row(listing: Listing, row: Row) -> dict[str, Any]:
    item = {"id": str(listing.id), "name": listing.name, "lot": decimal_text(listing.lot)}
    if listing.funding:
        item["funding"] = decimal_text(listing.funding)
    if listing.settled is not None:
        item["settled"] = str(listing.settled)
    slots = [str(value) for value in row.slots]
    return {**item, "slots": slots, "shortFloor": str(row.short_floor), "addOn": str(row.add_on)}


def _read_assets(
    field: Field,
) -> tuple[tuple[CollateralAsset, ...], tuple[Decimal | None, ...], tuple[int, ...]]:
    """Return definitions, prices and haircut prices."""
    items = [item.members(("definition", "haircutPrice"), ("price",)) for item in field.items()]
    assets = read_collateral(field, (item["definition"] for item in items))
    for item, asset in zip(items, assets, strict=True):
        _require_canonical(item["definition"], asset.to_json())
    prices = tuple(_read_price(item["price"]) if "price" in item else None for item in items)
    return assets, prices, tuple(item["haircutPrice"].integer(0, 2**PRICE_BITS - 1) for item in items)


def _read_price(field: Field) -> Decimal:
    price = field.decimal()
    if price <= 0:
        field.refuse("must be positive")
    return price


def _write_assets(parts: Parts, claims: Claims) -> list[dict[str, Any]]:
    items = []
    columns = (parts.collateral, parts.prices, claims.haircut_prices)
    for asset, price, haircut_price in zip(*columns, strict=True):
        item: dict[str, Any] = {"definition": asset.to_json(), "haircutPrice": str(haircut_price)}
        items.append(item if price is None else item | {"price": decimal_text(price)})
    return items
