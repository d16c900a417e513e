"""The market file: JSON, numbers as decimal strings."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from zkmargin.documents.fields import Field, decimal_text
from zkmargin.documents.files import write_json
from zkmargin.documents.strict_json import load_json
from zkmargin.spec.constants import INSTRUMENTS

from .instruments import (
    MAX_TIME,
    NAME,
    Estimate,
    Exclusion,
    Expired,
    Future,
    Instrument,
    Option,
    Perpetual,
    Right,
    Underlying,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .venue_data import VenueData

__all__ = [
    "read_estimate",
    "read_exclusion",
    "read_market",
    "write_estimate",
    "write_exclusion",
    "write_market",
]

FORMAT = "zkmargin-venue-data/1"
# These go to a terminal, and may be a stranger's: no escape sequences, no lines of their own.
_SHOWN = re.compile(r"[ -~]{1,200}", re.ASCII)
_MAX_BYTES = 64 << 20


def read_market(path: Path) -> dict[str, Any]:
    """Read the parts of a `VenueData`, by name, from a market file.

    Raises
    ------
    InputError
        With file and key path, if it is not one.
    """
    document = Field(load_json(path, max_bytes=_MAX_BYTES), str(path))
    members = document.members(("format", "time", "quote", "underlyings", "exclusions"), ("estimates",))
    members["format"].constant(FORMAT)
    estimates = members["estimates"].items() if "estimates" in members else []
    return {
        "time": members["time"].integer(1, MAX_TIME),
        "quote": members["quote"].text(NAME, "a name"),
        "underlyings": tuple(_underlying(item) for item in members["underlyings"].items()),
        "exclusions": tuple(read_exclusion(item) for item in members["exclusions"].items()),
        "estimates": tuple(read_estimate(item) for item in estimates),
    }


def write_market(path: Path, venue_data: VenueData) -> None:
    """Write a market, whole or not at all."""
    document: dict[str, Any] = {
        "format": FORMAT,
        "time": str(venue_data.time),
        "quote": venue_data.quote,
        "underlyings": [
            {
                "name": one.name,
                "price": decimal_text(one.price),
                "nextIndex": str(one.next_index),
                "instruments": [_write_instrument(instrument) for instrument in one.instruments],
            }
            for one in venue_data.underlyings
        ],
        "exclusions": [write_exclusion(one) for one in venue_data.exclusions],
    }
    if venue_data.estimates:
        document["estimates"] = [write_estimate(one) for one in venue_data.estimates]
    write_json(path, document)


def read_exclusion(field: Field) -> Exclusion:
    """Read an item of ``exclusions``."""
    members = field.members(("name", "reason"), ("underlying", "index", "expiry"))
    return Exclusion(
        name=_shown(members["name"]),
        reason=_shown(members["reason"]),
        underlying=members["underlying"].text() if "underlying" in members else "",
        index=members["index"].integer(0, INSTRUMENTS - 1) if "index" in members else None,
        expiry=members["expiry"].integer(1, MAX_TIME) if "expiry" in members else None,
    )


def write_exclusion(one: Exclusion) -> dict[str, str]:
    """Return an item of ``exclusions``."""
    item = {"name": one.name, "reason": one.reason}
    if one.underlying:
        item["underlying"] = one.underlying
    if one.index is not None:
        item["index"] = str(one.index)
    if one.expiry is not None:
        item["expiry"] = str(one.expiry)
    return item


def read_estimate(field: Field) -> Estimate:
    """Read an item of ``estimates``."""
    members = field.members(("name", "reason"))
    return Estimate(_shown(members["name"]), _shown(members["reason"]))


def write_estimate(one: Estimate) -> dict[str, str]:
    """Return an item of ``estimates``."""
    return {"name": one.name, "reason": one.reason}


def _shown(field: Field) -> str:
    return field.text(_SHOWN, "text of 1 to 200 printable ASCII characters")


def _underlying(field: Field) -> Underlying:
    members = field.members(("name", "price", "nextIndex", "instruments"))
    return Underlying(
        name=members["name"].text(),
        price=members["price"].decimal(),
        next_index=members["nextIndex"].integer(0, INSTRUMENTS - 1),
        instruments=tuple(_instrument(item) for item in members["instruments"].items()),
    )


def _instrument(field: Field) -> Instrument:
    kind = field.entries().get("kind")
    if kind is None or not isinstance(kind.value, str) or kind.value not in _READERS:
        (kind or field).refuse('no kind ("option", "future", "perpetual" or "expired")')
    return _READERS[kind.value](field)


def _option(field: Field) -> Option:
    names = ("kind", "name", "index", "lot", "expiry", "strike", "right", "forward", "mark", "volatility")
    members = field.members(names)
    right = members["right"]
    if right.value not in tuple(Right):
        right.refuse('not "call" or "put"')
    return Option(
        expiry=members["expiry"].integer(1, MAX_TIME),
        strike=members["strike"].decimal(),
        right=Right(right.value),
        forward=members["forward"].decimal(),
        volatility=members["volatility"].decimal(),
        **_common(members),
    )


def _future(field: Field) -> Future:
    members = field.members(("kind", "name", "index", "lot", "expiry", "mark"))
    return Future(expiry=members["expiry"].integer(1, MAX_TIME), **_common(members))


def _perpetual(field: Field) -> Perpetual:
    return Perpetual(**_common(field.members(("kind", "name", "index", "lot", "mark"))))


def _expired(field: Field) -> Expired:
    members = field.members(("kind", "name", "index", "lot", "expiry", "mark", "until"))
    expiry, until = (members[key].integer(1, MAX_TIME) for key in ("expiry", "until"))
    return Expired(expiry=expiry, until=until, **_common(members))


def _common(members: dict[str, Field]) -> dict[str, Any]:
    return {
        "name": members["name"].text(),
        "index": members["index"].integer(0, INSTRUMENTS - 1),
        "lot": members["lot"].decimal(),
        "mark": members["mark"].decimal(),
    }


_READERS: dict[str, Callable[[Field], Instrument]] = {
    "option": _option,
    "future": _future,
    "perpetual": _perpetual,
    "expired": _expired,
}


def _write_instrument(one: Instrument) -> dict[str, str]:
    item = {
        "kind": type(one).__name__.lower(),
        "name": one.name,
        "index": str(one.index),
        "lot": decimal_text(one.lot),
    }
    if not isinstance(one, Perpetual):
        item["expiry"] = str(one.expiry)
    if isinstance(one, Option):
        item |= {
            "strike": decimal_text(one.strike),
            "right": str(one.right),
            "forward": decimal_text(one.forward),
        }
    item["mark"] = decimal_text(one.mark)
    if isinstance(one, Option):
        item["volatility"] = decimal_text(one.volatility)
    if isinstance(one, Expired):
        item["until"] = str(one.until)
    return item
