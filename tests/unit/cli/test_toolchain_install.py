from __future__ import annotations

import json

import pytest

from support.circuits import ROOT
from zkmargin.toolchain import PINS, installed_version, toolchain_folder

FAKE = """#!/bin/sh
test "$1" = ci || exit 9
mkdir -p node_modules/solc
echo '{{"version": "{version}"}}' > node_modules/solc/package.json
exit {code}
"""


@pytest.fixture
def npm(tmp_path, monkeypatch):
    """Return a function that puts an npm of ours on the PATH."""
    programs, elsewhere = tmp_path / "bin", tmp_path / "elsewhere"
    programs.mkdir()
    elsewhere.mkdir()
    monkeypatch.setenv("PATH", f"{programs}:/usr/bin:/bin")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))

    def install(version, code=0):
        (programs / "npm").write_text(FAKE.format(version=version, code=code))
        (programs / "npm").chmod(0o755)

    return install


def installed():
    path = toolchain_folder() / "node_modules" / "solc" / "package.json"
    return json.loads(path.read_text())["version"]


def test_what_npm_installs_is_what_is_pinned_and_is_found(cli, npm, tmp_path, monkeypatch):
    npm("9.9.9")
    code, out, _ = cli("toolchain", "install", "--json")
    assert (code, json.loads(out)) == (0, {"folder": str(toolchain_folder())})
    assert toolchain_folder().is_relative_to(tmp_path / "data")
    for name in ("package.json", "package-lock.json", ".npmrc"):
        assert (toolchain_folder() / name).read_bytes() == (ROOT / name).read_bytes()
    # Away from the checkout and its node_modules.
    monkeypatch.setattr("zkmargin.toolchain.__file__", str(tmp_path / "elsewhere" / "toolchain.py"))
    monkeypatch.chdir(tmp_path)
    assert installed_version("solc") == "9.9.9"
    nearer = tmp_path / "nearer" / "node_modules" / "solc"
    nearer.mkdir(parents=True)
    (nearer / "package.json").write_text('{"version": "1.2.3"}')
    monkeypatch.chdir(tmp_path / "nearer")
    assert installed_version("solc") == "1.2.3"


def test_a_second_installation_replaces_the_first(cli, npm):
    npm("1.0.0")
    assert cli("toolchain", "install")[0] == 0
    npm("2.0.0")
    code, out, _ = cli("toolchain", "install")
    assert (code, out, installed()) == (0, f"installed in {toolchain_folder()}\n", "2.0.0")


def test_an_installation_that_fails_leaves_what_was_there(cli, npm):
    npm("1.0.0")
    assert cli("toolchain", "install")[0] == 0
    npm("2.0.0", code=1)
    code, _, err = cli("toolchain", "install")
    assert (code, installed()) == (3, "1.0.0")
    assert "npm ci failed with exit code 1" in err
    assert list(toolchain_folder().parent.iterdir()) == [toolchain_folder()]


def test_other_pins_have_another_folder(monkeypatch):
    before = toolchain_folder()
    monkeypatch.setitem(PINS, "solc", "0.0.1")
    assert toolchain_folder() != before


def test_without_npm_nothing_is_installed(cli, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    code, _, err = cli("toolchain", "install")
    assert (code, err) == (3, "error: npm is not on the PATH: install Node.js 20 or newer\n")
