"""The circuits of operations against the specification, and attacks on them at the level of the witness.

Each attack changes inputs that the circuit accepts, signs them anew, and names the template that refuses them. The
deletion of single constraints is in ``test_circuit_mutants.py``.
"""

from __future__ import annotations

import json
import random
from copy import deepcopy
from dataclasses import replace

import pytest

import zkmargin_native as native
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.circuits import ROOT, margin_instance
from support.expired_venue_data import AFTER, BEFORE, EXPIRING, PRICES, listed
from support.expired_venue_data import LIVE as LIVE_LISTINGS
from support.instances import instance, instance_calculator
from support.operation_values import (
    HASH,
    INSTRUMENTS,
    MOST,
    NOW,
    SETTLED,
    TOP,
    key,
    scalar,
    sign_order,
    sign_sheet,
    signed_anew,
    snapshot,
    trades,
    unchecked,
    upkeeps,
    with_slot,
)
from support.order_values import LOW_ORDER, forge
from zkmargin import Snapshot, load_model
from zkmargin.errors import StatementError
from zkmargin.proofs.circuit_prover import CircuitProver
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving import wtns
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.proving.r1cs import read_sizes
from zkmargin.proving.verify import verify
from zkmargin.spec.account import (
    EMPTY,
    NO_AMOUNTS,
    NO_KEY,
    NO_ORDERS,
    Account,
    OrderFill,
    Position,
    commitment,
    order_elements,
)
from zkmargin.spec.batch import (
    Touched,
    is_consistent,
    request,
    state_signals,
    trade_batch,
    upkeep_batch,
)
from zkmargin.spec.changes import CASH, follow, settled_mark
from zkmargin.spec.checks import SpecError
from zkmargin.spec.eddsa import SUBGROUP_ORDER
from zkmargin.spec.layout import STANDARD, WIDE
from zkmargin.spec.operations import Credit, Expire, Match, Quote, Rekey, Setting, trade
from zkmargin.spec.orders import Entry, Order, Sheet, Side
from zkmargin.venue_data import expire

Z = 2**250 + 7
SNAPSHOTS = {layout.name: snapshot(layout) for layout in (STANDARD, WIDE)}
# Batches for each circuit; `make check` takes more of them, and the other circuits. Each takes some minutes.
FEW = {"match_1": 10, "match_3": 6, "upkeep_1": 30}
MANY = {
    "match_1": 300, "match_3": 150, "match_7": 60, "match_15": 40,
    "quote_1": 300, "quote_3": 150, "quote_6": 60, "quote_13": 40,
    "upkeep_1": 300, "upkeep_10": 100, "upkeep_44": 40,
    "wide_upkeep_1": 300, "wide_upkeep_10": 100, "wide_upkeep_42": 40,
}  # fmt: skip


def proven(name, batch, z=Z):
    """Calculate a witness, check it against constraints and specification, and return the public signals."""
    inputs = batch.inputs(z)
    witness = instance_calculator(name).calculate(inputs.signals)
    native.check_witness(instance(name).r1cs, witness)
    assert wtns.public_signals(witness, len(inputs.public)) == tuple(inputs.public)
    return inputs.public


def random_batch(rng, name):
    """Return a random batch for a circuit, often with padding, and the states before it."""
    kind, size = name.rpartition("_")[0], int(name.rpartition("_")[2])
    count = rng.randrange(1, size + 1)
    if kind in {"match", "quote"}:
        setting = Setting(rng.randrange(R), rng.choice([NOW, 2**32 - 1, 10**7]), rng.random() < 1 / 3)
        listed = trades(rng, count, setting, Match if kind == "match" else Quote)
        batch = trade_batch(listed.operations, listed.states, setting, size, hasher=HASH, check=unchecked)
        return batch, listed.states
    shown = SNAPSHOTS["wide" if kind.startswith("wide") else "standard"]
    listed = upkeeps(rng, count, shown)
    return upkeep_batch(listed.operations, listed.states, shown, size, hasher=HASH), listed.states


@pytest.mark.parametrize(
    ("name", "count"),
    [*FEW.items(), *(pytest.param(*one, marks=pytest.mark.slow) for one in MANY.items())],
)
def test_circuit_and_specification_agree_on_random_batches(name, count):
    rng = random.Random(f"{name} {count}")  # noqa: S311  # reproducible, not secret
    for _ in range(count):
        batch, states = random_batch(rng, name)
        z = rng.randrange(R)
        public = proven(name, batch, z)
        ends = [
            Touched(number, commitment(states[number], HASH), commitment(last, HASH))
            for number, last in sorted(batch.states.items())
        ]
        assert is_consistent([public.ratio], ends, z)


