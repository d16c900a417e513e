"""The margin circuits against the specification, and attacks 8 to 16 on them, at the level of the witness.

Attack 10 is in ``test_circuit_mutants.py``.
"""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

import zkmargin_native as native
from support import spec_values
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.circuits import ROOT
from support.instances import CIRCUITS, SHAPES, SMALLEST, SMALLEST_LIMITED, instance, instance_calculator
from support.mutation.margin_cases import MARGIN_CASES
from support.mutation.stub import copy_sources
from support.mutation.suite import STUBS, Case, Forgery, fault
from support.portfolios import KINDS, MOST, NOTHING, TOP, Portfolio, portfolios
from zkmargin import spec
from zkmargin.errors import InputError, StatementError
from zkmargin.proving import wtns
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.proving.circuit import compile_circuit
from zkmargin.proving.r1cs import read_sizes
from zkmargin.spec import constants as c

SHAPE = SHAPES[SMALLEST]
# Portfolios for each circuit; `make check` takes all.
FEW, ALL = 20, 300
# One circuit of each layout, of which one has limits, and one with disclosure; `make check` takes the others too.
QUICK = {"margin_13", "limits_8", "disclosure_13"}
OUTPUTS = ("healthy", "accountCommitment", "snapshotRoot")

INSTANCES = [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in SHAPES]


def witness_of(signals, name=SMALLEST):
    return instance_calculator(name).calculate(signals)


def check(portfolio: Portfolio, name: str = SMALLEST) -> spec.PublicSignals:
    """Calculate a witness, check it against the constraints and the spec, and return what it shows."""
    witness = agreed(portfolio, name)
    native.check_witness(instance(name).r1cs, witness)
    if SHAPES[name].disclosed:
        return claimed_by(portfolio.inputs(SHAPES[name]).public, portfolio.requirement_bps)
    return spec.PublicSignals(*wtns.public_signals(witness, 5))


def claimed_by(shown: spec.DisclosureSignals, bps: int) -> spec.PublicSignals:
    """Return the claim that follows from a disclosure."""
    healthy = int(shown.disclosed.healthy(bps))
    return spec.PublicSignals(healthy, shown.account_commitment, shown.snapshot_root, bps, shown.context)


def agreed(portfolio: Portfolio, name: str) -> bytes:
    """Calculate a witness and check that it shows what the spec says."""
    expected = portfolio.inputs(SHAPES[name])
    witness = witness_of(expected.signals, name)
    public = wtns.public_signals(witness, len(expected.all_public))
    assert public == expected.all_public, portfolio.kind
    return witness


def refused(signals) -> None:
    with pytest.raises(StatementError):
        witness_of(signals)


@pytest.fixture(scope="module")
def system():
    return System.of(instance(SMALLEST))


@pytest.fixture(scope="module")
def full():
    """A portfolio in every slot of the smallest instance."""
    return next(p for p in portfolios(SHAPE, len(KINDS), 7) if p.kind == "full")


@pytest.fixture(scope="module")
def good(full):
    """Inputs that are accepted: each attack changes something in them."""
    signals = full.inputs(SHAPE).signals
    native.check_witness(instance(SMALLEST).r1cs, witness_of(signals))
    return signals


def changed(values, at, value):
    """Return a list with another value at a place, given by one index or more."""
    first, *rest = at if isinstance(at, tuple) else (at,)
    return [
        (changed(item, tuple(rest), value) if rest else value) if i == first else item
        for i, item in enumerate(values)
    ]


def test_the_smallest_count_is_what_circom_says():
    counts = json.loads((ROOT / "circuits" / "sizes.json").read_text())
    assert read_sizes(instance(SMALLEST).r1cs).constraints == counts[SMALLEST]["constraints"]


def test_circom_warns_of_nothing(tmp_path):
    main = copy_sources(CIRCUITS, tmp_path) / "main.circom"
    call = "component main {public [requirementBps, context, limits]} = Margin(limited(wide(1, 1)));"
    main.write_text(f'pragma circom 2.2.0;\ninclude "margin/margin.circom";\n{call}\n')
    assert compile_circuit(main, tmp_path / "out", include=[STUBS], optimization=0).warnings == ()


