"""Ceremonies from the command line over two small circuits, and their files."""

from __future__ import annotations

import contextlib
import io
import sys
from pathlib import Path
from typing import Any

import pytest

import zkmargin_native as native
from support.circuits import CIRCUITS
from zkmargin import toolchain
from zkmargin.ceremony import phase1
from zkmargin.cli.app import run
from zkmargin.documents.files import blake2b
from zkmargin.proving import ceremonies, key_verification, verified_keys

SQUARE = """\
pragma circom 2.2.0;

template Square() {
    signal input root;
    signal output square;
    square <== root * root;
}

component main = Square();
"""
NAMES = ("multiplier", "square")


def command(*words: Any) -> tuple[int, str, str]:
    """Run ``zkmargin ceremony`` in this process: exit code, standard output, standard error."""
    return _command("ceremony", *words)


def keys_command(*words: Any) -> tuple[int, str, str]:
    """Run ``zkmargin keys`` in this process."""
    return _command("keys", *words)


def _command(*words: Any) -> tuple[int, str, str]:
    out, err, before = io.StringIO(), io.StringIO(), sys.argv
    sys.argv = ["zkmargin", *map(str, words)]
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = run()
    finally:
        sys.argv = before
    return code, out.getvalue(), err.getvalue()


def done(*words: Any) -> str:
    """Run a command that must succeed, and return its standard output."""
    code, out, err = command(*words)
    assert code == 0, err
    return out


def snarkjs(folder: Path, *words: Any, entropy: str = "") -> str:
    """Run snarkjs and return its output; entropy goes to its standard input."""
    argv = [*toolchain.node_script("snarkjs", "build/cli.cjs"), *map(str, words)]
    output = toolchain.run(argv, cwd=folder, timeout=600, stdin=entropy)
    assert "[ERROR]" not in output.text
    return output.text


class Ceremony:
    """A folder with a ceremony.

    Parameters
    ----------
    folder : Path
    ptau : Path
        The phase-1 file.
    *bundled : str
        The bundled circuits; without any, the circuits are ``multiplier`` and ``square``.
    """

    def __init__(self, folder: Path, ptau: Path, *bundled: str) -> None:
        self._prepare(folder, ptau, bundled)
        done("init", *self.circuits, "--phase1", ptau, "-o", self.file(0))

    @classmethod
    def continued(cls, folder: Path, ptau: Path) -> Ceremony:
        """Return a ceremony over the two small circuits that was started before."""
        found = cls.__new__(cls)
        found._prepare(folder, ptau, ())
        return found

    @staticmethod
    def sources_in(folder: Path) -> list[Path]:
        """Write the sources of the two small circuits that are needed, and return their paths."""
        square = folder / "square.circom"
        square.write_text(SQUARE)
        return [CIRCUITS / "multiplier.circom", square]

    def _prepare(self, folder: Path, ptau: Path, bundled: tuple[str, ...]) -> None:
        self.folder, self.ptau = folder, ptau
        self.circuits: list[Any] = list(bundled) or self.sources_in(folder)
        self.names = bundled or NAMES
        self.sources = [] if bundled else [word for one in self.circuits for word in ("--source", one)]

    def file(self, name: Any) -> Path:
        """Return the path of a sitting."""
        return self.folder / f"{name}.ceremony"

    def contribute(self, before: Any, name: str) -> None:
        """Contribute by the native core; the new sitting has the contributor's name."""
        done("contribute", self.file(before), "-o", self.file(name), "--name", name)

    def contribute_by_snarkjs(self, before: Any, name: str) -> None:
        """Contribute by snarkjs, and pack the keys."""
        old, new = self.folder / f"{name}-old", self.folder / f"{name}-new"
        done("unpack", self.file(before), "-o", old)
        new.mkdir()
        for circuit in self.names:
            file = f"{circuit}.zkey"
            snarkjs(
                self.folder, "zkey", "contribute", old / file, new / file, f"--name={name}", entropy="dice\n"
            )
        done("pack", self.file(before), new, "-o", self.file(name))

    def beacon(self, before: Any, name: str) -> None:
        """Apply a beacon."""
        words = ("--beacon", "0102030405060708", "--iterations", 10)
        done("beacon", self.file(before), "-o", self.file(name), *words)

    def attestations(self, *names: str) -> Path:
        """Return a folder with the attestations of contributors."""
        folder = self.folder / f"attestations-{'-'.join(names)}"
        folder.mkdir(exist_ok=True)
        for name in names:
            file = f"{name}.attestation.txt"
            (folder / file).write_bytes((self.folder / file).read_bytes())
        return folder

    def verify(self, name: Any, *words: Any) -> tuple[int, str, str]:
        """Verify a sitting against circuits and phase 1."""
        return command("verify", self.file(name), "--phase1", self.ptau, *self.sources, *words)


@contextlib.contextmanager
def published(*files: Path):
    """Let phase-1 files count as published, under another name."""
    known = {blake2b(path): f"published_{number}.ptau" for number, path in enumerate(files)}
    published_before = ceremonies.known_ceremonies
    with pytest.MonkeyPatch.context() as patch:
        for module in (ceremonies, key_verification, phase1, verified_keys):
            patch.setattr(module, "known_ceremonies", lambda: {**published_before(), **known})
        yield


def own_phase1(folder: Path, *names: str, power: int = 5) -> Path:
    """Make a phase 1 with contributions by the command line, prepared for phase 2."""
    last = folder / f"phase1-{'-'.join(names)}-0.ptau"
    done("phase1", "new", power, "-o", last)
    for name in names:
        before, last = last, folder / f"phase1-{'-'.join(names)}-{name}.ptau"
        done("phase1", "contribute", before, "-o", last, "--name", name)
    out = folder / f"phase1-{'-'.join(names)}.ptau"
    done("phase1", "prepare", last, "-o", out)
    return out


def development_phase1(path: Path, power: int = 5) -> Path:
    """Write a phase-1 file of a single party."""
    native.development_phase1(path, power)
    return path
