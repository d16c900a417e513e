"""``zkmargin keys``."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads the annotations
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .output import print_json, print_line, progress

if TYPE_CHECKING:
    from ..proving.keys import Keys

__all__ = ["keys_app"]

keys_app = typer.Typer(no_args_is_help=True, help="Build, list and check proving and verification keys.")

_Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@keys_app.command()
def build(  # noqa: PLR0913, PLR0917  # the options of a command
    circuit: Annotated[Path, typer.Argument(help="The .circom file with the main component.")],
    out_dir: Annotated[Path, typer.Option("-o", "--out", help="Where circuit and keys go.")],
    include: Annotated[
        list[Path] | None, typer.Option("-l", "--include", help="A folder to look for includes in.")
    ] = None,
    ptau: Annotated[
        Path | None, typer.Option("--ptau", help="A published phase-1 file, prepared for phase 2.")
    ] = None,
    ptau_blake2b: Annotated[
        str | None, typer.Option("--ptau-blake2b", help="The hash of a phase-1 file that is not a known one.")
    ] = None,
    as_json: _Json = False,
) -> None:
    """Compile a circuit and build its keys; without --ptau these are development keys."""
    from ..errors import InputError  # noqa: PLC0415  # imports are left to the commands: --help stays quick
    from ..proving.circuit import compile_circuit  # noqa: PLC0415
    from ..proving.keys import build_keys  # noqa: PLC0415
    from .doctor import slow_keys_warning  # noqa: PLC0415

    if ptau_blake2b is not None and ptau is None:
        raise InputError("needs --ptau", source="--ptau-blake2b")
    if ptau is None:
        slow_keys_warning()
    with progress() as report:
        report("compiling", 0, 1)
        compiled = compile_circuit(circuit, out_dir, include=include or ())
        keys = build_keys(compiled, out_dir, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=report)
    if as_json:
        print_json({**_summary(keys), "warnings": list(compiled.warnings)})
        return
    for warning in compiled.warnings:
        typer.echo(f"warning: {warning}", err=True)
    _show(keys)


@keys_app.command("list")
def list_keys(
    folder: Annotated[Path, typer.Argument(help="A folder with keys, or with folders of keys.")],
    as_json: _Json = False,
) -> None:
    """List the keys of a folder and of those directly in it."""
    from ..proving.keys import find_keys, load_keys  # noqa: PLC0415

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
    folder: Annotated[Path, typer.Argument(help="The folder that keys build has written.")],
    as_json: _Json = False,
) -> None:
    """Check that keys are intact, belong to each other and to the circuit beside them, and are safe."""
    from ..proving.circuit import Circuit  # noqa: PLC0415
    from ..proving.keys import load_keys, verify_keys  # noqa: PLC0415

    name = load_keys(folder).manifest.circuit
    keys = verify_keys(folder, Circuit.in_folder(name, folder))
    if as_json:
        print_json({**_summary(keys), "valid": True})
        return
    _show(keys)
    print_line("intact")


def _summary(keys: Keys) -> dict[str, Any]:
    return {
        **keys.manifest.to_json(),
        "zkey": str(keys.zkey),
        "verification_key": str(keys.verification_key),
        "n_public": keys.key.n_public,
    }


def _show(keys: Keys) -> None:
    manifest = keys.manifest
    print_line(f"{manifest.circuit}: {manifest.kind} key, {keys.key.n_public} public signals, {keys.zkey}")
    print_line(f"  {manifest.note}")
