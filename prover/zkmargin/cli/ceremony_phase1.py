"""``zkmargin ceremony phase1``."""

from __future__ import annotations

from pathlib import Path  # typed reads the annotations
from typing import Annotated

from . import typed
from .entropy import (
    BeaconValue,
    ContributorName,
    EntropyFile,
    Iterations,
    read_entropy,
)
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress
from .tables import print_table

__all__ = ["phase1_app"]

phase1_app = typed.Group("phase1", help="Make, verify and prepare a phase 1 of your own.")

Phase1File = Annotated[Path, typed.Argument(help="The phase-1 file, *.ptau.")]
NewFile = Annotated[Path, typed.Option("-o", "--out", help="The file to write, which must not exist.")]


@phase1_app.command()
def new(
    power: Annotated[
        int,
        typed.Argument(help="For circuits with fewer than 2^POWER constraints and public signals, up to 27."),
    ],
    out: NewFile,
    as_json: Json = False,
) -> None:
    """Start a phase 1 without contributions."""
    from zkmargin.ceremony.own_phase1 import new_phase1  # noqa: PLC0415

    new_phase1(out, power)
    _show(out, "", as_json=as_json)


@phase1_app.command()
def contribute(
    ptau: Phase1File,
    out: NewFile,
    name: ContributorName,
    entropy_file: EntropyFile = None,
    as_json: Json = False,
) -> None:
    """Contribute to a phase 1."""
    from zkmargin.ceremony.own_phase1 import contribute as add  # noqa: PLC0415

    entropy = read_entropy(entropy_file)
    with progress() as report:
        digest = add(ptau, out, name, entropy, report)
    _show(out, digest, as_json=as_json)


@phase1_app.command()
def beacon(
    ptau: Phase1File, out: NewFile, value: BeaconValue, iterations: Iterations, as_json: Json = False
) -> None:
    """Apply public randomness to a phase 1, after the last contribution."""
    from zkmargin.ceremony.core import Beacon  # noqa: PLC0415
    from zkmargin.ceremony.own_phase1 import add_beacon  # noqa: PLC0415

    chosen = Beacon.of(value, iterations)
    with progress() as report:
        digest = add_beacon(ptau, out, chosen, report)
    _show(out, digest, as_json=as_json)


@phase1_app.command()
def prepare(ptau: Phase1File, out: NewFile, as_json: Json = False) -> None:
    """Prepare a phase 1 for zkmargin ceremony init."""
    from zkmargin.ceremony.own_phase1 import prepare as transform  # noqa: PLC0415

    with progress() as report:
        transform(ptau, out, report)
    _show(out, "", as_json=as_json)


@phase1_app.command()
def verify(ptau: Phase1File, as_json: Json = False) -> None:
    """Verify the whole transcript of a phase 1, and list its contributions.

    The exit code is 1 if it is false. Two contributions can be of one person.
    """
    from zkmargin.ceremony.own_phase1 import verify_phase1  # noqa: PLC0415

    with progress() as report:
        found = verify_phase1(ptau, report)
    if as_json:
        print_json({**found, "power": str(found["power"])})
        return
    print_line(
        f"{ptau}: valid, for circuits with fewer than 2^{found['power']} constraints and public signals"
    )
    rows = [
        (str(n), one["kind"], one["name"], one["hash"]) for n, one in enumerate(found["contributions"], 1)
    ]
    if rows:
        print_table(rows, headings=("", "kind", "name", "hash"))
    counted = sum(one["kind"] == "contribution" for one in found["contributions"])
    if counted < 2:
        print_line("fewer than two contributions: keys from this phase 1 stay development keys")


def _show(out: Path, digest: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"file": str(out), **({"hash": digest} if digest else {})})
        return
    print_line(f"{out}: contribution hash {digest}" if digest else str(out))
