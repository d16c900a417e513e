"""The margin circuits: which there are, which one an account needs, and their keys, built on first use."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import InputError, ToolchainError
from .fields import Field
from .proving.files import make_folder
from .proving.manifest import MANIFEST
from .proving.strict_json import load_json
from .proving.tools import PINS, installed_version
from .spec.checks import SpecError
from .spec.lanes import Shape
from .spec.layout import find_layout

if TYPE_CHECKING:
    from collections.abc import Iterator

    from . import spec
    from .proving.circuit import Circuit
    from .proving.keys import Keys
    from .proving.setup import Progress

__all__ = [
    "Instance",
    "build_instance",
    "choose_instance",
    "circuits_folder",
    "find_instance",
    "instance_folder",
    "instances",
    "keys_folder",
    "load_instance",
]

_SOURCES = ("lib/*.circom", "margin/*.circom")
_TOOLS = ("circom2", "circomlib")


@dataclass(frozen=True, slots=True)
class Instance:
    """A margin circuit.

    Attributes
    ----------
    name : str
        Such as ``margin_13``; ``wide_8`` is for tables of the wide layout, ``limits_8`` has limits on Greeks.
    number : int
        Its place in ``circuits/instances.json``, from 0, by which a contract knows it.
    shape : Shape
        How many underlyings and positions it holds, of which layout, and whether it has limits on Greeks.
    """

    name: str
    number: int
    shape: Shape

    @property
    def source(self) -> Path:
        """The ``.circom`` file with the main component."""
        return circuits_folder() / "main" / f"{self.name}.circom"

    def holds(self, account: spec.Account, layout: spec.Layout, *, limited: bool) -> bool:
        """Say whether it is for an account, for tables of a layout, and for limits on Greeks or not."""
        if self.shape.layout != layout or self.shape.limited != limited:
            return False
        underlyings = {position.underlying for position in account.positions}
        return len(account.positions) <= self.shape.positions and len(underlyings) <= self.shape.lanes


@cache
def instances() -> tuple[Instance, ...]:
    """Return all instances, as ``circuits/instances.json`` declares them: of a kind, the smallest first."""
    path = circuits_folder() / "instances.json"
    members = Field(load_json(path), str(path)).members(("public", "limits", "instances"))
    declared = enumerate(members["instances"].entries().items())
    return tuple(Instance(name, number, _shape(field)) for number, (name, field) in declared)


def _shape(field: Field) -> Shape:
    members = field.members(("lanes", "positions", "layout", "limited"))
    try:
        layout = find_layout(members["layout"].text())
        return Shape(members["lanes"].value, members["positions"].value, layout, members["limited"].value)
    except SpecError as error:
        field.refuse(str(error))


def find_instance(name: str) -> Instance:
    """Return the instance of a name.

    Raises
    ------
    InputError
        If there is none.
    """
    for one in instances():
        if one.name == name:
            return one
    raise InputError(
        f"no such circuit: one of {', '.join(one.name for one in instances())}", source="instance"
    )


def choose_instance(account: spec.Account, layout: spec.Layout, *, limited: bool = False) -> Instance:
    """Return the smallest instance that holds an account.

    Parameters
    ----------
    account : spec.Account
    layout : Layout
        Of the snapshot's rows.
    limited : bool
        Whether limits on Greeks are to be proven too.

    Raises
    ------
    InputError
        If none does, or the layout has no gamma to limit.
    """
    if limited and layout.gamma is None:
        reason = f"rows of the layout {layout.name} have no gamma: build the snapshot with the layout wide"
        raise InputError(reason, source="limits")
    for one in instances():
        if one.holds(account, layout, limited=limited):
            return one
    raise InputError(
        "more positions or underlyings than any circuit holds", source="account", key="positions"
    )


def circuits_folder() -> Path:
    """Return the folder with the circuits' sources: in an installed package its own, else the checkout's."""
    here = Path(__file__).resolve()
    packaged = here.parent / "circuits"
    return packaged if packaged.is_dir() else here.parents[2] / "circuits"


def keys_folder() -> Path:
    """Return the folder with the instances' keys: ``ZKMARGIN_KEYS``, else one in the user's cache."""
    chosen = os.environ.get("ZKMARGIN_KEYS")
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(chosen) if chosen else Path(base) / "zkmargin" / "keys"


def instance_folder(instance: Instance, keys: Path | None = None) -> Path:
    """Return the folder of an instance's circuit and keys, named after its name and a hash of its sources.

    Other sources and other versions of circom or circomlib have another folder, so keys are never taken for
    those of another circuit.
    """
    return (keys or keys_folder()) / f"{instance.name}-{_digest(instance.name)}"


def load_instance(instance: Instance, keys: Path | None = None) -> tuple[Circuit, Keys] | None:
    """Load an instance's circuit and keys, checked against their manifest.

    Parameters
    ----------
    instance : Instance
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.

    Returns
    -------
    (Circuit, Keys) or None
        None if they have not been built.

    Raises
    ------
    InputError
        If a file has changed since it was built, or proofs for the key can be forged.
    """
    from .proving.circuit import Circuit  # noqa: PLC0415  # only who proves needs it
    from .proving.keys import verify_keys  # noqa: PLC0415

    folder = instance_folder(instance, keys)
    if not (folder / MANIFEST).is_file():
        return None
    circuit = Circuit.in_folder(instance.name, folder)
    return circuit, verify_keys(folder, circuit)


def build_instance(
    instance: Instance,
    keys: Path | None = None,
    *,
    ptau: Path | None = None,
    ptau_blake2b: str | None = None,
    progress: Progress | None = None,
) -> tuple[Circuit, Keys]:
    """Load an instance's circuit and keys; where there are none yet, compile it and build them.

    Two processes or threads that ask at once build once: the second waits for the first.

    Parameters
    ----------
    instance : Instance
    keys : Path, optional
        The folder of all keys, `keys_folder` by default.
    ptau : Path, optional
        A published phase-1 file: keys are built from it, and replace what is there. Without one, keys that
        have to be built are development keys.
    ptau_blake2b : str, optional
        See `zkmargin.proving.keys.build_keys`.
    progress : callable, optional
        See `zkmargin.proving.keys.build_keys`.

    Raises
    ------
    InputError
        If keys that are there have been changed, or the phase-1 file is not what it should be.
    ToolchainError
        If circom or circomlib is missing or of another version than the one that belongs here, or fails.
    """
    from .proving.circuit import compile_circuit  # noqa: PLC0415  # only who builds needs it
    from .proving.keys import build_keys  # noqa: PLC0415

    found = load_instance(instance, keys)
    if found and ptau is None:
        return found
    folder = instance_folder(instance, keys)
    report = progress or _no_progress
    report(f"waiting for {instance.name}", 0, 1)
    with _locked(folder):
        found = load_instance(instance, keys)
        if found and ptau is None:
            return found
        _check_tools()
        report(f"compiling {instance.name}", 0, 1)
        circuit = found[0] if found else compile_circuit(instance.source, folder)
        build_keys(circuit, folder, ptau=ptau, ptau_blake2b=ptau_blake2b, progress=report)
        # Read back and checked like any other time: what is used is what is on disk.
        built = load_instance(instance, keys)
    if built is None:
        raise ToolchainError(f"the keys of {instance.name} have vanished from {folder}")
    return built


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock beside a folder; the system lets go of it when the process dies."""
    make_folder(folder.parent)
    with folder.with_name(f"{folder.name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _check_tools() -> None:
    for name in _TOOLS:
        version = installed_version(name)
        if version != PINS[name]:
            found = f"is version {version}" if version else "is not installed"
            raise ToolchainError(f"{name} {found}: run `npm install {name}@{PINS[name]}`, or `make setup`")


@cache
def _digest(name: str) -> str:
    """Hash what an instance is made of: its sources, and the tools by version."""
    folder = circuits_folder()
    sources = [folder / "main" / f"{name}.circom"]
    sources += sorted(path for pattern in _SOURCES for path in folder.glob(pattern))
    parts = {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8") for path in sources}
    text = json.dumps([{tool: PINS[tool] for tool in _TOOLS}, parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _no_progress(_stage: str, _done: int, _total: int) -> None:
    """Do nothing."""
