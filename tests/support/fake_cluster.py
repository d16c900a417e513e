"""Workers of a cluster in this process, which do what a test says; stands for dask's client."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from zkmargin.proofs import cluster_crew, cluster_worker
from zkmargin.proofs.batch_worker import AccountTask


class FakeFuture:
    """A task that is done at once, or never."""

    def __init__(self, status: str, value: Any = None) -> None:
        self.status, self._value = status, value

    def done(self) -> bool:
        """Return whether it is not pending."""
        return self.status != "pending"

    def result(self, timeout: float) -> Any:
        """Return the reply."""
        return self._value

    def release(self) -> None:
        """Forget it."""

    def add_done_callback(self, call: Callable[[Any], None]) -> None:
        """Call at once."""
        call(self)


class FakeClient:
    """Workers by address, with a thread each.

    Attributes
    ----------
    fate : callable
        Given address and task; returns ``""``, ``"dies"``, ``"restarts"``, or a function that changes the reply.
    node : dict
        Changes of the description of workers.
    kept : object
        Where dask keeps results.
    broken : Exception, optional
        What calls return or raise.
    keys, ran : list of str
        The names of all tasks, and of the functions that workers were asked to run.
    runs : dict of str to dict
        The batches that each worker knows.
    """

    def __init__(self, *addresses: str) -> None:
        self.workers = dict.fromkeys(addresses, 1)
        self.fate: Callable[[str, AccountTask], Any] = lambda _address, _task: ""
        self.node: dict[str, Any] = {}
        self.kept: Any = {}
        self.broken: Exception | None = None
        self.keys: list[str] = []
        self.ran: list[str] = []
        self.runs: dict[str, Any] = {}

    def nthreads(self) -> dict[str, int]:
        """Return the workers."""
        if isinstance(self.broken, OSError):
            raise self.broken
        return dict(self.workers)

    def run(self, work: Any, *arguments: Any, workers: list[str], on_error: str) -> dict[str, Any]:
        """Run a function on workers."""
        self.ran.append(work.__name__)
        if self.broken is not None:
            return dict.fromkeys(workers, self.broken)
        if work is cluster_worker.describe:
            node = work(*arguments, dask_worker=SimpleNamespace(data=self.kept))
            return dict.fromkeys(workers, replace(node, **self.node))
        return {address: self._on(address, lambda: work(*arguments)) for address in workers}

    def submit(
        self, work: Any, run: str, task: AccountTask, *, key: str, workers: list[str], **_: Any
    ) -> Any:
        """Give a task to one worker."""
        (address,) = workers
        self.keys.append(key)
        assert task.content is not None
        fate = self.fate(address, task)
        if fate == "dies":
            del self.workers[address]
            # As a nanny does.
            self.workers[address[:-1] + chr(ord(address[-1]) + 2)] = 1
            return FakeFuture("pending")
        if fate == "restarts":
            self.runs[address].clear()
        # The worker cannot read the file.
        sent = replace(task, path=task.path.with_name(f"elsewhere-{task.path.name}"))
        reply = self._on(address, lambda: work(run, sent))
        return FakeFuture("finished", fate(reply) if callable(fate) else reply)

    def _on(self, address: str, work: Callable[[], Any]) -> Any:
        """Do work with the batches that a worker knows."""
        cluster_worker._runs = self.runs.setdefault(address, OrderedDict())
        return work()

    def cancel(self, futures: list[Any], *, force: bool) -> None:
        """Cancel nothing: tasks are done at once."""


def use_fake_cluster(patch: pytest.MonkeyPatch, client: FakeClient) -> None:
    """Let a batch on a cluster run on workers in this process."""

    @contextmanager
    def connected(_cluster: Any) -> Iterator[FakeClient]:
        yield client

    patch.setattr(cluster_crew, "connected", connected)
    patch.setattr(cluster_crew, "_POLL", 0.001)
    patch.setattr(cluster_worker, "_runs", OrderedDict())
