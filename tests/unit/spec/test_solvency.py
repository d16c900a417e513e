"""Sums over accounts: what an account adds, commitments to sums, the tree, and the inputs of a chunk."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

native = pytest.importorskip("zkmargin_native")

from support.health_batches import batches  # noqa: E402
from zkmargin import spec  # noqa: E402
from zkmargin.spec import constants as c  # noqa: E402
from zkmargin.spec.solvency import check_point  # noqa: E402
from zkmargin.spec.tree import climb  # noqa: E402

X = 2**200 + 9
SHAPE = spec.HealthShape(8, spec.Shape(2, 3), octets=1, singles=1)


def row(loss, mark, short_floor=0, add_on=0):
    return spec.Row((-loss, *[0] * 15, mark, 0), short_floor, add_on)


ROWS = {9: row(10, 3, short_floor=4, add_on=1), 4096: row(20, -7, add_on=2)}
DATA = spec.Snapshot(spec.build_table(ROWS, native.poseidon), (10**6, *[0] * 7), 5, 6)


def account(*held, cash=0, amounts=spec.NO_AMOUNTS, number=2):
    positions = tuple(spec.Position(*one) for one in held)
    return spec.Account(1, number, spec.NO_KEY, 3, 4, cash, amounts, positions)


class TestAccount:
    def test_what_an_account_adds(self):
        # Floor 20, add-on 5; marks -15, so equity is cash - 15.
        amounts = (7, *[0] * 6, 8)
        for cash, unhealthy, deficit in (
            (40, 0, 0),
            (32, 1, 0),
            (8, 1, 0),
            (7, 1, 10**6),
            (-93, 1, 101 * 10**6),
        ):
            # 7 of the asset are worth 7 micro.
            one = account((9, -5), cash=cash, amounts=amounts)
            sums = spec.account_sums(one, DATA, 10_000, X)
            assert (sums.unhealthy, sums.deficit) == (unhealthy, deficit), cash
            assert (sums.cash, sums.amounts) == (cash, amounts)
            assert sums.lots == -5 * pow(X - 9, -1, c.FIELD) % c.FIELD

    def test_the_requirement_decides_who_is_healthy(self):
        one = account((9, -5), cash=40)
        assert [spec.account_sums(one, DATA, bps, X).unhealthy for bps in (0, 10_000, 10_001)] == [0, 0, 1]

    def test_the_blank_adds_nothing(self):
        assert spec.account_sums(spec.BLANK, DATA, 2**20 - 1, X) == spec.NO_SUMS

    def test_an_instrument_twice_is_refused(self):
        with pytest.raises(spec.SpecError, match="twice"):
            spec.account_sums(account((9, 1), (9, -1)), DATA, 0, X)


class TestLots:
    def test_matched_lots_add_up_to_0_and_others_do_not(self):
        rng = random.Random(1)  # noqa: S311
        lots = [(rng.randrange(2**15), rng.randint(1, 99)) for _ in range(50)]
        sides = [spec.Position(i, sign * q) for i, q in lots for sign in (1, -1)]
        assert spec.lots_value(sides, X) == 0
        assert spec.lots_value(sides[:-1], X) != 0
        moved = [*sides[:-1], replace(sides[-1], instrument=(sides[-1].instrument + 1) % 2**15)]
        assert spec.lots_value(moved, X) != 0

    @pytest.mark.parametrize("x", [0, 2**15 - 1, c.FIELD, -1, 1.0])
    def test_a_point_that_could_be_an_instrument_is_refused(self, x):
        with pytest.raises(spec.SpecError, match="x"):
            check_point(x)
        with pytest.raises(spec.SpecError, match="x"):
            spec.solvency_inputs([], DATA, SHAPE, 0, x, hasher=native.poseidon)

    def test_the_least_point(self):
        check_point(2**15)


class TestSums:
    def test_addition(self):
        one = spec.Sums(1, 2, -3, tuple(range(8)), c.FIELD - 1)
        assert one + one == spec.Sums(2, 4, -6, tuple(range(0, 16, 2)), c.FIELD - 2)
        assert one + spec.NO_SUMS == one

    def test_every_value_and_the_blind_change_the_commitment(self):
        one = spec.Sums(1, 2, -3, tuple(range(8)), 4)
        others = [
            replace(one, unhealthy=2),
            replace(one, deficit=3),
            replace(one, cash=3),
            *(replace(one, amounts=(*range(i), 99, *range(i + 1, 8))) for i in range(8)),
            replace(one, lots=5),
        ]
        hashes = {spec.sums_hash(sums, 0, native.poseidon) for sums in (one, *others)}
        hashes.add(spec.sums_hash(one, 1, native.poseidon))
        assert len(hashes) == 14

    def test_secrets_have_no_repr(self):
        inputs = spec.solvency_inputs([], DATA, SHAPE, 0, X, hasher=native.poseidon)
        assert "opening" not in repr(inputs)
        assert "cash" not in repr(spec.NO_SUMS)


class TestTree:
    @pytest.mark.parametrize("count", [1, 2, 8, 9, 64, 65])
    def test_every_leaf_has_a_path(self, count):
        leaves = list(range(100, 100 + 8 * count))
        nodes = spec.first_level(leaves, native.poseidon)
        levels = spec.upper_levels(nodes, native.poseidon)
        root = levels[-1][0]
        for place in (0, 8 * count - 1, 4 * count):
            at = place // 8
            path = [leaves[8 * at : 8 * at + 8]]
            for level in levels[:-1]:
                at //= 8
                path.append(level[8 * at : 8 * at + 8])
            assert climb(leaves[place], place, path, native.poseidon) == root

    def test_nodes_beyond_the_last_are_0(self):
        levels = spec.upper_levels([5, 6, 7], native.poseidon)
        assert levels == ((5, 6, 7, 0, 0, 0, 0, 0), (native.poseidon([5, 6, 7, 0, 0, 0, 0, 0]),))


class TestInputs:
    def test_chunks_in_a_row(self):
        for batch in batches(SHAPE, 5, seed=1):
            poor = [replace(one, cash=one.cash - 2**50) for one in batch.accounts[:2]]
            accounts = [*poor, *batch.accounts[2:]]
            first, second = accounts[:3], accounts[3:]
            one = self.chunk(first, batch, blinds=(0, 41))
            two = self.chunk(second, batch, before=one.after, blinds=(41, 0))
            whole = self.chunk(accounts, batch)
            assert one.public.after == two.public.before
            assert (two.public.after, two.after) == (whole.public.after, whole.after)
            healthy = [spec.margin(a, batch.snapshot).healthy(batch.requirement_bps) for a in accounts]
            assert two.after.unhealthy == healthy.count(False)
            assert one.public.after != spec.sums_hash(one.after, 0, native.poseidon)

    def chunk(self, accounts, batch, **values):
        return spec.solvency_inputs(
            accounts, batch.snapshot, SHAPE, batch.requirement_bps, X, hasher=native.poseidon, **values
        )

    def test_signals_in_the_circuits_order(self):
        inputs = spec.solvency_inputs([account(cash=5)], DATA, SHAPE, 12_500, X, hasher=native.poseidon)
        leaves = [spec.commitment(account(cash=5), native.poseidon), *[spec.BLANK_COMMITMENT] * 7]
        none = native.poseidon([0] * 13)
        after = native.poseidon([0, 0, 5, *[0] * 10])
        root = spec.snapshot_root(DATA, native.poseidon)
        assert inputs.public.all == (native.poseidon(leaves), none, after, root, 12_500, X)

    @pytest.mark.parametrize(
        ("values", "key"),
        [
            ({"accounts": [spec.BLANK] * 9}, "accounts"),
            ({"accounts": [account((9, 1), (9, 1))]}, "accounts[0].positions"),
            ({"accounts": [spec.BLANK, account((10, 1))]}, "accounts[1].positions[0].instrument"),
            ({"blinds": (0, c.FIELD)}, "blinds[1]"),
            ({"shape": replace(SHAPE, account=spec.Shape(2, 3, spec.WIDE))}, "layout"),
        ],
    )
    def test_what_is_refused(self, values, key):
        given = {"accounts": [], "snapshot": DATA, "shape": SHAPE, "requirement_bps": 0, "x": X, **values}
        with pytest.raises(spec.SpecError) as caught:
            spec.solvency_inputs(**given, hasher=native.poseidon)
        assert caught.value.key == key
