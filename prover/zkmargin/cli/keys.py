"""``zkmargin keys``."""

from __future__ import annotations

from pathlib import Path  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import build_circuit, circuit_folder, keys_folder
from zkmargin.proofs.instances import circuits, find_circuit
from zkmargin.proving.circuit import Circuit, compile_circuit
from zkmargin.proving.keys import build_keys, find_keys, load_keys, verify_keys

from .doctor import slow_keys_warning
from .options import Json  # noqa: TC001  # typer reads the annotations
from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from collections.abc import Sequence

    from zkmargin.proving.keys import Keys

__all__ = ["keys_app"]

keys_app = typer.Typer(no_args_is_help=True)


@keys_app.command()
def build(  # noqa: PLR0913, PLR0917  # the options of a command
    circuit: Annotated[
        str,
        typer.Argument(help="A bundled circuit, e.g. margin_13, or a .circom file with a main component."),
    ],
    out_dir: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="The folder for the circuit and keys of a .circom file."),
    ] = None,
    include: Annotated[
        list[Path] | None,
        typer.Option("-l", "--include", help="A folder with included circuits. Repeatable."),
    ] = None,
    ptau: Annotated[
        Path | None, typer.Option("--ptau", help="A published phase-1 file, prepared for phase 2.")
    ] = None,
    ptau_blake2b: Annotated[
        str | None,
        typer.Option("--ptau-blake2b", help="The BLAKE2b hash of a phase-1 file of an unknown ceremony."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Compile a circuit and build its keys.

    Without --ptau these are development keys, whose maker can forge proofs. Keys of a bundled circuit go where zkmargin
    prove finds them; see zkmargin config.
    """
    if ptau_blake2b is not None and ptau is None:
        raise InputError("needs --ptau", source="--ptau-blake2b")
    if ptau is None:
        slow_keys_warning()
    if circuit.endswith(".circom"):
        if out_dir is None:
            raise InputError("needed for a .circom file", source="--out")
        warnings, keys = _build_circuit(Path(circuit), out_dir, include or (), ptau, ptau_blake2b)
    else:
        if out_dir is not None or include:
            raise InputError("only for a .circom file", source="--out, --include")
        warnings, keys = (), _build_published(circuit, ptau, ptau_blake2b)
    if as_json:
        print_json({**_summary(keys), "warnings": list(warnings)})
        return
    for warning in warnings:
        typer.echo(f"warning: {warning}", err=True)
    _show(keys)


@keys_app.command("list")
def list_keys(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="A folder with keys, or with folders of keys; that of the bundled circuits if left out."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """List the keys in a folder and its direct subfolders."""
    folder = keys_folder() if folder is None else folder
    found = [load_keys(path) for path in find_keys(folder)]
    if as_json:
        print_json({"keys": [_summary(keys) for keys in found]})
    elif not found:
        print_line("no keys")
    else:
        for keys in found:
            _show(keys)


@keys_app.command()
def verify(
    keys_of: Annotated[
        str,
        typer.Argument(help="A bundled circuit, e.g. margin_13, or a folder that zkmargin keys build wrote."),
    ],
    as_json: Json = False,
) -> None:
    """Verify that keys are intact, belong to each other and to their circuit, and are safe."""
    bundled = circuits()
    folder = circuit_folder(find_circuit(keys_of)) if keys_of in bundled else Path(keys_of)
    if keys_of not in bundled and not folder.is_dir():
        raise InputError(f"no such circuit or folder{did_you_mean(keys_of, bundled)}", source=keys_of)
    name = load_keys(folder).manifest.circuit
    keys = verify_keys(folder, Circuit.in_folder(name, folder))
    if as_json:
        print_json({**_summary(keys), "valid": True})
        return
    _show(keys)
    print_line("intact")


def _build_circuit(
    source: Path, out_dir: Path, include: Sequence[Path], ptau: Path | None, ptau_blake2b: str | None
) -> tuple[tuple[str, ...], Keys]:
    with progress() as report:
        report("compiling", 0, 1)
        compiled = compile_circuit(source, out_dir, include=include)
        keys = build_keys(compiled, out_dir, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=report)
    return compiled.warnings, keys


def _build_published(name: str, ptau: Path | None, ptau_blake2b: str | None) -> Keys:
    circuit = find_circuit(name)
    with progress() as report:
        return build_circuit(circuit, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=report)[1]


def _summary(keys: Keys) -> dict[str, Any]:
    return {
        **keys.manifest.to_json(),
        "kind": keys.kind,
        "note": keys.kind.note,
        "fingerprint": keys.fingerprint,
        "zkey": str(keys.zkey),
        "verification_key": str(keys.verification_key),
        "n_public": keys.key.n_public,
    }


def _show(keys: Keys) -> None:
    manifest = keys.manifest
    print_line(f"{manifest.circuit}: {keys.kind} key, {keys.key.n_public} public signals, {keys.zkey}")
    print_line(f"  fingerprint {keys.fingerprint}")
    print_line(f"  {keys.kind.note}")
