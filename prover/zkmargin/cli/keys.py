"""``zkmargin keys``."""

from __future__ import annotations

import sys
from contextlib import nullcontext
from pathlib import Path  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from zkmargin.documents.files import private_folder
from zkmargin.documents.nearest import did_you_mean
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import build_circuit, circuit_folder, compile_again, keys_folder
from zkmargin.proofs.instances import circuits, find_circuit
from zkmargin.proving.artifacts import VerificationKey
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.proving.key_examination import examine_keys
from zkmargin.proving.keys import build_keys, find_keys, load_keys
from zkmargin.proving.manifest import MANIFEST

from . import typed
from .doctor import slow_keys_warning
from .key_bundles import export, import_, pack
from .key_text import show_keys, summary_of_keys
from .options import Json  # noqa: TC001  # typed reads the annotations
from .output import print_json, print_line, printable, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.proving.keys import Keys

__all__ = ["keys_app"]

keys_app = typed.Group()

Include = Annotated[
    list[Path] | None,
    typed.Option("-l", "--include", help="A folder with included circuits. Repeatable."),
]


@keys_app.command()
def build(  # noqa: PLR0913, PLR0917  # the options of a command
    circuit: Annotated[
        str,
        typed.Argument(help="A bundled circuit, e.g. margin_13, or a .circom file with a main component."),
    ],
    out_dir: Annotated[
        Path | None,
        typed.Option("-o", "--out", help="The folder for the circuit and keys of a .circom file."),
    ] = None,
    include: Include = None,
    ptau: Annotated[
        Path | None, typed.Option("--ptau", help="A published phase-1 file, prepared for phase 2.")
    ] = None,
    ptau_blake2b: Annotated[
        str | None,
        typed.Option("--ptau-blake2b", help="The BLAKE2b hash of a phase-1 file of an unknown ceremony."),
    ] = None,
    url: Annotated[
        str | None,
        typed.Option(
            "--keys-url",
            envvar="ZKMARGIN_KEYS_URL",
            help="Fetch missing keys of a bundled circuit instead of building them: an address or a folder.",
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compile a circuit and build or fetch its keys, unless they are there. Other keys are never replaced.

    Without --ptau built keys are development keys, whose maker can forge proofs. Keys of a bundled circuit go where
    zkmargin prove finds them; see zkmargin config.
    """
    if ptau_blake2b is not None and ptau is None:
        raise InputError("needs --ptau", source="--ptau-blake2b")
    if ptau is None and url is None:
        slow_keys_warning()
    if circuit.endswith(".circom"):
        if out_dir is None:
            raise InputError("needed for a .circom file", source="--out")
        warnings, keys = _build_circuit(Path(circuit), out_dir, include or (), ptau, ptau_blake2b)
    else:
        if out_dir is not None or include:
            raise InputError("only for a .circom file", source="--out, --include")
        warnings, keys = (), _build_published(circuit, ptau, ptau_blake2b, url)
    if as_json:
        print_json({**summary_of_keys(keys), "warnings": list(warnings)})
        return
    for warning in warnings:
        sys.stderr.write(f"warning: {printable(warning)}\n")
    show_keys(keys)


@keys_app.command("list")
def list_keys(
    folder: Annotated[
        Path | None,
        typed.Argument(
            help="A folder with keys, or with folders of keys; that of the bundled circuits if left out."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the keys in a folder and its direct subfolders."""
    folder = keys_folder() if folder is None else folder
    found = [load_keys(path) for path in find_keys(folder)]
    if as_json:
        print_json({"keys": [summary_of_keys(keys) for keys in found]})
    elif not found:
        print_line("no keys")
    else:
        for keys in found:
            show_keys(keys)


@keys_app.command("fingerprint")
def show_fingerprint(
    keys_of: Annotated[
        str,
        typed.Argument(
            help="A bundled circuit, a folder that zkmargin keys build wrote, or a verification_key.json."
        ),
    ],
    as_json: Json = False,
) -> None:
    """Show the fingerprint of a verification key, to compare it with what others read to you."""
    if keys_of not in circuits() and Path(keys_of).is_file():
        shown = fingerprint(VerificationKey.from_json(load_json(Path(keys_of)), keys_of))
    else:
        shown = load_keys(_folder_of(keys_of)).fingerprint
    if as_json:
        print_json({"fingerprint": shown})
    else:
        print_line(shown)


keys_app.command()(export)
keys_app.command("import")(import_)
keys_app.command()(pack)


@keys_app.command()
def verify(
    keys_of: Annotated[
        str,
        typed.Argument(help="A bundled circuit, e.g. margin_13, or a folder that zkmargin keys build wrote."),
    ],
    phase1: Annotated[
        Path | None,
        typed.Option("--phase1", help="The phase-1 file of the keys, to verify the whole transcript."),
    ] = None,
    source: Annotated[
        Path | None,
        typed.Option("--source", help="The .circom file of keys that are not of a bundled circuit."),
    ] = None,
    include: Include = None,
    as_json: Json = False,
) -> None:
    """Verify keys: compile the circuit again, and compare it with the keys; list what was checked and what was not.

    With --phase1 the transcript is verified, from phase 1 to the last contribution, and the kind of the keys that
    follows from it is recorded.
    """
    folder = _folder_of(keys_of)
    name = load_keys(folder).manifest.circuit
    if (source is not None or include) and name in circuits():
        raise InputError(f"not for {name}, a bundled circuit", source="--source, --include")
    # circom reads and writes only below a common folder, and the cache may be on another drive.
    with progress() as report, private_folder(folder) as scratch:
        compiled = None
        if name in circuits():
            compiled = compile_again(find_circuit(name), scratch, report)
        elif source is not None:
            compiled = compile_circuit(source, scratch, include=include or ())
        found = examine_keys(folder, compiled, ptau=phase1, progress=report)
    if as_json:
        checks = {"checked": list(found.checked), "unchecked": list(found.unchecked)}
        print_json({**summary_of_keys(found.keys), "valid": True, **checks})
        return
    show_keys(found.keys)
    for sentence in found.checked:
        print_line(f"  checked: {sentence}")
    for sentence in found.unchecked:
        print_line(f"  not checked: {sentence}")


def _folder_of(keys_of: str) -> Path:
    """Return the folder of a bundled circuit's keys, or the folder that was passed."""
    bundled = circuits()
    folder = circuit_folder(find_circuit(keys_of)) if keys_of in bundled else Path(keys_of)
    if keys_of not in bundled and not folder.is_dir():
        raise InputError(f"no such circuit or folder{did_you_mean(keys_of, bundled)}", source=keys_of)
    return folder


def _build_circuit(
    source: Path, out_dir: Path, include: Sequence[Path], ptau: Path | None, ptau_blake2b: str | None
) -> tuple[tuple[str, ...], Keys]:
    with progress() as report:
        report("compiling", 0, 1)
        # Where there are keys, the circuit's files may be those of another version of it, and are not replaced.
        with private_folder(out_dir) if (out_dir / MANIFEST).is_file() else nullcontext(out_dir) as folder:
            compiled = compile_circuit(source, folder, include=include)
            keys = build_keys(compiled, out_dir, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=report)
    return compiled.warnings, keys


def _build_published(name: str, ptau: Path | None, ptau_blake2b: str | None, url: str | None) -> Keys:
    circuit = find_circuit(name)
    with progress() as report:
        return build_circuit(circuit, ptau=ptau, ptau_blake2b=ptau_blake2b, url=url, progress=report)[1]
