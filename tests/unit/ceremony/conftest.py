"""Ceremonies over two circuits by a stand-in for the native core."""

from __future__ import annotations

import sys

import pytest

from support import fake_core
from zkmargin.ceremony import core, turns
from zkmargin.ceremony.initial import start
from zkmargin.ceremony.phase1 import identify
from zkmargin.proving.circuit import Circuit


def quiet(*_):
    """Take progress, and do nothing."""


class Room:
    """A folder with the files of a ceremony over the circuits ``one`` and ``two``."""

    def __init__(self, folder):
        self.folder = folder
        self.ptau = folder / "own.ptau"
        self.ptau.write_bytes(b"phase 1")
        self.circuits = [Circuit.in_folder(name, folder) for name in ("one", "two")]
        for circuit in self.circuits:
            circuit.r1cs.write_text(f"constraints of {circuit.name}")

    def start(self, out="0.ceremony"):
        start(self.circuits, self.ptau, identify(self.ptau), self.folder / out, progress=quiet)
        return self.folder / out

    def contribute(self, before, out, name, progress=quiet):
        return turns.contribute(self.folder / before, self.folder / out, name, progress=progress)

    def beacon(self, before, out):
        return turns.apply_beacon(
            self.folder / before, self.folder / out, core.Beacon(b"\n\x0b", 10), progress=quiet
        )

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def room(tmp_path, monkeypatch):
    """Return a room whose core is the stand-in."""
    monkeypatch.setitem(sys.modules, "zkmargin_native", fake_core)
    return Room(tmp_path)
