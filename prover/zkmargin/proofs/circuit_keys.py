"""The circuits that come with the package, and their keys, built on first use."""

from __future__ import annotations

import hashlib
import json
import os
import posixpath
import re
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.files import make_folder, private_folder
from zkmargin.documents.strict_json import load_json
from zkmargin.errors import ToolchainError
from zkmargin.ethereum import keccak
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.proving.manifest import MANIFEST, Manifest, manifest_path
from zkmargin.proving.setup import named_progress, no_progress
from zkmargin.proving.verified_keys import Records
from zkmargin.toolchain import PINS, REMEDY, installed_version

from .own_compilations import compiled_constraints, remember_constraints

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.keys import Keys
    from zkmargin.proving.setup import Progress
    from zkmargin.proving.verified_keys import VerifiedKey

__all__ = [
    "PublishedCircuit",
    "build_circuit",
    "circuit_folder",
    "circuit_id",
    "circuits_folder",
    "compile_again",
    "keys_folder",
    "keys_url",
    "load_circuit",
    "locked",
    "recorded_key",
]

_INCLUDE = re.compile(r'^include "([^"]+)";', re.MULTILINE)
_TOOLS = ("circom2", "circomlib")


def circuit_id(name: str) -> bytes:
    """Return the 32 bytes that stand for a circuit on chain: keccak256 of its name."""
    return bytes(keccak(name.encode()))


@dataclass(frozen=True, slots=True)
class PublishedCircuit:
    """A circuit of this project.

    Attributes
    ----------
    name : str
        That of its file in ``circuits/main``.
    """

    name: str

    @property
    def source(self) -> Path:
        """The ``.circom`` file with the main component."""
        return circuits_folder() / "main" / f"{self.name}.circom"


def circuits_folder() -> Path:
    """Return the folder with the circuits' sources: in an installed package its own, else the checkout's."""
    here = Path(__file__).resolve()
    packaged = here.parents[1] / "circuits"
    return packaged if packaged.is_dir() else here.parents[3] / "circuits"


def keys_folder() -> Path:
    """Return the folder with the circuits' keys: ``ZKMARGIN_KEYS``, else one in the user's cache."""
    chosen = os.environ.get("ZKMARGIN_KEYS")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "zkmargin" / "keys"


def keys_url() -> str | None:
    """Return where missing keys are fetched from instead of built: ``ZKMARGIN_KEYS_URL``, an address or a path."""
    return os.environ.get("ZKMARGIN_KEYS_URL") or None


def circuit_folder(circuit: PublishedCircuit, keys: Path | None = None) -> Path:
    """Return the folder of a circuit and its keys, named after its name and a hash of its sources.

    Other sources and other versions of circom or circomlib have another folder, so keys are never taken for
    those of another circuit.
    """
    return (keys or keys_folder()) / f"{circuit.name}-{_digest(circuit.name)}"


def load_circuit(circuit: PublishedCircuit, keys: Path | None = None) -> tuple[Circuit, Keys] | None:
    """Load a circuit and its keys, checked against their manifest.

    Parameters
    ----------
    circuit : PublishedCircuit
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Returns
    -------
    (Circuit, Keys) or None
        None if they have not been built. Keys whose constraints are not those of the circuit as this machine has
        compiled it have no record, and so no kind but `KeyKind.DEVELOPMENT`.

    Raises
    ------
    InputError
        If a file has changed since it was built, or proofs for the key can be forged.
    """
    from zkmargin.proving.circuit import Circuit  # noqa: PLC0415  # only who proves needs it
    from zkmargin.proving.keys import verify_keys  # noqa: PLC0415

    folder = circuit_folder(circuit, keys)
    if not (folder / MANIFEST).is_file():
        return None
    compiled = Circuit.in_folder(circuit.name, folder)
    found = verify_keys(folder, compiled)
    if found.kind is not KeyKind.DEVELOPMENT and not _is_own(folder, found.manifest):
        found = replace(found, record=None)
    return compiled, found


def recorded_key(circuit: PublishedCircuit, keys: Path | None = None) -> VerifiedKey | None:
    """Return the record of a circuit's keys by their manifest, without reading the keys.

    Parameters
    ----------
    circuit : PublishedCircuit
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Returns
    -------
    VerifiedKey or None
        None if there is none, or it is of another circuit than the one that this machine has compiled.

    Raises
    ------
    InputError
        If there are no keys, or their manifest is malformed.
    """
    folder = circuit_folder(circuit, keys)
    source = manifest_path(folder)
    manifest = Manifest.from_json(load_json(source), str(source))
    if not _is_own(folder, manifest):
        return None
    files = manifest.files
    return Records.of_user().find(files[f"{circuit.name}.zkey"], files[f"{circuit.name}.r1cs"])


def _is_own(folder: Path, manifest: Manifest) -> bool:
    """Return whether keys are of the constraints that this machine has compiled from the circuit's sources."""
    return compiled_constraints(folder.name) == manifest.files[f"{manifest.circuit}.r1cs"]


