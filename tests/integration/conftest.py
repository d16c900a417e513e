"""Fixtures of the integration tests."""

from __future__ import annotations

from functools import cache

import pytest

from zkmargin.settlement.deploy import circuits


@pytest.fixture(scope="session", autouse=True)
def _verifiers_once():
    """Have snarkjs write the verifier contract of a key once: many tests deploy a market."""
    patch = pytest.MonkeyPatch()
    patch.setattr(circuits, "export_verifier", cache(circuits.export_verifier))
    yield
    patch.undo()
