"""``zkmargin keys export``, ``import`` and ``pack``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from zkmargin.proofs.instances import find_circuit
from zkmargin.proofs.key_bundles import export_keys, import_keys, pack_circuit

from . import typed
from .key_text import show_keys, summary_of_keys
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress

__all__ = ["export", "import_", "pack"]


def export(
    circuits: Annotated[list[str], typed.Argument(help="Bundled circuits, e.g. margin_13 open.")],
    out: Annotated[Path, typed.Option("-o", "--out", help="The file to write.")],
    as_json: Json = False,
) -> None:
    """Write keys into one file, which others import.

    Unpacked on a web server, or copied to a folder, it is a source for ZKMARGIN_KEYS_URL.
    """
    keys = export_keys([find_circuit(name) for name in dict.fromkeys(circuits)], out)
    if as_json:
        print_json({"file": str(out), "keys": [summary_of_keys(one) for one in keys]})
        return
    print_line(str(out))
    for one in keys:
        show_keys(one)


def import_(
    source: Annotated[
        str, typed.Argument(help="A file of zkmargin keys export, its address, or a folder of keys.")
    ],
    fingerprints: Annotated[
        list[str] | None,
        typed.Option(
            "--fingerprint", help="A fingerprint that the keys must have, one for each. Repeatable."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Install keys where zkmargin prove finds them.

    The circuits are compiled here and compared with the keys. Other keys are never replaced. Imported keys are
    development keys until zkmargin keys verify --phase1 has verified their transcript.
    """
    with progress() as report:
        keys = import_keys(source, fingerprints=fingerprints or (), progress=report)
    if as_json:
        print_json({"keys": [summary_of_keys(one) for one in keys]})
        return
    for one in keys:
        show_keys(one)


def pack(
    circuit: Annotated[str, typed.Argument(help="A bundled circuit, e.g. margin_13.")],
    out: Annotated[Path, typed.Option("-o", "--out", help="The file to write, e.g. margin_13.zkpack.")],
    as_json: Json = False,
) -> None:
    """Write a circuit's proving key and witness calculator into one file for provers in browsers.

    The package @zkmargin/core fetches it from any web server and checks it against the SHA-256 that is shown here.
    """
    sha256, keys = pack_circuit(find_circuit(circuit), out)
    if as_json:
        print_json({"file": str(out), "sha256": sha256, "keys": summary_of_keys(keys)})
        return
    print_line(str(out))
    print_line(f"SHA-256 of its head: {sha256}")
    show_keys(keys)
