"""Compilation of circuits with circom."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.files import existing_file, make_folder, private_folder, publish
from zkmargin.errors import InputError, ToolchainError
from zkmargin.toolchain import find_package, node_script, run

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.toolchain import Output

__all__ = ["Circuit", "compile_circuit"]

_TIMEOUT = 3600.0
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*", re.ASCII)
_PRAGMA = re.compile(r"^\s*pragma\s+circom\s+(\d+)\.(\d+)\.(\d+)\s*;", re.MULTILINE)
_COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
_DIAGNOSTIC = re.compile(r"^(error|warning)\[(\w+)\]:\s*(.*)$")
_PLACE = re.compile(r'^\s*┌─ "(.*)":(\d+:\d+)$')
_SHOWN = 5
_MESSAGE = 200


@dataclass(frozen=True, slots=True)
class Circuit:
    """A compiled circuit.

    Attributes
    ----------
    name : str
        The name of the source without its extension.
    r1cs, wasm, sym : Path
        The constraints, the witness calculator and the names of the signals.
    warnings : tuple of str
        circom's warnings, as ``file:line:column: text [code]``.
    """

    name: str
    r1cs: Path
    wasm: Path
    sym: Path
    warnings: tuple[str, ...] = ()

    @classmethod
    def in_folder(cls, name: str, folder: Path) -> Circuit:
        """Return a circuit with its files in a folder, which need not exist."""
        return cls(name, folder / f"{name}.r1cs", folder / f"{name}.wasm", folder / f"{name}.sym")


def compile_circuit(
    source: Path, out_dir: Path, *, include: Sequence[Path] = (), optimization: int = 2
) -> Circuit:
    """Compile a circuit with circom, by default fully simplified.

    Parameters
    ----------
    source : Path
        The ``.circom`` file with the main component; its pragma must require circom 2.2 or newer.
    out_dir : Path
        The folder for ``<name>.r1cs``, ``<name>.wasm`` and ``<name>.sym``; it is created if necessary.
    include : sequence of Path
        Folders to search for includes, after the including file's own folder and before the ``node_modules`` that
        contains circomlib.
    optimization : int
        circom's level: 2 removes linear constraints, 1 only renamed signals, and 0 keeps all signals and constraints.

    Raises
    ------
    InputError
        If the source is not such a file, or circom finds errors in it, which are named with file, line and column.
    ToolchainError
        If circom is missing or fails.
    """
    source = existing_file(source, "a circuit")
    name = _check_source(source)
    library = find_package("circomlib")
    folders = [folder.resolve() for folder in include] + ([library.parent] if library else [])
    out_dir = make_folder(out_dir)
    with private_folder(out_dir) as scratch:
        warnings = _run_circom(source, scratch, folders, optimization)
        made = Circuit.in_folder(name, scratch)
        (scratch / f"{name}_js" / f"{name}.wasm").replace(made.wasm)
        final = Circuit.in_folder(name, out_dir)
        for ending in ("r1cs", "wasm", "sym"):
            publish(getattr(made, ending), getattr(final, ending))
    return Circuit(name, final.r1cs, final.wasm, final.sym, warnings)


def _check_source(source: Path) -> str:
    """Check name and pragma; return the circuit's name."""
    if source.suffix != ".circom" or not _NAME.fullmatch(source.stem):
        reason = "expected a name of letters, digits, _ and - that ends in .circom"
        raise InputError(reason, source=str(source))
    try:
        text = source.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise InputError("not UTF-8", source=str(source)) from None
    pragma = _PRAGMA.search(_COMMENT.sub("", text))
    if pragma is None:
        raise InputError("expected a line such as `pragma circom 2.2.0;`", source=str(source))
    version = tuple(int(part) for part in pragma.groups())
    if not (2, 2, 0) <= version < (3, 0, 0):
        raise InputError("the pragma must require circom 2.2 or newer, below 3", source=str(source))
    return source.stem


def _run_circom(source: Path, out_dir: Path, folders: Sequence[Path], optimization: int) -> tuple[str, ...]:
    """Run circom; return its warnings."""
    # The WebAssembly build of circom has access only to its working directory, and follows no symbolic links. So it
    # runs in the common ancestor of all its files, with resolved paths.
    root = Path(os.path.commonpath([source, out_dir, *folders]))
    libraries: list[str | Path] = []
    for folder in folders:
        libraries += ["-l", folder.relative_to(root)]
    command: list[str | Path] = [*node_script("circom2", "cli.js"), source.relative_to(root), *libraries]
    outputs: list[str | Path] = [
        f"--O{optimization}",
        "--r1cs",
        "--wasm",
        "--sym",
        "-o",
        out_dir.relative_to(root),
    ]
    output = run([*command, *outputs], cwd=root, timeout=_TIMEOUT, check=False)
    errors = [text for level, text in _diagnostics(output.stderr, root) if level == "error"]
    if errors:
        raise InputError("circom: " + "\n".join(errors[:_SHOWN]), source=str(source))
    _check_outputs(output, out_dir, source.stem)
    return tuple(text for level, text in _diagnostics(output.stderr, root) if level == "warning")


def _check_outputs(output: Output, out_dir: Path, name: str) -> None:
    """Check that circom reports success and has written all files."""
    wanted = (f"{name}.r1cs", f"{name}.sym", f"{name}_js/{name}.wasm")
    missing = [file for file in wanted if not (out_dir / file).is_file()]
    if output.code != 0 or missing or "Everything went okay" not in output.stdout:
        raise ToolchainError(f"circom failed with exit code {output.code}:\n{output.tail}")


def _diagnostics(text: str, root: Path) -> Iterator[tuple[str, str]]:
    """Yield level and text of each of circom's diagnostics."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        found = _DIAGNOSTIC.match(line)
        if found is None:
            continue
        level, code, message = found.groups()
        place = _PLACE.match(lines[index + 1]) if index + 1 < len(lines) else None
        where = f"{root / place[1]}:{place[2]}: " if place else ""
        yield level, f"{where}{message[:_MESSAGE]} [{code}]"
