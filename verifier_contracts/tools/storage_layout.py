"""The storage layout of each contract, in a form whose diff shows the moved variables.

Contracts are not upgraded, so no upgrade depends on the layout. But readers of storage do, such as proofs of
an account's state, and the gas of each function depends on it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["changed_contracts", "storage_layouts", "write_layouts"]

Layouts = dict[str, dict[str, list[str]]]


def storage_layouts(sources: Path, artifacts: Path) -> Layouts:
    """Return the storage layout of each deployable contract that has storage.

    Parameters
    ----------
    sources : Path
        A folder of Solidity files, each with a contract, library or interface named like the file.
    artifacts : Path
        Forge's output for them, with ``extra_output = ["storageLayout"]``.

    Returns
    -------
    dict
        By contract: its ``storage`` and the members of each struct in it, as ``slot+offset type name``.
    """
    layouts: Layouts = {}
    for path in sorted(sources.rglob("*.sol"), key=lambda path: path.name):
        compiled = json.loads((artifacts / path.name / f"{path.stem}.json").read_text(encoding="utf-8"))
        deployable = compiled["bytecode"]["object"] != "0x"
        if deployable and compiled["storageLayout"]["storage"]:
            layouts[path.stem] = _readable(compiled["storageLayout"])
    return layouts


def _readable(layout: dict[str, Any]) -> dict[str, list[str]]:
    # The compiler's type names contain numbers that change with every edit. Their labels do not.
    types = layout["types"]
    structs = {entry["label"]: entry["members"] for entry in types.values() if "members" in entry}
    lists = {"storage": layout["storage"], **dict(sorted(structs.items()))}
    return {
        name: [f"{it['slot']}+{it['offset']} {types[it['type']]['label']} {it['label']}" for it in items]
        for name, items in lists.items()
    }


def changed_contracts(now: Layouts, snapshot: Path) -> list[str]:
    """Return the names of the contracts whose storage layout differs from the snapshot."""
    before: Layouts = json.loads(snapshot.read_text(encoding="utf-8")) if snapshot.exists() else {}
    return sorted(name for name in now.keys() | before.keys() if now.get(name) != before.get(name))


def write_layouts(now: Layouts, snapshot: Path) -> None:
    """Write the snapshot."""
    snapshot.write_text(json.dumps(now, indent=2) + "\n", encoding="utf-8")
