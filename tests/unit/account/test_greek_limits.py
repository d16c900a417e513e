"""Limits on net Greeks, as they are read."""

from __future__ import annotations

import pytest

from zkmargin import GreekLimits, InputError
from zkmargin.documents.fields import Field


@pytest.mark.parametrize(
    ("content", "key"),
    [
        ({}, "limits"),
        ({"delta": 5}, "limits.delta"),
        ({"gamma": "x"}, "limits.gamma"),
        ({"delta": "1", "gamma": "-1"}, "limits.gamma"),
        ({"delta": "0.0000001"}, "limits.delta"),
        ({"vega": "1"}, "limits.vega"),
    ],
)
def test_errors_name_the_limit(content, key):
    with pytest.raises(InputError) as caught:
        GreekLimits.from_json(Field(content, "proof.json", "limits"))
    assert (caught.value.source, caught.value.key) == ("proof.json", key)
