"""The WebAssembly engine of this process: compiled code is cached, running time and memory are bounded."""

from __future__ import annotations

import math
import os
import threading
import time
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING

import wasmtime

from zkmargin.documents.files import private_cache

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["deadline", "engine", "store_limits"]

_TICK_SECONDS = 0.25


@cache
def engine() -> wasmtime.Engine:
    """Return the engine; it stops code whose deadline has passed."""
    config = wasmtime.Config()
    config.epoch_interruption = True
    settings = _cache_settings()
    if settings is not None:
        config.cache = str(settings)
    return wasmtime.Engine(config)


def store_limits(store: wasmtime.Store, max_memory: int) -> None:
    """Bound what a calculation may use: bytes in each memory, and what else three linked modules need."""
    store.set_limits(memory_size=max_memory, table_elements=10_000, instances=3, tables=4, memories=4)


@contextmanager
def deadline(store: wasmtime.Store, seconds: float) -> Iterator[None]:
    """Stop code in the store after a time; it ends in a trap."""
    store.set_epoch_deadline(math.ceil(seconds / _TICK_SECONDS) + 1)
    with _CLOCK:
        yield


class _Clock:
    """Moves the engine's epoch while calculations run; entered once for each of them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            # The thread of a parent process is not there after a fork.
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._tick, name="zkmargin-epoch", daemon=True)
                self._thread.start()

    def __exit__(self, *_: object) -> None:
        with self._lock:
            self._running -= 1

    def _tick(self) -> None:
        while True:
            time.sleep(_TICK_SECONDS)
            with self._lock:
                if self._running == 0:
                    self._thread = None
                    return
            engine().increment_epoch()


_CLOCK = _Clock()


def _cache_settings() -> Path | None:
    """Return the configuration of the cache, or None where there is no private folder for it.

    The cache holds native code that is run unchecked, so the folder has to be this user's alone.
    """
    folder = private_cache("wasm")
    if folder is None:
        return None
    settings = folder / "wasmtime.toml"
    try:
        _write_settings(settings, folder)
    except OSError:
        return None
    return settings


def _write_settings(settings: Path, folder: Path) -> None:
    text = f"[cache]\ndirectory = {_quoted(str(folder / 'modules'))}\n"
    if not settings.is_file() or settings.read_text(encoding="utf-8") != text:
        draft = settings.with_suffix(f".{os.getpid()}")
        draft.write_text(text, encoding="utf-8")
        draft.replace(settings)


def _quoted(text: str) -> str:
    """Return a TOML literal string; a path that cannot be one gets no cache."""
    if "'" in text or "\n" in text:
        raise OSError
    return f"'{text}'"