@pytest.mark.parametrize(
    "name", ["upkeep_1", *(pytest.param(n, marks=pytest.mark.slow) for n in ("match_1", "quote_1"))]
)
def test_clearing_no_signal_is_undetermined_and_no_change_of_one_is_unnoticed(name):
    system = System.of(instance(name))
    rng = random.Random(5)  # noqa: S311
    batch, _ = random_batch(rng, name)
    witness = wtns.parse(instance_calculator(name).calculate(batch.inputs(Z).signals))
    # In circomlib's IsZero the inverse of 0 is free: of an order that goes on, of a position that ends, and where a
    # signature's two sides are compared. Nothing else depends on it.
    for found in (undetermined(system, witness), system.unnoticed(witness, 1)):
        assert [one for one in found if not one.endswith(".inv")] == []
    assert system.unused_inputs == []


def test_the_smallest_counts_are_what_circom_says():
    counts = json.loads((ROOT / "circuits" / "sizes.json").read_text())
    for name in FEW:
        assert read_sizes(instance(name).r1cs).constraints == counts[name]["constraints"]


def test_a_match_is_proven_and_verified():
    margin_instance("match_1")
    prover = CircuitProver(keys=ROOT / "build" / "tests")
    inputs = matched().inputs(Z)
    proof, keys = prover.prove(find_circuit("match_1"), inputs.signals, tuple(inputs.public))
    for signals, valid in (
        (inputs.public, True),
        (inputs.public._replace(fees=inputs.public.fees + 1), False),
    ):
        assert verify(keys.key, tuple(signals), proof, "native") is valid


# A match of Alice, who buys 5 lots at 100, and Bob; she is short, and he is long.

SETTING = Setting(domain=71, time=NOW)
ALICE = Account(
    11, 5, key(5), 2**200, 3, -(10**9), tuple(range(8)), (Position(9, 2), Position(7, -6)), NO_ORDERS
)
BOB = Account(12, 6, key(6), 2**201, 4, 10**9, NO_AMOUNTS, (Position(7, 8),), NO_ORDERS)
STATES = {5: ALICE, 6: BOB}
BUYS = Order(7, Side.BUY, 6, 100, 25, NOW, 8)
SELLS = Order(7, Side.SELL, 6, 100, 49, NOW, 8)
SCALARS = {key(number): scalar(number) for number in (5, 6)}


def match(
    buys=BUYS, sells=SELLS, *, lots=5, price=100, rates=(8, 3), slots=(1, 0), states=STATES, setting=SETTING
):
    """Return a match of two orders."""
    buyer, seller = (
        sign_order(states[number], order, setting, rate, slot)
        for number, order, rate, slot in zip((5, 6), (buys, sells), rates, slots, strict=True)
    )
    return Match(buyer, seller, buys.instrument, lots, price)


def matched(states=STATES, **changes):
    """Return the batch of one match."""
    operation = match(states=states, **changes)
    return trade_batch([operation], states, changes.get("setting", SETTING), 1, hasher=HASH)


@pytest.fixture(scope="module")
def good():
    """Inputs of match_1 that are accepted."""
    signals = matched().inputs(Z).signals
    native.check_witness(instance("match_1").r1cs, instance_calculator("match_1").calculate(signals))
    return signals


def signed(signals):
    """Return inputs with real signatures of what they say."""

    def sign(trading_key, message):
        signature = forge(SCALARS.get(tuple(trading_key), 1), trading_key, message)
        return {"r8": list(signature.r8), "s": signature.s}

    return signed_anew(signals, sign, HASH)


def changed(signals, **paths):
    """Return a copy with other values; a name such as ``order_0_limit`` is order[0][0].limit, of the buyer."""
    told = deepcopy(signals)
    for path, value in paths.items():
        first, *rest = path.split("_")
        at, last = told, first
        if first in {"order", "holder"}:
            at, last = told[first][0][int(rest[0])], rest[-1]
            for name in rest[1:-1]:
                at = at[name]
        elif first in told and isinstance(told[first], list):
            at, last = told[first], 0
        at[last] = value % R if isinstance(value, int) else value
    return told


