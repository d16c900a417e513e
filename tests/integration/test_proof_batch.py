"""`zkmargin prove-batch` with real proofs in two processes: kill -9, a signal, and the same command again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from support.circuits import margin_instance
from support.margin_values import KEYS, account, snapshot
from support.proof_batches import account_folder
from zkmargin.proofs import MarginProof

PATIENCE = 120.0


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return the words of a command that proves 4 accounts, one that is false, and a bad file."""
    margin_instance("margin_13")
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    account_folder(tmp_path / "accounts", 4)
    account("-2000").save(tmp_path / "accounts" / "false.json")
    snapshot().save(tmp_path / "snapshot.json")
    (tmp_path / "accounts" / "bad.json").write_text("{}")
    folders = [tmp_path / "accounts", "--snapshot", tmp_path / "snapshot.json", "-o", tmp_path / "out"]
    return ["prove-batch", *map(str, folders), "--context", "1", "--processes", "2"]


def ended_in_the_middle(command, journal, number):
    """Start a command, end it when a proof is in its journal, and return its code."""
    process = subprocess.Popen(  # noqa: S603  # a fixed command
        [sys.executable, "-c", "from zkmargin.cli import main\nif __name__ == '__main__': main()", *command],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
    )
    with process:
        end = time.monotonic() + PATIENCE
        while not journal.exists() or '"proven"' not in journal.read_text():
            assert time.monotonic() < end
            assert process.poll() is None
            time.sleep(0.005)
        process.send_signal(number)
        return process.wait(timeout=PATIENCE)


def proofs(folder):
    return {path: path.read_bytes() for path in folder.glob("*/proof.json")}


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_batch_that_ends_in_the_middle_is_continued(cli, command, tmp_path, number):
    out = tmp_path / "out"
    code = ended_in_the_middle(command, out / "journal.jsonl", number)
    assert code == (-number if number == signal.SIGKILL else 128 + number)
    lines = [json.loads(line) for line in (out / "journal.jsonl").read_text().splitlines()[1:]]
    journaled = [line["account"] for line in lines if line["state"] == "proven"]
    before = {
        path: text for path, text in proofs(out / "proofs").items() if f"{path.parent.name}.json" in journaled
    }
    assert len(before) == len(journaled) < 4
    code, shown, told = cli(*command, "--json")
    assert code == 2, told
    report = json.loads(shown)
    counts = {name: report[name] for name in ("proven", "false", "bad", "failed", "kept")}
    assert counts == {"proven": "4", "false": "1", "bad": "1", "failed": "0", "kept": str(len(before))}
    names = [f"a{place}.json" for place in range(4)]
    assert [one["account"] for one in report["accounts"]] == [*names, "bad.json", "false.json"]
    assert "accounts a second" in told
    made = proofs(out / "proofs")
    assert before.items() <= made.items()
    for place in range(4):
        proof = MarginProof.load(out / "proofs" / f"a{place}")
        expected = account(str(301 + place), number=place + 1).commitment(snapshot())
        proof.verify(snapshot(), commitment=expected, requirement=10_000, context=1)
    # All over again, as text: nothing is proven, and the file that was bad is gone.
    (tmp_path / "accounts" / "bad.json").unlink()
    code, shown, _ = cli(*command)
    assert code == 1
    assert shown.splitlines()[-1] == f"{out}: 4 proven, 1 false; 4 of the proofs were there already"
    assert proofs(out / "proofs") == made
