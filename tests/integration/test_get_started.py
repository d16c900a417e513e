"""The page "Get started" works as written, with the wheels and nothing of the checkout.

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


@pytest.mark.skipif(WHEELS is None, reason="WHEELS does not name a folder of wheels: make wheels-test does")
def test_the_page_works_line_by_line(tmp_path):
    blocks = re.findall(r"```(sh|python)\n(.*?)```", PAGE, re.DOTALL)
    lines = [text.replace("export WHEELS=~/zkmargin/dist\n", "") for kind, text in blocks if kind == "sh"]
    (program,) = (text for kind, text in blocks if kind == "python")
    (tmp_path / "program.py").write_text(program)
    script = "\n".join((*lines, "python program.py", "python -c 'import zkmargin; print(zkmargin.__file__)'"))
    finished = run(script.replace("python3 -m venv", f"{sys.executable} -m venv"), tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    *_, healthy, signal, module = finished.stdout.splitlines()
    assert (healthy, signal) == ("True", "1")
    assert module.startswith(str(tmp_path / "venv"))
