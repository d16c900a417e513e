"""The page "Get started" and the README work as written, with the wheels and nothing of the checkout.

``make wheels-test`` builds the wheels and names their folder in ``WHEELS``; without it there is nothing to test.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "get-started.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
WHEELS = os.environ.get("WHEELS")


def run(script, folder):
    home = folder / "home"
    home.mkdir(exist_ok=True)
    # A home of its own: nothing that the user or the checkout has installed or built is found.
    ours = ("ZKMARGIN_", "XDG_", "PYTHON", "VIRTUAL_ENV")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"HOME": str(home), "WHEELS": WHEELS}
    for name in (".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"):
        source = Path.home() / name
        if source.is_file():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            (home / name).write_bytes(source.read_bytes())
    return subprocess.run(  # noqa: S603  # the page's own lines
        ["/bin/bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def blocks(text, kind):
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.mark.skipif(WHEELS is None, reason="WHEELS does not name a folder of wheels: make wheels-test does")
def test_the_page_and_the_readme_work_line_by_line(tmp_path):
    lines = [text.replace("export WHEELS=~/zkmargin/dist\n", "") for text in blocks(PAGE, "sh")]
    for name, text in (("page.py", PAGE), ("readme.py", README)):
        (program,) = blocks(text, "python")
        (tmp_path / name).write_text(program)
    (tmp_path / "empty").mkdir()
    script = "\n".join(
        (
            *lines,
            "python page.py",
            "python -c 'import zkmargin; print(zkmargin.__file__)'",
            # The README leaves the installation to the page, and `make` to a checkout.
            *("cd empty", *blocks(README, "sh"), "python ../readme.py"),
        )
    )
    finished = run(script.replace("python3 -m venv", f"{sys.executable} -m venv"), tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    shown = finished.stdout.splitlines()
    place = next(n for n, line in enumerate(shown) if line.endswith("zkmargin/__init__.py"))
    assert shown[place].startswith(str(tmp_path / "venv"))
    assert shown[place - 2 : place] == ["True", "1"]
    assert shown[-2:] == ["True", "1 12500"]
