"""Proofs of many accounts: their folder, its journal, and what continues and what stops."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import pytest

from support.full_disk import full_disk
from support.margin_values import account, snapshot
from support.proof_batches import IdealKeys, account_folder, use_ideal_proofs
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proofs import Context, proof_batch
from zkmargin.proofs.account_statement import NOBODY, AccountStatement, SignedStatement
from zkmargin.proofs.batch_worker import BatchClaim
from zkmargin.proofs.margin_proof import ACCOUNT_STATEMENT
from zkmargin.proofs.proof_batch import PROVING, prove_batch
from zkmargin.proofs.proof_journal import State
from zkmargin.snapshot.signatures import Domain, Signature

DATA = snapshot()
OTHER = snapshot(timestamp=1_700_000_001)
CLAIM = BatchClaim()
CONSUMER = "0x" + "11" * 20


@pytest.fixture(autouse=True)
def synced(monkeypatch):
    """Let proofs stand for real ones, and return the names of the files that are written to the disk."""
    use_ideal_proofs(monkeypatch)
    names = []
    # It would take seconds.
    monkeypatch.setattr(
        os, "fsync", lambda number: names.append(Path(f"/proc/self/fd/{number}").readlink().name)
    )
    return names


@pytest.fixture
def paths(tmp_path):
    return account_folder(tmp_path / "accounts", 3)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "out"


def prove(paths, out, claim=CLAIM, data=DATA, context=5, **options):
    return prove_batch(paths, data, out, claim, context=context, **options)


def kept(out):
    return {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}


def test_accounts_are_proven_in_the_order_of_their_names(paths, out, synced):
    seen = []
    report = prove(paths[::-1], out, progress=lambda *one: seen.append(one))
    assert [one.account for one in report.entries] == ["a0.json", "a1.json", "a2.json"]
    assert (report.count(State.PROVEN), report.kept, report.exit_code) == (3, 0, 0)
    assert [one[1:] for one in seen if one[0] == PROVING] == [(0, 3), (1, 3), (2, 3), (3, 3)]
    # Each proof is on disk before its line is, and the line before the next result.
    assert synced.count("journal.jsonl") == 4
    assert synced[-1] == "journal.jsonl"
    assert synced[-2] == "proofs"
    statement = json.loads((out / "proofs" / "a1" / "statement.json").read_text())
    assert statement["signals"]["accountCommitment"] == str(account("302", number=2).commitment(DATA))
    for path in [out, *out.rglob("*")]:
        if path.name != ".lock":
            assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_an_account_that_fails_stops_no_other(paths, out):
    folder = paths[0].parent
    account("-2000").save(folder / "false.json")
    (folder / "bad.json").write_text("{}")
    shutil.copy(paths[0], folder / "deadly.json")
    report = prove(list(folder.glob("*.json")), out)
    assert [(one.account, one.state) for one in report.entries] == [
        *((f"a{number}.json", State.PROVEN) for number in range(3)),
        ("bad.json", State.BAD),
        ("deadly.json", State.FAILED),
        ("false.json", State.FALSE),
    ]
    assert [one.reason for one in report.entries[3:]] == [
        f"{folder / 'bad.json'}: format: missing",
        "2 processes died over it",
        "the account is not healthy at 10000 / 10000 of its requirement",
    ]
    assert report.exit_code == 3
    # They are tried again: a file that was bad may have been corrected.
    shutil.copy(paths[0], folder / "bad.json")
    (folder / "deadly.json").unlink()
    report = prove(list(folder.glob("*.json")), out)
    assert (report.count(State.PROVEN), report.kept, report.exit_code, IdealKeys.made) == (4, 3, 1, 4)


def test_an_interrupted_batch_is_continued(paths, out, monkeypatch):
    monkeypatch.setattr(IdealKeys, "stop_after", 2)
    with pytest.raises(KeyboardInterrupt):
        prove(paths, out)
    before = kept(out / "proofs")
    # A line that was being written, and a draft, as after kill -9.
    with (out / "journal.jsonl").open("a") as file:
        file.write('{"account": "a2.j')
    (out / ".zkmargin-1").mkdir()
    shutil.copytree(out / "proofs" / "a1", out / "proofs" / "a2")
    monkeypatch.setattr(IdealKeys, "stop_after", None)
    report = prove(paths, out)
    assert (report.count(State.PROVEN), report.kept, IdealKeys.made) == (3, 2, 3)
    assert before.items() <= kept(out / "proofs").items()
    assert len({(out / "proofs" / f"a{number}" / "proof.json").read_text() for number in range(3)}) == 3
    assert not list(out.glob(".zkmargin-*"))
    # A proof that was removed is made again.
    shutil.rmtree(out / "proofs" / "a0")
    assert (prove(paths, out).kept, IdealKeys.made) == (2, 4)


def change_account(paths, _out):
    account("999").save(paths[1])


def remove_account(paths, _out):
    paths.pop(1).unlink()


def change_proof(_paths, out):
    (out / "proofs" / "a1" / "public.json").write_text("[]")


def change_key(_paths, _out):
    IdealKeys.fingerprint = "2222-2222-2222-2222"


def spoil_line(_paths, out):
    path = out / "journal.jsonl"
    path.write_text(path.read_text().replace('"proven"', '"prove"', 1))


@pytest.mark.parametrize(
    ("change", "options", "reason"),
    [
        (change_account, {}, "{accounts}/a1.json: has changed since it was proven; give another folder"),
        (remove_account, {}, "a1.json: has a proof already and is missing now; give another folder"),
        (change_proof, {}, "{out}/proofs/a1: has changed since it was written; remove it to prove again"),
        (
            change_key,
            {},
            "{out}: the keys of margin_13 have changed since proofs were made with them; give another folder",
        ),
        (
            spoil_line,
            {},
            "{out}/journal.jsonl, line 2: state: did you mean proven?",
        ),
        (
            None,
            {"data": OTHER},
            "{out}/journal.jsonl: snapshotRoot: the proofs here were begun with another one; give another folder",
        ),
        (
            None,
            {"claim": BatchClaim(15000)},
            "{out}/journal.jsonl: requirementBps: the proofs here were begun with another one; "
            "give another folder",
        ),
        (
            None,
            {"context": 6},
            "{accounts}/a0.json: was proven for another context; give another folder",
        ),
    ],
)
def test_a_change_stops_by_name(paths, out, change, options, reason):
    accounts = paths[0].parent
    prove(paths, out)
    if change:
        change(paths, out)
    before = kept(out)
    with pytest.raises(InputError) as error:
        prove(paths, out, **options)
    assert str(error.value).startswith(reason.format(accounts=accounts, out=out).partition("did")[0])
    assert kept(out) == before
    assert IdealKeys.made == 3


def test_a_key_that_changes_on_the_way_stops_by_name(paths, out):
    def progress(_stage, done, _total):
        IdealKeys.fingerprint = f"{done}222-2222-2222-2222"

    with pytest.raises(InputError, match="the keys of margin_13 have changed"):
        prove(paths, out, progress=progress)


def changed_keys(*_):
    raise InputError("changed", source="k")


def test_a_program_that_fails_fails_its_accounts(paths, out, monkeypatch):
    monkeypatch.setattr(IdealKeys, "failing", ToolchainError("no proof"))
    report = prove(paths, out)
    assert {(one.state, one.reason) for one in report.entries} == {(State.FAILED, "no proof")}
    # An error about keys is about all accounts.
    monkeypatch.setattr(
        IdealKeys, "keys", lambda *_: (_ for _ in ()).throw(InputError("changed", source="k"))
    )
    with pytest.raises(InputError, match="k: changed"):
        prove(paths, out)


def test_a_full_disk_stops_by_name_and_leaves_a_folder_to_continue(paths, out):
    prove(paths[:1], out)
    for number in range(6):
        shutil.copy(paths[1], paths[1].with_name(f"b{number:02}.json"))
    more = sorted(paths[0].parent.glob("*.json"))
    # A file of a proof is smaller than that; the journal grows beyond it.
    with full_disk(3500), pytest.raises(InputError) as error:
        prove(more, out)
    assert str(error.value) == f"{out / 'journal.jsonl'}: cannot be written: File too large"
    made = IdealKeys.made
    report = prove(more, out)
    assert report.count(State.PROVEN) == 9
    # One proof was not in the journal.
    assert (report.kept, IdealKeys.made) == (made - 1, 10)


def test_contexts(paths, out):
    chain = Context(1, CONSUMER, 0, bytes(32), 9)
    contexts = {path.name: number for number, path in enumerate(paths)}
    with pytest.raises(InputError, match=r"contexts: a2\.json: missing"):
        prove(paths, out, context={name: 1 for name in contexts if name != "a2.json"})
    with pytest.raises(InputError, match=r"contexts: a7\.json: no such account file"):
        prove(paths, out, context={**contexts, "a7.json": 1})
    prove(paths, out, context=contexts)
    statement = json.loads((out / "proofs" / "a2" / "statement.json").read_text())
    assert statement["signals"]["context"] == "2"
    prove(paths, out.with_name("other"), context=chain)
    statement = json.loads((out.with_name("other") / "proofs" / "a2" / "statement.json").read_text())
    assert statement["context"]["accountCommitment"] == statement["signals"]["accountCommitment"]
    assert prove(paths, out.with_name("other"), context=chain).kept == 3


def state(folder, name, commitment):
    """Write a statement of account that nobody has signed: its signature is the verifier's business."""
    statement = AccountStatement(bytes(32), NOBODY, commitment, DATA.root, 1, 9, "venue")
    SignedStatement(Domain(), statement, Signature(CONSUMER, bytes([*[1] * 64, 27]))).save(folder / name)