def build_circuit(  # noqa: PLR0913  # where keys come from
    circuit: PublishedCircuit,
    keys: Path | None = None,
    *,
    ptau: Path | None = None,
    ptau_blake2b: str | None = None,
    url: str | None = None,
    progress: Progress | None = None,
) -> tuple[Circuit, Keys]:
    """Load a circuit and its keys; where there are none yet, compile it and build or fetch them.

    Two processes or threads that ask at once build once: the second waits for the first.

    Parameters
    ----------
    circuit : PublishedCircuit
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.
    ptau : Path, optional
        A published phase-1 file that keys are built from. Without one, keys that have to be built are development
        keys.
    ptau_blake2b : str, optional
        See `zkmargin.proving.keys.build_keys`.
    url : str, optional
        Where keys that are missing are fetched from instead of built, an address or a path; `keys_url` by default. They
        are compared with the circuit that is compiled here.
    progress : callable, optional
        See `zkmargin.proving.keys.build_keys`.

    Raises
    ------
    InputError
        If keys that are there have been changed or are not of this phase-1 file, or the phase-1 file is not what it
        should be. Keys are never replaced. Or if keys cannot be fetched, or are of another circuit.
    ToolchainError
        If circom or circomlib is missing or of another version than the one that belongs here, or fails.
    """
    from zkmargin.proving.circuit import compile_circuit  # noqa: PLC0415  # only who builds needs it
    from zkmargin.proving.keys import build_keys  # noqa: PLC0415

    found = load_circuit(circuit, keys)
    if found and ptau is None:
        return found
    folder = circuit_folder(circuit, keys)
    report = progress or no_progress
    with locked(folder, lambda: report(f"waiting for another process that builds {circuit.name}", 0, 1)):
        found = load_circuit(circuit, keys)
        if found and ptau is None:
            return found
        _check_tools()
        if found is None:
            report(f"compiling {circuit.name}, once: it and its keys are kept in {folder}", 0, 1)
        compiled = found[0] if found else compile_circuit(circuit.source, folder)

        named = named_progress(f"keys of {circuit.name}", report)
        place = url or keys_url()
        if found is None and ptau is None and place is not None:
            _fetch(place, compiled, folder, named)
        else:
            build_keys(compiled, folder, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=named)
        # Read back and checked like any other time: what is used is what is on disk.
        built = load_circuit(circuit, keys)
    if built is None:
        raise ToolchainError(f"the keys of {circuit.name} have vanished from {folder}")
    return built


def _fetch(place: str, circuit: Circuit, folder: Path, progress: Progress) -> None:
    """Install the keys of a circuit from a place with the layout of a folder of keys."""
    from zkmargin.proving.key_store import open_store, stage_keys  # noqa: PLC0415  # only who fetches needs it

    with private_folder(folder) as scratch:
        store, records = open_store(place, folder), Records.of_user()
        found = stage_keys(store, folder.name, circuit, scratch, records=records, progress=progress)
        found.install(circuit, folder)


def compile_again(circuit: PublishedCircuit, out_dir: Path, progress: Progress | None = None) -> Circuit:
    """Compile a circuit into a folder, to compare it with files from elsewhere, and remember its constraints.

    Raises
    ------
    ToolchainError
        If circom or circomlib is missing or of another version than the one that belongs here, or fails.
    """
    from zkmargin.proving.circuit import compile_circuit  # noqa: PLC0415  # only who builds needs it

    _check_tools()
    (progress or no_progress)(f"compiling {circuit.name}", 0, 1)
    compiled = compile_circuit(circuit.source, out_dir)
    remember_constraints(circuit_folder(circuit).name, compiled.r1cs)
    return compiled


@contextmanager
def locked(folder: Path, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold a lock beside a folder; call `waiting` before a wait for it. The system releases it when a process ends."""
    from filelock import FileLock, Timeout  # noqa: PLC0415  # only who builds needs it

    make_folder(folder.parent)
    lock = FileLock(folder.with_name(f"{folder.name}.lock"))
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _check_tools() -> None:
    for name in _TOOLS:
        version = installed_version(name)
        if version != PINS[name]:
            found = f"is version {version}" if version else "is not installed"
            raise ToolchainError(f"{name} {found}, not {PINS[name]}: {REMEDY}")


@cache
def _digest(name: str) -> str:
    """Hash what a circuit is made of: its sources, and the tools by version."""
    folder = circuits_folder()
    parts: dict[str, str] = {}
    wanted = [f"main/{name}.circom"]
    while wanted:
        source = wanted.pop()
        if source not in parts and (folder / source).is_file():
            parts[source] = (folder / source).read_text(encoding="utf-8")
            here = posixpath.dirname(source)
            included = _INCLUDE.findall(parts[source])
            wanted += [posixpath.normpath(posixpath.join(here, one)) for one in included]
    text = json.dumps([{tool: PINS[tool] for tool in _TOOLS}, parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
