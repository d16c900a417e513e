"""Tasks of a batch on the workers of a cluster; the task of one that dies goes to another.

A task is given to one worker by its address, and no worker has more tasks than threads. So no account reaches a worker
that has not been checked, little is in flight, and a task is known to have been on a worker that died.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from concurrent.futures import CancelledError
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import uuid4

import zkmargin
from zkmargin.documents.strict_json import parse_json
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving.backends import backend
from zkmargin.proving.manifest import MANIFEST, Manifest

from . import cluster_worker
from .batch_worker import Outcome
from .cluster import connected, require_safe
from .cluster_worker import Node, Reply, native_version
from .process_pool import Done
from .proof_journal import State

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
    from pathlib import Path

    from distributed import Client, Future

    from zkmargin.proving.setup import Progress

    from .batch_worker import AccountTask, BatchClaim
    from .cluster import Cluster

__all__ = ["ClusterBatch", "run_on_cluster"]

Value = TypeVar("Value")

_MOST_DEATHS = 2
_PART = 8 << 20
"""Bytes of a key that are sent at once."""
_POLL = 1.0
"""Seconds between looks at the scheduler's list of workers."""
_PATIENCE = 60.0
"""Seconds without any worker after which a batch stops."""


@dataclass(frozen=True, slots=True)
class ClusterBatch:
    """What the workers of a cluster need to know of a batch.

    Attributes
    ----------
    snapshot : dict
        The document of the snapshot.
    claim : BatchClaim
    prover : str, optional
        One of `zkmargin.proving.backends.BACKENDS`; by default the fastest one of this process.
    keys : mapping of str to Path
        The folder of the keys of each circuit.
    """

    snapshot: dict[str, Any]
    claim: BatchClaim
    prover: str | None
    keys: Mapping[str, Path]


def run_on_cluster(
    cluster: Cluster,
    batch: ClusterBatch,
    tasks: Sequence[AccountTask],
    progress: Progress,
) -> Generator[Done[AccountTask, Outcome]]:
    """Prove accounts on a cluster, and yield each when its result is here.

    Parameters
    ----------
    cluster : Cluster
    batch : ClusterBatch
    tasks : sequence of AccountTask
        Their files are read when a worker gets them.
    progress : callable
        Called with a stage, the work done in it and the total work.

    Yields
    ------
    Done

    Raises
    ------
    InputError
        If a worker cannot be reached by an encrypted connection, or cannot keep keys; or as `connected`.
    ToolchainError
        If a worker lacks this version of the package, the native core or the prover, or may write results to its disk;
        if there is no worker; or as `connected`.
    """
    if not tasks:
        return
    with connected(cluster) as client:
        crew = _Crew(client, cluster.scheduler, batch, tasks, progress)
        try:
            yield from crew.results()
        finally:
            crew.end()


@dataclass(slots=True)
class _Given:
    """A task with the number of workers that died over it."""

    number: int
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    threads: int
    given: dict[Future, _Given] = field(default_factory=dict)


