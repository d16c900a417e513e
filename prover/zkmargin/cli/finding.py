"""``zkmargin data instruments`` and ``zkmargin snapshot show``: what files contain, by name."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from zkmargin.documents.fields import decimal_text
from zkmargin.documents.nearest import did_you_mean, expected_one_of
from zkmargin.documents.utc import iso_text, utc_text
from zkmargin.errors import InputError
from zkmargin.snapshot.missing import way_forward
from zkmargin.snapshot.snapshot import Snapshot
from zkmargin.venue_data import Option, VenueData
from zkmargin.venue_data.instruments import expiry_of

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

if TYPE_CHECKING:
    from zkmargin.snapshot.parts import Listing
    from zkmargin.venue_data import Instrument

__all__ = ["instruments", "show"]


def instruments(
    venue_data: Annotated[Path, typed.Argument(help="Venue data, from zkmargin data import.")],
    text: Annotated[
        str, typed.Argument(metavar="[TEXT]", help="Only names that contain this text, in any case.")
    ] = "",
    underlying: Annotated[str | None, typed.Option("--underlying", help="Only this underlying.")] = None,
    kind: Annotated[
        str | None, typed.Option("--kind", help="Only option, future, perpetual, spot or expired.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List the instruments of venue data: name, kind, expiry, strike, lot and mark."""
    data = VenueData.load(venue_data)
    names = [one.name for one in data.underlyings]
    if underlying is not None and underlying not in names:
        raise InputError(f"no such underlying{did_you_mean(underlying, names)}", source="--underlying")
    kinds = ("option", "future", "perpetual", "spot", "expired")
    if kind is not None and kind not in kinds:
        raise InputError(expected_one_of(kind, kinds), source="--kind")
    found = [
        _described(one)
        for _, base, one in data.instruments()
        if text.lower() in one.name.lower()
        and underlying in (None, base.name)
        and kind in (None, type(one).__name__.lower())
    ]
    if as_json:
        print_json({"instruments": found})
        return
    headings = ("instrument", "kind", "expiry", "strike", "lot", "mark")
    rows = [[str(one[name] or "") for name in ("name", *headings[1:])] for one in found]
    if rows:
        print_table(rows, headings=headings, right={3, 4, 5})
    print_line(f"{len(rows)} instruments at {utc_text(data.time)}, in {data.quote}")


def _described(one: Instrument) -> dict[str, Any]:
    option, expiry = one if isinstance(one, Option) else None, expiry_of(one)
    return {
        "name": one.name,
        "kind": option.right.value + " option" if option else type(one).__name__.lower(),
        "expiry": None if expiry is None else iso_text(expiry),
        "strike": decimal_text(option.strike) if option else None,
        "lot": decimal_text(one.lot),
        "mark": decimal_text(one.mark),
    }


def show(
    snapshot: Annotated[Path, typed.Argument(help="The snapshot.")],
    instrument: Annotated[
        str | None, typed.Argument(metavar="[INSTRUMENT]", help="The instrument whose row to show.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Show what a snapshot is about, or the row of an instrument: gain or loss of one lot in each scenario."""
    risk = Snapshot.load(snapshot)
    if instrument is None:
        shown = _about(risk)
        if as_json:
            print_json(shown)
        else:
            print_table([(name, str(value)) for name, value in shown.items()])
        return
    row = _row(risk, _listing(risk, instrument, snapshot))
    if as_json:
        print_json(row)
        return
    scenarios = row.pop("scenarios")
    print_table([(name, str(value)) for name, value in row.items()])
    print_line(f"gain or loss of one lot in {risk.parts.quote}, by scenario:")
    print_table(((str(number), value) for number, value in enumerate(scenarios)), right={0, 1}, indent=2)


def _about(risk: Snapshot) -> dict[str, Any]:
    parts = risk.parts
    return {
        "root": str(risk.root),
        "time": iso_text(risk.timestamp),
        "model": parts.model.name,
        "layout": parts.layout.name,
        "quote": parts.quote,
        "underlyings": ", ".join(parts.underlyings),
        "collateral": ", ".join(one.asset for one in parts.collateral),
        "instruments": len(parts.listings),
        "excluded": len(parts.exclusions),
        "estimated": len(parts.estimates),
    }


def _listing(risk: Snapshot, name: str, source: Path) -> Listing:
    for one in risk.parts.listings:
        if one.name == name:
            return one
    for excluded in risk.parts.exclusions:
        if excluded.name == name:
            reason = f"excluded: {excluded.reason}: {way_forward(excluded.reason)}"
            raise InputError(reason, source=str(source), key=name)
    nearest = did_you_mean(name, [one.name for one in risk.parts.listings])
    raise InputError(f"no such instrument{nearest}", source=str(source), key=name)


def _row(risk: Snapshot, listing: Listing) -> dict[str, Any]:
    row, layout = risk.parts.rows[listing.id], risk.parts.layout

    def amount(micro: int) -> str:
        return decimal_text(Decimal(micro).scaleb(-6))

    return {
        "instrument": listing.name,
        "id": str(listing.id),
        "lot": decimal_text(listing.lot),
        "mark": amount(row.slots[layout.mark]),
        "delta": amount(row.slots[layout.delta]),
        "short option minimum": amount(row.short_floor),
        "add-on": amount(row.add_on),
        "settled": "" if listing.settled is None else iso_text(listing.settled),
        "scenarios": [amount(value) for value in row.slots[: layout.scenarios]],
    }
