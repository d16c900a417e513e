"""The specification uses only integers and the standard library, and exports its whole interface."""

from __future__ import annotations

import ast
import re
import sys
from pathlib import Path

import pytest

from zkmargin import spec

FOLDER = Path(spec.__file__).parent
# It imports public names on first use.
EXPORTS = "zkmargin.exports"
MODULES = sorted(FOLDER.glob("*.py"))
TERMINOLOGY = (FOLDER.parents[2] / "docs" / "terminology.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_modules_use_no_floats_no_input_and_no_other_room(module):
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            top = node.module.split(".")[0]
            own = node.level == 1 or node.module == EXPORTS
            assert own or top in sys.stdlib_module_names, node.module
        assert not isinstance(node, ast.Import), "names are imported from modules"
        assert not isinstance(node, ast.Div), "true division gives floats"
        if isinstance(node, ast.Constant):
            assert not isinstance(node.value, float)
        if isinstance(node, ast.Name):
            assert node.id not in {"open", "print", "input", "float"}


def test_all_public_names_are_exported():
    imported = {
        alias.name
        for node in ast.walk(ast.parse((FOLDER / "__init__.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.level == 1
        for alias in node.names
    }
    assert set(spec.__all__) == imported


def test_the_names_in_the_terminology_exist():
    named = re.findall(r"`spec\.(\w+(?:\.\w+)*)`", TERMINOLOGY)
    assert len(named) > 15
    for name in named:
        found = spec
        for part in name.split("."):
            found = getattr(found, part)
