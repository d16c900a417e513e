"""Public names that are imported when they are first used."""

from __future__ import annotations

import ast
from importlib import import_module

import pytest

from support.circuits import ROOT
from zkmargin.errors import ToolchainError
from zkmargin.exports import lazy_exports, needs_extra

PACKAGES = [
    ".".join(path.parent.relative_to(ROOT / "prover").parts)
    for path in sorted((ROOT / "prover" / "zkmargin").rglob("__init__.py"))
    if "lazy_exports(" in path.read_text(encoding="utf-8")
]


def names_by_time(package):
    """Return the public names that a package imports for type checkers, and those that it imports at once."""
    source = ast.parse(
        (ROOT / "prover" / package.replace(".", "/") / "__init__.py").read_text(encoding="utf-8")
    )
    (block,) = (node for node in source.body if isinstance(node, ast.If))
    own = [node for node in source.body if isinstance(node, ast.ImportFrom) and node.level == 1]
    return tuple(
        {alias.name for node in nodes if isinstance(node, ast.ImportFrom) for alias in node.names}
        for nodes in (block.body, own)
    )


@pytest.mark.parametrize("name", PACKAGES)
def test_type_checkers_see_exactly_the_public_names(name):
    package = import_module(name)
    lazy, eager = names_by_time(name)
    public = set(package.__all__)
    assert lazy == public - eager


@pytest.mark.parametrize("name", PACKAGES)
def test_each_public_name_is_found_listed_and_kept(name):
    package, (lazy, _) = import_module(name), names_by_time(name)
    for public in package.__all__:
        found = getattr(package, public)
        assert public not in lazy or getattr(found, "__name__", public) == public
        assert vars(package)[public] is found
        assert public in dir(package)


@pytest.mark.parametrize("name", PACKAGES)
def test_no_module_hides_a_public_name(name):
    package = import_module(name)
    (folder,) = package.__path__
    modules = {path.stem for path in (ROOT / folder).glob("*.py")}
    assert modules.isdisjoint(names_by_time(name)[0])


@pytest.mark.parametrize("name", PACKAGES)
def test_unknown_names_are_attribute_errors(name):
    with pytest.raises(AttributeError, match=f"module '{name}' has no attribute 'nothing'"):
        _ = import_module(name).nothing


def test_names_come_from_the_module_that_is_named():
    get, names = lazy_exports("zkmargin.account", account="Account", report="MarginReport margin_report")
    assert get("margin_report") is import_module("zkmargin.account.report").margin_report
    assert {"Account", "MarginReport", "margin_report"} <= set(names())


def test_missing_dependencies_name_their_extra():
    with (
        pytest.raises(ToolchainError, match=r"^no_such_module is missing: pip install 'zkmargin\[chain\]'$"),
        needs_extra("chain"),
    ):
        import_module("no_such_module")
