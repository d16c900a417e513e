"""A venue of 20 accounts in three chunks, proven."""

from __future__ import annotations

import shutil

import pytest

from support.margin_values import snapshot
from support.solvency_values import CIRCUITS, use_ideal_proofs, venue_files
from zkmargin.solvency import prove_solvency


@pytest.fixture(autouse=True)
def ideal(monkeypatch):
    """Let proofs stand for real ones."""
    use_ideal_proofs(monkeypatch)


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Return the folder of the venue's accounts and that of its proof, which no test changes."""
    folder = tmp_path_factory.mktemp("venue")
    paths = venue_files(folder / "accounts", 20)
    with pytest.MonkeyPatch.context() as patch:
        use_ideal_proofs(patch)
        prove_solvency(paths, snapshot(), folder / "proof", circuits=CIRCUITS)
    return folder


@pytest.fixture
def venue(made, tmp_path):
    """Return a copy of the venue's folder."""
    return shutil.copytree(made, tmp_path / "venue")
