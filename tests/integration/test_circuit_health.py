"""The health circuits against the specification, and attacks on them, at the level of the witness.

Most tests run small parameters with a stub for Poseidon. Mutants of the templates are in ``test_circuit_mutants.py``.
"""

from __future__ import annotations

import json
from dataclasses import replace

import flint
import pytest

import zkmargin_native as native
from support.algebra.jacobian import undetermined
from support.algebra.r1cs import System
from support.circuits import ROOT, compiled
from support.health_batches import batches
from support.instances import instance
from support.mutation.health_cases import (
    BESIDE,
    BOTH,
    BPS,
    FAR,
    NEAR,
    TINY,
    TINY_HEALTH,
    TINY_ROWS,
    TINY_SHAPE,
    TinyRow,
    Z,
    challenge_of,
    changed,
    claims_of,
    key_challenge_of,
    left_out,
    opened,
    reproved,
    tiny_inputs,
    tiny_snapshot,
    with_surplus,
    without_add_on,
)
from support.mutation.stub import hashing
from support.stubbed import Stubbed
from zkmargin import spec
from zkmargin.proofs.batch_instances import batch_circuits
from zkmargin.proving import wtns
from zkmargin.proving.bn254 import SCALAR_MODULUS as R
from zkmargin.proving.r1cs import read_sizes
from zkmargin.proving.witness import WitnessCalculator
from zkmargin.spec import lookup

CIRCUITS = ROOT / "circuits"
LOOKUP, PATHS = "health/lookup.circom", "health/paths.circom"
TINY_MAIN = f"HealthByLookup(2, {TINY_SHAPE}, 1, 1)"
FOUR_MAIN = f"HealthByLookup(4, {TINY_SHAPE}, 1, 1)"
PUBLIC = "{public [requirementBps, z]}"


def built(folder, file, main, *edits, public=PUBLIC):
    """Return a health circuit with the stub; its proofs would show five signals."""
    return Stubbed(folder, file, main, *edits, public=public, signals=5)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """Return the circuit for 2 and for 4 accounts, with nothing removed."""
    return {
        places: built(tmp_path_factory.mktemp("whole"), LOOKUP, main)
        for places, main in ((2, TINY_MAIN), (4, FOUR_MAIN))
    }


@pytest.fixture
def tiny(whole):
    return whole[2]


@pytest.fixture
def weakened(tmp_path):
    """Return a function that compiles the circuit with a part of it replaced."""
    return lambda path, old, new, main=TINY_MAIN: built(tmp_path, LOOKUP, main, (path, old, new))


DATA = tiny_snapshot(TINY_ROWS)


def rich(*held, number=62, data=DATA):
    """Return an account with more than it needs."""
    return with_surplus(opened(held), data, 10**9)


def two():
    return [rich(*BOTH), rich((FAR, -3), (0, 0), (NEAR, 2), number=67)]


class TestSpecification:
    @pytest.mark.parametrize(
        ("main", "shape", "file", "count"),
        [
            (
                "HealthByLookup(4, standard(2, 4), 2, 3)",
                spec.HealthShape(4, spec.Shape(2, 4), 2, 3),
                LOOKUP,
                60,
            ),
            (
                "HealthByLookup(3, wide(2, 2), 1, 0)",
                spec.HealthShape(3, spec.Shape(2, 2, spec.WIDE), 1, 0),
                LOOKUP,
                30,
            ),
            ("HealthByPaths(2, standard(2, 3))", spec.HealthShape(2, spec.Shape(2, 3)), PATHS, 30),
            ("HealthByPaths(1, wide(2, 2))", spec.HealthShape(1, spec.Shape(2, 2, spec.WIDE)), PATHS, 15),
        ],
    )
    def test_circuits_agree_on_random_batches(self, main, shape, file, count, tmp_path):
        """Some 300 accounts in all; batches of fewer accounts than places are filled up with blanks."""
        circuit = built(tmp_path, file, main)
        for batch in batches(shape, count, seed=6, hasher=hashing):
            inputs = batch.inputs(shape, hashing)
            assert circuit.public(inputs.signals) == inputs.public


RICH = 2**80


