"""Verification keys as words of a contract, and back."""

from __future__ import annotations

import pytest

from support.golden_proof import KEY
from support.trapdoor import key_and_proof
from zkmargin.chain.verifier import key_from_words, key_words
from zkmargin.errors import InputError


def test_a_key_is_the_same_after_a_contract():
    other, _ = key_and_proof((1, 2, 3), 5)
    for key in (KEY, other):
        assert key_from_words(key_words(key)) == key


def test_a_key_that_anybody_forges_for_is_refused():
    alpha, beta, gamma, _, ic = key_words(KEY)
    with pytest.raises(InputError, match="equals gamma or its opposite"):
        key_from_words((alpha, beta, gamma, gamma, ic))
    with pytest.raises(InputError, match="must not be the point at infinity"):
        key_from_words((alpha, ((0, 0), (0, 0)), gamma, beta, ic))
