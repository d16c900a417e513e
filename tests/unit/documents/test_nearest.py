"""Nearest candidates in error messages."""

from __future__ import annotations

import pytest

from zkmargin.documents.fields import Field
from zkmargin.documents.nearest import did_you_mean, expected_one_of
from zkmargin.errors import InputError


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("ETH-27MAR26-3000-X", "; did you mean ETH-27MAR26-3000-P?"),
        ("ETH-27MAR26-3100-C", "; did you mean ETH-27MAR26-3000-C?"),
        ("btc-perpetual", "; did you mean BTC-PERPETUAL?"),
        ("stress", ""),
        ("", ""),
    ],
)
def test_the_nearest_candidate_is_offered_if_one_resembles_the_name(name: str, hint: str) -> None:
    names = ("BTC-PERPETUAL", "ETH-27MAR26-3000-C", "ETH-27MAR26-3000-P")
    assert did_you_mean(name, names) == hint


def test_without_candidates_nothing_is_offered() -> None:
    assert did_you_mean("delta", ()) == ""


def test_all_candidates_are_listed_with_the_nearest() -> None:
    assert expected_one_of("dleta", ("delta", "gamma")) == "expected one of delta, gamma; did you mean delta?"
    assert expected_one_of("vega", ("delta", "gamma")) == "expected one of delta, gamma"


@pytest.mark.parametrize("wrong", ["dleta", None, ["delta"], ""])
def test_a_choice_is_one_of_the_candidates(wrong: object) -> None:
    assert Field("gamma", "file", "kind").choice(("delta", "gamma")) == "gamma"
    with pytest.raises(InputError, match="file: kind: expected one of delta, gamma"):
        Field(wrong, "file", "kind").choice(("delta", "gamma"))


def test_another_format_is_named_before_the_members_that_it_lacks() -> None:
    other = Field({"format": "zkmargin-account/2", "cash": "1"}, "file")
    with pytest.raises(
        InputError, match=r"^file: format: expected 'zkmargin-order/1', got 'zkmargin-account/2'$"
    ):
        other.members_of("zkmargin-order/1", ("format", "side"))
    with pytest.raises(InputError, match=r"^file: format: expected 'zkmargin-order/1'$"):
        Field({"format": "x"}, "file").members_of("zkmargin-order/1", ("format", "side"))
    with pytest.raises(InputError, match=r"^file: format: missing$"):
        Field({"side": "x"}, "file").members_of("zkmargin-order/1", ("format", "side"))
