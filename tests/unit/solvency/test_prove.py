"""Proving a venue: refusals by name, chunks, secrets, and resumption."""

from __future__ import annotations

import json
import re
import stat
from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import snapshot
from support.solvency_values import CIRCUITS, KEYS, IdealProver, venue_files
from zkmargin import Account, spec
from zkmargin.errors import InputError, StatementError
from zkmargin.solvency import SolvencyReport, account_files, prove_solvency, verify_solvency
from zkmargin.solvency.blinds import blind, load_seed

DATA = snapshot()


def prove(folder, out=None, **values):
    return prove_solvency(
        account_files(folder / "accounts"), DATA, out or folder / "proof", **{"circuits": CIRCUITS, **values}
    )


def openings(folder):
    return [Account.load(path).opening(DATA) for path in account_files(folder / "accounts")]


def change(path, **values):
    """Change an account's file."""
    account = replace(Account.load(path), **values)
    path.unlink()
    account.save(path)


class TestReport:
    def test_totals_are_those_of_the_accounts(self, venue):
        report = SolvencyReport.load(venue / "proof" / "report.json")
        accounts = openings(venue)
        assert report.cash == sum(one.cash for one in accounts)
        assert report.amounts == tuple(map(sum, zip(*(one.amounts for one in accounts), strict=True)))
        assert (report.accounts, report.chunks, report.lots) == (20, 3, 0)
        assert (report.unhealthy, report.deficit, report.requirement_bps) == (0, 0, 10_000)
        assert verify_solvency(venue / "proof", DATA.root, KEYS) == report

    def test_any_number_of_accounts(self, tmp_path):
        for count in (2, 8, 9):
            paths = venue_files(tmp_path / f"accounts{count}", count)
            report = prove_solvency(paths, DATA, tmp_path / f"{count}", circuits=CIRCUITS)
            assert verify_solvency(tmp_path / f"{count}", DATA.root, KEYS) == report
            assert (report.accounts, report.chunks) == (count, (count + 7) // 8)

    def test_larger_accounts_go_to_larger_circuits(self, tmp_path):
        paths = venue_files(tmp_path / "accounts", 12, positions=3)
        report = prove_solvency(paths, DATA, tmp_path / "proof", circuits=CIRCUITS)
        chunks = sorted((tmp_path / "proof" / "chunks").iterdir())
        circuits = [json.loads(path.read_text())["circuit"] for path in chunks]
        assert circuits == ["solvency_8x2", "solvency_24x13"]
        assert verify_solvency(tmp_path / "proof", DATA.root, KEYS) == report

    def test_progress_is_told(self, tmp_path):
        told = []
        paths = venue_files(tmp_path / "accounts", 9)
        prove_solvency(
            paths, DATA, tmp_path / "proof", circuits=CIRCUITS, progress=lambda *step: told.append(step)
        )
        assert told[0] == ("reading accounts", 0, 9)
        assert told[-3:] == [("proving", 0, 2), ("proving", 1, 2), ("proving", 2, 2)]


class TestRefused:
    def test_solvency_attack_an_unhealthy_account(self, venue, tmp_path):
        path = venue / "accounts" / "0007.json"
        change(path, cash=Decimal(-100_000))
        with pytest.raises(StatementError, match=r"10000/10000 of the requirement: 0007\.json;"):
            prove(venue, tmp_path / "proof")
        report = prove(venue, tmp_path / "proof", count_unhealthy=True)
        assert report.unhealthy == 1
        opened = Account.load(path).opening(DATA)
        assert report.deficit == -spec.margin(opened, DATA.spec).equity > 0
        with pytest.raises(StatementError, match="1 of 20 accounts are not healthy"):
            verify_solvency(tmp_path / "proof", DATA.root, KEYS)
        assert verify_solvency(tmp_path / "proof", DATA.root, KEYS, allow_unhealthy=True) == report

    def test_many_unhealthy_accounts_are_counted_in_the_message(self, venue):
        for number in range(1, 6):
            change(venue / "accounts" / f"{number:04}.json", cash=Decimal(-100_000))
        with pytest.raises(StatementError, match=r"0001\.json, 0002\.json, 0003\.json and 2 more;"):
            prove(venue)

    def test_solvency_attack_one_unmatched_lot(self, venue, tmp_path):
        path = venue / "accounts" / "0003.json"
        held = {**Account.load(path).positions}
        lot = Decimal("0.1")
        change(
            path,
            positions={**held, "ETH-CALL": held.get("ETH-CALL", Decimal(0)) + lot},
            slots=(),
            cash=Decimal(10**6),
        )
        with pytest.raises(StatementError, match=r"^lots of ETH-CALL do not add up to 0 .*: more are long$"):
            prove(venue, tmp_path / "proof")
        assert not (tmp_path / "proof").exists()

    def test_the_same_account_twice(self, venue):
        path = venue / "accounts" / "0003.json"
        (venue / "accounts" / "0099.json").write_bytes(path.read_bytes())
        with pytest.raises(InputError, match=r"0099\.json: the same account as 0003\.json"):
            prove(venue)

    def test_an_account_beyond_every_circuit(self, tmp_path):
        paths = venue_files(tmp_path / "accounts", 12, positions=3)
        with pytest.raises(InputError, match=r"accounts/\d+\.json: positions: more positions, or in more"):
            prove_solvency(paths, DATA, tmp_path / "proof", circuits=CIRCUITS[:1])

    def test_more_accounts_than_sums_are_made_for(self, venue, monkeypatch):
        monkeypatch.setattr("zkmargin.solvency.survey.MOST_ACCOUNTS", 19)
        with pytest.raises(InputError, match="more than 19 accounts"):
            prove(venue)

    def test_no_account_and_no_worker(self, tmp_path):
        with pytest.raises(InputError, match="expected a folder of account files"):
            account_files(tmp_path)
        with pytest.raises(InputError, match="accounts: expected at least one"):
            prove_solvency([], DATA, tmp_path)
        with pytest.raises(InputError, match="workers: must be at least 1"):
            prove_solvency([tmp_path / "a"], DATA, tmp_path, workers=0)

    def test_a_layout_without_a_circuit(self, venue):
        wide = snapshot(layout=spec.WIDE)
        with pytest.raises(InputError, match="no circuit of solvency for the layout wide"):
            prove_solvency(account_files(venue / "accounts"), wide, venue / "proof")


class TestSecrets:
    def test_nothing_public_has_a_secret(self, venue):
        public = "".join(
            path.read_text()
            for path in (venue / "proof").rglob("*")
            if path.is_file() and "private" not in path.parts and path.name != ".lock"
        )
        seed = load_seed(venue / "proof")
        assert seed.hex() not in public
        assert str(int.from_bytes(seed, "big")) not in public
        numbers = set(re.findall(r"\d{4,}", public))
        for one in openings(venue):
            assert not numbers & {str(one.view_key), str(one.cash), str(one.owner)}

    def test_the_seed_is_for_its_owner_alone(self, venue):
        private = venue / "proof" / "private"
        assert stat.S_IMODE(private.stat().st_mode) == 0o700
        assert stat.S_IMODE((private / "seed").stat().st_mode) == 0o600
        assert [path.name for path in private.iterdir()] == ["seed"]

    def test_a_seed_of_another_length_is_refused(self, venue):
        (venue / "proof" / "private" / "seed").write_bytes(b"short")
        with pytest.raises(InputError, match="seed: expected 32 bytes"):
            load_seed(venue / "proof")

    def test_blinds_differ_by_seed_point_and_chunk(self):
        values = {blind(seed, x, n) for seed in (b"a", b"b") for x in (1, 2) for n in (0, 1)}
        assert len(values) == 8

    def test_sums_between_chunks_are_blinded(self, venue, tmp_path):
        """The same accounts under another seed: only the sums in between differ."""
        prove(venue, tmp_path / "other")
        chunks = [
            [json.loads(path.read_text()) for path in sorted((folder / "chunks").iterdir())]
            for folder in (venue / "proof", tmp_path / "other")
        ]
        for number, (one, other) in enumerate(zip(*chunks, strict=True)):
            assert one["commitments"] == other["commitments"]
            assert (one["before"] == other["before"]) == (number == 0)
            assert (one["after"] == other["after"]) == (number == 2)

    def test_values_have_no_repr(self):
        from zkmargin.solvency.plan import ChunkTask, SolvencyPlan  # noqa: PLC0415
        from zkmargin.solvency.survey import Surveyed  # noqa: PLC0415

        for one in (ChunkTask, SolvencyPlan, Surveyed):
            assert one.__repr__ is object.__repr__


class TestResumption:
    def test_proven_chunks_are_kept(self, venue, tmp_path, monkeypatch):
        out = tmp_path / "proof"
        monkeypatch.setattr(IdealProver, "stop_after", 2)
        with pytest.raises(KeyboardInterrupt):
            prove(venue, out)
        assert not (out / "report.json").exists()
        files = sorted((out / "chunks").iterdir())
        assert len(files) == 2
        before = [path.read_bytes() for path in files]
        monkeypatch.setattr(IdealProver, "stop_after", None)
        report = prove(venue, out)
        assert IdealProver.made == 3
        assert [path.read_bytes() for path in files] == before
        assert verify_solvency(out, DATA.root, KEYS) == report

    def test_a_proof_that_is_complete_is_not_made_again(self, venue):
        prove(venue)
        assert IdealProver.made == 0

    @pytest.mark.parametrize("changed", ["account", "snapshot", "proof", "key"])
    def test_chunks_of_another_proof_are_refused_unless_it_is_restarted(self, venue, changed, monkeypatch):
        data = DATA
        chunk = venue / "proof" / "chunks" / "000000.json"
        if changed == "account":
            change(venue / "accounts" / "0001.json", cash=Decimal(10**6))
        elif changed == "snapshot":
            data = snapshot(timestamp=1_700_000_001)
        elif changed == "proof":
            document = json.loads(chunk.read_text())
            document["proof"][0] = "5"
            chunk.write_text(json.dumps(document))
        else:
            monkeypatch.setattr("zkmargin.solvency.prove.verify", lambda *_: False)
        paths = account_files(venue / "accounts")
        with pytest.raises(InputError, match=r"chunks/00000\d\.json: belongs to other accounts"):
            prove_solvency(paths, data, venue / "proof", circuits=CIRCUITS)
        report = prove_solvency(paths, data, venue / "proof", circuits=CIRCUITS, restart=True)
        assert IdealProver.made == 3
        assert verify_solvency(venue / "proof", data.root, KEYS) == report

    def test_a_restart_with_fewer_accounts_leaves_no_old_chunk(self, venue):
        paths = venue_files(venue / "fewer", 3)
        prove_solvency(paths, DATA, venue / "proof", circuits=CIRCUITS, restart=True)
        assert [path.name for path in (venue / "proof" / "chunks").iterdir()] == ["000000.json"]

    def test_an_account_that_changes_during_the_proof(self, venue, tmp_path, monkeypatch):
        path = venue / "accounts" / "0001.json"
        planned = __import__("zkmargin.solvency.prove", fromlist=["plan_solvency"]).plan_solvency

        def meddle(*values):
            change(path, cash=Decimal(10**6))
            return planned(*values)

        monkeypatch.setattr("zkmargin.solvency.prove.plan_solvency", meddle)
        with pytest.raises(InputError, match=r"0001\.json: has changed during the proof"):
            prove(venue, tmp_path / "proof")

    @pytest.mark.parametrize("name", ["report.json", "chunks/1.json"])
    def test_a_folder_with_files_of_somebody_else_is_kept(self, venue, tmp_path, name):
        theirs = tmp_path / "theirs" / name
        theirs.parent.mkdir(parents=True)
        theirs.write_text("mine")
        for restart in (False, True):
            with pytest.raises(InputError, match="exists, but is not of a proof that was begun here"):
                prove(venue, tmp_path / "theirs", restart=restart)
        assert theirs.read_text() == "mine"

    def test_two_processes_do_not_prove_in_one_folder(self, venue):
        from filelock import FileLock  # noqa: PLC0415

        with (
            FileLock(venue / "proof" / ".lock"),
            pytest.raises(InputError, match="another process is proving here"),
        ):
            prove(venue)
