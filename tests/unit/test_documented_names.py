"""Python names, commands and options in the documents exist."""

from __future__ import annotations

import re
from importlib import import_module

import pytest

from support.circuits import ROOT
from zkmargin.cli.app import app

DOCUMENTS = {
    str(path.relative_to(ROOT)): path.read_text(encoding="utf-8")
    for path in sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
    if path.name != "CHANGELOG.md"
}
CODE = re.compile(r"```.*?^ *```|^    [^\n]*$|`[^`\n]+`", re.MULTILINE | re.DOTALL)
COMMAND = re.compile(r"(?:`|^ *)zkmargin((?: [a-z][a-z0-9-]*)+)(?=[^\w./])([^`\n|;]*)", re.MULTILINE)
IMPORT = re.compile(r"^from (zkmargin[\w.]*) import ([\w, ]+)$", re.MULTILINE)


def resolves(dotted: str) -> bool:
    """Say whether a dotted name is a module or an attribute below one."""
    parts = dotted.split(".")
    for count in range(len(parts), 0, -1):
        try:
            found = import_module(".".join(parts[:count]))
        except ModuleNotFoundError:
            continue
        for part in parts[count:]:
            if not hasattr(found, part):
                return part in getattr(found, "__dataclass_fields__", {})
            found = getattr(found, part)
        return True
    return False


def unknown_parts(words: str, rest: str) -> list[str]:
    """Return the words after ``zkmargin`` that are no command, and the options that it does not have."""
    found = app
    for word in words.split():
        if not hasattr(found, "commands"):
            break
        if word not in found.commands:
            return [word]
        found = found.commands[word]
    known = {"--help", *(name for one in found.params for name in (*one.opts, *one.secondary_opts))}
    return [one for one in re.findall(r"(?<=\s)--[a-z][a-z0-9-]*", rest) if one not in known]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_dotted_names_and_imports_resolve(name):
    named = set(re.findall(r"`(zkmargin(?:\.\w+)+)`", DOCUMENTS[name]))
    for module, objects in re.findall(
        r"^from (zkmargin[\w.]*) import ([\w, ]+)$", DOCUMENTS[name], re.MULTILINE
    ):
        named |= {f"{module}.{one.strip()}" for one in objects.split(",")}
    assert [one for one in sorted(named) if not resolves(one)] == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_commands_and_options_exist(name):
    code = "\n".join(CODE.findall(DOCUMENTS[name])).replace("\\\n", " ")
    unknown = {" ".join(found): unknown_parts(*found) for found in COMMAND.findall(code)}
    assert {command: parts for command, parts in unknown.items() if parts} == {}
