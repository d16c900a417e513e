"""A venue's proof of solvency from the command line: real processes, kill -9, and real proofs in `make check`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from support.circuits import ROOT
from support.margin_values import snapshot
from support.solvency_values import CIRCUITS, KEYS, IdealProver, use_ideal_proofs, venue_files
from zkmargin import Account
from zkmargin.solvency import account_files, prove_solvency, verify_solvency

DATA = snapshot()
PATH = os.pathsep.join([str(ROOT / "prover"), str(ROOT / "tests")])
PATIENCE = 120.0

SLOW_PROVER = """
import sys, time
from pathlib import Path
import pytest
from support.margin_values import snapshot
from support.solvency_values import CIRCUITS, IdealProver, use_ideal_proofs
from zkmargin.solvency import account_files, prove_solvency

with pytest.MonkeyPatch.context() as patch:
    use_ideal_proofs(patch)
    quick = IdealProver.prove
    def prove(*values):
        if IdealProver.made == 2:
            print("proving", flush=True)
            time.sleep(600)
        return quick(*values)
    patch.setattr(IdealProver, "prove", prove)
    prove_solvency(account_files(Path(sys.argv[1])), snapshot(), Path(sys.argv[2]), circuits=CIRCUITS)
"""

WORKERS = """
import os, time
from zkmargin.proofs.process_pool import run_tasks

def own_number(task):
    if task > 1:
        time.sleep(600)
    return os.getpid()

if __name__ == "__main__":
    done = run_tasks(own_number, range(4), workers=2)
    print(*{next(done).value() for _ in range(2)}, flush=True)
    time.sleep(600)
"""


def started(tmp_path, script, *arguments):
    """Start a script, and return the process."""
    file = tmp_path / "script.py"
    file.write_text(textwrap.dedent(script))
    return subprocess.Popen(  # noqa: S603  # this interpreter
        [sys.executable, file, *arguments],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": PATH},
    )


def killed(process):
    """Read a line of a process, kill it, and return the line."""
    try:
        return process.stdout.readline()
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()


def test_a_proof_that_was_killed_is_continued(tmp_path, monkeypatch):
    paths = venue_files(tmp_path / "accounts", 20)
    out = tmp_path / "proof"
    line = killed(started(tmp_path, SLOW_PROVER, tmp_path / "accounts", out))
    assert line == "proving\n"
    kept = {path: path.read_bytes() for path in (out / "chunks").glob("*.json")}
    assert len(kept) == 2
    assert not (out / "report.json").exists()
    use_ideal_proofs(monkeypatch)
    report = prove_solvency(paths, DATA, out, circuits=CIRCUITS)
    assert IdealProver.made == 1
    assert {path: path.read_bytes() for path in kept} == kept
    assert verify_solvency(out, DATA.root, KEYS) == report


def test_workers_end_with_a_parent_that_was_killed(tmp_path):
    workers = [int(number) for number in killed(started(tmp_path, WORKERS)).split()]
    assert workers
    end = time.monotonic() + PATIENCE
    while any(_runs(number) for number in workers):
        assert time.monotonic() < end
        time.sleep(0.1)


def _runs(number):
    """Return whether a process runs; a zombie does not."""
    try:
        return ") Z " not in Path(f"/proc/{number}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False


@pytest.fixture
def keys(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(ROOT / "build" / "tests"))


@pytest.mark.slow
@pytest.mark.usefixtures("keys")
def test_a_venue_is_proven_verified_and_searched(cli, tmp_path):
    """With real proofs of the smallest circuit, in two processes."""
    data, accounts, out = tmp_path / "snapshot.json", tmp_path / "accounts", tmp_path / "proof"
    DATA.save(data)
    options = ("--snapshot", data)
    code, _, _ = cli("solvency", "example", *options, "-o", accounts, "--accounts", "20", "--positions", "2")
    assert code == 0
    code, shown, told = cli("solvency", "prove", accounts, *options, "-o", out, "--workers", "2", "--json")
    assert code == 0, told
    report = json.loads(shown)["report"]
    assert (report["accounts"], report["chunks"], report["unhealthy"]) == ("20", "3", "0")
    assert "proving: 3 of 3" in told
    code, shown, _ = cli("solvency", "verify", out, *options, "--json")
    verified = json.loads(shown)
    assert (code, verified["valid"], verified["report"]) == (0, True, report)
    assert {one["kind"] for one in verified["keys"].values()} == {"development"}
    for path in account_files(accounts)[:3]:
        code, shown, _ = cli("solvency", "include", out, path, *options, "--json")
        found = json.loads(shown)
        assert (code, found["included"], found["root"]) == (0, True, report["root"])
        assert found["commitment"] == str(Account.load(path).commitment(DATA))
    # A resumed proof verifies the chunks that are there.
    assert cli("solvency", "prove", accounts, *options, "-o", out)[0] == 0
    document = json.loads((out / "report.json").read_text())
    document["totals"]["cash"] = str(int(document["totals"]["cash"]) - 1)
    (out / "report.json").write_text(json.dumps(document))
    code, _, told = cli("solvency", "verify", out, *options)
    assert (code, told.splitlines()[-1]) == (
        1,
        "error: the totals of the report are not the sums after the last chunk",
    )


@pytest.mark.slow
@pytest.mark.usefixtures("keys")
@pytest.mark.skipif(
    "ZKMARGIN_SOLVENCY_1000" not in os.environ, reason="minutes of two cores and more for keys"
)
def test_a_venue_of_1000_accounts(cli, tmp_path):
    data, accounts, out = tmp_path / "snapshot.json", tmp_path / "accounts", tmp_path / "proof"
    DATA.save(data)
    options = ("--snapshot", data)
    assert cli("solvency", "example", *options, "-o", accounts, "--accounts", "1000")[0] == 0
    assert cli("solvency", "prove", accounts, *options, "-o", out)[0] == 0
    assert cli("solvency", "verify", out, *options)[0] == 0
