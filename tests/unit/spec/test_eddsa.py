"""BabyJubJub, EdDSA-Poseidon and BLAKE-512."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from support.order_values import GENERATOR, LOW_ORDER, TORSION, forge, secret, shifted
from zkmargin.native_hash import fast_hasher
from zkmargin.spec.account import NO_KEY, TradingKey
from zkmargin.spec.blake import blake512
from zkmargin.spec.checks import SpecError
from zkmargin.spec.constants import FIELD
from zkmargin.spec.eddsa import (
    BASE8,
    IDENTITY,
    SUBGROUP_ORDER,
    Signature,
    add,
    check_key,
    check_signature,
    multiply,
    on_curve,
    sign,
    trading_key,
)

SECRET = secret("key")
KEY = trading_key(SECRET)
MESSAGE = 12345
SIGNED = sign(SECRET, MESSAGE)
SCALARS = st.integers(0, 2 * SUBGROUP_ORDER)
few = settings(deadline=None, max_examples=20)


def refused(key, *arguments):
    """Return the reason for which a signature is refused, at the expected place."""
    with pytest.raises(SpecError) as caught:
        check_signature(*arguments, fast_hasher())
    assert caught.value.key == key
    return caught.value.reason


class TestBlake:
    # The submission's own vectors (blake_ref.c and the document's section C), one for each number of blocks.
    @pytest.mark.parametrize(
        ("message", "digest"),
        [
            (
                bytes(1),
                "97961587f6d970faba6d2478045de6d1fabd09b61ae50932054d52bc29d31be4"
                "ff9102b9f69e2bbdb83be13d4b9c06091e5fa0b48bd081b634058be0ec49beb3",
            ),
            (
                bytes(144),
                "313717d608e9cf758dcb1eb0f0c3cf9fc150b2d500fb33f51c52afc99d358a2f"
                "1374b8a38bba7974e7f6ef79cab16f22ce1e649d6e01ad9589c213045d545dde",
            ),
        ],
    )
    def test_published_vectors(self, message, digest):
        assert blake512(message).hex() == digest


class TestCurve:
    def test_points_and_orders(self):
        assert all(on_curve(point) for point in (BASE8, IDENTITY, GENERATOR, *LOW_ORDER))
        assert multiply(GENERATOR, 8) == BASE8
        assert multiply(BASE8, SUBGROUP_ORDER) == IDENTITY
        assert multiply(TORSION, 4) == (0, FIELD - 1)
        assert len(set(LOW_ORDER)) == 8

    @pytest.mark.parametrize("point", [NO_KEY, (1, 1), (BASE8[0], BASE8[1] + 1), (BASE8[1], BASE8[0])])
    def test_points_off_the_curve(self, point):
        assert not on_curve(point)

    @few
    @given(SCALARS, SCALARS)
    def test_multiples_add(self, a, b):
        p, q = multiply(GENERATOR, a), multiply(GENERATOR, b)
        assert on_curve(p)
        assert add(p, q) == add(q, p) == multiply(GENERATOR, a + b)
        assert add(p, IDENTITY) == p
        assert add(p, (-p[0] % FIELD, p[1])) == IDENTITY

    def test_doubling_needs_no_other_formula(self):
        assert add(BASE8, BASE8) == multiply(BASE8, 2)


class TestSignature:
    @few
    @given(st.binary(min_size=32, max_size=32), st.integers(0, FIELD - 1))
    def test_signs_and_verifies(self, chosen, message):
        key = trading_key(chosen)
        check_key(key)
        assert multiply(key, SUBGROUP_ORDER) == IDENTITY
        signature = sign(chosen, message, fast_hasher())
        check_signature(key, message, signature, fast_hasher())
        refused("signature", key, (message + 1) % FIELD, signature)

    def test_the_hasher_makes_no_difference(self):
        assert sign(SECRET, MESSAGE, fast_hasher()) == SIGNED
        check_signature(KEY, MESSAGE, SIGNED)

    @pytest.mark.parametrize("length", [0, 31, 33, 64])
    def test_a_secret_has_32_bytes(self, length):
        for use in (trading_key, lambda value: sign(value, MESSAGE)):
            with pytest.raises(SpecError, match="secret: expected 32 bytes"):
                use(bytes(length))

    @pytest.mark.parametrize("message", [-1, FIELD, True, 1.0])
    def test_a_message_is_a_field_element(self, message):
        with pytest.raises(SpecError, match=r"^message: "):
            sign(SECRET, message)
        refused("message", KEY, message, SIGNED)

    def test_errors_do_not_show_the_secret(self):
        with pytest.raises(SpecError) as caught:
            sign(SECRET[:31], MESSAGE)
        assert SECRET[:31].hex() not in str(caught.value)

    def test_clearing_attack_another_key(self):
        refused("signature", trading_key(secret("other")), MESSAGE, SIGNED)

    def test_clearing_attack_s_not_reduced(self):
        """S plus the order satisfies the same equation and would be a second signature of the same message."""
        unreduced = Signature(SIGNED.r8, SIGNED.s + SUBGROUP_ORDER)
        assert multiply(BASE8, unreduced.s) == multiply(BASE8, SIGNED.s)
        assert "below the order" in refused("signature.s", KEY, MESSAGE, unreduced)
        refused("signature.s", KEY, MESSAGE, Signature(SIGNED.r8, SUBGROUP_ORDER))
        refused("signature.s", KEY, MESSAGE, Signature(SIGNED.r8, -1))

    @pytest.mark.parametrize("point", LOW_ORDER)
    def test_clearing_attack_key_of_low_order(self, point):
        """8 A is zero, so S Base8 = R8 holds for every message: anybody can sign."""
        key = TradingKey(*point)
        signature = forge(0, key, MESSAGE)
        challenge = fast_hasher()((*signature.r8, *key, MESSAGE))
        assert multiply(BASE8, signature.s) == add(signature.r8, multiply(multiply(key, 8), challenge))
        assert refused("key", key, MESSAGE, signature) == "is of low order"

    @pytest.mark.parametrize("point", [NO_KEY, (0, 5), (1, 1), (BASE8[0], -BASE8[1] % FIELD + 1)])
    def test_clearing_attack_key_off_the_curve(self, point):
        key = TradingKey(*point)
        assert refused("key", key, MESSAGE, forge(0, key, MESSAGE)) == "is not on the curve"

    @pytest.mark.parametrize("point", [NO_KEY, (0, 5), (1, 1)])
    def test_clearing_attack_r8_off_the_curve(self, point):
        assert "curve" in refused("signature.r8", KEY, MESSAGE, Signature(point, SIGNED.s))

    @pytest.mark.parametrize("point", [(FIELD, 1), (-1, 1), (BASE8[0] + FIELD, BASE8[1])])
    def test_coordinates_are_reduced(self, point):
        refused("key.x", TradingKey(*point), MESSAGE, SIGNED)
        refused("signature.r8.x", KEY, MESSAGE, Signature(point, SIGNED.s))

    def test_a_key_outside_the_subgroup_signs_as_in_circomlib(self):
        """The factor 8 removes the part of low order; the key differs, so the signature binds it all the same."""
        key = TradingKey(*shifted(BASE8))
        check_signature(key, MESSAGE, forge(1, key, MESSAGE), fast_hasher())

    def test_r8_outside_the_subgroup_is_refused(self):
        """Its part of low order does not vanish: R8 is not multiplied by 8."""
        moved = shifted(multiply(BASE8, 5))
        refused("signature", TradingKey(*BASE8), MESSAGE, forge(1, BASE8, MESSAGE, r8=moved))

    @few
    @given(st.integers(0, 2), st.integers(1, FIELD - 1))
    def test_a_changed_signature_is_refused(self, part, by):
        values = [*SIGNED.r8, SIGNED.s]
        values[part] = (values[part] + by) % FIELD
        if values == [*SIGNED.r8, SIGNED.s]:
            return
        with pytest.raises(SpecError):
            check_signature(KEY, MESSAGE, Signature((values[0], values[1]), values[2]), fast_hasher())
