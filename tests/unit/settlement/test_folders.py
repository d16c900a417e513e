"""Folders of snapshots and of an account's states."""

from __future__ import annotations

import os
import stat
from decimal import Decimal
from types import SimpleNamespace

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError, Snapshot, StatementError
from zkmargin.account.report import margin_report
from zkmargin.contracts.client import NOBODY
from zkmargin.settlement.account_folder import AccountFolder
from zkmargin.settlement.account_state import AccountState
from zkmargin.settlement.escrow import SEALED_BYTES
from zkmargin.settlement.snapshots import SnapshotFolder

FIRST = AccountState(0, account(), b"\1" * SEALED_BYTES)
SECOND = AccountState(3, account("7", nonce=2), b"\2" * SEALED_BYTES)


def house(*escrows):
    """Return a clearing house with accounts that have these escrows."""
    owner = f"0x{FIRST.account.owner:040x}"
    accounts = {number: SimpleNamespace(escrow=one, owner=owner) for number, one in enumerate(escrows, 1)}
    nobody = SimpleNamespace(escrow=bytes(32), owner=NOBODY)
    return SimpleNamespace(
        accounts=lambda: len(accounts), account=lambda number: accounts.get(number, nobody)
    )


def test_states_are_kept_for_their_owner_alone(tmp_path):
    folder = AccountFolder(tmp_path / "account")
    folder.keep(FIRST)
    assert stat.S_IMODE((tmp_path / "account").stat().st_mode) == 0o700
    files = sorted((tmp_path / "account").iterdir())
    assert sorted(files) == sorted(folder.files(FIRST.escrow))
    assert {stat.S_IMODE(one.stat().st_mode) for one in files} == {0o600}
    folder.keep(SECOND)
    assert folder.find(0, FIRST.escrow) == FIRST
    assert folder.find(3, SECOND.escrow) == SECOND
    assert folder.find(3, bytes(32)) is None
    assert repr(FIRST) == "<AccountState: account 0>"


def test_the_present_state_is_the_one_that_the_chain_has(tmp_path):
    folder = AccountFolder(tmp_path)
    folder.keep(FIRST)
    # Its number is not known, as the process died after sending.
    assert folder.present(house(bytes(32), FIRST.escrow)) == AccountState(2, FIRST.account, FIRST.sealed)
    folder.keep(SECOND)
    assert folder.present(house(bytes(32), bytes(32), SECOND.escrow)) == SECOND
    # The chain has replaced the blocks since, and numbers are others.
    assert folder.present(house(FIRST.escrow)).account == FIRST.account
    for others in (house(), house(bytes(32))):
        with pytest.raises(StatementError, match="none of its states is an account's present state"):
            folder.present(others)


def test_an_account_that_repeats_the_escrow_of_another_does_not_hide_it(tmp_path):
    folder, chain = AccountFolder(tmp_path), house(FIRST.escrow, FIRST.escrow)
    folder.keep(FIRST)
    chain.account(2).owner = "0x" + "ee" * 20
    assert folder.present(chain).number == 1


def test_a_state_is_never_overwritten(tmp_path):
    folder = AccountFolder(tmp_path)
    folder.keep(FIRST)
    before = folder.files(FIRST.escrow)[0].read_bytes()
    folder.keep(AccountState(5, account("1"), FIRST.sealed))
    assert folder.files(FIRST.escrow)[0].read_bytes() == before
    assert folder.present(house(*[bytes(32)] * 4, FIRST.escrow)).number == 5


def test_a_folder_that_is_not_what_was_written_is_refused(tmp_path):
    folder = AccountFolder(tmp_path)
    folder.keep(SECOND)
    (tmp_path / "number").write_text("three\n")
    with pytest.raises(InputError, match="number: expected the number of an account"):
        folder.present(house())
    (tmp_path / "number").unlink()
    folder.files(SECOND.escrow)[1].write_bytes(b"\3" * SEALED_BYTES)
    with pytest.raises(InputError, match="sealed: its hash is not the one in its name"):
        folder.present(house(SECOND.escrow))
    folder.files(SECOND.escrow)[1].unlink()
    with pytest.raises(InputError, match="sealed: cannot be read: No such file"):
        folder.present(house(SECOND.escrow))
    (tmp_path / "file").write_text("")
    with pytest.raises(InputError, match="cannot be created"):
        AccountFolder(tmp_path / "file")
    with pytest.raises(InputError, match="cannot be created"):
        AccountFolder(tmp_path / "none" / "account")


def test_a_kept_state_is_whole_or_not_there(tmp_path, monkeypatch):
    folder = AccountFolder(tmp_path)
    monkeypatch.setattr("zkmargin.account.account.Account.save", lambda *_: (_ for _ in ()).throw(OSError))
    with pytest.raises(OSError):  # noqa: PT011  # any
        folder.keep(FIRST)
    assert folder.find(0, FIRST.escrow) is None
    monkeypatch.undo()
    folder.keep(FIRST)
    assert folder.find(0, FIRST.escrow) == FIRST


# snapshots


def test_snapshots_are_found_by_their_root_and_loaded_once(tmp_path, monkeypatch):
    one, two = snapshot(), snapshot(timestamp=1_800_000_000)
    one.save(tmp_path / "one.json")
    (tmp_path / "other.json").write_text("{}")
    (tmp_path / "text.txt").write_text("")
    (tmp_path / "folder.json").mkdir()
    folder = SnapshotFolder(tmp_path)
    assert folder.find(one.root).root == one.root
    assert folder.find(two.root) is None
    two.save(tmp_path / "two.json")
    assert folder.find(two.root).timestamp == 1_800_000_000
    loads = []
    load = Snapshot.load
    monkeypatch.setattr(Snapshot, "load", lambda path: loads.append(path) or load(path))
    assert folder.find(one.root).root == one.root
    assert loads == []
    few = SnapshotFolder(tmp_path, keep=1)
    for asked in (one, two, one):
        assert few.find(asked.root).root == asked.root
    assert len(loads) == 3


def test_a_snapshot_that_is_not_what_it_claims_is_refused(tmp_path):
    asked = snapshot()
    asked.save(tmp_path / "one.json")
    text = (tmp_path / "one.json").read_text()
    (tmp_path / "one.json").write_text(text.replace('"timestamp": "1700000000"', '"timestamp": "1700000001"'))
    with pytest.raises(InputError, match=r"one\.json: root: the snapshot does not hash to it"):
        SnapshotFolder(tmp_path).find(asked.root)
    with pytest.raises(InputError, match="no such folder"):
        SnapshotFolder(tmp_path / "none")


def test_of_two_files_the_newer_is_read(tmp_path):
    asked = snapshot()
    asked.save(tmp_path / "new.json")
    (tmp_path / "old.json").write_text((tmp_path / "new.json").read_text()[:400])
    os.utime(tmp_path / "old.json", (1, 1))
    assert SnapshotFolder(tmp_path).find(asked.root).root == asked.root
    assert margin_report(account(), asked, 10_000).equity > Decimal(0)
