"""`zkmargin prove-batch --scheduler` through workers of dask: TLS, keys that are sent, and a worker that is killed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time

import pytest

from support.circuits import margin_instance
from support.dask_cluster import Certificates, dask_cluster
from support.margin_values import KEYS, VIEW_KEY, account, snapshot
from support.proof_batches import account_folder
from zkmargin.proofs import MarginProof

PATIENCE = 120.0


@pytest.fixture
def command(tmp_path, monkeypatch):
    """Return the words of a command that proves 5 accounts."""
    margin_instance("margin_13")
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    account_folder(tmp_path / "accounts", 5)
    snapshot().save(tmp_path / "snapshot.json")
    folders = [tmp_path / "accounts", "--snapshot", tmp_path / "snapshot.json", "-o", tmp_path / "out"]
    return ["prove-batch", *map(str, folders), "--context", "1"]


def started(words):
    code = "from zkmargin.cli import main\nif __name__ == '__main__': main()"
    return subprocess.Popen(  # noqa: S603  # a fixed command
        [sys.executable, "-c", code, *words],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_batch_through_two_workers_with_tls_one_of_which_is_killed(command, tmp_path):
    certificates, journal = Certificates(tmp_path / "certificates"), tmp_path / "out" / "journal.jsonl"
    with dask_cluster(tmp_path / "dask", certificates) as cluster:
        # Both machines have no keys.
        first, _ = (cluster.worker(ZKMARGIN_KEYS=str(tmp_path / f"keys{number}")) for number in range(2))
        words = [*command, "--scheduler", cluster.address, *certificates.ours]
        with started(words) as process:
            end = time.monotonic() + PATIENCE
            while not journal.exists() or '"proven"' not in journal.read_text():
                assert time.monotonic() < end
                assert process.poll() is None, process.communicate()
                time.sleep(0.005)
            first.kill()
            shown, told = process.communicate(timeout=PATIENCE)
        assert process.returncode == 0, told
        assert "sending the keys of margin_13 to 2 workers" in told
        assert shown.splitlines()[-1] == f"{tmp_path / 'out'}: 5 proven"
        log = cluster.log()
    for number in range(5):
        proof = MarginProof.load(tmp_path / "out" / "proofs" / f"a{number}")
        expected = account(str(301 + number), number=number + 1).commitment(snapshot())
        proof.verify(snapshot(), commitment=expected, requirement=10_000, context=1)
    # Neither a log nor a folder of the cluster has anything of an account.
    texts = [log, *(path.read_text("latin-1") for path in (tmp_path / "dask").rglob("*") if path.is_file())]
    assert not [text for text in texts if str(VIEW_KEY) in text or "ETH-CALL" in text or "a0.json" in text]
    lines = [json.loads(line) for line in journal.read_text().splitlines()[1:]]
    assert sorted(line["account"] for line in lines) == [f"a{number}.json" for number in range(5)]


def test_a_stranger_is_refused_and_a_worker_that_may_write_results_to_its_disk_gets_nothing(
    command, tmp_path
):
    certificates = Certificates(tmp_path / "certificates")
    with dask_cluster(tmp_path / "dask", certificates) as cluster:
        cluster.worker(spills=True)
        for given, code, reason in (
            ([], 2, "error: --tls-ca, --tls-cert, --tls-key: missing: tls:// needs them, here or in dask's"),
            (Certificates(tmp_path / "others").ours, 3, "does not answer: "),
            (certificates.ours, 3, "may write results to its disk when memory is short; start it with DASK_"),
        ):
            process = started([*command, "--scheduler", cluster.address, *given])
            _, told = process.communicate(timeout=PATIENCE)
            assert (process.returncode, reason in told) == (code, True), told
    assert not list((tmp_path / "out" / "proofs").iterdir())