def refused(signals, template, name="match_1"):
    """Check that a template of the circuit refuses inputs."""
    with pytest.raises(StatementError, match=rf"template {template}_\d+ "):
        instance_calculator(name).calculate(signals)


def refused_by_spec(key, function, *arguments, **named):
    with pytest.raises(SpecError) as caught:
        function(*arguments, **named)
    assert caught.value.key == f"operations[0].{key}"


def with_holder(signals, side, held, **changes):
    """Return inputs with another account on a side."""
    told = deepcopy(signals)
    one = told["holder"][0][side]
    one["state"] = state_signals(held, HASH)
    one["table"] = list(order_elements(held.orders))
    return changed(told, **changes)


def booked(held, sequence, filled):
    """Return an account with an entry of its order table."""
    orders = list(held.orders)
    orders[sequence % 24] = OrderFill(sequence, filled)
    return replace(held, orders=tuple(orders))


def accepted(signals, name="match_1"):
    native.check_witness(instance(name).r1cs, instance_calculator(name).calculate(signals))


def test_clearing_attack_a_filled_order_again(good):
    after = matched().states
    again = booked(ALICE, BUYS.sequence, 6)
    refused(signed(with_holder(good, 0, again)), "OrderTable")
    refused_by_spec("buyer.mostLots", matched, {5: again, 6: BOB})
    # One lot is left of the six.
    refused_by_spec("buyer.mostLots", matched, after)


def test_clearing_attack_an_overfill(good):
    refused(signed(changed(good, lots=7)), "OrderTable")
    partly = booked(BOB, SELLS.sequence, 2)
    refused(signed(with_holder(good, 1, partly)), "OrderTable")
    refused_by_spec("seller.mostLots", matched, {5: ALICE, 6: partly})


def test_clearing_attack_an_older_order_than_the_table_has(good):
    newer = booked(ALICE, BUYS.sequence + 24, 1)
    refused(signed(with_holder(good, 0, newer)), "OrderTable")
    refused_by_spec("buyer.sequence", matched, {5: newer, 6: BOB})


def test_clearing_attack_another_order_table(good):
    full = booked(ALICE, BUYS.sequence, 6)
    forged = with_holder(good, 0, full)
    forged["holder"][0][0]["table"] = good["holder"][0][0]["table"]
    refused(signed(forged), "Filled")


def test_clearing_attack_a_sequence_above_the_bound_of_the_clock(good):
    last = 256 * NOW
    accepted(signed(changed(good, order_0_sequence=last)))
    refused(signed(changed(good, order_0_sequence=last + 1)), "OrderTable")
    refused_by_spec("buyer.sequence", matched, buys=replace(BUYS, sequence=last + 1))


@pytest.mark.parametrize("path", ["owner", "account"])
def test_clearing_attack_an_order_of_another_account(good, path):
    forged = signed(changed(good, **{f"holder_0_state_{path}": 77}))
    forged["holder"][0][0]["signature"] = good["holder"][0][0]["signature"]
    refused(forged, "EdDSAPoseidonVerifier")


def test_clearing_attack_an_order_for_another_domain(good):
    refused({**good, "domain": 72}, "EdDSAPoseidonVerifier")
    operation = match()
    with pytest.raises(SpecError, match=r"buyer\.signature"):
        trade(operation, STATES, SETTING._replace(domain=72), hasher=HASH)


def test_clearing_attack_an_order_by_another_key(good):
    forged = deepcopy(good)
    for side in (0, 1):
        forged["holder"][0][side]["signature"] = good["holder"][0][1 - side]["signature"]
    refused(forged, "EdDSAPoseidonVerifier")
    with pytest.raises(SpecError, match=r"buyer\.signature"):
        trade(match(), {**STATES, 5: replace(ALICE, key=key(6))}, SETTING, hasher=HASH)


def test_clearing_attack_an_expired_order(good):
    refused(signed(changed(good, order_1_expiry=NOW - 1)), "Allowed")
    refused_by_spec("seller.expiry", matched, sells=replace(SELLS, expiry=NOW - 1))


def test_clearing_attack_a_buy_used_as_a_sell(good):
    forged = signed({**good, "holder": [good["holder"][0][::-1]], "order": [good["order"][0][::-1]]})
    for side in (0, 1):
        forged["holder"][0][side]["signature"] = good["holder"][0][1 - side]["signature"]
    refused(forged, "EdDSAPoseidonVerifier")
    refused_by_spec("buyer.side", matched, buys=replace(BUYS, side=Side.SELL))


