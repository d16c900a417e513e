"""Real market data, for whoever has it: the environment variable names its folder."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

VARIABLE = "ZKMARGIN_MARKET_DATA"

# Tests run without variables of this name.
_FOLDER = os.environ.get(VARIABLE)


def market_data(name: str) -> Path:
    """Return a file of the folder, or skip the test."""
    if not _FOLDER:
        pytest.skip(f"{VARIABLE} does not name a folder of market data")
    path = Path(_FOLDER) / name
    if not path.is_file():
        pytest.skip(f"{VARIABLE} has no {name}")
    return path
