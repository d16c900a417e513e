from __future__ import annotations

import copy
import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.circuits import ROOT
from zkmargin.errors import InputError
from zkmargin.proving.artifacts import Proof, VerificationKey, public_from_json, public_to_json
from zkmargin.proving.bn254 import BASE_MODULUS, SCALAR_MODULUS

GOLDEN = json.loads((ROOT / "tests" / "vectors" / "snarkjs_multiplier.json").read_text())

COORDINATES = st.integers(0, BASE_MODULUS - 1)
FQ2 = st.tuples(COORDINATES, COORDINATES)
G1_POINTS = st.none() | st.tuples(COORDINATES, COORDINATES)
G2_POINTS = st.none() | st.tuples(FQ2, FQ2)


def changed(value, path, new):
    """Return a copy of a JSON value with one place changed, or removed if `new` is `...`."""
    value = copy.deepcopy(value)
    inner = value
    for step in path[:-1]:
        inner = inner[step]
    if new is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = new
    return value


@given(G1_POINTS, G2_POINTS, G1_POINTS)
def test_a_proof_survives_json(a, b, c):
    proof = Proof(a, b, c)
    assert Proof.from_json(json.loads(json.dumps(proof.to_json()))) == proof


def test_reads_and_writes_what_snarkjs_writes():
    assert Proof.from_json(GOLDEN["proof"]).to_json() == GOLDEN["proof"]
    key = VerificationKey.from_json(GOLDEN["key"])
    assert key.to_json() == {name: GOLDEN["key"][name] for name in GOLDEN["key"] if name != "vk_alphabeta_12"}
    assert key.n_public == 2
    assert public_to_json(public_from_json(GOLDEN["public"])) == GOLDEN["public"] == ["21", "7"]


def test_infinity_is_written_as_snarkjs_does():
    zero = Proof(None, None, None).to_json()
    assert zero["pi_a"] == ["0", "1", "0"]
    assert zero["pi_b"] == [["0", "0"], ["1", "0"], ["0", "0"]]


BAD_DECIMALS = [
    "",
    "-1",
    "+1",
    "01",
    "1 ",
    "0x1",
    "1_0",
    "1e3",
    "\u0661",
    "9" * 79,
    1,
    1.0,
    None,
    True,
    [],
    "1\n",
]


@pytest.mark.parametrize("bad", BAD_DECIMALS)
@pytest.mark.parametrize("path", [("pi_a", 0), ("pi_b", 1, 1), ("pi_c", 1)])
def test_a_coordinate_is_a_canonical_decimal_string(path, bad):
    with pytest.raises(InputError) as caught:
        Proof.from_json(changed(GOLDEN["proof"], path, bad), "p.json")
    assert caught.value.key == path[0] + "".join(f"[{step}]" for step in path[1:])
    assert caught.value.source == "p.json"


@pytest.mark.parametrize(
    ("path", "new", "key", "reason"),
    [
        (("pi_a", 0), str(BASE_MODULUS), "pi_a[0]", "must be below"),
        (("pi_b", 0, 1), str(BASE_MODULUS + 5), "pi_b[0][1]", "must be below"),
        (("pi_a", 2), "2", "pi_a[2]", "expected '1'"),
        (("pi_a", 2), "0", "pi_a[2]", "expected '1'"),
        (("pi_a", 2), 1, "pi_a[2]", "expected '1'"),
        (("pi_b", 2), ["1", "1"], "pi_b[2][1]", "expected '0'"),
        (("pi_a",), ["1", "2"], "pi_a", "expected 3 items, got 2"),
        (("pi_a",), {}, "pi_a", "expected a list"),
        (("pi_a",), "123", "pi_a", "expected a list"),
        (("pi_b", 0), ["1"], "pi_b[0]", "expected 2 items, got 1"),
        (("pi_c",), ..., "pi_c", "missing"),
        (("curve",), "bls12381", "curve", "expected 'bn128'"),
        (("protocol",), "plonk", "protocol", "expected 'groth16'"),
        (("protocol",), ..., "protocol", "missing"),
        (("pi_d",), "1", "pi_d", "unknown key"),
    ],
)
def test_a_malformed_proof_is_refused(path, new, key, reason):
    with pytest.raises(InputError) as caught:
        Proof.from_json(changed(GOLDEN["proof"], path, new))
    assert caught.value.key == key
    assert reason in caught.value.reason


