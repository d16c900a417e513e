"""Groth16's setup: a proving key from constraints, by the native core or snarkjs."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from zkmargin.documents.strict_json import load_json
from zkmargin.errors import InputError, ToolchainError
from zkmargin.toolchain import installed_version, node_script, run

from .native_core import native_errors, native_function
from .r1cs import read_sizes

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "Progress",
    "development_key",
    "export_verification_key",
    "from_phase1",
    "named_progress",
    "no_progress",
    "tool_versions",
]

Progress = Callable[[str, int, int], None]
"""A function called with the name of the present stage, its completed steps and its total steps."""


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Do nothing: a `Progress` for callers without one."""


def named_progress(name: str, progress: Progress) -> Progress:
    """Return a `Progress` that says what each stage is about."""
    return lambda stage, done, total: progress(f"{name}: {stage}", done, total)


_TIMEOUT = 24 * 3600.0
_MAX_POWER = 28
_CONTRIBUTOR = "zkmargin"


def development_key(r1cs: Path, zkey: Path, progress: Progress) -> None:
    """Make a single-party development key, by the native core if it is installed, else by snarkjs.

    Parameters
    ----------
    r1cs : Path
        The constraints.
    zkey : Path
        The file for the proving key, in a folder of its own, which also receives intermediate files.
    progress : callable
        See `Progress`.

    Raises
    ------
    InputError
        If the constraints are malformed.
    ToolchainError
        If snarkjs is necessary but missing, or fails.
    """
    if find_spec("zkmargin_native") is None:
        _snarkjs_development_key(r1cs, zkey, progress)
        return
    with native_errors(r1cs):
        native_function("setup")(str(r1cs), str(zkey), progress)


def from_phase1(r1cs: Path, ptau: Path, zkey: Path, progress: Progress) -> None:
    """Make a key with one contribution to phase 2 from a phase-1 file that is prepared for phase 2.

    Parameters and errors are those of `development_key`. Whether the powers in the phase-1 file `ptau` are those of one
    number is not checked.
    """
    if find_spec("zkmargin_native") is None:
        _snarkjs_from_phase1(r1cs, ptau, zkey, progress)
        return
    initial = zkey.with_suffix(".0.zkey")
    with native_errors(ptau):
        native_function("initial_key")(str(r1cs), str(ptau), str(initial), progress)
        native_function("contribute")(str(initial), str(zkey), _CONTRIBUTOR, b"", progress)
    initial.unlink()


def export_verification_key(zkey: Path) -> Any:
    """Return the object of the ``verification_key.json`` of a proving key.

    Raises
    ------
    InputError
        If the native core reads the key, and it is malformed or anybody can forge proofs for it.
    ToolchainError
        If snarkjs is necessary but missing, or fails.
    """
    if find_spec("zkmargin_native"):
        import zkmargin_native as native  # noqa: PLC0415  # optional

        try:
            return native.verification_key(str(zkey))
        except native.FormatError as error:
            raise InputError(str(error)) from None
    exported = zkey.with_suffix(".vk.json")
    _snarkjs(zkey.parent, ["zkey", "export", "verificationkey", zkey, exported], needs_entropy=False)
    return load_json(exported)


def tool_versions() -> dict[str, str]:
    """Return the versions of the installed tools that make keys."""
    from importlib.metadata import PackageNotFoundError, version  # noqa: PLC0415  # slow to import

    found = {name: installed_version(name) for name in ("circom2", "snarkjs")}
    for name in ("zkmargin", "zkmargin-native"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return {name: text for name, text in found.items() if text}


def _snarkjs_development_key(r1cs: Path, zkey: Path, progress: Progress) -> None:
    power = read_sizes(r1cs).power
    if power > _MAX_POWER:
        reason = (
            f"constraints and public signals must be fewer than 2^{_MAX_POWER}, the largest domain of BN254"
        )
        raise InputError(reason, source=str(r1cs))
    folder = zkey.parent
    new, contributed, prepared = (folder / f"{step}.ptau" for step in ("new", "contributed", "prepared"))
    steps: list[tuple[list[str | Path], bool]] = [
        (["new", "bn128", str(max(power, 1)), new], False),
        (["contribute", new, contributed, f"--name={_CONTRIBUTOR}"], True),
        (["prepare", "phase2", contributed, prepared], False),
    ]
    for done, (arguments, needs_entropy) in enumerate(steps):
        progress(f"powersoftau {arguments[0]}", done, len(steps))
        _snarkjs(folder, ["powersoftau", *arguments], needs_entropy)
    _snarkjs_from_phase1(r1cs, prepared, zkey, progress)


def _snarkjs_from_phase1(r1cs: Path, ptau: Path, zkey: Path, progress: Progress) -> None:
    initial = zkey.with_suffix(".0.zkey")
    steps: list[tuple[str, list[str | Path], bool]] = [
        ("groth16 setup", ["groth16", "setup", r1cs, ptau, initial], False),
        ("zkey contribute", ["zkey", "contribute", initial, zkey, f"--name={_CONTRIBUTOR}"], True),
    ]
    for done, (stage, arguments, needs_entropy) in enumerate(steps):
        progress(stage, done, len(steps))
        _snarkjs(zkey.parent, arguments, needs_entropy)
    progress("keys", len(steps), len(steps))
    initial.unlink()


def _snarkjs(folder: Path, arguments: list[str | Path], needs_entropy: bool) -> None:
    """Run snarkjs, with entropy on its standard input, where no other user can read it."""
    entropy = secrets.token_hex(64) + "\n" if needs_entropy else ""
    command = [*node_script("snarkjs", "build/cli.cjs"), *arguments]
    output = run(command, cwd=folder, timeout=_TIMEOUT, stdin=entropy)
    # snarkjs reports some errors with exit code 0 and an empty file.
    if "[ERROR]" in output.text:
        raise ToolchainError(f"snarkjs {arguments[0]} {arguments[1]} failed:\n{output.tail}")
