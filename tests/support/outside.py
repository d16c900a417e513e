"""Scripts outside of the checkout, with the wheels of ``make wheels-test``."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

__all__ = ["needs_wheels", "run_outside"]

WHEELS = os.environ.get("WHEELS")

needs_wheels = pytest.mark.skipif(
    WHEELS is None, reason="WHEELS does not name a folder of wheels: make wheels-test does"
)


def run_outside(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a shell script in a folder, with a home of its own: nothing of the user or the checkout is found."""
    home = folder / "home"
    home.mkdir(exist_ok=True)
    ours = ("ZKMARGIN_", "XDG_", "PYTHON", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"HOME": str(home), "WHEELS": str(WHEELS)}
    for name in (".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"):
        source = Path.home() / name
        if source.is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(source.read_bytes())
    return subprocess.run(  # noqa: S603  # the tests' own lines
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