@pytest.mark.parametrize("value", [None, [], "x", 1, {}])
def test_proofs_and_keys_must_be_objects(value):
    with pytest.raises(InputError):
        Proof.from_json(value)
    with pytest.raises(InputError):
        VerificationKey.from_json(value)


@pytest.mark.parametrize(
    ("path", "new", "key", "reason"),
    [
        (("vk_beta_2", 0, 1), "01", "vk_beta_2[0][1]", "expected a decimal string"),
        (("IC", 1, 0), "x", "IC[1][0]", "expected a decimal string"),
        (("IC",), [], "IC", "expected 3 items, got 0"),
        (("nPublic",), 1, "IC", "expected 2 items, got 3"),
        (("nPublic",), -1, "nPublic", "expected a whole number"),
        (("nPublic",), "2", "nPublic", "expected a whole number"),
        (("nPublic",), True, "nPublic", "expected a whole number"),
        (("nPublic",), 10**18, "IC", "items, got 3"),
        (("vk_alpha_1",), ["0", "1", "0"], "vk_alpha_1", "infinity"),
        (("vk_beta_2",), [["0", "0"], ["1", "0"], ["0", "0"]], "vk_beta_2", "infinity"),
        (("vk_delta_2",), [["0", "0"], ["1", "0"], ["0", "0"]], "vk_delta_2", "infinity"),
        (("vk_gamma_2",), ..., "vk_gamma_2", "missing"),
        (("vk_gamma_2",), GOLDEN["key"]["vk_delta_2"], "vk_delta_2", "anybody can forge"),
    ],
)
def test_a_malformed_or_unsafe_key_is_refused(path, new, key, reason):
    with pytest.raises(InputError) as caught:
        VerificationKey.from_json(changed(GOLDEN["key"], path, new), "k.json")
    assert caught.value.key == key
    assert reason in caught.value.reason
    assert caught.value.source == "k.json"


def test_the_opposite_of_gamma_is_refused_as_delta():
    (x, (y0, y1)) = VerificationKey.from_json(GOLDEN["key"]).gamma
    opposite = [
        *([str(part) for part in pair] for pair in (x, (BASE_MODULUS - y0, BASE_MODULUS - y1))),
        ["1", "0"],
    ]
    with pytest.raises(InputError, match="anybody can forge"):
        VerificationKey.from_json(changed(GOLDEN["key"], ("vk_delta_2",), opposite))


def test_alphabeta_may_be_missing_and_is_not_read():
    key = VerificationKey.from_json(GOLDEN["key"])
    assert VerificationKey.from_json(changed(GOLDEN["key"], ("vk_alphabeta_12",), ...)) == key
    assert VerificationKey.from_json(changed(GOLDEN["key"], ("vk_alphabeta_12",), "x")) == key


@pytest.mark.parametrize("bad", BAD_DECIMALS)
def test_public_signals_are_canonical_decimal_strings(bad):
    with pytest.raises(InputError) as caught:
        public_from_json(["21", bad])
    assert caught.value.key == "[1]"


def test_public_signals_beyond_the_modulus_are_left_to_verification():
    assert public_from_json([str(SCALAR_MODULUS + 7)]) == (SCALAR_MODULUS + 7,)
    with pytest.raises(InputError, match="expected a list"):
        public_from_json({"0": "21"})


VALUES = st.recursive(
    st.none() | st.integers() | st.text() | st.just("1"),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(sorted(GOLDEN["key"])), VALUES)
def test_any_value_in_any_place_is_a_key_or_an_input_error(name, value):
    with suppress(InputError):
        VerificationKey.from_json(changed(GOLDEN["key"], (name,), value))
