"""``zkmargin config``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from zkmargin.proofs.circuit_keys import circuit_folder, circuits_folder, keys_folder, keys_url
from zkmargin.proofs.instances import instances
from zkmargin.proving.download import shown_url
from zkmargin.proving.manifest import MANIFEST
from zkmargin.toolchain import find_package

from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json
from .tables import print_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["config"]


def config(as_json: Json = False) -> None:
    """Show where circuits, keys and programs are.

    Each location is listed with the environment variable that sets it.
    """
    found = _settings()
    if as_json:
        print_json({"settings": found})
        return
    print_table(
        [(one["name"], one["value"] or "-", one["from"]) for one in found],
        headings=("setting", "value", "from"),
    )


def _settings() -> list[dict[str, str]]:
    """Return name, value and origin of every setting."""
    circom = find_package("circom2")
    rapidsnark = os.environ.get("ZKMARGIN_RAPIDSNARK", "")
    rows = [
        ("circuits", str(circuits_folder()), "the package"),
        ("keys", str(keys_folder()), _origin("ZKMARGIN_KEYS", "XDG_CACHE_HOME")),
        ("keys_url", shown_url(keys_url() or ""), _origin("ZKMARGIN_KEYS_URL")),
        ("node_modules", str(circom.parent) if circom else "", _origin("ZKMARGIN_NODE_MODULES")),
        ("rapidsnark", rapidsnark, _origin("ZKMARGIN_RAPIDSNARK")),
        ("prover", "native" if find_spec("zkmargin_native") else "snarkjs", "what is installed"),
    ]
    missing = "keys are fetched on first use" if keys_url() else "keys are built on first use"
    for one in instances():
        state = "keys built" if _is_built(circuit_folder(one)) else missing
        holds = f"{one.shape.positions} positions over {one.shape.lanes} underlyings"
        rows.append((one.name, holds, state))
    return [dict(zip(("name", "value", "from"), row, strict=True)) for row in rows]


def _is_built(folder: Path) -> bool:
    return (folder / MANIFEST).is_file()


def _origin(*names: str) -> str:
    return next((name for name in names if os.environ.get(name)), "default")
