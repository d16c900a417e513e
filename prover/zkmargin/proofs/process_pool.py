"""Processes that work on tasks side by side; the task of one that dies goes to another."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections import deque
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from zkmargin.errors import ToolchainError, ZkmarginError
from zkmargin.toolchain import Terminated, ending_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence
    from multiprocessing.connection import Connection
    from multiprocessing.context import SpawnProcess

__all__ = ["Done", "cores", "run_tasks"]

Task = TypeVar("Task")
Result = TypeVar("Result")

_MOST_DEATHS = 2
_PATIENCE = 10.0
"""Seconds that a process gets to end its programs and to remove its temporary files."""


def cores() -> int:
    """Return the number of cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


# No repr: tasks and results may be secret.
@dataclass(frozen=True, slots=True, repr=False)
class Done(Generic[Task, Result]):
    """A task that is done.

    Attributes
    ----------
    number : int
        Its place in the sequence of tasks.
    task : object
    result : object or None
        The result of the work.
    error : Exception or None
        The exception of the work, or a `ToolchainError` if two processes died over the task.
    died : bool
        Whether two processes died over the task.
    """

    number: int
    task: Task
    result: Result | None
    error: Exception | None = None
    died: bool = False

    def value(self) -> Result:
        """Return the result, or raise the error."""
        if self.error is not None:
            raise self.error
        return self.result  # type: ignore[return-value]  # None if that is what the work returned


def run_tasks(  # noqa: PLR0913  # what a pool depends on
    work: Callable[[Task], Result],
    tasks: Sequence[Task],
    *,
    workers: int,
    begin: Callable[..., None] | None = None,
    arguments: tuple[Any, ...] = (),
    threads: int | None = None,
) -> Generator[Done[Task, Result]]:
    """Work on tasks in several processes, and yield each when it is done.

    A process has one task at a time, and gets the next one when its result has arrived. The processes end with this
    one, even if it is killed, and when the iterator is closed. One that dies is replaced.

    Parameters
    ----------
    work : callable
        A function of a module.
    tasks : sequence
        Tasks and results are pickled.
    workers : int
        The number of processes.
    begin : callable, optional
        Called in each process when it begins. An error that it raises ends the iteration.
    arguments : tuple
        The arguments of `begin`.
    threads : int, optional
        The number of threads of the native core in each process; all cores by default.

    Yields
    ------
    Done

    Raises
    ------
    ToolchainError
        If processes die before they have begun.
    """
    crew = _Crew(tasks, workers, (work, begin, arguments, threads))
    try:
        yield from crew.results()
    finally:
        crew.end()


@dataclass(slots=True)
class _Given:
    """A task with the number of processes that died over it."""

    number: int
    deaths: int = 0


@dataclass(slots=True)
class _Worker:
    process: SpawnProcess
    connection: Connection
    begun: bool = False
    given: _Given | None = None


class _Crew:
    """The processes of one `run_tasks`, and the tasks that no process has yet."""

    def __init__(self, tasks: Sequence[Any], workers: int, orders: tuple[Any, ...]) -> None:
        self._tasks, self._size, self._orders = tasks, workers, orders
        self._waiting = deque(_Given(number) for number in range(len(tasks)))
        self._workers: dict[Connection, _Worker] = {}
        self._leaving: list[SpawnProcess] = []
        self._false_starts = 0

    def results(self) -> Iterator[Done[Any, Any]]:
        while True:
            open_tasks = len(self._waiting) + sum(one.given is not None for one in self._workers.values())
            while len(self._workers) < min(self._size, open_tasks):
                self._start()
            if not self._workers:
                return
            for connection in wait(list(self._workers)):
                yield from self._hear(self._workers[connection])  # type: ignore[index]

    def end(self) -> None:
        """End all processes: those that work by a signal, and by another one if they do not listen."""
        processes = [one.process for one in self._workers.values()]
        for process in processes:
            process.terminate()
        for process in (*processes, *self._leaving):
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()

    def _start(self) -> None:
        # Not forked: a lock that another thread holds would stay locked in the child.
        method = multiprocessing.get_context("spawn")
        ours, theirs = method.Pipe()
        process = method.Process(target=_serve, args=(theirs, *self._orders), daemon=True)
        with _interrupts_blocked():
            process.start()
        # The end of the process is then the end of the connection.
        theirs.close()
        self._workers[ours] = _Worker(process, ours)

    def _hear(self, worker: _Worker) -> Iterator[Done[Any, Any]]:
        try:
            result, error = worker.connection.recv()
        except (EOFError, OSError):
            yield from self._bury(worker)
            return
        given, begun = worker.given, worker.begun
        worker.begun = True
        if not begun and error is not None:
            raise error
        # Before the result is used, so that the process does not wait for that.
        self._give(worker)
        if given is not None:
            yield Done(given.number, self._tasks[given.number], result, error)

    def _give(self, worker: _Worker) -> None:
        worker.given = self._waiting.popleft() if self._waiting else None
        if worker.given is None:
            self._part(worker)
            return
        # A process that has died meanwhile is found by its closed connection.
        with suppress(OSError):
            worker.connection.send(self._tasks[worker.given.number])

    def _part(self, worker: _Worker) -> None:
        """Close the connection to a process, which ends it."""
        del self._workers[worker.connection]
        worker.connection.close()
        self._leaving.append(worker.process)

    def _bury(self, worker: _Worker) -> Iterator[Done[Any, Any]]:
        self._part(worker)
        worker.process.join(_PATIENCE)
        cause = _cause(worker.process.exitcode)
        if not worker.begun:
            self._false_starts += 1
            if self._false_starts >= _MOST_DEATHS:
                raise ToolchainError(f"processes end before they have begun: {cause}")
        if worker.given is None:
            return
        worker.given.deaths += 1
        if worker.given.deaths < _MOST_DEATHS:
            self._waiting.appendleft(worker.given)
            return
        number = worker.given.number
        error = ToolchainError(f"{_MOST_DEATHS} processes died over it, the last one {cause}")
        yield Done(number, self._tasks[number], None, error, died=True)


def _cause(code: int | None) -> str:
    if code is None or code >= 0:
        return f"with exit code {code}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"by {name}" + (", perhaps because memory ran out" if name == "SIGKILL" else "")


@contextmanager
def _interrupts_blocked() -> Iterator[None]:
    """Start processes that Ctrl-C in a terminal does not reach: this process ends them."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _serve(
    connection: Connection,
    work: Callable[[Any], Any],
    begin: Callable[..., None] | None,
    arguments: tuple[Any, ...],
    threads: int | None,
) -> None:
    """Work on tasks until the connection is closed."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if threads is not None:
        # rayon reads it when the native core computes for the first time.
        os.environ["RAYON_NUM_THREADS"] = str(threads)
    with suppress(Terminated, EOFError, BrokenPipeError), ending_on_signals():
        _answer(connection, lambda: begin(*arguments) if begin is not None else None)
        while True:
            task = connection.recv()
            _answer(connection, lambda task=task: work(task))  # type: ignore[misc]


def _answer(connection: Connection, work: Callable[[], Any]) -> None:
    result: Any = None
    error: Exception | None = None
    try:
        result = work()
    except ZkmarginError as raised:
        error = raised
    except Exception as raised:  # noqa: BLE001  # its message could contain a secret, and it may not be picklable
        error = RuntimeError(f"{type(raised).__name__} in a process of a pool")
    connection.send((result, error))


def _end_with_parent() -> None:
    """End this process with its parent; it would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
