"""The page "Get started" and the README work as written, with the wheels and nothing of the checkout.

``make wheels-test`` builds the wheels and names their folder in ``WHEELS``; without it there is nothing to test.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from support.outside import needs_wheels, run_outside

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "get-started.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def blocks(text, kind):
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@needs_wheels
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
    finished = run_outside(script.replace("python3 -m venv", f"{sys.executable} -m venv"), tmp_path)
    assert finished.returncode == 0, finished.stdout + finished.stderr
    shown = finished.stdout.splitlines()
    place = next(n for n, line in enumerate(shown) if line.endswith("zkmargin/__init__.py"))
    assert shown[place].startswith(str(tmp_path / "venv"))
    assert shown[place - 2 : place] == ["True", "1"]
    assert shown[-2:] == ["True", "1 12500"]
