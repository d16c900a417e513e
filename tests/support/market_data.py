"""Real market data in the folder that an environment variable names; tests without it are skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "ZKMARGIN_MARKET_DATA"

# Fixtures remove variables of this name from the environment.
_FOLDER = os.environ.get(VARIABLE)


def market_data(name: str) -> Path:
    """Return a file of the folder, or skip the test."""
    if not _FOLDER:
        pytest.skip(f"{VARIABLE} does not name a folder of market data")
    path = Path(_FOLDER) / name
    if not path.is_file():
        pytest.skip(f"{VARIABLE} has no {name}")
    return path
