"""The text of ``zkmargin deploy --check``."""

from __future__ import annotations

from zkmargin.cli.deploy import _show_findings
from zkmargin.settlement.deploy.check import Finding


def test_failures_are_shown_last(capsys):
    _show_findings(
        [Finding("a", False, "x"), Finding("b", True), Finding("c", False, "x"), Finding("d", True)]
    )
    told = capsys.readouterr().out.splitlines()
    assert told == ["ok    b", "ok    d", "FAIL  a; found x", "FAIL  c; found x", "2 of 4 hold"]