def signals_of(accounts, shape=TINY_HEALTH, data=DATA):
    """Return the inputs of accounts that need not be healthy; the circuit accepts them only if they are."""
    cash = [one.cash for one in accounts]
    signals = tiny_inputs([replace(one, cash=RICH) for one in accounts], data, shape).signals
    for a, amount in enumerate(cash):
        signals = changed(signals, ("opening", a, "cash"), amount % R)
    return reproved(signals)


def shown(accounts, data=DATA, places=2):
    """Return the public signals of accounts, which say that all are healthy."""
    batch = spec.filled_up(accounts, places)
    commitments = [spec.commitment(one, hashing) for one in batch]
    root = spec.snapshot_root(data, hashing)
    return (spec.digest(commitments, hashing), spec.horner(commitments, Z), root, BPS, Z)


def poor(*held, surplus=-1, number=62):
    return with_surplus(opened(held, number=number), DATA, surplus)


def with_claims(signals, a, **claims):
    """Return inputs with other claims of an account, and the weighted lots that follow."""
    for name, value in claims.items():
        signals = changed(signals, ("claims", a, name), value)
    return reproved(signals)


class TestAsserted:
    """What every account of a batch must be."""

    def test_honest_accounts_are_accepted(self, tiny):
        for accounts in (two(), [poor(*BOTH, surplus=0)], []):
            assert tiny.public(signals_of(spec.filled_up(accounts, 2))) == shown(accounts)

    @pytest.mark.parametrize("place", [0, 1])
    def test_clearing_attack_unhealthy(self, tiny, weakened, place):
        accounts = [poor(*BOTH, surplus=-1 if a == place else 0, number=62 + a) for a in range(2)]
        forged = signals_of(accounts)
        assert tiny.public(forged) is None
        without = weakened("health/sufficient.circom", "healthy === 1;", "")
        assert without.public(forged) == shown(accounts)

    @pytest.mark.parametrize("place", [0, 1])
    def test_clearing_attack_unfunded(self, tiny, weakened, place):
        marks = 4 * TINY_ROWS[FAR].slots[4]
        accounts = [
            replace(opened(((FAR, 4),), number=62 + a), cash=-marks - (a == place), amounts=(10**9,) * 8)
            for a in range(2)
        ]
        forged = signals_of(accounts)
        assert tiny.public(forged) is None
        assert weakened("health/sufficient.circom", "Unsigned(86)(value.funds);", "").public(forged) == shown(
            accounts
        )
        spared = [replace(one, cash=-marks) for one in accounts]
        assert tiny.public(signals_of(spared)) == shown(spared)

    def test_clearing_attack_an_instrument_twice(self, tiny, weakened):
        """Booked into two slots, a closing fill would leave both legs; one slot must take it."""
        account = rich((NEAR, 7), (BESIDE, -3))
        forged = signals_of([account, spec.BLANK])
        forged = reproved(changed(forged, ("slots", 0, "id", 1), NEAR))
        claims = lookup.claim_signals(twice_claims())
        forged = with_claims(forged, 0, **claims)
        assert tiny.public(forged) is None
        public = weakened("health/claims.circom", "Unique(POSITIONS)(slots.id, slots.used);", "").public(
            forged
        )
        assert public is not None
        assert public != shown([account])

    def test_clearing_attack_blanks_in_an_accounts_place(self, tiny):
        """A proof for a blank shows the blank: a contract that expects the account's commitment refuses it."""
        good, bad = two()[0], poor(*BOTH)
        assert tiny.public(signals_of([good, bad])) is None
        public = tiny.public(signals_of([good, spec.BLANK]))
        assert public == shown([good])
        digest, accounts, *_ = shown([good, bad])
        assert (public[0], public[1]) != (digest, accounts)
        assert public[1] == (spec.commitment(good, hashing) + Z * spec.commitment(spec.BLANK, hashing)) % R


def twice_claims():
    """Return the claims of 7 and -3 lots of NEAR: the sums add up, floor and charge count both."""
    row = TINY_ROWS[NEAR]
    (sums,) = (lookup.claims(rich((NEAR, 4)), DATA, TINY_HEALTH).sums,)
    return lookup.Claims((0, 2), sums, (0, 3 * row.short_floor), 10 * row.add_on)


