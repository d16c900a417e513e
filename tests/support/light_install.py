"""A light install without a network: a wheel of this checkout, with copies of its dependencies."""

from __future__ import annotations

import compileall
import subprocess
import sys
import zipfile
from importlib.metadata import Distribution, distribution
from pathlib import Path

from hatchling.builders.wheel import WheelBuilder
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]


def light_install(folder: Path) -> dict[str, int]:
    """Fill an empty folder as ``pip install zkmargin`` does, and return the size of each distribution in bytes."""
    (wheel,) = WheelBuilder(str(ROOT)).build(directory=str(folder), versions=["standard"])
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    Path(wheel).unlink()
    (metadata,) = folder.glob("zkmargin-*.dist-info")
    wanted, found = [*_needed(Distribution.at(metadata))], {"zkmargin": _size(folder)}
    while wanted:
        name = canonicalize_name(wanted.pop())
        if name in found:
            continue
        installed = distribution(name)
        before = _size(folder)
        _copy(installed, folder)
        found[name] = _size(folder) - before
        wanted += _needed(installed)
    return found


def run_light(folder: Path, code: str, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run Python code with the installed folder and the standard library alone."""
    command = [sys.executable, "-I", "-S", "-c", f"import sys; sys.path.insert(0, {str(folder)!r}); {code}"]
    return subprocess.run(  # noqa: S603  # the tests' own code
        [*command, *arguments], cwd=cwd, capture_output=True, text=True, timeout=120, check=False
    )


def _needed(one: Distribution) -> list[str]:
    """Return the names of the dependencies of a distribution without extras, on this platform."""
    found = map(Requirement, one.requires or ())
    return [need.name for need in found if need.marker is None or need.marker.evaluate({"extra": ""})]


def _copy(one: Distribution, folder: Path) -> None:
    for file in one.files or ():
        target = folder / file
        # Not programs, which lie outside of the folder.
        if ".." not in file.parts and file.suffix != ".pyc":
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(Path(str(one.locate_file(file))).read_bytes())


def _size(folder: Path) -> int:
    compileall.compile_dir(str(folder), quiet=2)
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
