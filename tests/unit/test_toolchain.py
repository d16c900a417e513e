from __future__ import annotations

import json
import os
import re
import signal
import sys
import time

import pytest

from support.circuits import ROOT
from zkmargin import toolchain
from zkmargin.errors import ToolchainError
from zkmargin.toolchain import Terminated, ending_on_signals, find_package, installed_version, run

PYTHON = sys.executable


def test_the_pins_are_those_of_package_json():
    package = json.loads((ROOT / "package.json").read_text())
    wanted = {**package["devDependencies"], **package.get("optionalDependencies", {})}
    assert {
        re.sub(r"^@foundry-rs/(\w+).*", r"\1", name): version for name, version in wanted.items()
    } == toolchain.PINS


def test_output_is_captured_without_colours(tmp_path):
    code = "import sys; print('\\x1b[31mred\\x1b[0m'); print(input(), file=sys.stderr)"
    output = run([PYTHON, "-c", code], cwd=tmp_path, timeout=20, stdin="typed\n")
    assert (output.code, output.stdout, output.stderr) == (0, "red\n", "typed\n")


def test_variables_are_added(tmp_path):
    code = "import os; print(os.environ['A'], 'PATH' in os.environ)"
    assert run([PYTHON, "-c", code], cwd=tmp_path, timeout=20, env={"A": "b"}).stdout == "b True\n"


def test_a_failure_shows_the_last_lines(tmp_path):
    code = "for i in range(50): print('line', i)\nraise SystemExit(3)"
    with pytest.raises(ToolchainError, match="failed with exit code 3") as caught:
        run([PYTHON, "-c", code], cwd=tmp_path, timeout=20)
    assert "line 49" in str(caught.value)
    assert "line 30" not in str(caught.value)


def test_a_failure_can_be_looked_at(tmp_path):
    assert run([PYTHON, "-c", "raise SystemExit(3)"], cwd=tmp_path, timeout=20, check=False).code == 3


def test_a_missing_program_is_a_toolchain_error(tmp_path):
    with pytest.raises(ToolchainError, match="nothing cannot be started"):
        run(["/nowhere/nothing"], cwd=tmp_path, timeout=1)


def test_a_timeout_kills_what_the_program_has_started(tmp_path):
    child = f"import time; time.sleep(1); open({str(tmp_path / 'alive')!r}, 'w')"
    code = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    with pytest.raises(ToolchainError, match=r"was stopped after 0\.3 s"):
        run([PYTHON, "-c", code], cwd=tmp_path, timeout=0.3)
    time.sleep(1)
    assert not (tmp_path / "alive").exists()


def test_an_interrupt_kills_the_program(tmp_path, monkeypatch):
    pids = []

    def interrupted(process, *_, **__):
        pids.append(process.pid)
        raise KeyboardInterrupt

    monkeypatch.setattr(toolchain.subprocess.Popen, "communicate", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run([PYTHON, "-c", "import time; time.sleep(60)"], cwd=tmp_path, timeout=60)
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def package(folder, name="snarkjs", version='"9.9.9"'):
    path = folder / "node_modules" / name
    path.mkdir(parents=True)
    (path / "package.json").write_text(f'{{"version": {version}}}')
    return path


def test_the_environment_decides_where_node_packages_are(tmp_path, monkeypatch):
    package(tmp_path)
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path / "node_modules"))
    assert installed_version("snarkjs") == "9.9.9"
    assert find_package("circom2") is None


def test_a_broken_package_json_has_no_version(tmp_path, monkeypatch):
    package(tmp_path, version="")
    monkeypatch.chdir(tmp_path)
    assert installed_version("snarkjs") is None


def test_a_signal_ends_a_block_once_and_an_ignored_one_never():
    def receive():
        with ending_on_signals():
            signal.raise_signal(signal.SIGHUP)
            try:
                signal.raise_signal(signal.SIGTERM)
            finally:
                signal.raise_signal(signal.SIGTERM)

    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with pytest.raises(Terminated, match="ended by SIGTERM") as caught:
            receive()
        assert caught.value.number == signal.SIGTERM
        assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, before)
