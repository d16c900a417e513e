"""Rounding of prices by the size of an underlying's price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from zkmargin.venue_data.digits import rounded


@pytest.mark.parametrize(
    ("number", "price", "places", "expected"),
    [
        ("63000.1234567", "63000", 6, "63000.123457"),
        ("1.2345675", "1", 6, "1.234568"),
        ("0.51234567", "0.5", 6, "0.5123457"),
        ("0.00000123456789", "0.0000012", 6, "0.000001234568"),
        ("0.00000123456789123456789", "0.0000012", 12, "0.000001234567891235"),
        ("0.1234567890123456789", "0.000000000000000001", 12, "0.123456789012345679"),
        ("-0.0000000004", "0.0000012", 6, "-4.00E-10"),
    ],
)
def test_a_number_keeps_more_digits_where_prices_are_small(number, price, places, expected):
    assert str(rounded(Decimal(number), Decimal(price), places)) == expected
