"""What the documents show runs as shown."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run_python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # noqa: S603 - this interpreter, on files of this repository
        [sys.executable, "-W", "error", *arguments],
        cwd=ROOT,
        env={**os.environ, "ZKMARGIN_KEYS": str(ROOT / "build" / "tests")},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def test_the_python_example_of_the_readme_prints_what_it_says():
    (example,) = re.findall(
        r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL
    )
    wanted = re.findall(r"^ *print\(.*\)  # ([^:\n]*)", example, re.MULTILINE)
    finished = run_python("-c", example)
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.splitlines() == wanted == ["True", "1 12500"]


def test_the_demo_runs_and_keeps_progress_out_of_its_result():
    finished = run_python("examples/demo.py")
    assert finished.returncode == 0, finished.stderr
    assert [finished.stdout.count(word) for word in ("accepted", "refused")] == [4, 3]
    assert "proof of initial margin" in finished.stderr
    assert "error" not in finished.stderr


def test_every_link_between_documents_leads_somewhere():
    for document in (*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("tests/vectors/*.md")):
        for target in re.findall(r"\]\((?!http)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / target).exists(), f"{document.name}: {target}"
