"""Fixtures of the integration tests."""

from __future__ import annotations

import os
from functools import cache, partial

import pytest

from support import local_market
from zkmargin.settlement.deploy import circuits


@pytest.fixture(scope="session", autouse=True)
def _verifiers_once():
    """Have snarkjs write the verifier contract of a key once: many tests deploy a market."""
    patch = pytest.MonkeyPatch()
    patch.setattr(circuits, "export_verifier", cache(circuits.export_verifier))
    yield
    patch.undo()


@pytest.fixture(scope="session")
def market_of(tmp_path_factory):
    """Return a function that gives a new chain the local market, which is deployed once for all processes."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    return partial(local_market.market_of, folder=folder / "market")