class TestClaims:
    """Claims that are not what positions and rows add up to."""

    def test_clearing_attack_position_left_out(self, tiny, weakened):
        accounts = [rich(*BOTH), rich((FAR, -3), (0, 0), (NEAR, 2), number=67)]
        forged = left_out(accounts, DATA, 1, 2)
        assert tiny.public(forged) is None
        assert weakened(LOOKUP, "ofPositions === ofRows;", "").public(forged) == shown(accounts)

    def test_clearing_attack_lane_missing(self, tiny, weakened):
        accounts = [rich(*BOTH), spec.BLANK]
        honest = lookup.claims(accounts[0], DATA, TINY_HEALTH)
        fewer = {"underlying": [2, 3], "sums": [list(honest.sums[0]), [0, 0]], "floor": [honest.floors[0], 0]}
        forged = with_claims(signals_of(accounts), 0, **fewer)
        assert tiny.public(forged) is None
        assert weakened(LOOKUP, "claimedInAll === valued;", "").public(forged) == shown(accounts)

    def test_clearing_attack_charge_moved_to_another_account(self, tiny, weakened):
        accounts = [poor(*BOTH), rich((FAR, -3), number=67)]
        signals = signals_of(accounts)
        charges = [one["charge"] for one in signals["claims"]]
        moved = with_claims(signals, 0, charge=charges[0] - 5)
        moved = with_claims(moved, 1, charge=charges[1] + 5)
        assert tiny.public(moved) is None
        # All accounts with the same weight: only the total of all charges counts.
        same = weakened(
            "health/claims.circom",
            "account <== weights.underlying[7] * stride;",
            "account <== 1 + 0 * stride;",
        )
        assert same.public(with_equal_weights(moved)) == shown(accounts)

    @pytest.mark.parametrize("which", ["row missing", "row wrong", "row invented", "row absent"])
    def test_clearing_attack_row_that_is_not_the_tables(self, tiny, weakened, which):
        accounts, forged = self.forged_row(which)
        assert tiny.public(forged) is None
        if which == "row missing":
            without = weakened(LOOKUP, "ofPositions === ofRows;", "")
        else:
            without = weakened("health/octet.circom", "weighted[side] * (own - leaf) === 0;", "")
        assert without.public(forged) == shown(accounts)

    @staticmethod
    def forged_row(which):
        signals = signals_of([rich(*BOTH), spec.BLANK])
        single = len(signals["row"]) - 1
        if which == "row wrong":
            return [rich(*BOTH)], reproved(without_add_on(signals, single))
        if which == "row missing":
            # FAR's row is not among the rows, and the claims are those without FAR.
            fewer = signals_of([rich(*BOTH[:2]), spec.BLANK])
            rows = {name: fewer[name] for name in ("octet", "place", "leaves", "children", "row")}
            signals = {**signals, **rows, "claims": fewer["claims"]}
            return [rich(*BOTH)], reproved(signals, fewer["slots"])
        # An instrument without a row: one beside BESIDE, and in "absent" one in an octet without any.
        other = BESIDE + 1 if which == "row invented" else 4096 * 6 + 800
        rows = {**TINY_ROWS, other: TinyRow((10**6,) * 6, 0, 0)}
        account = replace(opened(((other, 9), (NEAR, -7))), cash=0)
        invented = tiny_inputs([account], tiny_snapshot(rows)).signals
        honest = tiny_inputs([rich((FAR, 1), (NEAR, -7))], DATA).signals
        empty = [0] * 8
        tree = DATA.table.tree
        for group, number in enumerate(invented["octet"]):
            invented = changed(invented, ("leaves", group), list(tree.children(1, number)))
            path = [list(tree.children(level + 1, number // 8**level)) for level in (1, 2, 3)]
            invented = changed(invented, ("children", group), path)
        assert which == "row invented" or empty in invented["leaves"]
        return [account], reproved({**invented, "underlyingRoots": honest["underlyingRoots"]})

    def test_clearing_attack_two_groups_with_one_id_are_harmless(self, tmp_path):
        circuit = built(tmp_path, LOOKUP, f"HealthByLookup(1, {TINY_SHAPE}, 2, 1)")
        shape = spec.HealthShape(1, spec.Shape(2, 3, TINY), 2, 1)
        accounts = [rich((NEAR, -7), (BESIDE, 5))]
        signals = signals_of(accounts, shape)
        honest = circuit.public(signals)
        assert honest == shown(accounts, places=1)
        # The second octet again, and the lots of NEAR divided between both.
        octet = signals["octet"][0]
        for name in ("octet", "leaves", "children"):
            signals = changed(signals, (name, 1), signals[name][0])
        signals = {**signals, "row": [*signals["row"][:8], *signals["row"]][:17]}
        signals = changed(signals, ("row", 16), signals["row"][0])
        lots = signals["weighted"][NEAR - 8 * octet][1]
        divided = changed(signals, ("weighted", NEAR - 8 * octet, 1), (lots - 12345) % R)
        divided = changed(divided, ("weighted", 8 + NEAR - 8 * octet, 1), 12345)
        assert circuit.public(divided) == honest
        # It gains nothing: other claims stay wrong.
        assert circuit.public(with_claims(signals, 0, charge=0)) is None


def with_equal_weights(signals):
    """Return inputs whose weighted lots count every account once."""
    total = {}
    for slots in signals["slots"]:
        for identifier, lots in zip(slots["id"], slots["lots"], strict=True):
            key = identifier, lots > R // 2
            total[key] = (total.get(key, 0) + lots) % R
    single = 8 * signals["octet"][-1] + signals["place"][0]
    rows = [*(8 * signals["octet"][0] + i for i in range(8)), single]
    return {**signals, "weighted": [[total.get((i, side), 0) for side in (False, True)] for i in rows]}


class TestBindings:
    """Each binding of the two challenges, removed once: the false witness passes, and with it it does not."""

    def test_clearing_attack_an_id_beyond_15_bits(self, tiny, weakened):
        """An empty slot takes the difference of two ids: the same commitment, with a better instrument in it."""
        accounts = [poor((FAR, -30)), spec.BLANK]
        mine, better = signals_of(accounts), signals_of([rich((NEAR, -30)), spec.BLANK])
        forged = {**better, "opening": mine["opening"]}
        excess = (FAR - NEAR) * pow(2**47, -1, R) % R
        forged = reproved(changed(forged, ("slots", 0, "id", 1), excess))
        assert tiny.public(forged) is None
        without = weakened("health/claims.circom", "Unsigned(15)(slots.id[i]);", "")
        assert without.public(forged) == shown(accounts)

    def test_clearing_attack_long_and_short_cancel_without_the_side_in_the_key(self, tiny, weakened):
        """A short position passes as a negative long one: no floor, and an add-on that pays."""
        accounts = [poor((FAR, -30), surplus=-1000), spec.BLANK]
        signals = signals_of(accounts)
        charge = -30 * TINY_ROWS[FAR].add_on % R
        lane = signals["claims"][0]["underlying"].index(FAR // 4096)
        assert signals["claims"][0]["floor"][lane] > 0
        forged = with_claims(signals, 0, charge=charge, floor=[0, 0])
        assert tiny.public(forged) is None
        turned = {**forged, "weighted": [[(long + short) % R, 0] for long, short in forged["weighted"]]}
        assert tiny.public(turned) is None
        without = weakened(LOOKUP, "return 2 * id + short;", "return 2 * id;")
        assert without.public(turned) == shown(accounts)

    def test_clearing_attack_weighted_lots_not_in_the_second_challenge(self, tiny, weakened):
        """Two weighted lots solve both equations, for any claims."""
        accounts = [poor(*BOTH), spec.BLANK]
        forged = with_claims(signals_of(accounts), 0, charge=0)
        assert tiny.public(forged) is None
        blind = {**forged, "weighted": [[0, 0] for _ in forged["weighted"]]}
        forged = solved(forged, key_challenge_of(blind))
        assert tiny.public(forged) is None
        without = weakened("health/challenges.circom", "= weighted[r][side];", "= 0;")
        assert without.public(forged) == shown(accounts)

    @pytest.mark.parametrize("claim", ["sums", "floor", "charge"])
    def test_clearing_attack_claims_not_in_the_first_challenge(self, claim, whole, weakened):
        """With the weights known, false claims that weigh nothing in all are a short vector of a lattice."""
        held = ((NEAR, -700), (FAR, -400))
        others = [replace(opened(held, number=70 + a), cash=2**82) for a in range(3)]
        accounts = [poor(*held), *others]
        signals = signals_of(accounts, replace(TINY_HEALTH, accounts=4))
        hidden, nothing = signals, {"sums": [[0, 0], [0, 0]], "floor": [0, 0], "charge": 0}
        for a in range(4):
            hidden = changed(hidden, ("claims", a, claim), nothing[claim])
        forged = weightless(signals, claim, challenge_of(hidden))
        forged = {**forged, "weighted": reproved(hidden)["weighted"]}
        term = {"sums": "claims[a].sums[l][k]", "floor": "claims[a].floor[l]", "charge": "claims[a].charge"}
        without = weakened("health/challenges.circom", f"= {term[claim]};", "= 0;", FOUR_MAIN)
        assert without.public(forged) == shown(accounts, places=4)
        assert whole[4].public(forged) is None
        assert whole[4].public(reproved(forged)) is None

    @pytest.mark.parametrize(
        ("main", "line", "path"),
        [
            ("ClaimChallenge(1, 2, 2)", "claims[a].underlying[l] *", ("claims", 0, "underlying", 1)),
            ("ClaimChallenge(1, 2, 2)", "= digest;", ("digest",)),
            ("ClaimChallenge(1, 2, 2)", "= snapshotRoot;", ("snapshotRoot",)),
            ("KeyChallenge(2, 9)", "first[g] *", ("first", 0)),
            ("KeyChallenge(2, 9)", "first[g] *", ("first", 1)),
            ("KeyChallenge(2, 9)", "= claimChallenge;", ("claimChallenge",)),
        ],
    )
    def test_clearing_attack_a_value_outside_of_the_challenge(self, main, line, path, tmp_path):
        """Where a forgery takes a birthday search: the challenge moves with the value; without the binding it stays."""
        claims = lookup.claim_signals(lookup.Claims((2, 6), ((1, 2), (3, 4)), (5, 6), 7))
        inputs = {
            "ClaimChallenge(1, 2, 2)": {"digest": 1, "snapshotRoot": 2, "claims": [claims]},
            "KeyChallenge(2, 9)": {
                "claimChallenge": 1,
                "first": [8, 3],
                "weighted": [[i, 1] for i in range(9)],
            },
        }[main]
        other = changed(inputs, path, 7)
        file = "health/challenges.circom"
        bound = built(tmp_path / "bound", file, main, public="")
        assert bound.public(inputs)[0] != bound.public(other)[0]
        gone = "= 0;" if line.startswith("=") else "0 *"
        free = built(tmp_path / "free", file, main, (file, line, gone), public="")
        assert free.public(inputs)[0] == free.public(other)[0]


def solved(signals, beta):
    """Return inputs with two weighted lots for which both equations hold at a second challenge known before."""
    x, elements = challenge_of(signals), TINY.elements
    instruments = [
        *(8 * signals["octet"][0] + i for i in range(8)),
        8 * signals["octet"][1] + signals["place"][0],
    ]
    entries = [(r, side) for r in range(9) for side in (0, 1)]
    by_key = {(r, side): pow(beta - 2 * instruments[r] - side, -1, R) for r, side in entries}
    by_claim = {(r, side): of_one_lot(signals["row"][r], instruments[r], side, x) for r, side in entries}
    step = pow(x, 8 * (elements + 2), R)
    positions = sum(
        pow(step, a, R) * lots * pow(beta - 2 * identifier - (lots > R // 2), -1, R)
        for a, slots in enumerate(signals["slots"])
        for identifier, lots in zip(slots["id"], slots["lots"], strict=True)
        if lots
    )
    claims = lookup.weighted_claims(claims_of(signals), x)
    first, second = [(r, 0) for r, i in enumerate(instruments) if i in (NEAR, FAR)]
    left = [positions, claims]
    for (r, side), lots in ((entry, signals["weighted"][entry[0]][entry[1]]) for entry in entries):
        if (r, side) not in (first, second):
            left = [left[0] - lots * by_key[r, side], left[1] - lots * by_claim[r, side]]
    a, b, c, d = by_key[first], by_key[second], by_claim[first], by_claim[second]
    inverse = pow(a * d - b * c, -1, R)
    forged = changed(signals, ("weighted", *first), (d * left[0] - b * left[1]) * inverse % R)
    return changed(forged, ("weighted", *second), (a * left[1] - c * left[0]) * inverse % R)


def of_one_lot(row, instrument, short, x):
    elements = len(row["packed"])
    own = spec.horner((*row["packed"], -row["shortFloor"] * short), x)
    of_lane = pow(x, (elements + 2) * (instrument // 4096), R) * own
    return of_lane + (1 - 2 * short) * row["addOn"] * pow(x, elements + 1, R)


def weightless(signals, claim, x):
    """Return inputs whose claims differ by little, to the first account's advantage, and weigh together the same."""
    places = []
    for a, claims in enumerate(signals["claims"]):
        for lane, underlying in enumerate(claims["underlying"]):
            weight = pow(x, 4 * (8 * a + underlying), R)
            if claim == "charge" and lane == 0:
                places.append((("claims", a, "charge"), pow(x, 4 * 8 * a + 3, R)))
            elif claim == "floor" and (a or not lane):
                places.append((("claims", a, "floor", lane), weight * x**2 % R))
            elif claim == "sums":
                slots = [(1, 1)] if not a else [(k, j) for k in range(2) for j in range(3)]
                slots = slots if a or not lane else []
                places += [
                    (("claims", a, "sums", lane, k), weight * x**k * 2 ** (84 * j) % R, 2 ** (84 * j))
                    for k, j in slots
                ]
    weights = [place[1] for place in places]
    inverse = pow(weights[0], -1, R)
    count = len(weights)
    basis = [[R if i == 0 else 0 for i in range(count)]]
    basis += [
        [-weights[n] * inverse % R if i == 0 else int(i == n) for i in range(count)] for n in range(1, count)
    ]
    short = [[int(v) for v in row] for row in flint.fmpz_mat(basis).lll().table()]
    vector = next(row for row in short if row[0])
    sign = 1 if (vector[0] > 0) == (claim == "sums") else -1
    assert sum(v * w for v, w in zip(vector, weights, strict=True)) % R == 0
    for value, (path, _, *unit) in zip(vector, places, strict=True):
        old = signals
        for key in path:
            old = old[key]
        signals = changed(signals, path, (old + sign * value * (unit[0] if unit else 1)) % R)
    return signals


INSTANCES = {one.name: one.shape for one in batch_circuits().health}
QUICK = "health_1x12"
# Batches for each circuit; `make check` takes all, and the other circuits.
FEW, ALL = 8, 40
SMALL = spec.HealthShape(2, spec.Shape(3, 13), octets=1, singles=2)
"""The circuit in tests/circuits/health_2x13.circom."""


class TestInstances:
    """Circuits with Poseidon: a small one that looks rows up, and those that the package declares."""

    @pytest.mark.parametrize("count", [FEW, pytest.param(ALL, marks=pytest.mark.slow)])
    def test_rows_are_looked_up(self, count):
        agrees(compiled("health_2x13"), SMALL, count)

    @pytest.mark.parametrize(
        ("name", "count"),
        [(QUICK, FEW), *(pytest.param(name, ALL, marks=pytest.mark.slow) for name in INSTANCES)],
    )
    def test_declared(self, name, count):
        circuit, counts = instance(name), json.loads((ROOT / "circuits/sizes.json").read_text())
        assert read_sizes(circuit.r1cs).constraints == counts[name]["constraints"]
        agrees(circuit, INSTANCES[name], count)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["health_2x13", QUICK])
    def test_no_signal_is_undetermined(self, name):
        circuit, shape = (instance(name), INSTANCES[name]) if name == QUICK else (compiled(name), SMALL)
        inputs = next(batches(shape, 1, seed=8)).inputs(shape)
        witness = wtns.parse(WitnessCalculator(circuit.wasm).calculate(inputs.signals))
        system = System.of(circuit)
        assert undetermined(system, witness) == []
        assert system.unused_inputs == []


def agrees(circuit, shape, count):
    """Compare random batches with the specification."""
    calculator = WitnessCalculator(circuit.wasm)
    for batch in batches(shape, count, seed=7):
        inputs = batch.inputs(shape)
        witness = calculator.calculate(inputs.signals)
        native.check_witness(circuit.r1cs, witness)
        assert wtns.public_signals(witness, 5) == inputs.public
