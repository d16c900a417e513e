"""docs/security.md names tests that exist."""

from __future__ import annotations

import re

from support.circuits import ROOT


def test_every_test_that_the_document_names_exists():
    document = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`((?:test|invariant)\w+)`", document))
    python = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    solidity = "".join(path.read_text() for path in (ROOT / "verifier_contracts" / "test").rglob("*.t.sol"))
    assert named
    tests = {
        *re.findall(r"def (test_\w+)", python),
        *re.findall(r"function ((?:test|invariant)\w+)", solidity),
    }
    assert named <= tests


def test_every_attack_that_a_test_names_is_in_the_document():
    document = (ROOT / "docs" / "security.md").read_text()
    rows = set(re.findall(r"^\| (\d+) \|", document, re.MULTILINE))
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert {str(int(row)) for row in re.findall(r"def test_attack_(\d+)_", sources)} <= rows
