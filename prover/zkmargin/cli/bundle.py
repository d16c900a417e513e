"""``zkmargin bundle``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import Annotated

from zkmargin.errors import InputError
from zkmargin.proofs.bundle import write_bundle
from zkmargin.proofs.statement import Statement
from zkmargin.snapshot.snapshot import Snapshot

from . import typed
from .options import Json, SnapshotFile  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line

__all__ = ["bundle"]


def bundle(
    folder: Annotated[Path, typed.Argument(help="The folder that zkmargin prove wrote.")],
    snapshot: SnapshotFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The bundle to write, a zip archive.")],
    signatures: Annotated[
        Path | None,
        typed.Option("--signatures", help="The snapshot's signatures, from zkmargin snapshot sign."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Put a proof, its snapshot, signatures and statement of account into one file."""
    from zkmargin.snapshot.signatures import Signatures, SnapshotMessage  # noqa: PLC0415

    risk, claim = Snapshot.load(snapshot), Statement.load(folder / "statement.json")
    if claim.signals.snapshot_root != risk.root:
        raise InputError("not the snapshot of the proof", source=str(snapshot))
    if signatures is not None and Signatures.load(signatures).message != SnapshotMessage.of(risk):
        raise InputError("the signatures are of another snapshot", source=str(signatures), key="message")
    write_bundle(out, folder, snapshot, signatures)
    if as_json:
        print_json({"file": str(out)})
    else:
        print_line(f"{out}: the proof with its snapshot; zkmargin verify {out} verifies it")
