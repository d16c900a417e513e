"""``zkmargin ceremony verify`` and ``zkmargin ceremony finalize``."""

from __future__ import annotations

from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.errors import InputError

from . import typed
from .ceremony_checks import list_checks, notes_of, verified_to_json
from .ceremony_text import show_description, show_rounds
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.ceremony.circuits import Source
    from zkmargin.ceremony.description import Description
    from zkmargin.ceremony.verification import Verified
    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.setup import Progress

__all__ = ["finalize", "verify"]

SittingFile = Annotated[Path, typed.Argument(metavar="CEREMONY", help="The ceremony's file.")]
Attestations = Annotated[
    Path | None,
    typed.Option("--attestations", help="A folder with attestations, *.txt, and signatures beside them."),
]
SourceFiles = Annotated[
    list[Path] | None,
    typed.Option("--source", help="The .circom file of a circuit that is not bundled. Repeatable."),
]
Include = Annotated[
    list[Path] | None, typed.Option("-l", "--include", help="A folder with included circuits. Repeatable.")
]


def verify(  # noqa: PLR0913, PLR0917  # the options of a command
    sitting: SittingFile,
    phase1: Annotated[
        Path | None,
        typed.Option("--phase1", help="The phase-1 file, to verify the whole transcript."),
    ] = None,
    before: Annotated[
        Path | None,
        typed.Option("--before", help="An earlier file of the ceremony, which this one must continue."),
    ] = None,
    attestations: Attestations = None,
    source: SourceFiles = None,
    include: Include = None,
    unfinished: Annotated[
        bool,
        typed.Option("--unfinished", help="Accept a ceremony that has fewer than two contributions yet."),
    ] = False,
    as_json: Json = False,
) -> None:
    """Verify a ceremony's file, and list what was verified and what was not.

    With --phase1 the circuits are compiled here, and the whole transcript is verified, from phase 1 to the last
    contribution. The exit code is 1 if something is false.
    """
    from zkmargin.ceremony.sitting import Sitting  # noqa: PLC0415
    from zkmargin.ceremony.verification import verify_contributions, verify_since  # noqa: PLC0415
    from zkmargin.documents.files import private_folder  # noqa: PLC0415

    if phase1 is None and (source or include or unfinished):
        raise InputError("only with --phase1", source="--source, --include, --unfinished")
    found = Sitting.load(sitting)
    sources = _sources(found.description, source, include) if phase1 else ()
    earlier = before and Sitting.load(before)
    with progress() as report, private_folder() as folder:
        keys, scratch = folder / "keys", folder / "scratch"
        keys.mkdir()
        scratch.mkdir()
        verified = verify_contributions(found, keys, attestations=attestations, progress=report)
        if earlier:
            verify_since(earlier, found, keys, scratch, progress=report)
        if phase1:
            verified, _ = _transcript(verified, sources, phase1, folder, report)
    if phase1 and not unfinished:
        verified.require_ceremony()
    done, left = list_checks(verified, before)
    if as_json:
        print_json({**verified_to_json(verified), "verified": done, "not_verified": left})
        return
    _show(sitting, verified, done, left)


def finalize(  # noqa: PLR0913, PLR0917  # the options of a command
    sitting: SittingFile,
    phase1: Annotated[Path, typed.Option("--phase1", help="The phase-1 file.")],
    out: Annotated[
        Path | None,
        typed.Option("--out", help="The folder of all keys; by default that of the bundled circuits' keys."),
    ] = None,
    attestations: Attestations = None,
    source: SourceFiles = None,
    include: Include = None,
    as_json: Json = False,
) -> None:
    """Verify a ceremony's file as verify --phase1 does, and install its keys where zkmargin prove finds them.

    Other keys are never replaced. Exit code 1, and nothing is installed, if something is false.
    """
    from zkmargin.ceremony.installation import install, target_folders  # noqa: PLC0415
    from zkmargin.ceremony.sitting import Sitting  # noqa: PLC0415
    from zkmargin.ceremony.verification import verify_contributions  # noqa: PLC0415
    from zkmargin.documents.files import make_folder, private_folder  # noqa: PLC0415
    from zkmargin.proofs.circuit_keys import keys_folder  # noqa: PLC0415

    found = Sitting.load(sitting)
    sources = _sources(found.description, source, include)
    folders = target_folders(sources, out)
    with progress() as report, private_folder(make_folder(out or keys_folder())) as folder:
        keys = folder / "keys"
        keys.mkdir()
        verified = verify_contributions(found, keys, attestations=attestations, progress=report)
        verified, compiled = _transcript(verified, sources, phase1, folder, report)
        verified.require_ceremony()
        installed = install(compiled, keys, folders, verified.description.phase1, progress=report)
    done, left = list_checks(verified, None)
    shown = {name: {"zkey": str(one.zkey), "fingerprint": one.fingerprint} for name, one in installed.items()}
    if as_json:
        print_json({**verified_to_json(verified), "verified": done, "not_verified": left, "installed": shown})
        return
    _show(sitting, verified, done, left)
    for name, one in installed.items():
        print_line(f"{name}: {one.kind} key, fingerprint {one.fingerprint}, {one.zkey}")


def _sources(
    description: Description, source: Sequence[Path] | None, include: Sequence[Path] | None
) -> tuple[Source, ...]:
    from zkmargin.ceremony.circuits import find_sources, sources_of  # noqa: PLC0415

    for one in source or ():
        if one.suffix != ".circom":
            raise InputError("expected a .circom file", source=str(one))
    return sources_of(description, find_sources(map(str, source or ()), include or ()))


def _transcript(
    verified: Verified, sources: Sequence[Source], phase1: Path, folder: Path, report: Progress
) -> tuple[Verified, dict[str, Circuit]]:
    """Compile the circuits, and verify the keys in ``keys`` of a folder against them and phase 1."""
    from zkmargin.ceremony.circuits import compile_sources  # noqa: PLC0415
    from zkmargin.ceremony.verification import verify_transcript  # noqa: PLC0415
    from zkmargin.proving.verified_keys import Records  # noqa: PLC0415

    compiled = compile_sources(sources, folder / "circuits", report)
    records = Records.of_user()
    found = verify_transcript(verified, compiled, phase1, folder / "keys", records, progress=report)
    return found, compiled


def _show(sitting: Path, verified: Verified, done: Sequence[str], left: Sequence[str]) -> None:
    show_description(str(sitting), verified.description)
    show_rounds(verified.rounds, notes_of(verified))
    for heading, lines in (("verified", done), ("not verified", left)):
        print_line(f"{heading}:")
        for line in lines:
            print_line(f"  {line}")
    if not verified.keys:
        return
    print_line(f"kind: {verified.kind}")
    for name, one in zip(verified.description.names, verified.keys, strict=True):
        print_line(f"  {name}: fingerprint {one.fingerprint}")