@pytest.mark.parametrize(
    ("price", "side"), [(101, "buyer"), (99, "seller"), (TOP - 1, "buyer"), (-TOP, "seller")]
)
def test_clearing_attack_a_price_beyond_a_limit(good, price, side):
    refused(signed(changed(good, price=price)), "Allowed")
    refused_by_spec(f"{side}.limit", matched, price=price)


def test_clearing_attack_no_lots_and_lots_of_32_bits(good):
    refused(signed(changed(good, lots=0)), "BothTerms")
    refused(signed(changed(good, lots=-1)), "BothTerms")
    refused(signed(changed(good, lots=2**31)), "OrderTable")
    refused(signed(changed(good, lots=2**31, order_0_most=2**31, order_1_most=2**31)), "OrderMessage")
    for lots in (0, -1, 2**31):
        refused_by_spec("buyer.lots", matched, lots=lots)


def test_clearing_attack_a_fee_above_the_signed_rate_and_a_negative_fee(good):
    refused(signed(changed(good, holder_0_rate=9)), "Allowed")
    refused(signed(changed(good, holder_0_rate=-1)), "Allowed")
    refused_by_spec("buyer.feeRate", matched, rates=(9, 3))
    refused_by_spec("buyer.rate", matched, rates=(-1, 3))


def test_clearing_attack_a_match_of_an_account_with_itself(good):
    forged = with_holder(good, 1, replace(BOB, number=5))
    refused(signed(forged), "Match")
    same = match()
    twice = replace(same, seller=replace(same.seller, account=5))
    with pytest.raises(SpecError, match="account: both sides"):
        trade(twice, STATES, SETTING, hasher=HASH)


def test_clearing_attack_an_instrument_of_16_bits(good):
    # In the packed order, the sixteenth bit of an instrument is the side.
    wide = 2**15 * 1000
    forged = signed(changed(good, instrument=wide))
    refused(forged, "BothTerms")
    refused(signed(changed(good, instrument=2**15 + 7)), "BothTerms")
    with pytest.raises(SpecError, match="instrument"):
        match(buys=replace(BUYS, instrument=2**15))


def test_clearing_attack_cash_beyond_its_bounds(good):
    gain = 5 * 100 + 5 * 8
    for cash in (-(2**83) + gain, 2**83 - 1):
        accepted(signed(with_holder(good, 0, replace(ALICE, cash=cash))))
    poor = replace(ALICE, cash=-(2**83) + gain - 1)
    refused(signed(with_holder(good, 0, poor)), "Signed")
    refused_by_spec("buyer.cash", matched, {5: poor, 6: BOB})
    rich = replace(BOB, cash=2**83 - 5 * 97)
    refused(signed(with_holder(good, 1, rich)), "Signed")
    refused_by_spec("seller.cash", matched, {5: ALICE, 6: rich})


def test_clearing_attack_lots_beyond_their_bounds():
    full = {5: with_slot(ALICE, 1, Position(7, MOST - 5)), 6: with_slot(BOB, 0, Position(7, 5 - MOST))}
    batch = matched(full)
    assert batch.states[5].positions[1].lots == MOST
    assert batch.states[6].positions[0].lots == -MOST
    good = batch.inputs(Z).signals
    accepted(good)
    refused(signed(changed(good, lots=6)), "FilledPosition")
    for number, side in ((5, "buyer"), (6, "seller")):
        more = {
            **full,
            number: with_slot(full[number], 2 - 1 if number == 5 else 0, _beyond(full[number], side)),
        }
        refused_by_spec(f"{side}.lots", matched, more)


def _beyond(held, side):
    slot = 1 if side == "buyer" else 0
    return Position(7, held.positions[slot].lots + (1 if side == "buyer" else -1))


@pytest.mark.parametrize("point", [*LOW_ORDER, (key(5).x, key(5).y + 1), NO_KEY, (key(5).y, key(5).x)])
def test_clearing_attack_a_key_of_low_order_or_off_the_curve(good, point):
    forged = changed(good, holder_0_state_key=list(point))
    refused(signed(forged), "(EdDSAPoseidonVerifier|BabyCheck)")


def test_clearing_attack_r8_off_the_curve_and_s_that_is_not_reduced(good):
    signature = good["holder"][0][0]["signature"]
    for r8 in ([signature["r8"][0], signature["r8"][1] + 1], [0, 0], signature["r8"][::-1]):
        refused(changed(good, holder_0_signature_r8=r8), "BabyCheck")
    refused(changed(good, holder_0_signature_s=signature["s"] + SUBGROUP_ORDER), "EdDSAPoseidonVerifier")


