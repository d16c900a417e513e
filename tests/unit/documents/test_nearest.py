"""Nearest candidates in error messages."""

from __future__ import annotations

import pytest

from zkmargin.documents.nearest import did_you_mean


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