def test_statements_of_account_go_with_proofs(paths, out, tmp_path):
    words = tmp_path / "statements"
    words.mkdir()
    # One for each account but the last; the second one is about another state of the account.
    state(words, "a0.json", account("301", number=1).commitment(DATA))
    state(words, "a1.json", 7)
    report = prove(paths, out, statements=words)
    assert [(one.state, one.reason) for one in report.entries] == [
        (State.PROVEN, ""),
        (State.FALSE, f"{words / 'a1.json'}: the statement of account is about another commitment"),
        (State.BAD, f"{words / 'a2.json'}: cannot be read: No such file or directory"),
    ]
    kept = out / "proofs" / "a0" / ACCOUNT_STATEMENT
    assert SignedStatement.load(kept) == SignedStatement.load(words / "a0.json")
    assert kept.stat().st_mode & 0o777 == 0o600
    for number in (1, 2):
        state(words, f"a{number}.json", account(f"{301 + number}", number=number + 1).commitment(DATA))
    report = prove(paths, out, statements=words)
    assert (report.count(State.PROVEN), report.kept) == (3, 1)
    reason = r"proofs/a\d: has another statement of account than the one given now"
    with pytest.raises(InputError, match=reason):
        prove(paths, out)
    (words / "a0.json").write_text((words / "a1.json").read_text())
    with pytest.raises(InputError, match=reason):
        prove(paths, out, statements=words)


