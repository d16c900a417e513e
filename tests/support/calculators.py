"""Witness calculators compiled without optimization: few tests calculate so often that it would pay."""

from __future__ import annotations

import wasmtime

from zkmargin.proving import wasm_engine

users_config = wasm_engine._config


def quick_config() -> wasmtime.Config:
    """Return the users' settings of the engine, except that it compiles in a third of the time."""
    config = users_config()
    config.cranelift_opt_level = "none"
    config.cranelift_flag_set("regalloc_algorithm", "single_pass")
    return config
