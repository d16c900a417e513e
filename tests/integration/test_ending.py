"""Commands that a signal ends: their programs end too, and no file with secrets is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest

from support.circuits import ROOT, margin_instance
from support.margin_values import KEYS, account, snapshot

SIGNALS = [signal.SIGTERM, signal.SIGHUP]

# It is started in a folder with the witness, and stays.
PROVER = """#!{python}
import os, sys, time
assert os.path.getsize("witness.wtns")
open({started!r}, "x").write(str(os.getpid()) + " " + os.getcwd())
time.sleep(100)
"""
CHAIN = """
import sys, time
from zkmargin.chain import anvil
from zkmargin.toolchain import ending_on_signals
start = anvil._start

def noted(argv, log):
    process = start(argv, log)
    open(sys.argv[1], "x").write(f"{process.pid} {log.parent}")
    return process

anvil._start = noted
with ending_on_signals(), anvil.run_anvil():
    time.sleep(100)
"""


def ended_by(number, argv, started, **environment):
    """End a command when it has written its program's process and folder; return its code and both."""
    process = subprocess.Popen(  # noqa: S603  # a fixed command
        [sys.executable, *argv],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **environment},
        stderr=subprocess.PIPE,
    )
    with process:
        end = time.monotonic() + 60
        while len(text := started.read_text() if started.is_file() else "") < 3 and time.monotonic() < end:
            assert process.poll() is None, process.stderr.read()
            time.sleep(0.02)
        process.send_signal(number)
        _, err = process.communicate(timeout=30)
    child, folder = text.split(" ")
    return process.returncode, err.decode(), int(child), folder


def lives(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.parametrize("number", SIGNALS)
def test_a_witness_is_removed_and_its_prover_ended_on_a_signal(tmp_path, number):
    margin_instance("margin_13")
    account("300").save(tmp_path / "account.json")
    snapshot().save(tmp_path / "snapshot.json")
    program, started = tmp_path / "rapidsnark", tmp_path / "started"
    program.write_text(PROVER.format(python=sys.executable, started=str(started)))
    program.chmod(0o755)
    files = ["prove", tmp_path / "account.json", "--snapshot", tmp_path / "snapshot.json"]
    code, err, child, folder = ended_by(
        number,
        [
            "-c",
            "from zkmargin.cli import main; main()",
            *files,
            "-o",
            tmp_path / "proof",
            "--prover",
            "rapidsnark",
        ],
        started,
        ZKMARGIN_KEYS=str(KEYS),
        ZKMARGIN_RAPIDSNARK=str(program),
        TMPDIR=str(tmp_path),
    )
    assert code == 128 + number
    assert f"ended by {number.name}" in err
    assert "Traceback" not in err
    assert not os.path.exists(folder)  # noqa: PTH110  # a string
    assert not lives(child)
    assert not (tmp_path / "proof").exists()


@pytest.mark.parametrize("number", SIGNALS)
def test_a_local_chain_ends_with_its_program(tmp_path, number):
    code, err, child, folder = ended_by(
        number, ["-c", CHAIN, tmp_path / "started"], tmp_path / "started", TMPDIR=str(tmp_path)
    )
    assert code == 1
    assert f"Terminated: ended by {number.name}" in err
    assert not os.path.exists(folder)  # noqa: PTH110  # a string
    assert not lives(child)
