"""``zkmargin ceremony``."""

from __future__ import annotations

from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

from . import typed
from .ceremony_phase1 import phase1_app
from .ceremony_text import description_to_json, round_to_json, show_description, show_rounds
from .ceremony_verify import finalize, verify
from .entropy import BeaconValue, ContributorName, EntropyFile, Iterations, read_entropy
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from zkmargin.ceremony.turns import Turn

__all__ = ["ceremony_app"]

ceremony_app = typed.Group()
ceremony_app.add_command(phase1_app)

SittingFile = Annotated[
    Path, typed.Argument(metavar="CEREMONY", help="The ceremony's file, as you received it.")
]
NewFile = Annotated[Path, typed.Option("-o", "--out", help="The file to write, which must not exist.")]
Phase1File = Annotated[Path, typed.Option("--phase1", help="The phase-1 file, prepared for phase 2.")]
Include = Annotated[
    list[Path] | None, typed.Option("-l", "--include", help="A folder with included circuits. Repeatable.")
]


@ceremony_app.command()
def init(
    circuits: Annotated[
        list[str],
        typed.Argument(help="Bundled circuits, e.g. margin_13, or .circom files with a main component."),
    ],
    phase1: Phase1File,
    out: NewFile,
    include: Include = None,
    as_json: Json = False,
) -> None:
    """Start a ceremony: compile circuits, and write initial keys that phase 1 determines.

    The initial keys have no secret of their own: anybody can forge proofs for them until others contribute.
    """
    from zkmargin.ceremony.circuits import compile_sources, find_sources  # noqa: PLC0415
    from zkmargin.ceremony.initial import start  # noqa: PLC0415
    from zkmargin.ceremony.phase1 import identify, verify_shared  # noqa: PLC0415
    from zkmargin.ceremony.sitting import refuse_existing  # noqa: PLC0415
    from zkmargin.documents.files import private_folder  # noqa: PLC0415

    sources = find_sources(circuits, include or ())
    refuse_existing(out)
    known = identify(phase1)
    with progress() as report, private_folder() as folder:
        verify_shared(phase1, report)
        compiled = compile_sources(sources, folder, report)
        description = start(list(compiled.values()), phase1, known, out, progress=report)
    if as_json:
        print_json({"file": str(out), **description_to_json(description)})
        return
    show_description(str(out), description)


@ceremony_app.command()
def contribute(
    sitting: SittingFile,
    out: NewFile,
    name: ContributorName,
    entropy_file: EntropyFile = None,
    as_json: Json = False,
) -> None:
    """Contribute to the keys of all circuits, and write an attestation beside the new file.

    After an interruption, run the same command again. Sign the attestation with a tool of yours (docs/keys.md).
    """
    from zkmargin.ceremony.turns import contribute as take  # noqa: PLC0415

    entropy = read_entropy(entropy_file)
    with progress() as report:
        turn = take(sitting, out, name, entropy=entropy, progress=report)
    _show_turn(out, turn, as_json=as_json)


@ceremony_app.command()
def beacon(
    sitting: SittingFile,
    out: NewFile,
    value: BeaconValue,
    iterations: Iterations,
    as_json: Json = False,
) -> None:
    """Apply public randomness to the keys of all circuits, after the last contribution."""
    from zkmargin.ceremony.core import Beacon  # noqa: PLC0415
    from zkmargin.ceremony.turns import apply_beacon  # noqa: PLC0415

    chosen = Beacon.of(value, iterations)
    with progress() as report:
        turn = apply_beacon(sitting, out, chosen, progress=report)
    _show_turn(out, turn, as_json=as_json)


@ceremony_app.command()
def unpack(
    sitting: SittingFile,
    out: Annotated[Path, typed.Option("-o", "--out", help="The folder to write, which must not exist.")],
    as_json: Json = False,
) -> None:
    """Write the keys as .zkey files, to contribute with snarkjs."""
    from zkmargin.ceremony.turns import unpack as take_apart  # noqa: PLC0415

    description = take_apart(sitting, out)
    files = [str(out / f"{name}.zkey") for name in description.names]
    if as_json:
        print_json({"files": files})
        return
    for file in files:
        print_line(file)


@ceremony_app.command()
def pack(
    sitting: SittingFile,
    folder: Annotated[Path, typed.Argument(help="The folder with the new .zkey file of each circuit.")],
    out: NewFile,
    as_json: Json = False,
) -> None:
    """Pack keys that snarkjs contributed to, and write an attestation beside the new file.

    Each key must have exactly one contribution more than in the ceremony's file, with one name in all keys.
    """
    from zkmargin.ceremony.turns import pack as put_together  # noqa: PLC0415

    with progress() as report:
        turn = put_together(sitting, folder, out, progress=report)
    _show_turn(out, turn, as_json=as_json)


@ceremony_app.command()
def show(sitting: SittingFile, as_json: Json = False) -> None:
    """Show circuits and contributions as the file states them. Nothing is verified."""
    from zkmargin.ceremony.rounds import all_rounds  # noqa: PLC0415
    from zkmargin.ceremony.sitting import Sitting  # noqa: PLC0415
    from zkmargin.ceremony.turns import stated_contributions  # noqa: PLC0415
    from zkmargin.documents.files import private_folder  # noqa: PLC0415

    found = Sitting.load(sitting)
    with private_folder() as folder:
        chains = stated_contributions(found, folder)
    rounds = all_rounds(found.description, chains)
    if as_json:
        shown = {**description_to_json(found.description), "rounds": [round_to_json(one) for one in rounds]}
        print_json(shown)
        return
    show_description(str(sitting), found.description)
    show_rounds(rounds)
    print_line("nothing was verified: zkmargin ceremony verify does")


ceremony_app.command()(verify)
ceremony_app.command()(finalize)


def _show_turn(out: Path, turn: Turn, *, as_json: bool) -> None:
    from zkmargin.ceremony.attestation import attestation_path  # noqa: PLC0415

    last, attestation = turn.last, turn.attestation
    letter = attestation and str(attestation_path(out))
    if as_json:
        shown: dict[str, Any] = {"file": str(out), "attestation": letter, **round_to_json(last)}
        print_json(shown)
        return
    print_line(f"{out}: {last.kind} {last.number} by {last.name}, short code {last.short}")
    for one in last.additions:
        print_line(f"  {one.circuit}: {one.contribution_hash}")
    if letter:
        print_line(f"{letter}: sign this file and publish it with the signature")
