"""docs/security.md names tests that exist."""

from __future__ import annotations

import re

from support import ROOT


def test_every_test_that_the_document_names_exists():
    document = (ROOT / "docs" / "security.md").read_text()
    named = set(re.findall(r"`(test_\w+)`", document))
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert named
    assert named <= set(re.findall(r"def (test_\w+)", sources))


def test_every_attack_that_a_test_names_is_in_the_document():
    document = (ROOT / "docs" / "security.md").read_text()
    rows = set(re.findall(r"^\| (\d+) \|", document, re.MULTILINE))
    sources = "".join(path.read_text() for path in (ROOT / "tests").rglob("test_*.py"))
    assert {str(int(row)) for row in re.findall(r"def test_attack_(\d+)_", sources)} <= rows
