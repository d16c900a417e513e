"""The known answers of margins, by an implementation that shares no code with the specification."""

from __future__ import annotations

from support.circuits import ROOT
from zkmargin.toolchain import node, run


def test_circomlibjs_and_a_second_writing_of_the_rules_agree():
    run([node(), ROOT / "tests" / "vectors" / "check_margin.mjs"], cwd=ROOT, timeout=60)
