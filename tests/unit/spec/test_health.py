"""Health of many accounts: what is asserted, the public signals, and the claims of the circuits that look rows up."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

native = pytest.importorskip("zkmargin_native")

from support.health_batches import batches, exactly_enough  # noqa: E402
from zkmargin import spec  # noqa: E402
from zkmargin.spec import constants as c  # noqa: E402
from zkmargin.spec import lookup  # noqa: E402

LOOKUP = spec.HealthShape(3, spec.Shape(2, 5), octets=2, singles=3)
PATHS = spec.HealthShape(3, spec.Shape(2, 5))
WIDE = spec.HealthShape(2, spec.Shape(2, 3, spec.WIDE), octets=1, singles=1)
SHAPES = pytest.mark.parametrize("shape", [LOOKUP, PATHS, WIDE], ids=["lookup", "paths", "wide"])


def row(loss, mark=0, short_floor=0, add_on=0):
    return spec.Row((-loss, *[0] * 15, mark, 0), short_floor, add_on)


def account(*held, cash=0, amounts=spec.NO_AMOUNTS):
    positions = tuple(spec.Position(*one) for one in held)
    return spec.Account(1, 2, spec.NO_KEY, 3, 4, cash, amounts, positions)


def snapshot(rows, price=0):
    return spec.Snapshot(spec.build_table(rows, native.poseidon), (price, *[0] * 7), 5, 6)


ROWS = {9: row(10, mark=3, short_floor=4, add_on=1), 4096: row(20, mark=-7, add_on=2), 4097: row(0)}
DATA = snapshot(ROWS, price=10**12)
HELD = ((9, -5), (4096, 2))


def refused(accounts, key, match, data=DATA, bps=10_000):
    with pytest.raises(spec.SpecError, match=match) as caught:
        spec.check_health(accounts, data, bps)
    assert caught.value.key == key
    return str(caught.value)


class TestAsserted:
    def test_healthy_to_the_last_unit(self):
        # Lane 0: -5 lots gain in the scenario; floor 20, add-on 5. Lane 1: loss 40, add-on 4. Marks: -15 - 14.
        for bps, requirement in ((10_000, 69), (20_000, 138)):
            enough = account(*HELD, cash=requirement + 29)
            spec.check_health([spec.BLANK, enough], DATA, bps)
            short = replace(enough, cash=enough.cash - 1)
            refused([spec.BLANK, short], "accounts[1].requirementBps", "not healthy", bps=bps)

    def test_funded_to_the_last_unit_whatever_the_collateral(self):
        rich = account(*HELD, cash=29, amounts=(10**6, *[0] * 7))
        spec.check_health([rich], DATA, 10_000)
        message = refused([rich, replace(rich, cash=28)], "accounts[1].cash", "not funded")
        assert "28" not in message

    def test_no_instrument_twice(self):
        twice = account((9, 1), (4097, 2), (9, -1), cash=10**6)
        refused([twice], "accounts[0].positions", "twice")

    def test_a_position_without_a_row(self):
        refused([account((4098, 1), cash=10**6)], "accounts[0].positions[0].instrument", "no such row")

    def test_the_blank_is_healthy_at_every_level(self):
        for bps in (0, 10_000, 2**20 - 1):
            spec.check_health([spec.BLANK], DATA, bps)
        with pytest.raises(spec.SpecError, match="requirementBps"):
            spec.check_health([spec.BLANK], DATA, 2**20)

    def test_the_commitment_of_the_blank(self):
        assert spec.commitment(spec.BLANK, native.poseidon) == spec.BLANK_COMMITMENT


class TestSignals:
    def test_digest_value_and_root(self):
        one, two = account(*HELD, cash=10**6), account((4097, 1), cash=5)
        signals = spec.health_signals([one, two], DATA, 12_500, 11, native.poseidon)
        first, second = (spec.commitment(each, native.poseidon) for each in (one, two))
        assert signals == (
            native.poseidon([first, second]),
            (first + 11 * second) % c.FIELD,
            spec.snapshot_root(DATA, native.poseidon),
            12_500,
            11,
        )

    def test_a_z_that_is_no_field_element(self):
        with pytest.raises(spec.SpecError, match="z"):
            spec.health_signals([spec.BLANK], DATA, 0, c.FIELD, native.poseidon)

    @SHAPES
    def test_inputs_show_the_signals_with_blanks_behind_the_accounts(self, shape):
        for batch in batches(shape, 5, seed=1):
            inputs = batch.inputs(shape)
            places = (*batch.accounts, *[spec.BLANK] * (shape.accounts - len(batch.accounts)))
            assert inputs.public == spec.health_signals(
                places, batch.snapshot, batch.requirement_bps, batch.z, native.poseidon
            )
            assert [one["cash"] for one in inputs.signals["opening"]] == [a.cash % c.FIELD for a in places]

    @SHAPES
    def test_what_does_not_fit_is_refused(self, shape):
        batch = next(batches(shape, 1, seed=2))
        many = replace(batch, accounts=(spec.BLANK,) * (shape.accounts + 1))
        with pytest.raises(spec.SpecError, match=f"accounts: more than the circuit's {shape.accounts}"):
            many.inputs(shape)
        other = spec.STANDARD if shape is WIDE else spec.WIDE
        empty = spec.Snapshot(spec.build_table({}, native.poseidon, other), spec.NO_AMOUNTS, 1, 2)
        with pytest.raises(spec.SpecError, match="layout"):
            replace(batch, accounts=(), snapshot=empty).inputs(shape)

    @pytest.mark.parametrize("shape", [LOOKUP, PATHS])
    def test_an_account_that_does_not_fit_is_named_by_its_place(self, shape):
        large = account(*((9, 1),), *((4096 + i, 1) for i in range(5)), cash=10**6)
        rows = {9: row(1), **{4096 + i: row(1) for i in range(5)}}
        with pytest.raises(spec.SpecError) as caught:
            spec.health_inputs([spec.BLANK, large], snapshot(rows), shape, 10_000, 1, hasher=native.poseidon)
        assert caught.value.key == "accounts[1].positions"

    def test_secrets_have_no_repr(self):
        inputs = next(batches(LOOKUP, 1, seed=3)).inputs(LOOKUP)
        assert "opening" not in repr(inputs)


@pytest.mark.parametrize(
    ("values", "key"),
    [
        ({"accounts": 0}, "accounts"),
        ({"octets": -1}, "octets"),
        ({"singles": True}, "singles"),
        ({"account": spec.Shape(1, 1, spec.WIDE, limited=True)}, "account"),
        ({"account": spec.Shape(1, 1, disclosed=True)}, "account"),
    ],
)
def test_shapes_that_do_not_exist(values, key):
    with pytest.raises(spec.SpecError) as caught:
        spec.HealthShape(**{"accounts": 1, "account": spec.Shape(1, 1), **values})
    assert caught.value.key == key


def test_the_rows_of_a_shape():
    assert (LOOKUP.rows, LOOKUP.groups, LOOKUP.looks_up) == (19, 5, True)
    assert (PATHS.rows, PATHS.groups, PATHS.looks_up) == (0, 0, False)


class TestRows:
    def test_octets_where_most_are_and_single_rows_for_the_rest(self):
        rows = spec.choose_rows([7, 80, 81, 82, 4096, 4097], octets=2, singles=2)
        assert rows == ((10, 512), (7, 0))
        assert rows.instruments == (*range(80, 88), *range(4096, 4104), 7, 0)

    def test_too_many(self):
        with pytest.raises(spec.SpecError, match="accounts: hold more rows"):
            spec.choose_rows([7, 80, 4096], octets=1, singles=1)

    @given(st.sets(st.integers(0, 100)), st.integers(0, 4), st.integers(0, 6))
    def test_all_are_found_or_the_circuit_is_too_small(self, instruments, octets, singles):
        counts = sorted((sum(i // 8 == o for i in instruments) for o in range(13)), reverse=True)
        if sum(counts[octets:]) > singles:
            with pytest.raises(spec.SpecError):
                spec.choose_rows(instruments, octets, singles)
        else:
            rows = spec.choose_rows(instruments, octets, singles)
            assert (len(rows.octets), len(rows.singles)) == (octets, singles)
            assert instruments <= set(rows.instruments)


class TestLookup:
    """The equations of the circuit, evaluated here from positions and rows."""

    @pytest.mark.parametrize("shape", [LOOKUP, WIDE], ids=["standard", "wide"])
    def test_both_sums_agree(self, shape):
        for batch in batches(shape, 20, seed=4):
            signals = batch.inputs(shape).signals
            accounts = (*batch.accounts, *[spec.BLANK] * (shape.accounts - len(batch.accounts)))
            claimed = [lookup.claims(one, batch.snapshot, shape) for one in accounts]
            public = batch.inputs(shape).public
            x = lookup.claim_challenge(public.digest, public.snapshot_root, claimed, native.poseidon)
            rows = spec.choose_rows(
                (p.instrument for a in accounts for p in a.held), shape.octets, shape.singles
            )
            beta = lookup.key_challenge(x, rows, signals["weighted"], native.poseidon)
            elements = shape.account.layout.elements
            weight = [pow(x, 8 * (elements + 2) * a, c.FIELD) for a in range(len(accounts))]
            positions = sum(
                weight[a] * p.lots * pow(beta - 2 * p.instrument - (p.lots < 0), -1, c.FIELD)
                for a, one in enumerate(accounts)
                for p in one.held
            )
            pairs = list(zip(rows.instruments, signals["weighted"], strict=True))
            of_rows = sum(
                lots * pow(beta - 2 * i - side, -1, c.FIELD)
                for i, pair in pairs
                for side, lots in enumerate(pair)
            )
            assert (positions - of_rows) % c.FIELD == 0
            of_lots = sum(
                lots * self.of_one_lot(signals["row"][n], i, side, x)
                for n, (i, pair) in enumerate(pairs)
                for side, lots in enumerate(pair)
            )
            assert (lookup.weighted_claims(claimed, x) - of_lots) % c.FIELD == 0

    @staticmethod
    def of_one_lot(used, instrument, short, x):
        elements = len(used["packed"])
        own = spec.horner((*used["packed"], -used["shortFloor"] * short), x)
        of_lane = pow(x, (elements + 2) * (instrument // c.INSTRUMENTS), c.FIELD) * own
        return of_lane + (1 - 2 * short) * used["addOn"] * pow(x, elements + 1, c.FIELD)

    def test_claims_are_those_of_the_margin(self):
        claimed = lookup.claims(account(*HELD, cash=98), DATA, LOOKUP)
        assert claimed.underlyings == (0, 1)
        assert claimed.floors == (20, 0)
        assert claimed.charge == 9
        assert claimed.sums[0] == (50, *[0] * 4, -15 * 2**84 % c.FIELD)
        assert claimed.sums[1] == (-40 % c.FIELD, *[0] * 4, -14 * 2**84 % c.FIELD)

    @pytest.mark.parametrize("change", ["underlyings", "sums", "floors", "charge"])
    def test_the_challenge_depends_on_every_claim(self, change):
        claimed = lookup.claims(account(*HELD, cash=98), DATA, LOOKUP)
        other = {
            "underlyings": (0, 2),
            "sums": (claimed.sums[0], (*claimed.sums[1][:-1], 1)),
            "floors": (20, 1),
            "charge": 8,
        }[change]
        changed = replace(claimed, **{change: other})
        assert self.challenge(claimed) != self.challenge(changed)
        assert self.challenge(claimed) != lookup.claim_challenge(2, 2, [claimed], native.poseidon)
        assert self.challenge(claimed) != lookup.claim_challenge(1, 1, [claimed], native.poseidon)

    @staticmethod
    def challenge(claimed):
        return lookup.claim_challenge(1, 2, [claimed], native.poseidon)

    def test_the_second_challenge_depends_on_everything_before(self):
        rows = spec.choose_rows([9, 4096], 1, 1)
        weighted = [(i, i + 1) for i in range(9)]
        base = lookup.key_challenge(1, rows, weighted, native.poseidon)
        others = [
            lookup.key_challenge(2, rows, weighted, native.poseidon),
            lookup.key_challenge(1, spec.choose_rows([17, 4096], 1, 1), weighted, native.poseidon),
            lookup.key_challenge(1, spec.choose_rows([9, 4097], 1, 1), weighted, native.poseidon),
            lookup.key_challenge(1, rows, [(0, 2), *weighted[1:]], native.poseidon),
            lookup.key_challenge(1, rows, [*weighted[:-1], (8, 8)], native.poseidon),
        ]
        assert base not in others


def test_the_least_cash_of_a_random_account_is_the_least():
    for batch in batches(LOOKUP, 5, seed=5):
        for one in batch.accounts:
            least = exactly_enough(one, batch.snapshot, batch.requirement_bps, funded=True)
            spec.check_health([least], batch.snapshot, batch.requirement_bps)
            with pytest.raises(spec.SpecError):
                spec.check_health(
                    [replace(least, cash=least.cash - 1)], batch.snapshot, batch.requirement_bps
                )
