"""``zkmargin circuits``: the circuits that come with the package."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

from zkmargin.documents.nearest import expected_one_of
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_sizes import circuit_sizes
from zkmargin.proofs.instances import circuits as published

from . import typed
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line
from .tables import print_table

__all__ = ["circuits"]

_STEPS = {
    "open": "an account is opened in a market",
    "withdraw": "an owner withdraws from an account of a market",
    "take_over": "a winner of an auction takes over the account",
}
_KINDS = {
    "margin": "an account meets its margin requirement",
    "limits": "an account meets its margin requirement and limits on its net Greeks",
    "disclosure": "the equity and requirement of an account, for its auction",
    "owner": "a step of an account's owner",
    "claim": "what an account is worth when its market winds down",
    "match": "fills of two orders each, in a batch",
    "quote": "fills of a quote sheet and an order each, in a batch",
    "upkeep": "expiries, credits and new keys, in a batch",
    "health": "the accounts of a batch meet their margin requirements",
    "solvency": "a venue's accounts add up to certain totals",
}
_COLUMNS = ("positions", "underlyings", "scenarios", "accounts", "operations", "constraints")


def circuits(
    text: Annotated[
        str,
        typed.Argument(metavar="[TEXT]", help="Only those whose name or purpose contains it, in any case."),
    ] = "",
    kind: Annotated[str | None, typed.Option("--kind", help=f"Only one of {', '.join(_KINDS)}.")] = None,
    positions: Annotated[
        int, typed.Option("--positions", min=0, help="Only those for accounts of at least so many positions.")
    ] = 0,
    as_json: Json = False,
) -> None:
    """List the circuits: what each proves, how much it holds, its constraints and the size of its proving key.

    Positions and underlyings are those of one account. The size of a key is given where it was measured.
    """
    if kind is not None and kind not in _KINDS:
        raise InputError(expected_one_of(kind, _KINDS), source="--kind")
    found = [
        one
        for one in map(_described, published())
        if text.lower() in f"{one['name']}\n{one['proves']}".lower()
        and kind in {None, one["kind"]}
        and (one["positions"] or 0) >= positions
    ]
    if as_json:
        print_json({"circuits": found})
        return
    if found:
        headings = ("circuit", *_COLUMNS, "key", "proves")
        print_table(map(_row, found), headings=headings, right=set(range(1, len(_COLUMNS) + 2)))
    print_line(f"{len(found)} circuits")


def _described(name: str) -> dict[str, Any]:
    family = "owner" if name in _STEPS else name.rpartition("_")[0]
    kind = "margin" if family == "wide" else family.removeprefix("wide_")
    sizes = asdict(circuit_sizes()[name])
    return {"name": name, "kind": kind, "proves": _STEPS.get(name, _KINDS[kind]), **sizes}


def _row(one: dict[str, Any]) -> list[str]:
    numbers = ("" if one[column] is None else str(one[column]) for column in _COLUMNS)
    size = one["key_bytes"]
    return [one["name"], *numbers, "" if size is None else f"{size / 1e6:.1f} MB", one["proves"]]
