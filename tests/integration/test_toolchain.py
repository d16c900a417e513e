"""node and its packages: how they are found, run and called."""

from __future__ import annotations

import sys

import pytest

from support.circuits import ROOT
from zkmargin.errors import ToolchainError
from zkmargin.toolchain import find_package, node, node_script, run

PYTHON = sys.executable


def package(folder, name="snarkjs", version='"9.9.9"'):
    path = folder / "node_modules" / name
    path.mkdir(parents=True)
    (path / "package.json").write_text(f'{{"version": {version}}}')
    return path


def test_the_working_directory_comes_before_the_checkout(tmp_path, monkeypatch):
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    monkeypatch.chdir(inner)
    assert find_package("snarkjs") == ROOT / "node_modules" / "snarkjs"
    nearer = package(tmp_path)
    assert find_package("snarkjs") == nearer
    assert find_package("circom2") == ROOT / "node_modules" / "circom2"


def test_what_is_missing_comes_with_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    with pytest.raises(ToolchainError, match="run `zkmargin toolchain install`"):
        node_script("snarkjs", "build/cli.cjs")
    monkeypatch.delenv("ZKMARGIN_NODE_MODULES")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolchainError, match=r"install Node\.js"):
        node_script("snarkjs", "build/cli.cjs")


def test_a_script_is_called_by_its_package(tmp_path):
    with pytest.raises(ToolchainError, match=r"^snarkjs groth16 prove failed with exit code"):
        run([*node_script("snarkjs", "build/cli.cjs"), "groth16", "prove", "/x"], cwd=tmp_path, timeout=60)


def test_node_reads_a_large_standard_input_at_once(tmp_path):
    """As solc.js does: from a pipe that is longer than the system's buffer it fails now and then."""
    code = "process.stdout.write(String(require('node:fs').readFileSync(0).length))"
    assert run([node(), "-e", code], cwd=tmp_path, timeout=60, stdin="x" * 2**20).stdout == str(2**20)
