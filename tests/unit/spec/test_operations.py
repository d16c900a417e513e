"""Operations by the specification: encodings, rules, sealed elements and what proofs show."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.native_hash import fast_hasher
from zkmargin.spec import constants as c
from zkmargin.spec.account import (
    EMPTY,
    NO_AMOUNTS,
    NO_KEY,
    Account,
    OrderFill,
    Position,
    TradingKey,
    commitment,
)
from zkmargin.spec.batch import Touched, factor, is_consistent, power, request, trade_batch, upkeep_batch
from zkmargin.spec.changes import (
    CASH,
    Credited,
    Expired,
    Filled,
    Rekeyed,
    advance,
    follow,
    pack_change,
    position_at,
    seal,
    settled_mark,
    unpack_change,
    unseal,
)
from zkmargin.spec.checks import SpecError
from zkmargin.spec.digest import digest, horner
from zkmargin.spec.layout import STANDARD, WIDE
from zkmargin.spec.operations import Credit, Expire, Match, Quote, Rekey, Setting, find_slot, trade, upkeep
from zkmargin.spec.orders import Side

pytest.importorskip("zkmargin_native")
from support.operation_values import (  # needs the native core
    INSTRUMENTS,
    NOW,
    SETTLED,
    key,
    snapshot,
    trades,
    unchecked,
    upkeeps,
)

HASH = fast_hasher()
R = c.FIELD
Z = 2**250 + 7
_EDGE = 2**c.QUOTE_BITS

SLOTS = st.integers(0, c.MAX_POSITIONS - 1)
IDS = st.integers(0, 2**c.ID_BITS - 1)
CHANGES = st.one_of(
    st.builds(
        Filled,
        SLOTS,
        IDS,
        st.sampled_from(Side),
        st.integers(1, 2**c.LOT_BITS - 1),
        st.integers(-_EDGE, _EDGE - 1),
        st.integers(0, 2**c.FEE_BITS - 1),
        st.integers(0, 2**c.SEQUENCE_BITS - 1),
    ),
    st.builds(Expired, SLOTS, IDS),
    st.builds(Credited, st.integers(0, CASH), st.integers(0, 2**c.AMOUNT_BITS - 1)),
    st.just(Rekeyed()),
)
HELD = Account(
    11, 5, key(5), 2**200, 3, -1000, tuple(range(8)), (Position(9, 2), EMPTY, Position(3, -4), Position(7, 6))
)
SHOWN = snapshot(STANDARD)


def refused(path, function, *arguments, **named):
    """Check that an error has the path as its key."""
    with pytest.raises(SpecError) as caught:
        function(*arguments, **named)
    assert caught.value.key == path


class TestChanges:
    @given(CHANGES)
    def test_they_round_trip(self, change):
        packed = pack_change(change)
        assert unpack_change(packed) == change
        assert packed < 2**187

    def test_by_hand(self):
        fill = Filled(5, 7, Side.SELL, 11, -13, 17, 19)
        payload = 7 + 2**15 + 2**16 * 11 + 2**47 * (2**44 - 13) + 2**92 * 17 + 2**136 * 19
        assert pack_change(fill) == 1 + 2**3 * 5 + 2**11 * payload
        assert pack_change(Expired(5, 7)) == 2 + 2**3 * 5 + 2**11 * 7
        assert pack_change(Credited(CASH, 7)) == 3 + 2**11 * (8 + 2**4 * 7)
        assert pack_change(Rekeyed()) == 4

    @pytest.mark.parametrize(
        ("packed", "key"),
        [
            (0, "change"),
            (5, "change"),
            (4 + 2**3, "change"),
            (4 + 2**11, "change"),
            (3 + 2**3, "change"),
            (3 + 2**11 * 9, "asset"),
            (3 + 2**11 * 2**68, "amount"),
            (2 + 2**3 * 128, "slot"),
            (2 + 2**11 * 2**15, "instrument"),
            (1, "lots"),
            (pack_change(Filled(5, 7, Side.BUY, 1, 0, 0, 0)) + 2**187, "change"),
            (R, "change"),
        ],
    )
    def test_other_numbers_are_none(self, packed, key):
        refused(key, unpack_change, packed)

    @pytest.mark.parametrize(
        ("key", "change"),
        [
            ("slot", (128, 7, Side.BUY, 1, 0, 0, 0)),
            ("instrument", (0, 2**15, Side.BUY, 1, 0, 0, 0)),
            ("side", (0, 7, 0, 1, 0, 0, 0)),
            ("lots", (0, 7, Side.BUY, 0, 0, 0, 0)),
            ("lots", (0, 7, Side.BUY, 2**31, 0, 0, 0)),
            ("price", (0, 7, Side.BUY, 1, 2**44, 0, 0)),
            ("rate", (0, 7, Side.BUY, 1, 0, 2**44, 0)),
            ("sequence", (0, 7, Side.BUY, 1, 0, 0, 2**40)),
        ],
    )
    def test_a_fill_out_of_range(self, key, change):
        refused(key, Filled, *change)

    def test_only_the_view_key_the_state_and_the_digest_open_an_element(self):
        change = Expired(2, 3)
        element = seal(change, HELD, 77, HASH)
        assert unseal(element, HELD, 77, HASH) == change
        assert element == (pack_change(change) + HASH((HELD.view_key, 5, 3, 77))) % R
        others = [
            (HELD, 78),
            *((replace(HELD, **one), 77) for one in ({"nonce": 4}, {"number": 6}, {"view_key": 1})),
        ]
        for account, digest_of_proof in others:
            with pytest.raises(SpecError):
                unseal(element, account, digest_of_proof, HASH)
        refused("element", unseal, R, HELD, 77, HASH)


class TestStates:
    def test_a_fill(self):
        after = advance(HELD, Filled(3, 7, Side.SELL, 6, 10, 2, 26))
        assert after.positions == (Position(9, 2), EMPTY, Position(3, -4))
        assert (after.cash, after.nonce) == (-1000 + 60 - 12, 4)
        assert after.orders[2] == OrderFill(26, 6)
        again = advance(after, Filled(5, 8, Side.BUY, 1, -10, 0, 26))
        assert again.positions == (*after.positions, EMPTY, EMPTY, Position(8, 1))
        assert again.cash == after.cash + 10
        assert again.orders[2] == OrderFill(26, 7)
        assert advance(again, Filled(5, 8, Side.BUY, 1, 0, 0, 50)).orders[2] == OrderFill(50, 1)
        refused("sequence", advance, again, Filled(5, 8, Side.BUY, 1, 0, 0, 2))

    def test_a_fill_into_the_slot_of_another_instrument(self):
        refused("slot", advance, HELD, Filled(3, 8, Side.BUY, 1, 0, 0, 0))

    def test_expiry(self):
        after = advance(HELD, Expired(2, 3), snapshot=SHOWN)
        assert after.cash == HELD.cash - 4 * SETTLED[3]
        assert after.positions == (Position(9, 2), EMPTY, EMPTY, Position(7, 6))
        refused("slot", advance, HELD, Expired(1, 0), snapshot=SHOWN)
        refused("slot", advance, HELD, Expired(3, 3), snapshot=SHOWN)
        refused("slot", advance, HELD, Expired(100, 0), snapshot=SHOWN)
        refused("instrument", advance, HELD, Expired(3, 7), snapshot=SHOWN)
        refused("instrument", advance, HELD, Expired(0, 9), snapshot=SHOWN)
        refused("snapshot", advance, HELD, Expired(2, 3))

    @pytest.mark.parametrize("layout", [STANDARD, WIDE])
    def test_a_row_with_any_risk_is_not_settled(self, layout):
        shown = snapshot(layout)
        row = shown.table.rows[3]
        assert settled_mark(3, shown) == SETTLED[3]
        risky = [replace(row, short_floor=1), replace(row, add_on=1)]
        for slot in range(layout.slots):
            if slot != layout.mark:
                risky.append(replace(row, slots=(*row.slots[:slot], -1, *row.slots[slot + 1 :])))
        for one in risky:
            live = replace(shown, table=replace(shown.table, rows={**shown.table.rows, 3: one}))
            refused("instrument", settled_mark, 3, live)
        refused("instrument", settled_mark, 12345, shown)

    def test_credits_and_keys(self):
        assert advance(HELD, Credited(2, 5)).amounts == (0, 1, 7, *range(3, 8))
        assert advance(HELD, Credited(CASH, 5)).cash == -995
        assert advance(HELD, Rekeyed(), key=key(9)).key == key(9)
        assert advance(HELD, Rekeyed(), key=NO_KEY).key == NO_KEY
        refused("key", advance, HELD, Rekeyed())
        refused("key", advance, HELD, Rekeyed(), key=TradingKey(0, 2))
        refused("key.x", advance, HELD, Rekeyed(), key=TradingKey(R, 2))
        refused("amounts[2]", advance, HELD, Credited(2, 2**64 - 2))
        refused("asset", Credited, 9, 1)
        refused("amount", Credited, 1, -1)

    def test_every_operation_is_one_state(self):
        last = replace(HELD, nonce=2**64 - 1)
        refused("nonce", advance, last, Credited(2, 5))
        assert advance(HELD, Credited(2, 0)).nonce == 4

    def test_slots(self):
        assert find_slot(HELD, 3) == 2
        assert find_slot(HELD, 8) == 1
        assert find_slot(replace(HELD, positions=HELD.positions[:1]), 8) == 1
        # An empty slot holds no instrument 0.
        assert find_slot(HELD, 0) == 1
        full = tuple(Position(100 + i, 1) for i in range(c.MAX_POSITIONS))
        refused("positions", find_slot, replace(HELD, positions=full), 8)
        assert find_slot(replace(HELD, positions=full), 227) == 127
        refused("slot", position_at, HELD, 128)


SETTING = Setting(71, NOW)


def batch_of(count, size, kind=Match, setting=SETTING, seed=1):
    listed = trades(random.Random(seed), count, setting, kind)  # noqa: S311  # reproducible, not secret
    return listed, trade_batch(listed.operations, listed.states, setting, size, hasher=HASH, check=unchecked)


class TestBatches:
    @pytest.mark.parametrize("kind", [Match, Quote])
    def test_fills_move_cash_and_lots_and_pay_fees(self, kind):
        listed, batch = batch_of(20, 20, kind)
        after = {**listed.states, **batch.states}
        assert batch.fees > 0
        assert (
            sum(one.cash for one in listed.states.values())
            == sum(one.cash for one in after.values()) + batch.fees
        )

        def total(states, instrument):
            held = [p.lots for one in states.values() for p in one.positions if p.instrument == instrument]
            return sum(held)

        for instrument in {*INSTRUMENTS, *SETTLED}:
            assert total(listed.states, instrument) == total(after, instrument)

    def test_what_a_proof_shows(self):
        listed, batch = batch_of(2, 3)
        steps = batch.steps
        states = [commitment(one, HASH) for step in steps for one in step[:2]]
        assert batch.digest == digest([*states, 0, 0, 0, 0], HASH)
        elements = [seal(step.change, step.before, batch.digest, HASH) for step in steps]
        assert batch.elements == tuple(elements)
        public = batch.inputs(Z).public
        ratio = 1
        for step, before, after in zip(steps, states[::2], states[1::2], strict=True):
            number = step.before.number
            ratio = ratio * factor(before, number, Z) * pow(factor(after, number, Z), -1, R) % R
        expected = (batch.digest, ratio, horner(elements, Z), batch.fees, NOW, 71, Z)
        assert tuple(public) == expected
        assert listed.states.keys() >= batch.states.keys()

    def test_the_clock_has_the_bit_of_reduction(self):
        _, batch = batch_of(1, 1, setting=SETTING._replace(reduce_only=True))
        assert batch.inputs(Z).public.clock == NOW + 2**40

    def test_padding_shows_nothing(self):
        listed = trades(random.Random(4), 1, SETTING)  # noqa: S311
        batches = [
            trade_batch(listed.operations, listed.states, SETTING, size, hasher=HASH, check=unchecked).inputs(
                Z
            )
            for size in (1, 4)
        ]
        one, other = (batch.public for batch in batches)
        assert one[1:2] + one[3:] == other[1:2] + other[3:]
        padded = batches[1].signals
        assert padded["enabled"] == [1, 0, 0, 0]
        assert len(padded["holder"]) == 4

    def test_padding_is_signed_for_every_domain(self):
        for domain in (0, 71, R - 1):
            for kind in (Match, Quote):
                _, batch = batch_of(1, 2, kind, Setting(domain, NOW))
                assert batch.inputs(Z).signals["enabled"] == [1, 0]

    @pytest.mark.parametrize(
        ("key", "change"),
        [("time", {"time": 2**32}), ("domain", {"domain": R}), ("time", {"time": -1})],
    )
    def test_a_setting_out_of_range(self, key, change):
        listed = trades(random.Random(4), 1, SETTING)  # noqa: S311
        setting = SETTING._replace(**change)
        refused(
            f"operations[0].{key}", trade_batch, listed.operations, listed.states, setting, 1, hasher=HASH
        )

    def test_the_number_and_kind_of_operations(self):
        listed = trades(random.Random(4), 2, SETTING)  # noqa: S311
        refused("operations", trade_batch, [], {}, SETTING, 1, hasher=HASH)
        refused("operations", trade_batch, listed.operations, listed.states, SETTING, 1, hasher=HASH)
        refused("operations", upkeep_batch, [], {}, SHOWN, 1, hasher=HASH)
        quotes = trades(random.Random(4), 1, SETTING, Quote).operations  # noqa: S311
        mixed = [listed.operations[0], *quotes]
        refused("operations[1]", trade_batch, mixed, listed.states, SETTING, 2, hasher=HASH, check=unchecked)
        refused("operations[0]", trade_batch, [Credit(5, 1, 2)], {5: HELD}, SETTING, 2, hasher=HASH)

    def test_unknown_accounts(self):
        listed = trades(random.Random(4), 1, SETTING)  # noqa: S311
        refused("buyer.account", trade, listed.operations[0], {}, SETTING, hasher=HASH)
        refused("account", upkeep, Credit(5, 1, 2), {}, SHOWN)
        refused("account", upkeep, Credit(6, 1, 2), {6: HELD}, SHOWN)
        refused("operations[0].account", upkeep_batch, [Credit(6, 1, 2)], {5: HELD}, SHOWN, 1, hasher=HASH)

    def test_both_sides_of_one_account(self):
        listed = trades(random.Random(4), 1, SETTING)  # noqa: S311
        operation = listed.operations[0]
        alone = replace(operation, seller=replace(operation.seller, account=operation.buyer.account))
        refused("account", trade, alone, listed.states, SETTING, hasher=HASH)

    def test_a_point_that_the_states_were_chosen_for(self):
        batch = upkeep_batch([Credit(5, 1, 2)], {5: HELD}, SHOWN, 1, hasher=HASH)
        # z - c - 5 z^65536 has no root that is known; a commitment that fits z = 9 stands for a collision.
        after = (9 - power(9) * 5) % R
        forged = replace(batch, commitments=((batch.commitments[0][0], after),))
        refused("z", forged.inputs, 9)
        refused("z", batch.inputs, R)
        refused("z", batch_of(1, 1)[1].inputs, -1)

    def test_requests(self):
        batch = upkeep_batch(
            [Credit(5, 1, 2), Expire(5, 2, 3), Rekey(5, key(9))], {5: HELD}, SHOWN, 4, hasher=HASH
        )
        credit, rekey = batch.requests
        assert credit == (5, 1, 1 + 2**4 * 2)
        assert rekey == (5, 2, HASH(key(9)))
        y = pow(Z, 65536, R)
        factors = [Z - 33 - y * (5 + 2**40), Z - HASH(key(9)) - y * (5 + 2**41)]
        assert batch.inputs(Z).public.requests == factors[0] * factors[1] % R
        assert request(Expire(5, 2, 3), HASH) is None

    def test_holders_follow_random_batches(self):
        listed = upkeeps(random.Random(6), 30, SHOWN)  # noqa: S311
        batch = upkeep_batch(listed.operations, listed.states, SHOWN, 30, hasher=HASH)
        openings = dict(listed.states)
        for operation, element in zip(listed.operations, batch.elements, strict=True):
            new_key = operation.key if isinstance(operation, Rekey) else None
            opening = openings[operation.account]
            openings[operation.account] = follow(
                opening, element, batch.digest, snapshot=SHOWN, key=new_key, hasher=HASH
            )
        assert openings == {**listed.states, **batch.states}

    def test_the_ratio_leads_from_first_to_last_states(self):
        listed, batch = batch_of(6, 6)
        touched = [
            Touched(number, commitment(listed.states[number], HASH), commitment(last, HASH))
            for number, last in sorted(batch.states.items())
        ]
        ratio = batch.inputs(Z).public.ratio
        assert is_consistent([ratio], touched, Z)
        assert not is_consistent([ratio], touched, Z + 1)
        assert not is_consistent([ratio, ratio], touched, Z)
        assert not is_consistent([], touched, Z)

    def test_consistency_needs_ascending_accounts(self):
        assert is_consistent([], [Touched(1, 7, 7), Touched(2, 8, 8)], Z)
        refused("accounts", is_consistent, [], [Touched(2, 8, 8), Touched(1, 7, 7)], Z)
        refused("accounts", is_consistent, [], [Touched(2, 8, 8), Touched(2, 8, 8)], Z)

    def test_secrets_have_no_repr(self):
        listed, batch = batch_of(1, 1)
        for value in (
            listed.operations[0],
            listed.operations[0].buyer,
            batch,
            batch.inputs(Z),
            Credited(1, 987654),
        ):
            assert type(value).__repr__ is object.__repr__
        assert NO_AMOUNTS == (0,) * 8