REDUCING = SETTING._replace(reduce_only=True)


def test_clearing_attack_a_fill_that_opens_a_position_where_only_reduction_is_allowed():
    accepted(matched(setting=REDUCING).inputs(Z).signals)
    good = matched(lots=6, setting=REDUCING).inputs(Z).signals
    accepted(good)
    for number, slot, lots, side in (
        (5, 1, -5, "buyer"),
        (6, 0, 5, "seller"),
        (5, 1, 3, "buyer"),
        (6, 0, -3, "seller"),
    ):
        states = {**STATES, number: with_slot(STATES[number], slot, Position(7, lots))}
        freely = matched(states, lots=6).inputs(Z).signals
        accepted(freely)
        refused({**freely, "clock": NOW + 2**40, "reduceOnly": 1}, "FilledPosition")
        refused_by_spec(f"{side}.reduceOnly", matched, states, lots=6, setting=REDUCING)
    # The bit is public: a batch that says so reduces.
    refused({**good, "reduceOnly": 0}, "Unsigned")
    refused({**good, "clock": NOW}, "Unsigned")


def test_clearing_attack_a_fill_into_the_slot_of_another_instrument(good):
    other = with_slot(ALICE, 1, Position(9, 2))
    forged = matched(
        {5: replace(ALICE, positions=(Position(9, 2), EMPTY, Position(7, -6))), 6: BOB}, slots=(1, 0)
    )
    moved = forged.inputs(Z).signals
    moved["holder"][0][0]["slot"] = 0
    refused(moved, "FilledPosition")
    refused_by_spec("buyer.slot", matched, slots=(0, 0))
    refused_by_spec("buyer.slot", matched, {5: other, 6: BOB})


def test_clearing_attack_a_slot_beyond_the_list(good):
    far = matched(slots=(127, 0)).inputs(Z).signals
    accepted(far)
    for slot in (128, 139, 140):
        refused(changed(far, holder_0_slot=slot), "(SlotPlace|Num2Bits|Unsigned)")
        refused_by_spec("buyer.slot", matched, slots=(slot, 0))


def test_clearing_attack_two_attempts_from_one_state_have_different_pads():
    first, second = (matched(lots=lots) for lots in (5, 4))
    assert first.digest != second.digest
    for one, other in zip(first.elements, second.elements, strict=True):
        # Lots stand at bit 27: with equal pads, the difference would be that of the lots.
        assert (one - other) % R != 2**27
        assert abs(one - other) > 2**200
    # The same contents have the same bytes.
    assert matched().elements == first.elements


def test_clearing_attack_padding_before_an_operation_or_with_effect():
    good = trade_batch([match()], STATES, SETTING, 3, hasher=HASH).inputs(Z).signals
    accepted(good, "match_3")
    for enabled in ([0, 1, 0], [1, 0, 1], [2, 0, 0]):
        with pytest.raises(StatementError):
            instance_calculator("match_3").calculate({**good, "enabled": enabled})


def test_clearing_attack_inputs_that_are_not_the_batch(good):
    """Nobody shows another domain, clock or fees with the same fill."""
    witness = list(wtns.parse(instance_calculator("match_1").calculate(good)))
    for place in range(1, 8):
        other = [*witness[:place], (witness[place] + 1) % R, *witness[place + 1 :]]
        with pytest.raises(native.UnsatisfiedError):
            native.check_witness(instance("match_1").r1cs, wtns.encode(other))


# Many proofs of one batch.


def chained():
    """Return two batches of one match each, the second from the states of the first, and the accounts' ends."""
    first = matched(lots=2)
    middle = {**STATES, **first.states}
    second = matched(middle, lots=3)
    ends = [
        Touched(number, commitment(STATES[number], HASH), commitment(second.states[number], HASH))
        for number in (5, 6)
    ]
    return first, second, ends


def ratios(*batches):
    return [batch.inputs(Z).public.ratio for batch in batches]


def test_proofs_of_a_batch_are_consistent_in_any_order():
    first, second, ends = chained()
    assert is_consistent(ratios(second, first), ends, Z)
    assert is_consistent([], [], Z)


