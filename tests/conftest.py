"""Fixtures shared by all tests."""

from __future__ import annotations

import gc
import os
import sys
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings

from zkmargin.cli import main

ROOT = Path(__file__).resolve().parents[1]

# Examples of a property: `make check` takes the full number for all, `make fuzz` the most for readers of files.
for profile, examples in (("fuzz", 3000), ("full", 300), ("quick", 10)):
    # No deadline: a busy machine is not a failure. `make test` has the same examples each time, as Hypothesis has it
    # under CI: a commit passes or fails for what it changes. The others look for new ones.
    settings.register_profile(profile, max_examples=examples, deadline=None, derandomize=profile == "quick")
settings.load_profile("quick")


def pytest_collection_finish():
    """Keep the garbage collector from what was imported, which lives until the end, at each of its rounds."""
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def _own_cache():
    """Keep the user's cache out of the tests; theirs serves all processes, and the next run."""
    patch = pytest.MonkeyPatch()
    patch.setenv("XDG_CACHE_HOME", str(ROOT / "build" / "tests" / "cache"))
    yield
    patch.undo()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch):
    """Start every test without the settings of whoever runs it."""
    for name in [name for name in os.environ if name.startswith("ZKMARGIN_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def quick_keystores(monkeypatch):
    """Encrypt new keys with few rounds: those of a real keystore take a second, and 256 MB."""
    from eth_account import Account as EthAccount  # noqa: PLC0415  # few tests need it

    monkeypatch.setattr(EthAccount, "encrypt", partial(EthAccount.encrypt, kdf="pbkdf2", iterations=10))


@pytest.fixture
def cli(monkeypatch, capsys):
    """Return a function that runs the command line in this process: (exit code, stdout, stderr)."""

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["zkmargin", *map(str, arguments)])
        code = 0
        try:
            main()
        except SystemExit as stop:
            code = stop.code
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
