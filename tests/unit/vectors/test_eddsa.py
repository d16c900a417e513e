"""BLAKE-512, BabyJubJub and EdDSA-Poseidon against circomlibjs: the specification and the native core."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from support.order_values import GENERATOR, LOW_ORDER
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.account import TradingKey
from zkmargin.spec.blake import blake512
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import FIELD
from zkmargin.spec.eddsa import (
    SUBGROUP_ORDER,
    Signature,
    add,
    check_signature,
    multiply,
    sign,
    trading_key,
)

native = pytest.importorskip("zkmargin_native")
VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "eddsa.json").read_text(encoding="utf-8"))
HASH = fast_hasher()


def spec_verify(key, message, signature):
    try:
        check_signature(TradingKey(*key), message, Signature(*signature), HASH)
    except SpecError:
        return False
    return True


IMPLEMENTATIONS = {
    "spec": (trading_key, lambda secret, message: sign(secret, message, HASH), spec_verify),
    "native": (native.eddsa_key, native.eddsa_sign, native.eddsa_verify),
}


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request):
    return IMPLEMENTATIONS[request.param]


def integers(values):
    return tuple(int(value) for value in values)


def by_name(vector):
    return vector["name"].replace(" ", "-")


def signature_of(vector):
    return integers(vector["r8"]), int(vector["s"])


@pytest.mark.parametrize("vector", VECTORS["hashes"], ids=lambda vector: str(len(vector["message"]) // 2))
def test_blake512(vector):
    assert blake512(bytes.fromhex(vector["message"])).hex() == vector["hash"]


@pytest.mark.parametrize("vector", VECTORS["multiples"], ids=lambda vector: vector["scalar"][:6])
def test_multiples(vector):
    assert multiply(GENERATOR, int(vector["scalar"])) == integers(vector["point"])


@pytest.mark.parametrize("vector", VECTORS["keys"], ids=by_name)
def test_keys_and_signatures(vector, implementation):
    derive, signs, verifies = implementation
    secret, key = bytes.fromhex(vector["secret"]), integers(vector["key"])
    assert derive(secret) == key
    for signed in vector["signatures"]:
        message, signature = int(signed["message"]), signature_of(signed)
        assert signs(secret, message) == signature
        assert verifies(key, message, signature)


@pytest.mark.parametrize("vector", VECTORS["edges"], ids=by_name)
def test_edges(vector, implementation):
    verifies = implementation[2]
    valid = verifies(integers(vector["key"]), int(vector["message"]), signature_of(vector))
    assert valid is vector["valid"]


def test_circomlibjs_differs_for_keys_of_low_order_alone():
    differs = [edge["name"] for edge in VECTORS["edges"] if edge["valid"] != edge["circomlibjs"]]
    assert differs == [f"a key of low order, {i}" for i in range(8)]


@given(st.binary(min_size=32, max_size=32), st.integers(0, FIELD - 1), st.integers(0, 4), st.integers(0, 7))
def test_specification_and_native_core_agree(secret, message, part, shift):
    """On signatures as they are made, and with one part replaced: moved by a point of low order, or off the curve."""
    key, (r8, s) = native.eddsa_key(secret), native.eddsa_sign(secret, message)
    assert (trading_key(secret), sign(secret, message, HASH)) == (key, (r8, s))
    changed = (
        (key, message, (r8, (s + shift) % SUBGROUP_ORDER)),
        (key, message, (add(r8, LOW_ORDER[shift]), s)),
        (add(key, LOW_ORDER[shift]), message, (r8, s)),
        (key, message, ((r8[0] + shift, r8[1]), s)),
        (LOW_ORDER[shift], message, (r8, s)),
    )[part]
    assert native.eddsa_verify(*changed) is spec_verify(*changed)
    assert native.eddsa_verify(*changed) is (shift == 0 and part != 4)


class TestNative:
    """What the specification's tests show of the specification."""

    KEY = integers(VECTORS["keys"][0]["key"])

    @pytest.mark.parametrize("secret", [b"", bytes(31), bytes(33)])
    def test_a_secret_has_32_bytes(self, secret):
        for use in (native.eddsa_key, lambda value: native.eddsa_sign(value, 1)):
            with pytest.raises(ValueError, match="32 bytes"):
                use(secret)

    @pytest.mark.parametrize("message", [-1, 2**254, 2**300])
    def test_a_message_is_a_field_element(self, message):
        with pytest.raises(ValueError, match=r"0\.\.r"):
            native.eddsa_sign(bytes(32), message)
        with pytest.raises(ValueError, match=r"0\.\.r"):
            native.eddsa_verify(self.KEY, message, ((0, 1), 0))

    @pytest.mark.parametrize("wrong", [-1, 2**254, 2**300])
    def test_numbers_out_of_range_are_invalid(self, wrong):
        signed = VECTORS["keys"][0]["signatures"][0]
        message, (r8, s) = int(signed["message"]), signature_of(signed)
        assert native.eddsa_verify(self.KEY, message, (r8, s))
        assert not native.eddsa_verify((wrong, self.KEY[1]), message, (r8, s))
        assert not native.eddsa_verify(self.KEY, message, ((r8[0], wrong), s))
        assert not native.eddsa_verify(self.KEY, message, (r8, wrong))

    @pytest.mark.parametrize("wrong", [None, (1,), (1, 2, 3), ("1", "2"), (1.0, 2.0)])
    def test_other_types_are_errors(self, wrong):
        with pytest.raises((TypeError, ValueError, AttributeError)):
            native.eddsa_verify(wrong, 1, ((0, 1), 0))
        with pytest.raises((TypeError, ValueError, AttributeError)):
            native.eddsa_verify(self.KEY, 1, (wrong, 0))