def test_clearing_attack_a_phantom_account():
    first, second, ends = chained()
    assert not is_consistent(ratios(first, second), ends[:1], Z)
    assert not is_consistent(ratios(first, second), [*ends, Touched(9, 1, 2)], Z)
    richer = commitment(replace(ALICE, cash=ALICE.cash + 1), HASH)
    assert not is_consistent(ratios(first, second), [ends[0]._replace(first=richer), ends[1]], Z)


def test_clearing_attack_a_state_consumed_twice():
    first, _, _ = chained()
    again = matched(lots=3)
    last = [Touched(n, commitment(STATES[n], HASH), commitment(first.states[n], HASH)) for n in (5, 6)]
    assert is_consistent(ratios(first), last, Z)
    assert not is_consistent(ratios(first, again), last, Z)
    assert not is_consistent(ratios(first, first), last, Z)


def test_clearing_attack_a_cycle_of_invented_states():
    """An invented account buys from a real one and sells back: lots return, but its nonce does not."""
    there = matched(lots=5)
    middle = {**STATES, **there.states}
    back = Match(
        sign_order(middle[6], replace(BUYS, sequence=50, most_lots=5), SETTING, 0, 0),
        sign_order(middle[5], replace(SELLS, sequence=51, most_lots=5), SETTING, 0, 1),
        7,
        5,
        100,
    )
    home = trade_batch([back], middle, SETTING, 1, hasher=HASH)
    assert home.states[5].positions == ALICE.positions
    real = Touched(6, commitment(BOB, HASH), commitment(home.states[6], HASH))
    invented = Touched(5, commitment(ALICE, HASH), commitment(home.states[5], HASH))
    assert is_consistent(ratios(there, home), [invented, real], Z)
    assert not is_consistent(ratios(there, home), [real], Z)
    assert home.states[5].nonce == ALICE.nonce + 2


def test_clearing_attack_last_states_exchanged():
    first, second, ends = chained()
    swapped = [ends[0]._replace(last=ends[1].last), ends[1]._replace(last=ends[0].last)]
    assert not is_consistent(ratios(first, second), swapped, Z)


def test_clearing_attack_an_account_listed_twice():
    first, again = matched(lots=2), matched(lots=3)
    runs = [
        Touched(n, commitment(STATES[n], HASH), commitment(batch.states[n], HASH))
        for n in (5, 6)
        for batch in (first, again)
    ]
    with pytest.raises(SpecError, match="accounts: must ascend strictly"):
        is_consistent(ratios(first, again), runs, Z)


def test_holders_follow_their_accounts_with_the_view_key_alone():
    first, second, _ = chained()
    for place, number in enumerate((5, 6)):
        opening = STATES[number]
        for batch in (first, second):
            opening = follow(opening, batch.elements[place], batch.digest)
        assert opening == second.states[number]
        # Another's element, and one's own from another proof, are noise.
        for element, digest in (
            (first.elements[1 - place], first.digest),
            (first.elements[place], second.digest),
        ):
            with pytest.raises(SpecError):
                follow(STATES[number], element, digest)


# Upkeep.

SHOWN = SNAPSHOTS["standard"]
LIVE = INSTRUMENTS[2]
CAROL = replace(
    ALICE, positions=(Position(LIVE, 3), Position(3, -4), EMPTY, Position(4097, 5)), amounts=(5,) * 8
)


def kept(operation, held=CAROL):
    """Return the batch of one operation."""
    return upkeep_batch([operation], {5: held}, SHOWN, 1, hasher=HASH)


def upkeep_refused(signals, template):
    refused(signals, template, "upkeep_1")


def operation_with(signals, **values):
    told = deepcopy(signals)
    told["operation"][0] |= {
        name: value % R if isinstance(value, int) else value for name, value in values.items()
    }
    return told


@pytest.mark.parametrize("layout", [STANDARD, WIDE])
def test_the_rows_of_expired_instruments_are_settled(layout, tmp_path):
    before = listed(tmp_path, LIVE_LISTINGS + EXPIRING, BEFORE)
    after = expire(before, listed(tmp_path, LIVE_LISTINGS, AFTER, before), PRICES)
    built = Snapshot.build(after, load_model("span"), layout=layout)
    settled = {}
    for listing in built.parts.listings:
        try:
            settled[listing.name] = settled_mark(listing.id, built.spec)
        except SpecError:
            assert built.row(listing.name).add_on > 0
    assert set(settled) == {"F", "1900-C", "2100-C", "1900-P", "2100-P"}
    # The call pays 2050.25 - 1900 for each of 0.01, in micro-quote.
    assert settled["1900-C"] == 1_502_500


