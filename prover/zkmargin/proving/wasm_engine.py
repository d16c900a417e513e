"""The WebAssembly engine of this process, with caches of compiled code and limits on time and memory.

wasmtime has a cache of its own, which it reads in some 30 ms for a circuit of 32 000 constraints, because it hashes the
module and inflates the code. So the code of the last modules is also kept as it is.
"""

from __future__ import annotations

import hashlib
import math
import os
import secrets
import threading
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.files import private_cache, publish, write_private
from zkmargin.documents.known_hashes import known_sha256
from zkmargin.errors import InputError
from zkmargin.exports import needs_extra

with needs_extra("prove"):
    import wasmtime

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["bundled_module", "compiled_module", "deadline", "engine", "store_limits"]

_TICK_SECONDS = 0.25
_FIRST_PROCESS = os.getpid()
# Those of sixteen circuits, and the two of this package.
_KEPT_MODULES = 18


def engine() -> wasmtime.Engine:
    """Return the engine of this process, which stops code at its deadline. A forked process has another one."""
    return _engine_of(os.getpid())


@cache
def _engine_of(process: int) -> wasmtime.Engine:
    config = _config()
    # The threads that compile do not survive a fork, and a child would wait for them forever.
    config.parallel_compilation = process == _FIRST_PROCESS
    return wasmtime.Engine(config)


def compiled_module(path: Path) -> wasmtime.Module:
    """Return the compiled module of a ``.wasm`` file.

    Raises
    ------
    wasmtime.WasmtimeError
        If the file is not a module.
    OSError
        If it cannot be read.
    """
    return _compiled(known_sha256(path), lambda: _binary(path))


def bundled_module(name: str) -> wasmtime.Module:
    """Return a compiled module of this package."""
    content = Path(__file__).with_name(name).read_bytes()
    return _compiled(hashlib.sha256(content).hexdigest(), lambda: content)


def _binary(path: Path) -> bytes:
    content = path.read_bytes()
    # wasmtime would also accept the text format.
    if not content.startswith(b"\0asm"):
        raise wasmtime.WasmtimeError("not in the binary format")
    return content


def _compiled(digest: str, read: Callable[[], bytes]) -> wasmtime.Module:
    """Return a compiled module by the hash of its content, which is read only to compile it."""
    folder = private_cache("wasm")
    kept = folder and folder / f"{digest}.code"
    if kept:
        # Code of another machine or version is refused, and compiled again. The file is mapped, which is safe: in this
        # folder files are replaced and removed, never changed.
        with suppress(OSError, wasmtime.WasmtimeError):
            return wasmtime.Module.deserialize_file(engine(), str(kept))
    module = wasmtime.Module(engine(), read())
    if kept:
        # Code that cannot be kept is compiled again.
        with suppress(OSError, InputError):
            _keep(kept, bytes(module.serialize()))
    return module


def _keep(path: Path, code: bytes) -> None:
    """Write a file atomically, since it is run unchecked, and remove those that were written long ago."""
    draft = path.with_name(f".{secrets.token_hex(8)}")
    try:
        write_private(draft, code)
        publish(draft, path)
    finally:
        draft.unlink(missing_ok=True)
    found = sorted(path.parent.glob("*.code"), key=lambda one: one.stat().st_mtime_ns)
    for old in found[:-_KEPT_MODULES]:
        old.unlink(missing_ok=True)


def store_limits(store: wasmtime.Store, max_memory: int) -> None:
    """Limit the resources of a calculation: bytes per memory, and the tables and instances of three modules."""
    store.set_limits(memory_size=max_memory, table_elements=10_000, instances=3, tables=4, memories=4)


@contextmanager
def deadline(store: wasmtime.Store, seconds: float) -> Iterator[None]:
    """Stop code in the store by a trap after some seconds."""
    store.set_epoch_deadline(math.ceil(seconds / _TICK_SECONDS) + 1)
    with _CLOCK:
        yield


class _Clock:
    """A thread that increments the engine's epoch during calculations, each of which enters the clock."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running = 0
        self._thread: threading.Thread | None = None

    def __enter__(self) -> None:
        with self._lock:
            self._running += 1
            # A fork does not copy the parent's thread.
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


def _config() -> wasmtime.Config:
    config = wasmtime.Config()
    config.epoch_interruption = True
    settings = _cache_settings()
    if settings is not None:
        config.cache = str(settings)
    return config


def _cache_settings() -> Path | None:
    """Return the configuration file of the cache, or None without a private folder for it.

    The cache contains native code that runs unchecked, so only this user may have access to the folder.
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
    """Return a TOML literal string; a path that cannot be written as one raises, and then there is no cache."""
    if "'" in text or "\n" in text:
        raise OSError
    return f"'{text}'"
