"""Verification: every fault is named, and every attack of a venue on its customers refused.

Proofs stand for real ones here: an attacker has valid proofs of everything that is true, and of nothing else.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from support.margin_values import snapshot
from support.solvency_values import CIRCUITS, KEYS, ideal_proof
from zkmargin import Account, spec
from zkmargin.errors import InputError, StatementError
from zkmargin.native_hash import fast_hasher
from zkmargin.solvency import SolvencyChunk, SolvencyReport, account_files, verify_solvency
from zkmargin.solvency.chunk import chunk_path
from zkmargin.solvency.report import lots_point

DATA = snapshot()
HASH = fast_hasher()
PLACES = 24


class Attacker:
    """A venue that can prove what is true of its accounts, chunk by chunk, and publish any files."""

    def __init__(self, venue):
        self.folder = venue / "proof"
        self.report = SolvencyReport.load(self.folder / "report.json")
        self.chunks = [SolvencyChunk.load(chunk_path(self.folder, n)) for n in range(self.report.chunks)]
        accounts = [Account.load(path).opening(DATA) for path in account_files(venue / "accounts")]
        self.openings = {spec.commitment(one, HASH): one for one in accounts}
        self.openings[spec.BLANK_COMMITMENT] = spec.BLANK

    def root(self, groups=None):
        groups = [chunk.commitments for chunk in self.chunks] if groups is None else groups
        nodes = [node for group in groups for node in spec.first_level(group, HASH)]
        return spec.upper_levels(nodes, HASH)[-1][0]

    def x(self):
        return lots_point(self.root(), sum(len(c.commitments) for c in self.chunks), DATA.root)

    def proven(self, chunk, before, blinds, *, x=None, data=DATA, bps=10_000):
        """Return a chunk with a valid proof, and the sums after it."""
        shape = next(one.shape for one in CIRCUITS if one.name == chunk.circuit)
        inputs = spec.solvency_inputs(
            [self.openings[one] for one in chunk.commitments],
            data.spec,
            shape,
            bps,
            self.x() if x is None else x,
            before=before,
            blinds=blinds,
            hasher=HASH,
        )
        public = inputs.public
        proof = ideal_proof(chunk.circuit, public.all)
        return replace(chunk, before=public.before, after=public.after, proof=proof), inputs.after

    def prove_all(self, **values):
        """Prove all chunks in a row, with blinds that are 0, and make the report that follows."""
        sums = spec.NO_SUMS
        x = self.x()
        for number, chunk in enumerate(self.chunks):
            self.chunks[number], sums = self.proven(chunk, sums, (0, 0), x=x, **values)
        self.report = replace(
            self.report,
            root=self.root(),
            chunks=len(self.chunks),
            accounts=sum(chunk.accounts for chunk in self.chunks),
            unhealthy=sums.unhealthy,
            deficit=sums.deficit,
            cash=sums.cash,
            amounts=sums.amounts,
            lots=sums.lots,
        )

    def publish(self):
        for path in (self.folder / "chunks").iterdir():
            path.unlink()
        for number, chunk in enumerate(self.chunks):
            chunk.save(chunk_path(self.folder, number))
        self.report.save(self.folder / "report.json")

    def refused(self, match, **values):
        self.publish()
        with pytest.raises(StatementError, match=match):
            verify_solvency(self.folder, values.pop("root", DATA.root), values.pop("keys", KEYS), **values)


@pytest.fixture
def attacker(venue):
    return Attacker(venue)


def test_what_the_attacker_proves_honestly_is_accepted(attacker):
    attacker.prove_all()
    attacker.publish()
    assert verify_solvency(attacker.folder, DATA.root, KEYS) == attacker.report


class TestTotals:
    @pytest.mark.parametrize("name", ["cash", "deficit", "unhealthy", "amounts"])
    def test_solvency_attack_one_altered_total(self, attacker, name):
        value = getattr(attacker.report, name)
        other = (value[0] - 1, *value[1:]) if name == "amounts" else value + 1
        if name == "amounts":
            other = (*value[:2], value[2] + 1, *value[3:])
        attacker.report = replace(attacker.report, **{name: other})
        attacker.refused("totals of the report are not the sums after the last chunk", allow_unhealthy=True)

    def test_solvency_attack_an_unhealthy_account_hidden(self, attacker):
        """The accounts are counted by the proofs; the report can only say so."""
        self.ruin(attacker)
        attacker.report = replace(attacker.report, unhealthy=0, deficit=0)
        attacker.refused("totals of the report")

    def test_solvency_attack_a_dummy_with_negative_equity(self, attacker):
        """It lowers the total of cash; its deficit raises the liabilities by as much."""
        cash = attacker.report.cash
        self.ruin(attacker)
        lost = cash - attacker.report.cash
        assert 0 < attacker.report.deficit < lost * 10**6
        attacker.refused("1 of 20 accounts are not healthy")
        # Had the account not been ruined, its equity would count: the rest of the liabilities is the same.
        report = verify_solvency(attacker.folder, DATA.root, KEYS, allow_unhealthy=True)
        prices = DATA.spec.prices
        owed = (
            report.cash * 10**6
            + sum(a * p for a, p in zip(report.amounts, prices, strict=True))
            + report.deficit
        )
        positive = [max(0, spec.margin(one, DATA.spec).equity) for one in attacker.openings.values()]
        assert owed == sum(positive)

    @staticmethod
    def ruin(attacker):
        """Give an account negative equity, in all that the attacker publishes."""
        chunk = attacker.chunks[0]
        old = chunk.commitments[0]
        poor = replace(attacker.openings.pop(old), cash=-(10**13))
        new = spec.commitment(poor, HASH)
        attacker.openings[new] = poor
        attacker.chunks[0] = replace(chunk, commitments=(new, *chunk.commitments[1:]))
        attacker.prove_all()

    def test_solvency_attack_one_unmatched_lot(self, attacker):
        chunk = attacker.chunks[-1]
        place = next(n for n, one in enumerate(chunk.commitments) if attacker.openings[one].held)
        account = attacker.openings[chunk.commitments[place]]
        first, *others = account.positions
        more = replace(account, positions=(replace(first, lots=first.lots + 1), *others), cash=10**13)
        new = spec.commitment(more, HASH)
        attacker.openings[new] = more
        commitments = (*chunk.commitments[:place], new, *chunk.commitments[place + 1 :])
        attacker.chunks[-1] = replace(chunk, commitments=commitments)
        attacker.prove_all()
        assert attacker.report.lots != 0
        attacker.refused("lots of some instrument do not add up to 0")
        attacker.report = replace(attacker.report, lots=0)
        attacker.refused("totals of the report")

    def test_the_number_of_accounts(self, attacker):
        attacker.report = replace(attacker.report, accounts=19)
        attacker.refused("number of accounts in the report")


class TestChain:
    def test_solvency_attack_a_chunk_left_out(self, attacker):
        del attacker.chunks[1]
        attacker.refused("chunk 2 is missing")
        attacker.report = replace(attacker.report, chunks=2)
        attacker.refused("chunk 1 does not begin with the sums after chunk 0")

    def test_solvency_attack_the_last_chunk_left_out(self, attacker):
        del attacker.chunks[2]
        attacker.report = replace(attacker.report, chunks=2)
        attacker.refused("totals of the report")

    def test_solvency_attack_the_first_chunk_left_out(self, attacker):
        del attacker.chunks[0]
        attacker.report = replace(attacker.report, chunks=2)
        attacker.refused("chunk 0 does not begin with empty sums")

    def test_solvency_attack_chunks_exchanged(self, attacker):
        attacker.chunks[0], attacker.chunks[1] = attacker.chunks[1], attacker.chunks[0]
        attacker.refused("chunk 0 does not begin with empty sums")

    def test_solvency_attack_a_chunk_proven_twice(self, attacker):
        attacker.chunks.insert(1, attacker.chunks[1])
        attacker.report = replace(attacker.report, chunks=4)
        attacker.refused("chunk 2 does not begin with the sums after chunk 1")

    def test_solvency_attack_sums_restarted_in_the_middle(self, attacker):
        """The totals would be those of the last chunks alone."""
        attacker.prove_all()
        x, sums = attacker.x(), spec.NO_SUMS
        for number in (1, 2):
            attacker.chunks[number], sums = attacker.proven(attacker.chunks[number], sums, (0, 0), x=x)
        totals = {"cash": sums.cash, "amounts": sums.amounts, "lots": sums.lots}
        attacker.report = replace(attacker.report, **totals)
        attacker.refused("chunk 1 does not begin with the sums after chunk 0")

    def test_a_file_that_is_no_chunk_of_the_report(self, attacker):
        attacker.publish()
        path = chunk_path(attacker.folder, 7)
        path.write_bytes(chunk_path(attacker.folder, 0).read_bytes())
        with pytest.raises(StatementError, match=r"chunks/000007\.json is none of the 3 chunks"):
            verify_solvency(attacker.folder, DATA.root, KEYS)

    def test_a_report_of_billions_of_chunks_is_refused_at_once(self, attacker):
        attacker.report = replace(attacker.report, chunks=2**32)
        attacker.refused("chunk 3 is missing")

    def test_more_places_than_sums_are_made_for(self, attacker, monkeypatch):
        monkeypatch.setattr("zkmargin.solvency.verification.MOST_ACCOUNTS", 24)
        attacker.publish()
        verify_solvency(attacker.folder, DATA.root, KEYS)
        monkeypatch.setattr("zkmargin.solvency.verification.MOST_ACCOUNTS", 23)
        attacker.refused("more than 23 places")


class TestTree:
    def test_solvency_attack_an_account_that_is_not_in_the_sums(self, attacker):
        """A customer's commitment is published, but another account is proven in its place."""
        chunk = attacker.chunks[1]
        attacker.chunks[1] = replace(chunk, commitments=(12345, *chunk.commitments[1:]))
        attacker.refused("root of the report is not that of the accounts")
        attacker.report = replace(attacker.report, root=attacker.root())
        attacker.refused("proof of chunk 0 is not valid")

    def test_solvency_attack_a_node_of_another_chunk(self, attacker):
        one, two, _ = attacker.chunks
        attacker.chunks[0] = replace(one, commitments=two.commitments)
        attacker.chunks[1] = replace(two, commitments=one.commitments)
        attacker.refused("root of the report")
        attacker.report = replace(attacker.report, root=attacker.root())
        attacker.refused("proof of chunk 0 is not valid")

    def test_solvency_attack_the_point_of_another_root(self, attacker):
        """With x known before the accounts, lots could be chosen to suit it."""
        x = lots_point(attacker.root() + 1, PLACES, DATA.root)
        sums = spec.NO_SUMS
        for number, chunk in enumerate(attacker.chunks):
            attacker.chunks[number], sums = attacker.proven(chunk, sums, (0, 0), x=x)
        attacker.refused("proof of chunk 0 is not valid")

    def test_the_point_depends_on_root_places_and_snapshot(self):
        points = {lots_point(*one) for one in ((1, 2, 3), (2, 2, 3), (1, 3, 3), (1, 2, 4))}
        assert len(points) == 4

    def test_the_point_is_the_hash_that_the_documentation_gives(self):
        from eth_hash.auto import keccak  # noqa: PLC0415

        words = b"".join(n.to_bytes(32, "big") for n in (1, 2, 3))
        expected = (
            int.from_bytes(keccak(keccak(b"zkmargin-solvency/1") + words), "big") % spec.constants.FIELD
        )
        assert lots_point(1, 2, 3) == expected


