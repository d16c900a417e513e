"""What the package offers."""

from __future__ import annotations

import ast
import re
import sys
import tomllib

import pytest

import zkmargin
from support.circuits import ROOT
from zkmargin.toolchain import run


def test_all_is_complete_and_every_name_is_there():
    source = ast.parse((ROOT / "prover" / "zkmargin" / "__init__.py").read_text())
    blocks = [node for node in source.body if isinstance(node, ast.If)]
    imported = {
        alias.name
        for block in blocks
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert set(zkmargin.__all__) == imported
    for name in zkmargin.__all__:
        assert getattr(zkmargin, name).__name__ == name
        assert name in dir(zkmargin)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        _ = zkmargin.nothing


def test_importing_the_library_loads_no_prover_and_no_numpy():
    code = (
        "import sys; from zkmargin import Account, Snapshot, Requirement, MarginReport; "
        "from zkmargin.account.report import margin_report; print(*sys.modules)"
    )
    loaded = set(run([sys.executable, "-c", code], cwd=ROOT, timeout=60).stdout.split())
    assert not loaded & {"numpy", "scipy", "web3", "wasmtime", "py_ecc", "click"}


def rust_version(path, name):
    """Return a crate's version as Python spells it: 0.2.0.dev0 for 0.2.0-dev.0."""
    text = (ROOT / "prover" / "native" / path).read_text()
    (found,) = re.findall(rf'^name = "{name}"\nversion = "(.*)"$', text, re.MULTILINE)
    return re.sub(r"-dev\.(\d+)$", r".dev\1", found)


def test_every_place_has_the_same_version():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras["native"] == [f"zkmargin-native=={zkmargin.__version__}"]
    for path in ("Cargo.toml", "Cargo.lock", "fuzz/Cargo.lock"):
        assert rust_version(path, "zkmargin-native") == zkmargin.__version__, path