def test_expiry_pays_the_mark_and_empties_the_slot():
    batch = kept(Expire(5, 1, 3))
    proven("upkeep_1", batch)
    after = batch.states[5]
    assert after.cash == CAROL.cash - 4 * SETTLED[3]
    assert after.positions == (CAROL.positions[0], EMPTY, EMPTY, CAROL.positions[3])
    last = kept(Expire(5, 3, 4097)).states[5]
    assert last.positions == CAROL.positions[:2]


def test_clearing_attack_expiry_of_a_live_row():
    refused_by_spec("instrument", kept, Expire(5, 0, LIVE))
    good = kept(Expire(5, 1, 3)).inputs(Z).signals
    tree = SHOWN.table.tree
    path = [list(tree.children(level, LIVE // 8**level)) for level in range(1, 5)]
    # Of the live row, the circuit would hash a row without an add-on.
    upkeep_refused(operation_with(good, slot=0, mark=0, children=path), "Climb")
    # Nor does the row of another instrument do.
    upkeep_refused(operation_with(good, slot=0), "Climb")


def test_clearing_attack_expiry_at_another_mark_or_of_another_slot():
    good = kept(Expire(5, 1, 3)).inputs(Z).signals
    upkeep_refused(operation_with(good, mark=SETTLED[3] - 1), "Climb")
    upkeep_refused(operation_with(good, mark=2**44), "Num2Bits")
    upkeep_refused(operation_with(good, slot=3), "Climb")
    for slot, instrument in ((2, 0), (3, 3), (7, 3)):
        refused_by_spec("slot", kept, Expire(5, slot, instrument))


def test_clearing_attack_another_snapshot():
    good = kept(Expire(5, 1, 3)).inputs(Z)
    other = {**good.signals, "timestamp": NOW + 1}
    witness = instance_calculator("upkeep_1").calculate(other)
    assert wtns.public_signals(witness, 6)[4] != good.public.snapshot_root


def test_clearing_attack_a_credit_of_another_asset_or_amount_than_requested():
    waiting = request(Credit(5, 2, 77), HASH)
    shown = kept(Credit(5, 2, 77)).inputs(Z).public.requests
    assert shown == waiting.factor(Z)
    for operation in (Credit(5, 3, 77), Credit(5, 2, 78), Credit(5, CASH, 77), Rekey(5, NO_KEY)):
        batch = kept(operation)
        assert proven("upkeep_1", batch).requests != waiting.factor(Z)
    # A tag and an account cannot pose as each other.
    assert request(Rekey(5, NO_KEY), HASH).factor(Z) != waiting.factor(Z)


def test_clearing_attack_a_credit_that_wraps():
    good = kept(Credit(5, 2, 2**64 - 6)).inputs(Z).signals
    accepted(good, "upkeep_1")
    upkeep_refused(operation_with(good, amount=2**64 - 5), "Num2Bits")
    upkeep_refused(operation_with(good, amount=-5), "Num2Bits")
    upkeep_refused(operation_with(good, asset=9), "OneHot")
    refused_by_spec("amounts[2]", kept, Credit(5, 2, 2**64 - 5))
    refused_by_spec("asset", kept, Credit(5, 9, 1))
    refused_by_spec("cash", kept, Credit(5, CASH, 1), replace(CAROL, cash=2**83 - 1))


def test_clearing_attack_a_new_key_off_the_curve():
    good = kept(Rekey(5, key(9))).inputs(Z).signals
    accepted(good, "upkeep_1")
    accepted(kept(Rekey(5, NO_KEY)).inputs(Z).signals, "upkeep_1")
    for point in ((key(9).x, key(9).y + 1), (0, 2), (1, 0)):
        upkeep_refused(operation_with(good, key=list(point)), "CurveKey")
        refused_by_spec("key", kept, Rekey(5, type(NO_KEY)(*point)))


def test_clearing_attack_two_kinds_at_once():
    good = kept(Credit(5, 2, 77)).inputs(Z).signals
    for kind in ({"expires": 0, "credits": 1, "rekeys": 1}, {"expires": 0, "credits": 2, "rekeys": R - 1}):
        with pytest.raises(StatementError):
            instance_calculator("upkeep_1").calculate({**good, "kind": [kind]})


def test_a_holder_follows_expiries_credits_and_keys():
    opening, states = CAROL, {5: CAROL}
    for operation in (Expire(5, 1, 3), Credit(5, 2, 77), Credit(5, CASH, 5), Rekey(5, key(9))):
        batch = upkeep_batch([operation], states, SHOWN, 1, hasher=HASH)
        new_key = operation.key if isinstance(operation, Rekey) else None
        opening = follow(opening, batch.elements[0], batch.digest, snapshot=SHOWN, key=new_key, hasher=HASH)
        states = batch.states
        assert opening == states[5]


# Quote sheets.

SHEET = Sheet(6, 25, NOW, 8)
ENTRIES = [Entry(instrument, 90, 110, 5) for instrument in range(20)]


def quote(*, side=Side.BUY, lots=5, price=90, sheet=SHEET, place=7, entries=ENTRIES, states=STATES):
    maker = sign_sheet(states[5], sheet, entries, place, SETTING, 8, 1)
    way = Side(1 - side)
    taker = sign_order(states[6], replace(SELLS, side=way, limit=price), SETTING, 3, 0)
    return Quote(maker, taker, side, 7, lots, price)


def quoted(states=STATES, **changes):
    operation = quote(states=states, **changes)
    return trade_batch([operation], states, SETTING, 1, hasher=HASH)


def quote_signals(signals, **values):
    told = deepcopy(signals)
    told["sheet"][0] |= {
        name: value % R if isinstance(value, int) else value for name, value in values.items()
    }
    return told


def test_clearing_attack_an_entry_that_is_not_of_the_sheet_by_the_specification():
    operation = quote()
    better = replace(operation.maker.entry, bid=91)
    with pytest.raises(SpecError, match=r"maker\.entry: is not of the sheet"):
        trade(replace(operation, maker=replace(operation.maker, entry=better)), STATES, SETTING, hasher=HASH)
    with pytest.raises(SpecError, match=r"maker\.entry: is not of the sheet"):
        trade(replace(operation, maker=replace(operation.maker, place=8)), STATES, SETTING, hasher=HASH)
    refused_by_spec("maker.instrument", quoted, place=8)
    refused_by_spec("maker.bid", quoted, price=91)
    refused_by_spec("maker.ask", quoted, side=Side.SELL, price=109)
    refused_by_spec("maker.size", quoted, lots=6)


def test_clearing_attack_a_sheet_beyond_its_cap_by_the_specification():
    partly = booked(ALICE, SHEET.sequence, 2)
    refused_by_spec("maker.cap", quoted, {5: partly, 6: BOB})
    assert quoted({5: booked(ALICE, SHEET.sequence, 1), 6: BOB}).states[5].orders[1] == OrderFill(25, 6)


@pytest.mark.slow
def test_clearing_attack_an_entry_that_is_not_of_the_sheet():
    good = quoted().inputs(Z).signals
    accepted(good, "quote_1")
    for values in ({"bid": 91}, {"ask": 109}, {"size": 6}, {"index": 8}):
        refused(signed(quote_signals(good, **values)), "Climb", "quote_1")
    other = deepcopy(good)
    other["sheet"][0]["children"][3][1] = 5
    other = signed(other)
    accepted(other, "quote_1")
    other["holder"][0][0]["signature"] = good["holder"][0][0]["signature"]
    refused(other, "EdDSAPoseidonVerifier", "quote_1")


@pytest.mark.slow
def test_clearing_attack_a_sheet_beyond_its_cap_or_terms():
    good = quoted().inputs(Z).signals
    partly = signed(with_holder(good, 0, booked(ALICE, SHEET.sequence, 2)))
    refused(partly, "OrderTable", "quote_1")
    accepted(signed(with_holder(good, 0, booked(ALICE, SHEET.sequence, 1))), "quote_1")
    refused(signed(quote_signals(good, cap=4)), "OrderTable", "quote_1")
    refused(signed(quote_signals(good, expiry=NOW - 1)), "Allowed", "quote_1")
    refused(signed(quote_signals(good, sequence=256 * NOW + 1)), "OrderTable", "quote_1")
    refused(signed(changed(good, holder_0_rate=9)), "Allowed", "quote_1")
    refused(signed(changed(good, price=91)), "Allowed", "quote_1")
    refused(signed(changed(good, side=1)), "Allowed", "quote_1")
    sells = quoted(side=Side.SELL, price=110).inputs(Z).signals
    accepted(sells, "quote_1")
    refused(signed(changed(sells, price=109)), "Allowed", "quote_1")
