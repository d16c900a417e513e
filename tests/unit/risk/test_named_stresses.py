"""Named stresses: the bundled ones are complete, and faults are named with their place."""

from __future__ import annotations

import pytest

from zkmargin import InputError
from zkmargin.risk.named_stresses import load_stresses

ONE = '[[stresses]]\nname = "a"\nwhat = "b"\nfirst = "2020-01-01"\nlast = "2020-01-02"\n'


def test_the_bundled_stresses_have_the_published_moves():
    found = {one.name: one for one in load_stresses()}
    moves = {
        name: {coin: (round(each.move, 4), each.points) for coin, each in one.moves.items()}
        for name, one in found.items()
    }
    assert moves == {
        "2020-03-12": {"BTC": (-0.3717, 0.0), "ETH": (-0.4235, 0.0)},
        "2022-11-08": {"BTC": (-0.1435, 0.0), "ETH": (-0.1746, 0.0)},
        "2025-10-10": {"BTC": (-0.0698, 0.2), "ETH": (-0.1204, 0.0)},
        "2026-02-05": {"BTC": (-0.1413, 0.44), "ETH": (-0.1501, 0.0)},
    }
    assert found["2020-03-12"].moves["BTC"].volatility_points is None


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (ONE, "stresses[0]: expected the move of an underlying"),
        (ONE + 'BTC = { before = "1", after = "0" }', "stresses[0].BTC.after: must be above 0"),
        (ONE + 'BTC = { before = "1" }', "stresses[0].BTC.after: missing"),
        (ONE.replace("2020-01-01", "1 May") + 'BTC = { before = "1", after = "2" }', "first: expected a day"),
        (ONE + '"B C" = { before = "1", after = "2" }', "expected the name of an underlying"),
    ],
)
def test_faults_are_named(tmp_path, text, message):
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        load_stresses(path)
    assert message in str(caught.value)
    assert str(path) in str(caught.value)
