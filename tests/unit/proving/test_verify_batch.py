"""A batch holds exactly if each of its proofs does."""

from __future__ import annotations

import copy
import dataclasses
import sys
from functools import cache

import pytest

import zkmargin_native
from support.golden_proof import INVALID, KEY, MALLEATED, OUT_OF_RANGE, PROOF, PUBLIC, negated
from support.trapdoor import key_and_proof
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proving import verify as module
from zkmargin.proving.bn254 import BASE_MODULUS
from zkmargin.proving.verify import find_invalid, verify, verify_batch

GOLDEN = (KEY, PUBLIC, PROOF)
SIGNALS = ((5, 6, 7), (8,), (9, 10))


def made(public, seed):
    key, proof = key_and_proof(public, seed)
    return key, public, proof


@cache
def honest():
    """Return proofs of four keys; three of them share alpha, beta and gamma."""
    return [GOLDEN, *(made(public, seed) for seed, public in enumerate(SIGNALS)), GOLDEN]


def holds(*proofs):
    """Return whether a batch holds, after asking about each proof alone."""
    alone = [place for place, one in enumerate(proofs) if not verify(*one)]
    assert find_invalid(proofs) == alone
    found = verify_batch(proofs)
    assert found == (not alone)
    return found


def test_proofs_of_several_keys_hold_together():
    assert holds(*honest())
    assert holds(*honest()[:1])


@pytest.mark.parametrize("case", INVALID)
@pytest.mark.parametrize("place", [0, 2, len(SIGNALS) + 2])
def test_one_invalid_proof_among_many_is_found(case, place):
    assert not holds(*honest()[:place], INVALID[case], *honest()[place:])


@pytest.mark.parametrize("public", OUT_OF_RANGE)
def test_a_wrong_number_of_signals_or_one_out_of_range_is_found(public):
    assert not holds(*honest(), (KEY, public, PROOF))


@pytest.mark.slow
def test_an_invalid_proof_is_found_by_the_other_engines():
    assert verify_batch(honest()[:2], "py-ecc")
    batch = [GOLDEN, INVALID["a signal changed"]]
    assert not verify_batch(batch, "py-ecc")
    assert find_invalid(batch, "py-ecc") == [1]


def test_swapped_signals_and_keys_are_found():
    key, proof = key_and_proof((5, 6, 7), 0)
    other, another = made((7, 6, 5), 9), made((5, 6, 7), 4)
    assert holds((key, (5, 6, 7), proof), other)
    assert not holds((key, other[1], proof), (other[0], (5, 6, 7), other[2]))
    assert not holds((another[0], (5, 6, 7), proof), (key, (5, 6, 7), another[2]))


def test_errors_that_cancel_are_found():
    """The product of both equations holds, as one signal is too large by what the other lacks."""
    key, proof = key_and_proof((5, 6, 7), 0)
    assert not holds((key, (5, 6, 8), proof), (key, (5, 6, 6), proof))


def test_a_proof_and_its_negation_are_two_proofs():
    assert holds(GOLDEN, (KEY, PUBLIC, MALLEATED))
    half = dataclasses.replace(PROOF, a=negated(PROOF.a))
    assert not holds(GOLDEN, (KEY, PUBLIC, half))
    assert not holds((KEY, PUBLIC, half), (KEY, PUBLIC, half))


@pytest.mark.parametrize("ask", [verify_batch, find_invalid])
@pytest.mark.parametrize("engine", ["native", "py-ecc", None])
def test_an_empty_batch_is_an_error(ask, engine):
    with pytest.raises(InputError, match="batch: expected at least one proof"):
        ask([], engine)


def test_the_native_core_refuses_an_empty_batch_too():
    with pytest.raises(ValueError, match="a batch has at least one proof"):
        zkmargin_native.verify_batch([])


@pytest.mark.parametrize("ask", [verify_batch, find_invalid])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_key_with_gamma_equal_to_delta_is_refused(ask, sign):
    delta = (KEY.gamma[0], tuple(sign * part % BASE_MODULUS for part in KEY.gamma[1]))
    forged = copy.copy(KEY)
    # Past the check that Python's own type makes.
    object.__setattr__(forged, "delta", delta)
    with pytest.raises(InputError, match="gamma equals delta"):
        ask([*honest(), (forged, PUBLIC, PROOF)])


def test_the_native_engine_asks_once_and_one_by_one_only_about_a_batch_that_fails(monkeypatch):
    asked = []

    def counted(*one):
        asked.append(one)
        return verify(*one)

    monkeypatch.setattr(module, "verify", counted)
    assert find_invalid(honest()) == []
    assert asked == []
    assert find_invalid([*honest(), (KEY, (22, 7), PROOF)]) == [len(SIGNALS) + 2]
    assert len(asked) == len(SIGNALS) + 2 + 1


def test_an_engine_that_is_missing_or_unknown(monkeypatch):
    for ask in (verify_batch, find_invalid):
        with pytest.raises(InputError, match="no such engine"):
            ask(honest(), "fast")
    monkeypatch.setitem(sys.modules, "zkmargin_native", None)
    with pytest.raises(ToolchainError, match="pip install zkmargin-native"):
        verify_batch(honest(), "native")
