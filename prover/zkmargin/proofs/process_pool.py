"""Processes that make proofs side by side."""

from __future__ import annotations

import multiprocessing
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from zkmargin.toolchain import ending_on_signals

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["process_pool"]

_signals = ExitStack()
"""Keeps a worker's handlers of signals for as long as it lives."""


def process_pool(
    workers: int, begin: Callable[..., None] | None = None, *arguments: Any
) -> ProcessPoolExecutor:
    """Return a pool of processes that end with this one, even if it is killed.

    Parameters
    ----------
    workers : int
        The number of processes.
    begin : callable, optional
        Called in each process when it begins.
    *arguments
        The arguments of `begin`.
    """
    # Not forked: a lock that another thread holds would stay locked in the child.
    method = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(workers, method, initializer=_begin, initargs=(begin, arguments))


def _begin(begin: Callable[..., None] | None, arguments: tuple[Any, ...]) -> None:
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _signals.enter_context(ending_on_signals())
    if begin is not None:
        begin(*arguments)


def _end_with_parent() -> None:
    """End this process with its parent; a worker would wait for tasks for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