class TestClaims:
    def test_solvency_attack_another_snapshot(self, attacker):
        attacker.refused("for another snapshot", root=DATA.root + 1)

    def test_solvency_attack_proofs_under_another_snapshot(self, attacker):
        """Prices of another moment, with the root of this one in the report."""
        attacker.prove_all(data=snapshot(timestamp=1_700_000_001))
        attacker.refused("proof of chunk 0 is not valid")

    def test_a_requirement_below_the_one_that_is_asked_for(self, attacker):
        attacker.refused(r"10000/10000, is below 12500/10000", requirement_bps=12_500)
        attacker.prove_all(bps=0)
        attacker.refused("proof of chunk 0 is not valid")
        attacker.report = replace(attacker.report, requirement_bps=0)
        attacker.refused(r"0/10000, is below 10000/10000")

    def test_a_proof_that_is_not_valid(self, attacker):
        attacker.chunks[2] = replace(attacker.chunks[2], proof=attacker.chunks[1].proof)
        attacker.refused("proof of chunk 2 is not valid")

    def test_a_circuit_without_a_key(self, attacker):
        attacker.publish()
        with pytest.raises(InputError, match="no verification key of solvency_8x2"):
            verify_solvency(attacker.folder, DATA.root, {})

    def test_malformed_chunks(self, attacker):
        attacker.publish()
        path = chunk_path(attacker.folder, 1)
        document = json.loads(path.read_text())
        for change, reason in (
            ({"circuit": "margin_13"}, "circuit: no such circuit of solvency"),
            (
                {"commitments": document["commitments"][:-1]},
                "commitments: the circuit solvency_8x2 has 8 places",
            ),
            ({"proof": document["proof"][:-1]}, "proof: expected 8 items"),
        ):
            path.write_text(json.dumps({**document, **change}))
            with pytest.raises(InputError, match=reason):
                verify_solvency(attacker.folder, DATA.root, KEYS)

    def test_progress_is_told(self, attacker):
        attacker.publish()
        told = []
        verify_solvency(attacker.folder, DATA.root, KEYS, progress=lambda *step: told.append(step))
        assert told == [("verifying", 0, 3), ("verifying", 3, 3)]

    def test_proofs_are_verified_some_at_a_time(self, attacker, monkeypatch):
        monkeypatch.setattr("zkmargin.solvency.verification._TOGETHER", 2)
        attacker.publish()
        told = []
        verify_solvency(attacker.folder, DATA.root, KEYS, progress=lambda *step: told.append(step))
        assert told == [("verifying", n, 3) for n in (0, 2, 3)]
        attacker.chunks[2] = replace(attacker.chunks[2], proof=attacker.chunks[1].proof)
        attacker.refused("proof of chunk 2 is not valid")
