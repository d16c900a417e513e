"""The part of a batch that runs in the workers of a cluster.

dask logs the arguments of a function that raises an error, and sends its traceback, so no function here raises one.
"""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
from collections import OrderedDict
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING, Any

import zkmargin
from zkmargin.documents.fields import Field
from zkmargin.documents.files import make_folder, publish_folder
from zkmargin.errors import InputError, ZkmarginError
from zkmargin.proving.backends import backend
from zkmargin.proving.manifest import MANIFEST
from zkmargin.snapshot.snapshot import Snapshot

from .batch_worker import AccountTask, BatchClaim, BatchWorker, Outcome
from .circuit_keys import circuit_folder, keys_folder, load_circuit
from .circuit_prover import CircuitProver
from .instances import find_instance
from .process_pool import cores

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = [
    "Node",
    "Reply",
    "begin",
    "describe",
    "forget",
    "has_keys",
    "install_keys",
    "native_version",
    "prove",
    "receive_part",
]

_MOST_RUNS = 4
_RECEIVED = "received"


@dataclass(frozen=True, slots=True)
class Node:
    """A worker, as it describes itself.

    Attributes
    ----------
    version : str
        The version of this package.
    native : str or None
        The version of the native core; None without.
    prover : str
        The name of the prover that it would use, or the reason why there is none.
    host : str
        The name of its machine.
    cores : int
        The cores that it may use.
    spills : bool
        Whether it may write results of tasks to its disk.
    """

    version: str
    native: str | None
    prover: str
    host: str
    cores: int
    spills: bool


# No repr: it may hold a proof that is not handed out yet, or a reason that is about an account.
@dataclass(frozen=True, slots=True, repr=False)
class Reply:
    """The answer of a worker.

    Attributes
    ----------
    value : object
    error : Exception or None
        What the work raised.
    unprepared : bool
        Whether the worker does not know the batch, because it has begun anew.
    """

    value: Any = None
    error: Exception | None = None
    unprepared: bool = False


@dataclass(slots=True)
class _Run:
    """A batch that this worker takes part in."""

    snapshot: Snapshot
    claim: BatchClaim
    prover: str | None
    workers: dict[str, BatchWorker] = field(default_factory=dict)
    drafts: dict[str, Path] = field(default_factory=dict)


_runs: OrderedDict[str, _Run] = OrderedDict()


def native_version() -> str | None:
    """Return the version of the native core; None if it is not installed."""
    try:
        import zkmargin_native  # noqa: PLC0415  # optional
    except ImportError:
        return None
    return str(zkmargin_native.__version__)


def describe(prover: str | None, dask_worker: Any) -> Node:
    """Describe this worker.

    Parameters
    ----------
    prover : str, optional
        The prover that is asked for.
    dask_worker : distributed.Worker
        Given by dask.
    """
    try:
        name = backend(prover).name
    except ZkmarginError as error:
        name = str(error)
    # Any other mapping is one of dask's that writes to the disk when memory is short.
    spills = type(dask_worker.data) is not dict
    return Node(zkmargin.__version__, native_version(), name, platform.node(), cores(), spills)


def begin(run: str, snapshot: dict[str, Any], claim: BatchClaim, prover: str | None, threads: int) -> Reply:
    """Take part in a batch.

    Parameters
    ----------
    run : str
        The name of the batch.
    snapshot : dict
        The document of the snapshot.
    claim : BatchClaim
    prover : str, optional
    threads : int
        The number of threads of the native core, if it has not computed yet and its user has not chosen another one.
    """

    def work() -> None:
        os.environ.setdefault("RAYON_NUM_THREADS", str(threads))
        _runs[run] = _Run(Snapshot.from_json(Field(snapshot, "snapshot")), claim, prover)
        while len(_runs) > _MOST_RUNS:
            # Of a batch whose process has ended without a word.
            _runs.popitem(last=False)

    return _reply(work)


def has_keys(run: str, circuit: str, manifest: bytes) -> Reply:
    """Return whether this worker has the keys of a circuit, by the hashes of their manifest, and use them if so.

    They are the user's own keys, or have been received before.
    """

    def work() -> bool:
        here = _runs[run]
        if circuit in here.workers:
            return True
        for keys in (keys_folder(), _received(manifest)):
            path = circuit_folder(find_instance(circuit), keys) / MANIFEST
            if path.is_file() and path.read_bytes() == manifest:
                here.workers[circuit] = BatchWorker(
                    here.snapshot, here.claim, CircuitProver(here.prover, keys=keys)
                )
                return True
        return False

    return _reply(work)


def receive_part(run: str, circuit: str, name: str, part: bytes) -> Reply:
    """Append a part to a file of the keys that this worker is receiving."""

    def work() -> None:
        drafts = _runs[run].drafts
        if circuit not in drafts:
            folder = make_folder(keys_folder() / _RECEIVED) / f".zkmargin-{token_hex(8)}"
            folder.mkdir(mode=0o700)
            drafts[circuit] = folder
        path = drafts[circuit] / Path(name).name
        with path.open("ab") as file:
            file.write(part)
            file.flush()
            os.fsync(file.fileno())

    return _reply(work)


def install_keys(run: str, circuit: str, manifest: bytes) -> Reply:
    """Check received keys by the hashes of their manifest, and keep them for this batch and later ones."""

    def work() -> bool:
        draft, keys = _runs[run].drafts.pop(circuit), _received(manifest)
        instance = find_instance(circuit)
        try:
            target = circuit_folder(instance, keys)
            make_folder(target.parent)
            if (draft / MANIFEST).read_bytes() != manifest:
                raise InputError("received another manifest", source=circuit)
            if not target.exists():
                # Another worker of this machine may be faster.
                with suppress(InputError):
                    publish_folder(draft, target)
        finally:
            shutil.rmtree(draft, ignore_errors=True)
        try:
            load_circuit(instance, keys)
        except InputError:
            # They would be refused for ever.
            shutil.rmtree(target, ignore_errors=True)
            raise
        return bool(has_keys(run, circuit, manifest).value)

    return _reply(work)


def prove(run: str, task: AccountTask) -> Reply:
    """Prove an account."""
    here = _runs.get(run)
    if here is None or task.circuit not in here.workers:
        return Reply(unprepared=True)

    def work() -> Outcome:
        return here.workers[task.circuit].prove(task)

    return _reply(work)


def forget(run: str) -> None:
    """End the part in a batch."""
    ended = _runs.pop(run, None)
    for draft in ended.drafts.values() if ended else ():
        shutil.rmtree(draft, ignore_errors=True)


def _received(manifest: bytes) -> Path:
    """Return the folder of keys that were received with a manifest."""
    return keys_folder() / _RECEIVED / hashlib.sha256(manifest).hexdigest()


def _reply(work: Callable[[], Any]) -> Reply:
    try:
        return Reply(work())
    except ZkmarginError as error:
        return Reply(error=error)
    except OSError as error:
        reason = f"cannot be read or written: {error.strerror or type(error).__name__}"
        return Reply(error=InputError(reason, source=str(error.filename or keys_folder())))
    except Exception as error:  # noqa: BLE001  # its message could contain a secret
        return Reply(error=RuntimeError(f"{type(error).__name__} in a worker of the cluster"))
