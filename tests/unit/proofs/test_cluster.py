"""Batches on a cluster: addresses, what workers must have, deaths, and what comes back."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace

import pytest

import zkmargin
from support.fake_cluster import FakeClient, use_fake_cluster
from support.margin_values import account, snapshot
from support.proof_batches import IdealKeys, account_folder, use_ideal_proofs
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proofs import batch_folder, cluster_crew, cluster_worker, proof_batch
from zkmargin.proofs.batch_worker import BatchClaim
from zkmargin.proofs.cluster import Cluster
from zkmargin.proofs.proof_batch import prove_batch
from zkmargin.proofs.proof_journal import State
from zkmargin.proving.backends import backend
from zkmargin.proving.manifest import Manifest

DATA = snapshot()
A, B = "tls://10.0.0.1:4000", "tls://10.0.0.1:4001"
FILES = ("margin_13.r1cs", "margin_13.wasm", "margin_13.zkey", "verification_key.json")


@pytest.mark.parametrize(
    "address",
    ["tls://10.1.2.3:8786", "tls://node-1.venue.example:1", "tcp://127.0.0.1:8786", "tcp://[::1]:8786"],
)
def test_addresses_that_are_encrypted_or_stay_here(address):
    assert Cluster(address).scheduler == address


@pytest.mark.parametrize(
    ("address", "reason"),
    [
        ("tcp://10.1.2.3:8786", "is not encrypted, and accounts would be sent there: use tls://"),
        # A name, which a resolver could send elsewhere.
        ("tcp://localhost:8786", "is not encrypted"),
        ("10.1.2.3:8786", "expected tls://host:port"),
        ("ws://127.0.0.1:8786", "expected tls://host:port"),
        ("tls://host", "expected tls://host:port"),
        ("tls://host:port", "expected tls://host:port"),
        ("tls://", "expected tls://host:port"),
    ],
)
def test_other_addresses_are_refused(address, reason):
    with pytest.raises(InputError, match=f"--scheduler: .*{reason}"):
        Cluster(address)


@pytest.fixture
def client(monkeypatch, tmp_path):
    """Return a cluster with two workers, and let proofs stand for real ones."""
    use_ideal_proofs(monkeypatch)
    monkeypatch.setattr("os.fsync", lambda _number: None)
    monkeypatch.setattr("zkmargin.proofs.margin_proof.verify", lambda *_: True)
    monkeypatch.setattr(cluster_worker, "CircuitProver", IdealKeys)
    monkeypatch.setenv("ZKMARGIN_KEYS", str(tmp_path / "theirs"))
    monkeypatch.setattr(proof_batch, "circuit_folder", lambda *_: tmp_path / "ours")
    monkeypatch.setattr(cluster_worker, "load_circuit", lambda *_: None)
    (tmp_path / "ours").mkdir()
    manifest = Manifest("margin_13", dict.fromkeys(FILES, "0" * 64), {}, {}, "2026-01-01T00:00:00Z")
    (tmp_path / "ours" / "manifest.json").write_text(json.dumps(manifest.to_json()))
    for name in FILES:
        (tmp_path / "ours" / name).write_bytes(name.encode() * 3)
    monkeypatch.setattr(cluster_crew, "_PATIENCE", 0.0)
    client = FakeClient(A, B)
    use_fake_cluster(monkeypatch, client)
    return client


@pytest.fixture
def paths(tmp_path):
    return account_folder(tmp_path / "accounts", 3)


def prove(paths, tmp_path, **options):
    """Prove on the cluster."""
    return prove_batch(
        paths, DATA, tmp_path / "out", BatchClaim(), context=5, cluster=Cluster("tls://10.0.0.9:1"), **options
    )


@pytest.fixture
def asked(paths, tmp_path):
    """Return a function that proves three accounts on the cluster."""
    return lambda: prove(paths, tmp_path)


def test_accounts_are_proven_by_workers_and_kept(client, paths, tmp_path):
    account("-2000").save(paths[0].parent / "false.json")
    seen = []
    report = prove([*paths, paths[0].parent / "false.json"], tmp_path, progress=lambda *one: seen.append(one))
    assert [one.state for one in report.entries] == [*[State.PROVEN] * 3, State.FALSE]
    assert {one.file for one in report.entries} & {""} == set()
    assert [one[1] for one in seen if one[0] == "proving"] == [0, 1, 2, 3, 4]
    # Logs and dashboards show the names of tasks.
    assert not [key for key in client.keys if ".json" in key or "false" in key]
    assert len(set(client.keys)) == 4
    assert client.ran[-1] == "forget"
    assert not any(client.runs.values())
    assert prove([*paths, paths[0].parent / "false.json"], tmp_path).kept == 3


def test_the_account_of_a_worker_that_dies_goes_to_another_and_one_that_kills_fails(client, paths, tmp_path):
    died = []

    def fate(address, task):
        if task.path.name == "a1.json" or (task.path.name == "a0.json" and not died):
            died.append(address)
            return "dies"
        return ""

    client.fate = fate
    report = prove(paths, tmp_path)
    assert [one.state for one in report.entries] == [State.PROVEN, State.FAILED, State.PROVEN]
    assert report.entries[1].reason == "2 workers died over it, perhaps because memory ran out"
    assert len(died) == 3


def test_a_worker_that_begins_anew_under_its_address_is_prepared_again(client, paths, tmp_path):
    restarted = []

    def fate(address, task):
        if not restarted:
            restarted.append(address)
            return "restarts"
        return ""

    client.fate = fate
    assert prove(paths, tmp_path).count(State.PROVEN) == 3
    assert client.ran.count("begin") == 3


@pytest.mark.parametrize(
    ("node", "reason"),
    [
        (
            {"version": "0.1"},
            f"zkmargin is 0.1 there and {zkmargin.__version__} here; install the same versions",
        ),
        ({"native": None}, "the native core is missing there and .* here"),
        ({"prover": "no snarkjs"}, "the prover is no snarkjs there and native here"),
        ({"spills": True}, "may write results to its disk when memory is short; start it with DASK_"),
    ],
)
def test_a_worker_that_cannot_take_part_is_named(client, asked, monkeypatch, node, reason):
    monkeypatch.setattr(cluster_crew, "native_version", lambda: "0.2")
    monkeypatch.setattr(cluster_crew, "backend", lambda _name: SimpleNamespace(name="native"))
    client.node = {"native": "0.2", "prover": "native"} | node
    with pytest.raises(ToolchainError, match=f"^worker {A}: {reason}"):
        asked()
    assert not client.keys


def test_a_worker_says_whether_it_may_write_results_to_its_disk(client):
    assert not client.run(cluster_worker.describe, None, workers=[A], on_error="return")[A].spills
    client.kept = type("SpillBuffer", (dict,), {})()
    node = client.run(cluster_worker.describe, "nothing", workers=[A], on_error="return")[A]
    assert node.spills
    assert node.prover.startswith("backend: no such prover")
    assert backend().name != node.prover


@pytest.mark.parametrize(
    ("address", "broken", "error"),
    [
        ("tcp://10.0.0.1:4000", None, (InputError, "worker tcp://10.0.0.1:4000: .* is not encrypted")),
        (
            A,
            ModuleNotFoundError("No module named 'zkmargin'"),
            (ToolchainError, f"worker {A}: zkmargin .* is not installed"),
        ),
        (
            A,
            OSError("closed"),
            (ToolchainError, "the scheduler tls://10.0.0.9:1 has closed the connection; the same"),
        ),
        (A, TimeoutError(), (ToolchainError, "the scheduler tls://10.0.0.9:1 does not answer any more")),
        (None, None, (ToolchainError, "no worker has been connected to tls://10.0.0.9:1 for 0 s")),
    ],
)
def test_no_account_goes_to_a_cluster_that_is_not_safe_or_not_there(client, asked, address, broken, error):
    client.workers, client.broken = ({} if address is None else {address: 1}), broken
    with pytest.raises(error[0], match=error[1]):
        asked()
    assert not client.keys


def test_a_proof_that_was_not_asked_for_is_not_kept(client, paths, tmp_path):
    replies = []

    def fate(_address, _task):
        def another(reply):
            replies.append(reply)
            return replies[0]

        return another

    client.fate = fate
    report = prove(paths, tmp_path)
    assert [one.state for one in report.entries] == [State.PROVEN, State.FAILED, State.FAILED]
    reason = "a worker has returned a proof that was not asked for: the proof is rejected: it is for another account"
    assert {one.reason for one in report.entries[1:]} == {reason}
    assert [path.name for path in (tmp_path / "out" / "proofs").iterdir()] == ["a0"]


def test_a_file_that_changes_on_the_way_is_bad(client, paths, tmp_path):
    def progress(stage, _done, _total):
        if stage == "proving":
            account("999").save(paths[2])

    report = prove(paths, tmp_path, progress=progress)
    assert report.entries[2].reason == f"{paths[2]}: has changed since the batch began"


def test_an_unexpected_error_of_a_worker_fails_its_account_without_its_message(
    client, paths, tmp_path, monkeypatch
):
    monkeypatch.setattr(IdealKeys, "failing", ValueError("secret"))
    report = prove(paths, tmp_path)
    assert {(one.state, one.reason) for one in report.entries} == {
        (State.FAILED, "ValueError in a worker of the cluster")
    }


def test_keys_are_sent_once_by_their_hashes(client, paths, tmp_path, monkeypatch):
    del client.workers[B]
    monkeypatch.setattr(cluster_crew, "_PART", 10)
    prove(paths, tmp_path)
    (received,) = (tmp_path / "theirs" / "received").rglob("manifest.json")
    for name in FILES:
        assert (received.parent / name).read_bytes() == name.encode() * 3
    assert [path.name for path in (tmp_path / "theirs" / "received").iterdir()] == [received.parts[-3]]
    sent = client.ran.count("receive_part")
    # The next batch finds them; other ones are sent.
    (tmp_path / "out").rename(tmp_path / "before")
    prove(paths, tmp_path)
    assert client.ran.count("receive_part") == sent
    document = json.loads((tmp_path / "ours" / "manifest.json").read_text())
    (tmp_path / "ours" / "manifest.json").write_text(
        json.dumps(document | {"created": "2026-01-02T00:00:00Z"})
    )
    (tmp_path / "out").rename(tmp_path / "before2")
    prove(paths, tmp_path)
    assert client.ran.count("receive_part") == 2 * sent


def test_keys_that_arrive_changed_are_refused_and_not_kept(client, paths, tmp_path, monkeypatch):
    def load(*_):
        raise InputError("has changed", source="margin_13.zkey")

    monkeypatch.setattr(cluster_worker, "load_circuit", load)
    with pytest.raises(InputError, match=f"worker {A}: margin_13.zkey: has changed"):
        prove(paths, tmp_path)
    assert not list((tmp_path / "theirs" / "received").rglob("*.zkey"))


def test_the_kind_of_keys_is_a_matter_of_this_machine(client, paths, tmp_path, monkeypatch):
    kinds = []
    keep = batch_folder.BatchFolder.keep

    def kept(self, planned, outcome):
        kinds.append(outcome.proof.kind)
        keep(self, planned, outcome)

    monkeypatch.setattr(batch_folder.BatchFolder, "keep", kept)
    client.fate = lambda *_: (
        lambda reply: replace(reply, value=replace(reply.value, proof=replace(reply.value.proof, kind=None)))
    )
    prove(paths[:1], tmp_path)
    assert kinds == [IdealKeys().keys(None).kind]
