"""Rounding of arrays equals rounding of fractions."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from zkmargin.risk.nearest import nearest

SCALES = st.builds(Fraction, st.integers(1, 10**12), st.sampled_from([1, 10**3, 10**6, 10**12, 3, 7]))
VALUES = st.one_of(
    st.floats(-1e9, 1e9),
    st.floats(-1e250, 1e250),
    st.integers(-(2**50), 2**50).map(lambda halves: halves / 2),
    st.sampled_from([0.5, 1.5, -0.5, np.nextafter(0.5, 0), np.nextafter(0.5, 1), 5e-324, 0.15, 0.25]),
)


@given(st.lists(st.tuples(VALUES, VALUES, SCALES), max_size=8))
def test_the_nearest_integers_are_those_of_the_fractions(rows):
    scales = [scale for *_, scale in rows]
    values = np.array([row[:2] for row in rows], dtype=np.float64).reshape(len(rows), 2)
    exact = [
        [round(Fraction(float(one)) * scale) for one in row[:2]]
        for row, scale in zip(rows, scales, strict=True)
    ]
    assert nearest(values, scales) == exact


def test_only_exact_ties_go_to_the_even_number():
    # 0.15 in binary is a little less than 0.15; ten times it is exactly 1.5 in floats, and less in truth.
    values = np.array([[0.5, 1.5, 2.5, -2.5, 0.15]])
    assert nearest(values, [Fraction(1)]) == [[0, 2, 2, -2, 0]]
    assert 0.15 * 10 == 1.5
    assert nearest(values[:, 4:], [Fraction(10)]) == [[1]]