@pytest.mark.parametrize("count", [FEW, pytest.param(ALL, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", INSTANCES)
def test_circuit_and_specification_agree_on_random_portfolios(name, count):
    shown = []
    for number, portfolio in enumerate(portfolios(SHAPES[name], count, 3)):
        witness = agreed(portfolio, name)
        if number % 3 == 0:  # three and the number of kinds have no common factor: every kind in turn
            native.check_witness(instance(name).r1cs, witness)
        if SHAPES[name].disclosed:
            disclosed = portfolio.inputs(SHAPES[name]).public.disclosed
            shown.append(int(disclosed.healthy(portfolio.requirement_bps)))
        else:
            shown += wtns.public_signals(witness, 1)
    assert count // 4 < sum(shown) < 3 * count // 4


LIMITED = SHAPES[SMALLEST_LIMITED]


def just_limited(number=20):
    """Return a limited portfolio in every slot, its limits as narrow as they can be."""
    full = next(p for p in portfolios(LIMITED, len(KINDS), number) if p.kind == "full")
    lanes = spec.margin(full.account, full.snapshot, full.plan).lanes
    slots = (spec.WIDE.delta, spec.WIDE.gamma)
    return replace(full, limits=spec.Limits(*(max(abs(lane.totals[s]) for lane in lanes) for s in slots)))


def test_greeks_at_their_limits_are_accepted_and_beyond_them_refused():
    portfolio = just_limited()
    check(portfolio, SMALLEST_LIMITED)
    signals = portfolio.inputs(LIMITED).signals
    delta, gamma = signals["limits"]
    assert delta > 0
    assert gamma > 0
    for limits in ([delta - 1, gamma], [delta, gamma - 1], [0, 0], [R - 1, gamma], [2**83, gamma]):
        with pytest.raises(StatementError):
            witness_of({**signals, "limits": limits}, SMALLEST_LIMITED)
    # A limit is a public signal: nobody can show another one with the same witness.
    witness = list(wtns.parse(witness_of(signals, SMALLEST_LIMITED)))
    for place in (6, 7):
        other = [*witness[:place], witness[place] - 1, *witness[place + 1 :]]
        with pytest.raises(native.UnsatisfiedError):
            native.check_witness(instance(SMALLEST_LIMITED).r1cs, wtns.encode(other))


def test_a_short_position_is_limited_as_a_long_one_is():
    portfolio = just_limited()
    turned = tuple(spec.Position(one.instrument, -one.lots) for one in portfolio.account.positions)
    check(replace(portfolio, account=replace(portfolio.account, positions=turned)), SMALLEST_LIMITED)


def test_attack_11_limits_leave_no_signal_undetermined():
    system = System.of(instance(SMALLEST_LIMITED))
    witness = wtns.parse(witness_of(just_limited().inputs(LIMITED).signals, SMALLEST_LIMITED))
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []


DISCLOSING = "disclosure_13"


@pytest.fixture(scope="module")
def disclosed():
    """A disclosure of a portfolio in every slot, and its inputs."""
    shape = SHAPES[DISCLOSING]
    full = next(p for p in portfolios(shape, len(KINDS), 21) if p.kind == "full")
    amounts, key = tuple(range(101, 109)), spec.TradingKey(3, 4)
    return replace(full, account=replace(full.account, amounts=amounts, key=key)).inputs(shape)


def test_attack_11_a_disclosure_leaves_no_signal_undetermined(disclosed):
    system = System.of(instance(DISCLOSING))
    witness = wtns.parse(witness_of(disclosed.signals, DISCLOSING))
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []


@pytest.mark.parametrize("place", range(7))
def test_clearing_attack_a_disclosure_with_another_public_signal(disclosed, place):
    """The point and the value of the opening are bound as the others are."""
    witness = list(wtns.parse(witness_of(disclosed.signals, DISCLOSING)))
    witness[1 + place] = (witness[1 + place] + 1) % R
    with pytest.raises(native.UnsatisfiedError):
        native.check_witness(instance(DISCLOSING).r1cs, wtns.encode(witness))


def other_openings(signals):
    """Yield inputs with an element of the opening changed, or with two of them exchanged."""
    account = signals["account"]
    for name in ("owner", "account", "viewKey", "nonce"):
        yield {**signals, "account": {**account, name: (account[name] + 1) % R}}
    yield {**signals, "account": {**account, "key": account["key"][::-1]}}
    yield {**signals, "account": {**account, "cash": (account["cash"] + R - 1) % R}}
    yield {**signals, "account": {**account, "amounts": account["amounts"][::-1]}}
    yield {**signals, "account": {**account, "viewKey": account["nonce"], "nonce": account["viewKey"]}}
    slots = signals["slots"]
    yield {**signals, "slots": [slots[1], slots[0], *slots[2:]]}
    yield {**signals, "slots": [{**slots[0], "lots": slots[1]["lots"]}, *slots[1:]]}
    orders = [signals["orders"][1], signals["orders"][0], *signals["orders"][2:]]
    yield {**signals, "orders": orders, "account": {**account, "orders": native.poseidon(orders)}}


def test_clearing_attack_an_opening_of_another_account_is_disclosed(disclosed):
    """Another list of elements is the opening of another commitment, so its value does not help."""
    honest = witness_of(disclosed.signals, DISCLOSING)
    commitment, value = wtns.parse(honest)[1], wtns.parse(honest)[5]
    assert value == disclosed.public.disclosed.opening
    count = 0
    for forged in other_openings(disclosed.signals):
        witness = wtns.parse(witness_of(forged, DISCLOSING))
        assert witness[1] != commitment
        assert witness[5] != value
        count += 1
    assert count == 11
    # The table under its own hash, beside the hash of the account's table.
    orders = [disclosed.signals["orders"][0] + 1, *disclosed.signals["orders"][1:]]
    with pytest.raises(StatementError):
        witness_of({**disclosed.signals, "orders": orders}, DISCLOSING)


def test_a_row_of_one_layout_is_none_of_another():
    """The leaves hash another number of elements: no wide row has a standard row's leaf."""
    standard, wide = spec.Row((0,) * 18, 0, 0), spec.Row((0,) * 42, 0, 0)
    assert spec.leaf(standard, native.poseidon) != spec.leaf(wide, native.poseidon)
    small = next(portfolios(SHAPE, 1, 5))
    with pytest.raises(spec.SpecError, match="layout"):
        small.inputs(SHAPES["wide_8"])


def test_the_constraints_hold_in_plain_integers_too(system):
    for portfolio in portfolios(SHAPE, 4, 4):
        assert system.violated(wtns.parse(witness_of(portfolio.inputs(SHAPE).signals))) == []


@pytest.mark.parametrize("larger", ["disclosure_13", pytest.param("margin_30", marks=pytest.mark.slow)])
def test_every_instance_has_the_same_commitment_of_an_account(larger):
    small = next(portfolios(SHAPE, 1, 5))
    same = replace(small, plan=spec.plan(small.account, SHAPES[larger]))
    assert check(small) == check(same, larger)


def one_position(lots=1, index=0, underlying=0, row=None, **account):
    """Return inputs of an account with a single position."""
    instrument = underlying * c.INSTRUMENTS + index
    row = row or spec.Row((1,) * spec.STANDARD.slots, 1, 1)
    table = spec.build_table({instrument: row}, native.poseidon)
    prices = account.pop("prices", NOTHING)
    bps = account.pop("bps", c.BPS_UNIT)
    held = spec_values.account([(instrument, lots)], **account)
    plan, snapshot = spec.plan(held, SHAPE), spec.Snapshot(table, prices, 4, 5)
    return Portfolio("one position", held, snapshot, plan, bps, 6)


AT_BOUNDS = {
    "lots, most": {"lots": MOST},
    "lots, least": {"lots": -MOST},
    "lots, -1": {"lots": -1},
    "index": {"index": c.INSTRUMENTS - 1},
    "laneUnderlying": {"underlying": c.UNDERLYINGS - 1},
    "cash, most": {"cash": 2**83 - 1},
    "cash, least": {"cash": -(2**83)},
    "amounts": {"amounts": (2**64 - 1,) * 8},
    "prices": {"prices": (2**64 - 1,) * 8},
    "amounts and prices": {"amounts": (2**64 - 1,) * 8, "prices": (2**64 - 1,) * 8},
    "requirementBps, most": {"bps": 2**20 - 1},
    "requirementBps, least": {"bps": 0},
    "row": {"lots": -MOST, "row": spec.Row((-TOP,) * spec.STANDARD.slots, TOP, TOP)},
}


@pytest.mark.parametrize("values", AT_BOUNDS.values(), ids=AT_BOUNDS)
def test_attack_08_a_value_at_its_bound_is_accepted(values):
    check(one_position(**values))


BEYOND = {
    # name: (where in its list, values that have to be refused)
    "lots": ((0,), (2**31, -(2**31), -(2**31) - 1, R // 2)),
    "index": ((0,), (c.INSTRUMENTS, -1)),
    "member": ((0, 0), (2, -1)),
    "laneUnderlying": ((SHAPE.lanes - 1,), (c.UNDERLYINGS, -1)),
    "cash": ((), (2**83, -(2**83) - 1, R // 2)),
    "requirementBps": ((), (2**20, -1)),
    **{f"amounts {i}": ((i,), (2**64, -1)) for i in range(8)},
    **{f"prices {i}": ((i,), (2**64, -1)) for i in range(8)},
}


@pytest.mark.parametrize("name", BEYOND)
def test_attack_08_a_value_beyond_its_bound_is_refused(name):
    good = one_position(index=0, underlying=0).inputs(SHAPE).signals
    signal, (place, values) = name.split()[0], BEYOND[name]
    for value in values:
        other = changed(good[signal], place, value % R) if place else value % R
        refused({**good, signal: other})


@pytest.mark.parametrize("name", ["lots", "index", "member"])
def test_attack_08_also_in_a_slot_without_lots(name):
    """There no row stands behind the slot, and its id goes into the commitment all the same."""
    good = one_position().inputs(SHAPE).signals
    place, values = (SHAPE.positions - 1,), (c.INSTRUMENTS, -1)
    if name == "member":
        place, values = (*place, 0), (2, -1)
    if name == "lots":
        values = (1, -1, 2**31, -(2**31))
    for value in values:
        refused({**good, name: changed(good[name], place, value % R)})


def test_attack_08_a_slot_without_lots_is_in_one_lane_at_most():
    good = one_position().inputs(SHAPE).signals
    for member in ([1, 1, *[0] * (SHAPE.lanes - 2)], [2, R - 1, *[0] * (SHAPE.lanes - 2)], [1] * SHAPE.lanes):
        refused({**good, "member": changed(good["member"], SHAPE.positions - 1, member)})


@pytest.mark.parametrize("bits", [78, 80, 83])
def test_attack_08_totals_at_and_beyond_their_bounds(bits, tmp_path):
    """Risk, scenarios, mark and delta of a lane, at the widths of the instances."""
    top = 2**bits

    def inputs(slot, total, floor=0):
        k, j = divmod(slot, 3)
        return {"sums": [(total << 84 * j) % R if i == k else 0 for i in range(6)], "floor": floor}

    accepted = [
        (inputs(s, total, 1), [max(1, -total), 0, 0]) for s in range(16) for total in (1 - top, top - 2)
    ]
    accepted += [(inputs(16, mark), [0, mark % R, 0]) for mark in (top // 2 - 1, -top // 2)]
    accepted += [(inputs(17, delta), [0, 0, delta % R]) for delta in (top // 2 - 1, -top // 2)]
    accepted += [(inputs(0, 0, top - 1), [top - 1, 0, 0])]
    beyond = [inputs(s, total) for s in range(16) for total in (-top, top)]
    beyond += [inputs(s, total) for s in (16, 17) for total in (top // 2, -top // 2 - 1)]
    beyond += [inputs(0, 0, top)]
    case = Case(file="margin/lane.circom", main=f"LaneRisk({bits}, 16, 6)", honest=accepted, refused=beyond)
    assert fault(case, copy_sources(CIRCUITS, tmp_path)) is None


@pytest.mark.parametrize("kind", ["full", "empty", "ordinary"])
def test_attack_09_a_change_of_any_single_signal_is_noticed(system, kind):
    portfolio = next(p for p in portfolios(SHAPE, len(KINDS), 11) if p.kind == kind)
    witness = wtns.parse(witness_of(portfolio.inputs(SHAPE).signals))
    for change in (1, 2**84):
        assert system.unnoticed(witness, change) == []


@pytest.mark.parametrize("wire", [1, 2, 3, 4, 5, 6, 1000, -1])
def test_attack_09_the_native_core_notices_it_too(good, wire):
    witness = list(wtns.parse(witness_of(good)))
    witness[wire] = (witness[wire] + 1) % R
    with pytest.raises(native.UnsatisfiedError):
        native.check_witness(instance(SMALLEST).r1cs, wtns.encode(witness))


@pytest.mark.parametrize("kind", ["full", "empty", "one lane", "largest values"])
def test_attack_11_no_signal_of_an_instance_is_undetermined(system, kind):
    portfolio = next(p for p in portfolios(SHAPE, len(KINDS), 12) if p.kind == kind)
    witness = wtns.parse(witness_of(portfolio.inputs(SHAPE).signals))
    assert undetermined(system, witness) == []
    assert system.unused_inputs == []


@pytest.mark.parametrize("name", INSTANCES)
@pytest.mark.parametrize(("lots", "value"), [(MOST, TOP), (MOST, -TOP), (-MOST, TOP), (-MOST, -TOP)])
def test_attack_12_the_largest_positions_times_the_largest_values_do_not_wrap(name, lots, value):
    shape = SHAPES[name]
    rows = {i: spec.Row((value,) * shape.layout.slots, TOP, TOP) for i in range(shape.positions)}
    snapshot = spec.Snapshot(spec.build_table(rows, native.poseidon), (2**64 - 1,) * 8, 1, 2)
    held = tuple(spec.Position(i, lots) for i in rows)
    cash = 2**83 - 1 if lots * value > 0 else -(2**83)
    account = spec_values.account(held, cash=cash, amounts=(2**64 - 1,) * 8)
    plan = spec.plan(account, shape)
    limits = spec.Limits() if shape.limited else None
    portfolio = Portfolio("largest", account, snapshot, plan, 2**20 - 1, 3, limits)
    total = shape.positions * lots * value
    # All in one lane: the risk is the whole loss, or the floor, and the charge comes on top of it.
    charge = shape.positions * MOST * TOP
    floor = charge if lots < 0 else 0
    assert spec.margin(account, snapshot, plan).requirement == max(0, -total, floor) + charge
    assert check(portfolio, name).healthy == int(portfolio.surplus() >= 0)


def test_attack_13_negative_cash_and_negative_totals():
    gains = spec.Row((-7,) * spec.STANDARD.slots, 0, 0)
    # Short at a negative mark: 70 micro-quote of gain in every scenario and of value.
    for cash, healthy in ((-70, 1), (-71, 0)):
        assert check(one_position(lots=-10, row=gains, cash=cash)).healthy == healthy
    # Long: 70 of loss, -70 of value, so 140 of cash are needed.
    for cash, healthy in ((140, 1), (139, 0)):
        assert check(one_position(lots=10, row=gains, cash=cash)).healthy == healthy


@pytest.mark.parametrize(("kind", "healthy"), [("exactly enough", 1), ("one unit short", 0)])
def test_attack_13_exactly_enough_and_one_unit_short(kind, healthy):
    for portfolio in [p for p in portfolios(SHAPE, 5 * len(KINDS), 13) if p.kind == kind]:
        assert (0 <= portfolio.surplus() < 10**10) if healthy else (-(10**10) <= portfolio.surplus() < 0)
        assert check(portfolio).healthy == healthy


BAD = spec.Row((-1000,) * spec.STANDARD.slots, 900, 90)
FINE = spec.Row((1000,) * spec.STANDARD.slots, 0, 0)
HERE, THERE, ABROAD = 100, 101, 3 * c.INSTRUMENTS + 100


LANES = (0, *range(3, 2 + SHAPE.lanes))


def laid_out(held, rows=None, lanes=LANES, lane_of=None):
    """Lay out an account under a table with a bad row at home, a fine one beside it and one abroad."""
    rows = rows or {HERE: BAD, THERE: FINE, ABROAD: FINE}
    snapshot = spec.Snapshot(spec.build_table(rows, native.poseidon), NOTHING, 4, 5)
    account = spec_values.account(held, cash=50_000)
    lane_of = lane_of or tuple(
        lanes.index(identifier // c.INSTRUMENTS) if lots else None for identifier, lots in held
    )
    plan = spec.Plan(lanes, lane_of)
    return spec.circuit_inputs(
        account, snapshot, SHAPE, c.BPS_UNIT, 6, chosen=plan, hasher=native.poseidon
    ).signals


def holding(held, rows=None):
    """Return inputs that are accepted."""
    signals = laid_out(held, rows)
    native.check_witness(instance(SMALLEST).r1cs, witness_of(signals))
    return signals


ROW_SIGNALS = ("packed", "shortFloor", "addOn", "children")


def with_row_of(target, source, *more):
    """Return the target's inputs with the first position valued by the source's row and path."""
    names = (*ROW_SIGNALS, *more)
    return {**target, **{name: changed(target[name], 0, source[name][0]) for name in names}}


def test_attack_14_a_position_valued_by_another_instruments_row():
    mine, fine = holding([(HERE, 9)]), holding([(THERE, 9)])
    refused(with_row_of(mine, fine))
    for name in ROW_SIGNALS:
        if mine[name][0] != fine[name][0]:
            refused({**mine, name: changed(mine[name], 0, fine[name][0])})


def test_attack_14_a_position_under_another_instruments_id():
    mine = holding([(HERE, 9)])
    refused({**mine, "index": changed(mine["index"], 0, THERE)})
    refused({**mine, "index": changed(mine["index"], 0, HERE + c.INSTRUMENTS)})


def test_attack_14_a_row_of_another_underlyings_subtree():
    mine, fine = holding([(HERE, 9)]), holding([(ABROAD, 9)])
    refused(with_row_of(mine, fine))
    # Its lane too: then the id is the other instrument's, so the account is another one.
    moved = with_row_of(mine, fine, "member")
    assert wtns.public_signals(witness_of(moved), 2)[1] != wtns.public_signals(witness_of(mine), 2)[1]
    # A lane that says it is of one underlying and shows the subtree of another.
    refused({**moved, "laneUnderlying": changed(moved["laneUnderlying"], 1, 1)})
    refused({**mine, "laneChildren": changed(mine["laneChildren"], 0, mine["laneChildren"][1])})


def test_attack_14_a_row_of_another_snapshot():
    mine = holding([(HERE, 9)])
    fine = holding([(HERE, 9)], rows={HERE: FINE, THERE: FINE, ABROAD: FINE})
    refused(with_row_of(mine, fine))
    with_lane = {**with_row_of(mine, fine), "laneChildren": fine["laneChildren"]}
    refused(with_lane)
    # All the way up: accepted, but that is the other snapshot's root.
    whole = {**with_lane, "underlyingRoots": fine["underlyingRoots"]}
    assert wtns.public_signals(witness_of(whole), 3)[2] == wtns.public_signals(witness_of(fine), 3)[2]
    assert wtns.public_signals(witness_of(whole), 3)[2] != wtns.public_signals(witness_of(mine), 3)[2]


def under_the_commitment_of(honest, cheating):
    """Put the honest witness's commitment in place of the one that the cheating inputs give."""
    wanted = wtns.public_signals(witness_of(honest), 2)[1]
    witness = list(wtns.parse(witness_of(cheating)))
    assert witness[2] != wanted
    witness[2] = wanted
    with pytest.raises(native.UnsatisfiedError):
        native.check_witness(instance(SMALLEST).r1cs, wtns.encode(witness))


def test_attack_15_a_losing_position_left_out():
    both = holding([(HERE, 9), (ABROAD, 5)])
    under_the_commitment_of(both, holding([(ABROAD, 5)]))


def test_attack_15_a_losing_position_that_is_in_no_lane():
    both = holding([(HERE, 9), (ABROAD, 5)])
    refused({**both, "member": changed(both["member"], 0, [0] * SHAPE.lanes)})


def test_attack_15_collateral_counted_twice(good):
    doubled = [min(2 * amount + 1, 2**64 - 1) for amount in good["amounts"]]
    under_the_commitment_of(good, {**good, "amounts": doubled})
    under_the_commitment_of(
        good, {**good, "cash": (good["cash"] + 1) % R if good["cash"] != 2**83 - 1 else 0}
    )


def test_attack_15_a_gain_counted_in_two_lanes():
    mine = holding([(THERE, 9)])
    refused({**mine, "member": changed(mine["member"], 0, [1, 1, *[0] * (SHAPE.lanes - 2)])})


SLOT_SIGNALS = ("member", "index", *ROW_SIGNALS)


def repeated(signals, source, target, lots):
    """Return inputs with the instrument of one slot in another one too, with its row and lots of its own."""
    same = {name: changed(signals[name], target, signals[name][source]) for name in SLOT_SIGNALS}
    return {**signals, **same, "lots": changed(signals["lots"], target, lots % R)}


@pytest.mark.parametrize("target", [1, 2, SHAPE.positions - 1])
@pytest.mark.parametrize("lots", [-9, 9, 4])
def test_clearing_attack_an_instrument_twice(target, lots):
    """A closing fill in another slot: floor and add-on would count both legs."""
    refused(repeated(holding([(HERE, 9), (ABROAD, 5)]), 0, target, lots))


@pytest.mark.slow
@pytest.mark.parametrize("name", ["margin_30", "margin_64", "margin_128", "limits_51"])
def test_clearing_attack_an_instrument_twice_in_a_large_circuit(name):
    shape = SHAPES[name]
    portfolio = next(p for p in portfolios(shape, len(KINDS), 7) if p.kind == "one lane")
    signals = portfolio.inputs(shape).signals
    witness_of(signals, name)
    last = shape.positions - 1
    for source, target in ((0, last), (last, 0), (last // 2, last // 2 + 1)):
        # With its own lots, or as many as there were.
        for lots in (signals["lots"][source], signals["lots"][target]):
            with pytest.raises(StatementError):
                witness_of(repeated(signals, source, target, lots), name)


def test_clearing_attack_a_slot_without_lots_hides_no_position():
    """Empty slots may stand between positions: there is one of them in the commitment, not another's lots."""
    spaced = holding([(HERE, 9), (0, 0), (0, 0), (ABROAD, 5)])
    under_the_commitment_of(spaced, holding([(HERE, 9), (ABROAD, 5)]))
    both = holding([(HERE, 9), (ABROAD, 5)])
    under_the_commitment_of(both, holding([(0, 0), (ABROAD, 5)]))


@pytest.mark.parametrize("name", ["owner", "account", "key 0", "key 1", "viewKey", "nonce", "orders"])
def test_clearing_attack_another_key_number_or_order_table_is_another_account(good, name):
    signal, *place = name.split()
    value = good[signal]
    other = changed(value, int(place[0]), (value[int(place[0])] + 1) % R) if place else (value + 1) % R
    under_the_commitment_of(good, {**good, signal: other})


def test_attack_15_a_hedge_torn_apart_by_two_lanes_of_one_underlying():
    """Each lane's risk is a maximum, so two lanes would ask for more: a default proof could lie with it."""
    held = [(HERE, 9), (THERE, 9)]
    holding(held)
    for lanes in ((0, 0, *LANES[2:]), (0, *LANES[1:-1], 0), LANES[::-1]):
        at_home = [lane for lane, underlying in enumerate(lanes) if underlying == 0]
        refused(laid_out(held, lanes=lanes, lane_of=(at_home[0], at_home[-1])))


@pytest.mark.parametrize("change", ["+ 1", "+ (1 << 40)", "+ (1 << 77)", "- 1"])
def test_attack_16_a_scan_that_is_not_the_maximum(change, tmp_path):
    """The whole statement with a prover whose maximum is off, for healthy accounts and others."""
    case, *_ = MARGIN_CASES["Margin"]
    hint = "maximum <-- best"
    forgeries = [
        Forgery("lib/maximum.circom", hint, f"{hint} {change}", inputs) for inputs, _ in case.honest[:3]
    ]
    assert fault(replace(case, forgeries=forgeries), copy_sources(CIRCUITS, tmp_path)) is None


def test_attack_16_another_split_of_the_sums(tmp_path):
    """A slot gets 2^84 and the next one less: the same sum, another maximum."""
    case, *_ = MARGIN_CASES["Margin"]
    hint = "slot[j] <-- ((shifted >> (84 * j)) & MASK) - HALF"
    moved = [
        f"{hint} {sign} ((1 << 84) * (j == {low}) - (j == {low + 1}))" for low in (0, 1) for sign in "+-"
    ]
    forgeries = [Forgery("lib/slots.circom", hint, forged, case.honest[0][0]) for forged in moved]
    assert fault(replace(case, forgeries=forgeries), copy_sources(CIRCUITS, tmp_path)) is None


def test_an_input_that_is_not_reduced_never_reaches_the_circuit(good):
    for value in (R, -1, good["context"] + R):
        with pytest.raises(InputError):
            witness_of({**good, "context": value})