class _Crew:
    """The workers of one `run_on_cluster`, and the tasks that no worker has yet."""

    def __init__(  # what a batch depends on
        self,
        client: Client,
        scheduler: str,
        batch: ClusterBatch,
        tasks: Sequence[AccountTask],
        progress: Progress,
    ) -> None:
        self._client, self._scheduler, self._batch = client, scheduler, batch
        self._tasks, self._progress = tasks, progress
        self._waiting = deque(_Given(number) for number in range(len(tasks)))
        self._workers: dict[str, _Worker] = {}
        self._run, self._arrived = uuid4().hex, threading.Event()
        self._expected = Node(
            zkmargin.__version__, native_version(), backend(batch.prover).name, "", 0, False
        )
        self._looked = self._seen = time.monotonic()

    def results(self) -> Iterator[Done[AccountTask, Outcome]]:
        yield from self._look()
        while self._waiting or any(one.given for one in self._workers.values()):
            yield from self._give_all()
            yield from self._hear()
            if time.monotonic() - self._looked > _POLL:
                yield from self._look()

    def end(self) -> None:
        """Cancel what is asked for, and let the workers forget the batch."""
        with suppress(OSError, TimeoutError):
            futures = [future for one in self._workers.values() for future in one.given]
            self._client.cancel(futures, force=True)
            self._client.run(cluster_worker.forget, self._run, workers=list(self._workers), on_error="ignore")

    def _look(self) -> Iterator[Done[AccountTask, Outcome]]:
        """Prepare workers that have come, and take the tasks of those that have gone."""
        present = self._ask(self._client.nthreads)
        for address in [one for one in self._workers if one not in present]:
            yield from self._bury(address)
        come = {address: threads for address, threads in present.items() if address not in self._workers}
        if come:
            for address in self._prepare(list(come), present):
                self._workers[address] = _Worker(come[address])
        self._looked = time.monotonic()
        if self._workers:
            self._seen = self._looked
        elif self._looked - self._seen > _PATIENCE:
            raise ToolchainError(f"no worker has been connected to {self._scheduler} for {_PATIENCE:.0f} s")

    def _give_all(self) -> Iterator[Done[AccountTask, Outcome]]:
        for address, worker in self._workers.items():
            while self._waiting and len(worker.given) < worker.threads:
                given = self._waiting.popleft()
                try:
                    task = self._tasks[given.number].with_content()
                except InputError as error:
                    yield self._done(given, value=Outcome(State.BAD, reason=str(error)))
                    continue
                future = self._ask(
                    lambda task=task, address=address, given=given: self._client.submit(  # type: ignore[misc]
                        cluster_worker.prove,
                        self._run,
                        task,
                        # No name of an account, as keys of tasks are in logs and on dashboards.
                        key=f"zkmargin-{self._run}-{given.number}-{uuid4().hex[:8]}",
                        workers=[address],
                        allow_other_workers=False,
                        retries=0,
                        pure=False,
                    )
                )
                worker.given[future] = given
                future.add_done_callback(lambda _: self._arrived.set())

    def _hear(self) -> Iterator[Done[AccountTask, Outcome]]:
        """Wait for results, for a while, and yield those that have come."""
        self._arrived.wait(_POLL)
        self._arrived.clear()
        for address, worker in list(self._workers.items()):
            for future in [one for one in worker.given if one.done()]:
                yield from self._take(address, worker, future)

    def _take(self, address: str, worker: _Worker, future: Future) -> Iterator[Done[AccountTask, Outcome]]:
        reply: Reply | None = None
        if future.status == "finished":
            try:
                reply = future.result(timeout=_POLL)
            except TimeoutError:
                # The worker has died with the result, or is slow: the list of workers will tell.
                return
            except (OSError, CancelledError):
                reply = None
        given = worker.given.pop(future)
        future.release()
        if reply is None or reply.unprepared:
            # Lost, or given to a process that has begun anew under the same address.
            del self._workers[address]
            self._waiting.extendleft(worker.given.values())
            self._client.cancel(list(worker.given), force=True)
            yield from self._lost(given)
            return
        if isinstance(reply.error, RuntimeError):
            yield self._done(given, error=ToolchainError(str(reply.error)))
            return
        if reply.error is not None:
            raise _named(address, reply.error)
        yield from self._give_all()
        yield self._done(given, value=reply.value)

    def _bury(self, address: str) -> Iterator[Done[AccountTask, Outcome]]:
        worker = self._workers.pop(address)
        self._client.cancel(list(worker.given), force=True)
        for given in worker.given.values():
            yield from self._lost(given)

    def _lost(self, given: _Given) -> Iterator[Done[AccountTask, Outcome]]:
        given.deaths += 1
        if given.deaths < _MOST_DEATHS:
            self._waiting.appendleft(given)
            return
        reason = f"{_MOST_DEATHS} workers died over it, perhaps because memory ran out"
        yield self._done(given, error=ToolchainError(reason))

    def _done(
        self, given: _Given, *, value: Outcome | None = None, error: Exception | None = None
    ) -> Done[AccountTask, Outcome]:
        return Done(given.number, self._tasks[given.number], value, error, died=error is not None)

    def _prepare(self, addresses: list[str], present: Mapping[str, int]) -> list[str]:
        """Check workers, and send what they lack; return those that are still there."""
        for address in addresses:
            require_safe(address, f"worker {address}")
        nodes: dict[str, Node] = self._run_on(addresses, cluster_worker.describe, self._batch.prover)
        for address, node in nodes.items():
            _require_same(address, node, self._expected)
        hosts = [node.host for node in nodes.values()]
        ready: list[str] = []
        for address, node in nodes.items():
            threads = max(1, node.cores // (hosts.count(node.host) * present[address]))
            start = (self._run, self._batch.snapshot, self._batch.claim, self._batch.prover, threads)
            ready += self._replies([address], cluster_worker.begin, *start)
        for circuit, folder in self._batch.keys.items():
            ready = self._with_keys(ready, circuit, folder)
        return ready

    def _with_keys(self, addresses: list[str], circuit: str, folder: Path) -> list[str]:
        """Let workers use the keys of a circuit: theirs if they have these very files, else what is sent."""
        manifest = (folder / MANIFEST).read_bytes()
        known = self._replies(addresses, cluster_worker.has_keys, self._run, circuit, manifest)
        missing = [address for address, has in known.items() if not has]
        if not missing:
            return list(known)
        source = str(folder / MANIFEST)
        names = [*Manifest.from_json(parse_json(manifest, source), source).files, MANIFEST]
        total, sent = sum((folder / name).stat().st_size for name in names), 0
        stage = f"sending the keys of {circuit} to {len(missing)} workers"
        for name in names:
            with (folder / name).open("rb") as file:
                while part := file.read(_PART):
                    self._progress(stage, sent, total)
                    self._replies(missing, cluster_worker.receive_part, self._run, circuit, name, part)
                    sent += len(part)
        installed = self._replies(missing, cluster_worker.install_keys, self._run, circuit, manifest)
        self._progress(stage, total, total)
        return [address for address in known if known[address] or installed.get(address)]

    def _replies(self, addresses: list[str], work: Callable[..., Reply], *arguments: Any) -> dict[str, Any]:
        replies = self._run_on(addresses, work, *arguments)
        for address, reply in replies.items():
            if reply.error is not None:
                raise _named(address, reply.error)
        return {address: reply.value for address, reply in replies.items()}

    def _run_on(self, addresses: list[str], work: Callable[..., Any], *arguments: Any) -> dict[str, Any]:
        """Return the answer of each worker that is still there."""
        if not addresses:
            return {}
        found = self._ask(lambda: self._client.run(work, *arguments, workers=addresses, on_error="return"))
        answers = {}
        for address, answer in found.items():
            if isinstance(answer, (ImportError, AttributeError)):
                reason = f"zkmargin {zkmargin.__version__} is not installed there: {answer}"
                raise ToolchainError(f"worker {address}: {reason}")
            if not isinstance(answer, Exception):
                answers[address] = answer
        return answers

    def _ask(self, work: Callable[[], Value]) -> Value:
        """Ask the scheduler, which may have gone."""
        try:
            return work()
        except TimeoutError:
            reason = "does not answer any more"
        except OSError:
            reason = "has closed the connection"
        raise ToolchainError(
            f"the scheduler {self._scheduler} {reason}; the same command continues"
        ) from None


def _require_same(address: str, node: Node, expected: Node) -> None:
    pairs = {
        "zkmargin": (node.version, expected.version),
        "the native core": (node.native, expected.native),
        "the prover": (node.prover, expected.prover),
    }
    for name, (found, wanted) in pairs.items():
        if found != wanted:
            reason = f"{name} is {found or 'missing'} there and {wanted or 'missing'} here"
            raise ToolchainError(f"worker {address}: {reason}; install the same versions")
    if node.spills:
        raise ToolchainError(
            f"worker {address}: may write results to its disk when memory is short; start it with "
            "DASK_DISTRIBUTED__WORKER__MEMORY__TARGET=False and DASK_DISTRIBUTED__WORKER__MEMORY__SPILL=False"
        )


def _named(address: str, error: Exception) -> Exception:
    """Return an error of a worker with its address."""
    if isinstance(error, InputError):
        return InputError(
            error.reason, source=f"worker {address}: {error.source}".rstrip(": "), key=error.key
        )
    return ToolchainError(f"worker {address}: {error}")
