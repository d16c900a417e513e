"""docs/protocol.md lists the properties of the market, and each of them names the tests that check it."""

from __future__ import annotations

import re

from support.circuits import ROOT

ROW = re.compile(r"^\| ([A-Z]\d+) \| .* \| (`.*`) \|$", re.MULTILINE)
TAGGED = re.compile(r"@custom:property ([A-Z0-9 ]+)\n(?: *///.*\n)* *function (\w+)")


def documented() -> dict[str, set[str]]:
    """Read the tests of each property of the page."""
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    section = page.split("\n## Properties\n")[1].split("\n## ")[0]
    rows = ROW.findall(section)
    assert len(rows) == len({identifier for identifier, _ in rows})
    return {identifier: set(re.findall(r"`(\w+)`", tests)) for identifier, tests in rows}


def tagged() -> dict[str, set[str]]:
    """Read the properties that tests, invariants and symbolic checks name."""
    found: dict[str, set[str]] = {}
    for path in (ROOT / "verifier_contracts" / "test").rglob("*.sol"):
        source = path.read_text(encoding="utf-8")
        tags = TAGGED.findall(source)
        assert len(tags) == source.count("@custom:property"), path.name
        for identifiers, test in tags:
            assert re.match(r"(test|invariant_|check_)", test), test
            for identifier in identifiers.split():
                found.setdefault(identifier, set()).add(test)
    return found


def test_every_property_is_named_by_the_tests_that_the_page_lists():
    pages, tests = documented(), tagged()
    assert pages
    assert pages == tests
