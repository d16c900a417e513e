"""The encoder of proofs for the EVM, and the reading of generated verifiers."""

from __future__ import annotations

import pytest

from zkmargin.chain import calldata
from zkmargin.chain.export import read_verifier
from zkmargin.chain.verifier import key_words
from zkmargin.contracts.batch_verifier import batch_arguments
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import circuit_id
from zkmargin.proving.artifacts import Proof

PROOF = Proof(a=(1, 2), b=((3, 4), (5, 6)), c=(7, 8))


def verifier_source(**changes: int) -> str:
    constants = {
        **{"alphax": 1, "alphay": 2, "betax1": 3, "betax2": 4, "betay1": 5, "betay2": 6},
        **{"gammax1": 7, "gammax2": 8, "gammay1": 9, "gammay2": 10},
        **{"deltax1": 11, "deltax2": 12, "deltay1": 13, "deltay2": 14},
        **{"IC0x": 15, "IC0y": 16, "IC1x": 17, "IC1y": 18},
        **changes,
    }
    return "\n".join(f"    uint256 constant {name} = {value};" for name, value in constants.items())


def test_the_limbs_of_b_are_swapped_and_nothing_else():
    assert calldata(PROOF, [9, 10]) == ((1, 2), ((4, 3), (6, 5)), (7, 8), [9, 10])


def test_the_point_at_infinity_is_zeros():
    assert calldata(Proof(a=None, b=None, c=None), []) == ((0, 0), ((0, 0), (0, 0)), (0, 0), [])


def test_a_key_is_encoded_as_the_generated_verifier_has_it():
    alpha, beta, gamma, delta, ic = key_words(read_verifier(verifier_source()))
    assert (alpha, beta, gamma) == ((1, 2), ((3, 4), (5, 6)), ((7, 8), (9, 10)))
    assert (delta, ic) == (((11, 12), (13, 14)), [(15, 16), (17, 18)])


def test_a_batch_is_grouped_by_neighbours_of_one_circuit():
    claims = [("one", (1, 2), PROOF), ("one", (3, 4), PROOF), ("two", (), PROOF), ("one", (5, 6), PROOF)]
    groups, signals, proofs = batch_arguments(claims)
    assert groups == [(circuit_id("one"), 2), (circuit_id("two"), 1), (circuit_id("one"), 1)]
    assert signals == [1, 2, 3, 4, 5, 6]
    assert proofs == [((1, 2), ((4, 3), (6, 5)), (7, 8))] * 4


@pytest.mark.parametrize("value", [-1, 2**256])
def test_what_is_no_word_is_refused(value):
    for proof, public in [
        (PROOF, [value]),
        (Proof(a=(value, 2), b=PROOF.b, c=PROOF.c), []),
        (Proof(a=PROOF.a, b=((3, 4), (5, value)), c=PROOF.c), []),
        (Proof(a=PROOF.a, b=PROOF.b, c=(7, value)), []),
    ]:
        with pytest.raises(InputError, match="256 bits"):
            calldata(proof, public)


def test_the_key_is_read_with_its_limbs_swapped_back():
    key = read_verifier(verifier_source())
    assert (key.alpha, key.beta) == ((1, 2), ((4, 3), (6, 5)))
    assert (key.gamma, key.delta) == (((8, 7), (10, 9)), ((12, 11), (14, 13)))
    assert key.ic == ((15, 16), (17, 18))
    assert key.n_public == 1


@pytest.mark.parametrize("deltay1", [9, 99])
def test_a_key_with_delta_equal_or_opposite_to_gamma_is_refused(deltay1):
    source = verifier_source(deltax1=7, deltax2=8, deltay1=deltay1, deltay2=10)
    with pytest.raises(InputError, match=r"^made\.sol: .*forge"):
        read_verifier(source, "made.sol")


def test_a_key_with_a_point_at_infinity_is_refused():
    with pytest.raises(InputError, match="infinity"):
        read_verifier(verifier_source(gammax1=0, gammax2=0, gammay1=0, gammay2=0))


@pytest.mark.parametrize(
    "source", ["", "contract Groth16Verifier {}", verifier_source().replace("gammay2", "other")]
)
def test_anything_else_is_not_a_verifier(source):
    with pytest.raises(InputError, match="not a Groth16 verifier"):
        read_verifier(source)
