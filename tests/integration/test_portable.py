"""The package where Unix's modules are missing, as on Windows."""

from __future__ import annotations

import sys

from support.circuits import ROOT
from zkmargin.toolchain import run


def test_all_modules_import_and_proofs_verify_without_unix():
    program = ROOT / "tests" / "portable.py"
    output = run([sys.executable, program, "--without-unix"], cwd=ROOT, timeout=120).stdout
    assert output.splitlines()[1:] == ["native: ok", "py-ecc: ok"]
