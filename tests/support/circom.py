"""circom in this process: node takes a second to start it, and half as much time again for a large circuit.

wasmtime runs the same ``circom.wasm`` and caches its machine code. `compile_circuit` with node has its own tests, and
one compares the files of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import wasmtime

from zkmargin.proving.wasm_engine import _cache_settings
from zkmargin.toolchain import Output, _plain, find_package


def run_here(argv: Sequence[str | Path], *, cwd: Path, **_: Any) -> Output:
    """Run circom as `zkmargin.toolchain.run` does with ``[node, circom2's cli.js, ...]``."""
    engine, module = _compiler()
    with TemporaryDirectory() as folder, wasmtime.Store(engine) as store:
        streams = [Path(folder, name) for name in ("stdout", "stderr")]
        wasi = wasmtime.WasiConfig()
        wasi.argv = ["circom2", *map(str, argv[2:])]
        wasi.preopen_dir(str(cwd), ".")
        wasi.stdout_file, wasi.stderr_file = map(str, streams)
        store.set_wasi(wasi)
        linker = wasmtime.Linker(engine)
        linker.define_wasi()
        code = 0
        try:
            linker.instantiate(store, module).exports(store)["_start"](store)
        except wasmtime.ExitTrap as stop:
            code = stop.code
        return Output(code, *(_plain(stream.read_bytes()) for stream in streams))


@cache
def _compiler() -> tuple[wasmtime.Engine, wasmtime.Module]:
    config = wasmtime.Config()
    if settings := _cache_settings():
        config.cache = str(settings)
    engine = wasmtime.Engine(config)
    return engine, wasmtime.Module.from_file(engine, str(find_package("circom2") / "circom.wasm"))
