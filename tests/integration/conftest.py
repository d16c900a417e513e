"""Fixtures of the integration tests."""

from __future__ import annotations

import os
from functools import cache, partial

import pytest
import wasmtime

from support import local_market
from support.calculators import quick_config, users_config
from support.circom import run_here
from support.circuits import calculator
from zkmargin import toolchain
from zkmargin.proving import circuit, wasm_engine, witness


@pytest.fixture(scope="session", autouse=True)
def _circom_here(_own_cache):
    """Let circom run in this process, in less time than node needs: see `support.circom`."""
    patch = pytest.MonkeyPatch()
    patch.setattr(circuit, "run", run_here)
    yield
    patch.undo()


@pytest.fixture
def circom_by_node(monkeypatch):
    """Let circom run as users run it."""
    monkeypatch.setattr(circuit, "run", toolchain.run)


@pytest.fixture(scope="session", autouse=True)
def _calculators_compiled_quickly(_own_cache):
    """Compile witness calculators without optimization: see `support.calculators`."""
    patch = pytest.MonkeyPatch()
    patch.setattr(wasm_engine, "_config", quick_config)
    yield
    patch.undo()


@pytest.fixture(scope="module")
def calculators_of_users(_calculators_compiled_quickly):
    """Compile witness calculators as users do."""
    engine = cache(lambda: wasmtime.Engine(users_config()))
    patch = pytest.MonkeyPatch()
    for module in (wasm_engine, witness):
        patch.setattr(module, "engine", engine)
    calculator.cache_clear()  # one engine does not run what another has compiled
    yield
    patch.undo()
    calculator.cache_clear()


@pytest.fixture(scope="session")
def market_of(tmp_path_factory):
    """Return a function that gives a new chain the local market, which is deployed once for all processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return partial(local_market.market_of, folder=folder / "market")