def test_missing_keys_are_built_once_before_the_first_proof(paths, out, monkeypatch):
    built, seen = [], []

    def build(circuit, _keys, *, progress):
        progress(f"keys of {circuit.name}", 0, 1)
        built.append((circuit.name, IdealKeys.made))
        return None, IdealKeys().keys(circuit)

    monkeypatch.setattr(proof_batch, "build_circuit", build)
    prove(paths, out, progress=lambda stage, *_: seen.append(stage))
    assert built == [("margin_13", 0)]
    assert list(dict.fromkeys(seen)) == ["reading accounts", "keys of margin_13", PROVING]


def test_an_account_that_changes_while_it_waits_is_bad(paths, out):
    def progress(stage, done, _total):
        if (stage, done) == (PROVING, 0):
            account("999").save(paths[2])

    report = prove(paths, out, progress=progress)
    assert [one.reason for one in report.entries] == [
        "",
        "",
        f"{paths[2]}: has changed since the batch began",
    ]


def test_a_folder_of_something_else_is_refused(paths, out):
    out.mkdir()
    (out / "mine.txt").write_text("")
    with pytest.raises(InputError, match=r"has other files, such as mine\.txt; give a new folder"):
        prove(paths, out)
    for options in ({"processes": 0}, {"claim": BatchClaim(1, instance="margin_14")}):
        with pytest.raises(InputError):
            prove(paths, out.with_name("new"), **options)
