"""The native core's own interface: what it computes, what it refuses, how it behaves among threads."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from py_ecc import optimized_bn128 as bn

import zkmargin_native as native
from support.circuits import compiled, inputs_and_public, keys_of, witness_of
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS
from zkmargin.proving.r1cs import read_sizes

VECTORS = json.loads((Path(__file__).parents[1] / "vectors" / "poseidon.json").read_text())
FIELD = st.integers(0, SCALAR_MODULUS - 1)
JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=4), st.lists, max_leaves=6)


@pytest.fixture(scope="module")
def prover():
    return native.Prover(keys_of("multiplier").zkey)


@pytest.fixture(scope="module")
def proof_and_public(prover):
    return prover.prove(witness_of("multiplier"))


class TestPoseidon:
    @pytest.mark.parametrize("vector", VECTORS["hashes"], ids=lambda vector: vector["name"])
    def test_equals_circomlibjs(self, vector):
        assert native.poseidon(map(int, vector["inputs"])) == int(vector["hash"])

    @pytest.mark.parametrize("vector", VECTORS["merkle8"], ids=lambda vector: vector["name"])
    def test_roots_equal_circomlibjs(self, vector):
        assert native.merkle8_root(map(int, vector["leaves"]), vector["depth"]) == int(vector["root"])

    @pytest.mark.parametrize("inputs", [[], [0] * 17])
    def test_takes_1_to_16_inputs(self, inputs):
        with pytest.raises(ValueError, match="1 to 16 inputs"):
            native.poseidon(inputs)

    @pytest.mark.parametrize("value", [-1, SCALAR_MODULUS, 2**256, 2**300])
    def test_reduces_nothing(self, value):
        many, root = (lambda v: native.poseidon_many([v]), lambda v: native.merkle8_root(v, 1))
        for call in (native.poseidon, many, root):
            with pytest.raises(ValueError, match=r"not in 0\.\.r"):
                call([value])

    def test_takes_integers_only(self):
        for value in (1.0, "1", None):
            with pytest.raises((TypeError, AttributeError)):
                native.poseidon([value])

    @given(st.lists(st.lists(FIELD, min_size=1, max_size=16), max_size=8))
    def test_many_is_each(self, rows):
        assert native.poseidon_many(rows) == [native.poseidon(row) for row in rows]

    @given(st.data())
    def test_a_path_leads_to_the_root(self, data):
        depth = data.draw(st.integers(1, 3))
        leaves = data.draw(st.lists(FIELD, max_size=20).filter(lambda leaves: len(leaves) <= 8**depth))
        index = data.draw(st.integers(0, 8**depth - 1))
        node, rest = leaves[index] if index < len(leaves) else 0, index
        for siblings in native.merkle8_path(leaves, depth, index):
            node = native.poseidon([*siblings[: rest % 8], node, *siblings[rest % 8 :]])
            rest //= 8
        assert node == native.merkle8_root(leaves, depth)

    def test_trees_refuse_what_does_not_fit(self):
        for depth, leaves in ((0, [1]), (10, [1]), (1, [1] * 9)):
            with pytest.raises(ValueError, match="do not fit"):
                native.merkle8_root(leaves, depth)
        with pytest.raises(ValueError, match="no leaf 8"):
            native.merkle8_path([1], 1, 8)


class TestProver:
    def test_knows_its_key(self, prover):
        sizes = read_sizes(compiled("multiplier").r1cs)
        assert (prover.n_public, prover.n_variables) == (2, sizes.wires)
        assert prover.domain_size == 8
        assert prover.verification_key == native.verification_key(keys_of("multiplier").zkey)

    def test_proves_from_bytes_and_from_a_file(self, prover, tmp_path):
        (tmp_path / "w.wtns").write_bytes(witness_of("multiplier"))
        key = native.VerifyingKey(prover.verification_key)
        for witness in (witness_of("multiplier"), tmp_path / "w.wtns", str(tmp_path / "w.wtns")):
            proof, public = prover.prove(witness)
            assert key.verify(public, proof)
            assert public == [str(signal) for signal in inputs_and_public("multiplier")[1]]

    def test_many_threads_share_a_key(self, prover):
        key = native.VerifyingKey(prover.verification_key)
        witnesses = [witness_of("multiplier", seed) for seed in range(8)] * 4
        with ThreadPoolExecutor(8) as pool:
            proofs = list(pool.map(prover.prove, witnesses))
        assert all(key.verify(public, proof) for proof, public in proofs)
        assert native.verify_batch([(key, public, proof) for proof, public in proofs])
        assert len({json.dumps(proof) for proof, _ in proofs}) == len(proofs), "proofs are randomised"

    def test_refuses_a_witness_that_does_not_satisfy(self, prover):
        witness = bytearray(witness_of("multiplier"))
        witness[-32] ^= 1
        with pytest.raises(native.UnsatisfiedError, match="does not satisfy"):
            prover.prove(bytes(witness))
        with pytest.raises(native.UnsatisfiedError, match="violates constraint"):
            native.check_witness(compiled("multiplier").r1cs, bytes(witness))
        native.check_witness(compiled("multiplier").r1cs, witness_of("multiplier"))

    def test_refuses_a_witness_of_another_circuit(self, prover):
        with pytest.raises(native.UnsatisfiedError, match="values"):
            prover.prove(witness_of("merkle8"))

    def test_names_missing_files(self, tmp_path):
        for call in (native.Prover, native.verification_key):
            with pytest.raises(FileNotFoundError, match=r"nothing\.here"):
                call(tmp_path / "nothing.here")

    def test_names_malformed_files(self, tmp_path):
        bad = tmp_path / "bad.zkey"
        bad.write_bytes(keys_of("multiplier").zkey.read_bytes()[:-1])
        with pytest.raises(native.FormatError, match=r"bad\.zkey: section 10 is truncated"):
            native.Prover(bad)
        with pytest.raises(native.FormatError, match=r"^witness: not a \.wtns file"):
            native.Prover(keys_of("multiplier").zkey).prove(b"")


class TestSetup:
    def test_progress_is_reported_and_can_stop_the_work(self, tmp_path):
        seen = []
        native.setup(compiled("multiplier").r1cs, tmp_path / "key.zkey", lambda *stage: seen.append(stage))
        assert seen[-1] == ("done", 7, 7)
        assert [done for _, done, _ in seen] == list(range(8))

        def stop(_stage: str, done: int, _total: int) -> None:
            if done == 4:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            native.setup(compiled("multiplier").r1cs, tmp_path / "other.zkey", stop)
        assert [path.name for path in tmp_path.iterdir()] == ["key.zkey"]

    def test_two_setups_share_alpha_beta_and_gamma_only(self, tmp_path):
        keys = []
        for name in ("a", "b"):
            native.setup(compiled("multiplier").r1cs, tmp_path / name)
            keys.append(native.verification_key(tmp_path / name))
        for member in ("vk_alpha_1", "vk_beta_2", "vk_gamma_2"):
            assert keys[0][member] == keys[1][member]
        for member in ("vk_delta_2", "IC"):
            assert keys[0][member] != keys[1][member]

    def test_a_key_that_is_in_the_way_stays_when_the_setup_fails(self, tmp_path):
        (tmp_path / "key.zkey").write_text("old")
        (tmp_path / "bad.r1cs").write_text("no circuit")
        with pytest.raises(native.FormatError):
            native.setup(tmp_path / "bad.r1cs", tmp_path / "key.zkey")
        assert (tmp_path / "key.zkey").read_text() == "old"


class TestVerifyingKey:
    @pytest.fixture
    def key(self, prover):
        return native.VerifyingKey(prover.verification_key)

    def test_signals_are_canonical_and_counted(self, key, proof_and_public):
        proof, public = proof_and_public
        assert key.verify(public, proof)
        first, second = public
        for changed in (
            [],
            [first],
            [*public, "0"],
            [str(int(first) + SCALAR_MODULUS), second],
            ["0" + first, second],
            [" " + first, second],
            ["+" + first, second],
            ["-1", second],
            ["", second],
            [second, first],
        ):
            assert not key.verify(changed, proof), changed
            assert not native.verify_batch([(key, public, proof), (key, changed, proof)])

    def test_points_are_on_their_curves(self, key, proof_and_public):
        proof, public = proof_and_public
        zero1, zero2 = ["0", "1", "0"], [["0", "0"], ["1", "0"], ["0", "0"]]
        x, y, one = proof["pi_a"]
        changes = {
            "off the curve": {"pi_a": [x, str((int(y) + 1) % BASE_MODULUS), one]},
            "not reduced": {"pi_a": [str(int(x) + BASE_MODULUS), y, one]},
            "zero a": {"pi_a": zero1},
            "zero b": {"pi_b": zero2},
            "zero c": {"pi_c": zero1},
            "unswapped b": {"pi_b": [row[::-1] for row in proof["pi_b"][:2]] + [["1", "0"]]},
            "third coordinate": {"pi_a": [x, y, "2"]},
        }
        for what, change in changes.items():
            assert not key.verify(public, {**proof, **change}), what

    def test_a_point_outside_the_subgroup_is_refused(self, prover, key, proof_and_public):
        """On the twist, of another order: found once with py-ecc by trying x = 0, 1, 2, ... for a square."""
        proof, public = proof_and_public
        outside = outside_the_subgroup()
        assert not key.verify(public, {**proof, "pi_b": outside})
        with pytest.raises(native.FormatError, match="vk_delta_2: the point is not in the subgroup"):
            native.VerifyingKey({**prover.verification_key, "vk_delta_2": outside})

    def test_a_key_that_anybody_can_forge_for_is_refused(self, prover):
        json_key = prover.verification_key
        for delta in (json_key["vk_gamma_2"], negated(json_key["vk_gamma_2"])):
            with pytest.raises(native.FormatError, match="gamma equals delta"):
                native.VerifyingKey({**json_key, "vk_delta_2": delta})

    def test_malformed_keys_are_named(self, prover):
        good = prover.verification_key
        for member in good.keys() - {"vk_alphabeta_12"}:
            missing = {name: value for name, value in good.items() if name != member}
            with pytest.raises(native.FormatError, match=member):
                native.VerifyingKey(missing)
            for wrong in (None, 7.5, [], [[]], "x", {}, [["1"], ["2"]]):
                with pytest.raises(native.FormatError):
                    native.VerifyingKey({**good, member: wrong})
        with pytest.raises(native.FormatError, match="IC has 2 points for 2"):
            native.VerifyingKey({**good, "IC": good["IC"][:2]})

    def test_malformed_proofs_are_named(self, key, proof_and_public):
        proof, public = proof_and_public
        for member in ("pi_a", "pi_b", "pi_c", "protocol", "curve"):
            for wrong in (None, 7, {}, [1, 2, 3], "x"):
                with pytest.raises(native.FormatError, match=member):
                    key.verify(public, {**proof, member: wrong})
        for wrong in (None, 7, [1], "12"):
            with pytest.raises(native.FormatError, match="public signals"):
                key.verify(wrong, proof)

    @given(JSON)
    def test_no_shape_of_json_breaks_it(self, value):
        good = native.verification_key(keys_of("multiplier").zkey)
        for member in good:
            changed = deepcopy(good)
            changed[member] = value
            try:
                native.VerifyingKey(changed)
            except native.FormatError:
                continue
            assert member == "vk_alphabeta_12" or value == good[member]


def negated(rows):
    y = [str(-int(part) % BASE_MODULUS) for part in rows[1]]
    return [rows[0], y, rows[2]]


def outside_the_subgroup():
    """Return the first point of the twist, by x = 0, 1, 2, ..., that r does not annihilate."""
    for x in range(100):
        square = bn.FQ2([x, 0]) ** 3 + bn.b2
        # Square roots in Fq2 for q = 3 mod 4 (Adj, Rodriguez-Henriquez, 2012, algorithm 9).
        first = square ** ((BASE_MODULUS - 3) // 4)
        alpha, candidate = first * first * square, first * square
        if alpha == bn.FQ2([BASE_MODULUS - 1, 0]):
            root = bn.FQ2([0, 1]) * candidate
        else:
            root = (bn.FQ2.one() + alpha) ** ((BASE_MODULUS - 1) // 2) * candidate
        point = (bn.FQ2([x, 0]), root, bn.FQ2.one())
        if root * root == square and not bn.is_inf(bn.multiply(point, SCALAR_MODULUS)):
            return [[str(c) for c in part.coeffs] for part in point]
    raise AssertionError
