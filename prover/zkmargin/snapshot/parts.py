"""The snapshot file: JSON, numbers as decimal strings, one way to write each snapshot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.files import write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.risk.collateral import read_collateral
from zkmargin.risk.model import read_model
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import FIELD, INSTRUMENTS, PRICE_BITS, TIMESTAMP_BITS, UNDERLYINGS, VALUE_BITS
from zkmargin.spec.layout import find_layout
from zkmargin.spec.table import Row
from zkmargin.venue_data.exclusions import Estimate, Exclusion
from zkmargin.venue_data.instruments import NAME

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal
    from pathlib import Path

    from zkmargin.risk.collateral import CollateralAsset
    from zkmargin.risk.model import Model
    from zkmargin.spec.layout import Layout

__all__ = ["Claims", "Listing", "Parts", "read_snapshot", "write_snapshot"]

FORMAT = "zkmargin-snapshot/2"
_MAX_BYTES = 64 << 20
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
    """What a row of the table is the row of.

    Attributes
    ----------
    id : int
        4096 times the underlying's number, plus the index.
    name : str
        The venue's name.
    lot : Decimal
        Units of the underlying in one lot.
    """

    id: int
    name: str
    lot: Decimal


@dataclass(frozen=True, slots=True)
class Parts:
    """What a snapshot is made of.

    Attributes
    ----------
    rows : mapping of int to Row
        By instrument id.
    layout : Layout
        What their slots are.
    timestamp : int
        The market's time, Unix time in seconds.
    quote : str
        The quote currency.
    model : Model
        What the rows were computed with.
    collateral : tuple of CollateralAsset
        At most 8, in the order of an account's amounts.
    prices : tuple of Decimal or None
        Of a whole asset of each, before the haircut; None where the market had none: the asset counts for 0.
    underlyings : tuple of str
        By number.
    index_prices : tuple of Decimal
        Of each underlying, quote currency per unit. For people and oracles: no row depends on them any more.
    listings : tuple of Listing
        By id, one for each row.
    exclusions : tuple of Exclusion
        What has no row, and why.
    estimates : tuple of Estimate
        Whose mark is not the venue's, and what stands in its place.
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


@dataclass(frozen=True, slots=True)
class Claims:
    """What a snapshot file says that its parts come to.

    Attributes
    ----------
    haircut_prices : tuple of int
        Of each asset, in micro-quote.
    params_hash, table_root, root : int
        Field elements.
    """

    haircut_prices: tuple[int, ...]
    params_hash: int
    table_root: int
    root: int


def read_snapshot(path: Path) -> tuple[Parts, Claims]:
    """Read a snapshot file; nothing is hashed.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = Field(load_json(path, max_bytes=_MAX_BYTES), str(path))
    members = document.members(_MEMBERS, ("estimates",))
    members["format"].constant(FORMAT)
    layout = _read_layout(members["layout"])
    rows = [_read_row(item, layout) for item in members["rows"].items()]
    underlyings = [one.members(("name", "price")) for one in members["underlyings"].items()]
    assets, prices, haircut_prices = _read_assets(members["collateral"])
    parts = Parts(
        rows={listing.id: row for listing, row in rows},
        layout=layout,
        timestamp=members["timestamp"].integer(1, 2**TIMESTAMP_BITS - 1),
        quote=members["quote"].text(NAME, "a name"),
        model=read_model(members["model"]),
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


def write_snapshot(path: Path, parts: Parts, claims: Claims) -> None:
    """Write a snapshot file, whole or not at all."""
    document: dict[str, Any] = {
        "format": FORMAT,
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
    write_json(path, document)


def _read_layout(field: Field) -> Layout:
    try:
        return find_layout(field.text())
    except SpecError as error:
        field.refuse(error.reason)


def _read_row(field: Field, layout: Layout) -> tuple[Listing, Row]:
    members = field.members(("id", "name", "lot", "slots", "shortFloor", "addOn"))
    lot = members["lot"].decimal()
    if lot <= 0:
        members["lot"].refuse("must be positive")
    listing = Listing(
        id=members["id"].integer(0, UNDERLYINGS * INSTRUMENTS - 1),
        name=members["name"].text(NAME, "a name"),
        lot=lot,
    )
    slots = tuple(item.integer(-_LARGEST, _LARGEST) for item in members["slots"].items(layout.slots))
    short_floor, add_on = (members[key].integer(0, _LARGEST) for key in ("shortFloor", "addOn"))
    return listing, Row(slots, short_floor, add_on)


def _write_row(listing: Listing, row: Row) -> dict[str, Any]:
    return {
        "id": str(listing.id),
        "name": listing.name,
        "lot": decimal_text(listing.lot),
        "slots": [str(value) for value in row.slots],
        "shortFloor": str(row.short_floor),
        "addOn": str(row.add_on),
    }


def _read_assets(
    field: Field,
) -> tuple[tuple[CollateralAsset, ...], tuple[Decimal | None, ...], tuple[int, ...]]:
    """Return definitions, prices and haircut prices."""
    items = [item.members(("definition", "haircutPrice"), ("price",)) for item in field.items()]
    definitions = [item["definition"].value for item in items]
    assets = read_collateral(Field(definitions, field.source, field.key))
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
