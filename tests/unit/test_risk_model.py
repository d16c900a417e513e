"""Models and collateral as data: what the files say, and what is refused."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from zkmargin.errors import InputError
from zkmargin.fields import Field
from zkmargin.risk import Ranges, load_collateral, load_model
from zkmargin.risk.model import MODELS, read_model

SPAN = (MODELS / "span.toml").read_text()
COLLATERAL = (MODELS / "collateral.toml").read_text()

THIRD = Fraction(1, 3)
NUMBERS = {
    *("look_ahead_days", "initial_bps", "price_scan_range", "volatility_scan_range"),
    *("volatility_scan_minimum", "short_option_minimum", "add_on"),
}


def _written(folder: Path, text: str) -> Path:
    path = folder / "model.toml"
    path.write_text(text)
    return path


def test_span_has_the_sixteen_scenarios_of_cme():
    scenarios = load_model("span").scenarios
    prices = [one.price for one in scenarios]
    assert prices[:14:2] == [0, THIRD, -THIRD, 2 * THIRD, -2 * THIRD, 1, -1]
    assert prices[:14:2] == prices[1:14:2]
    assert [one.volatility for one in scenarios] == [1, -1] * 7 + [0, 0]
    assert [one.cover for one in scenarios] == [1] * 14 + [Fraction(33, 100)] * 2
    assert prices[14:] == [3, -3]


def test_span_has_these_ranges():
    model = load_model("span")
    assert model.initial_bps == 12_500
    assert model.look_ahead_days == 1
    numbers = [Decimal(number) for number in ("0.16", "0.25", "0.10", "0.03", "0")]
    assert model.ranges("BTC") == Ranges(*numbers)
    assert model.ranges("ETH").price_scan_range == Decimal("0.18")
    assert model.ranges("SOL") == model.default
    assert model.default.price_scan_range == Decimal("0.25")


def test_every_number_of_span_has_its_source_in_a_comment_before_it():
    lines = [line for line in SPAN.splitlines() if line.strip()]
    numbers = [(before, line) for before, line in pairwise(lines) if line.partition(" = ")[0] in NUMBERS]
    assert len(numbers) == 9
    assert all(before.startswith("#") for before, _ in numbers)


def test_a_model_survives_its_json():
    model = load_model("span")
    assert read_model(Field(model.to_json(), "x")) == model


def test_equal_models_have_equal_json(tmp_path):
    other = SPAN.replace('cover = "0.33"', 'cover = "33/100"').replace('"0.10"', '"0.1"')
    assert load_model(_written(tmp_path, other)).to_json() == load_model("span").to_json()


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('name = "span"', 'name = "Span"', "name", "not a name in lower case"),
        ('name = "span"', "", "name", "missing"),
        ('name = "span"', 'name = "span"\ncolour = "1"', "colour", "unknown key"),
        ('look_ahead_days = "1"', "look_ahead_days = 1", "look_ahead_days", "as a decimal string"),
        ('look_ahead_days = "1"', 'look_ahead_days = "-1"', "look_ahead_days", "negative"),
        ('look_ahead_days = "1"', 'look_ahead_days = "1e0"', "look_ahead_days", "as a decimal string"),
        ('initial_bps = "12500"', 'initial_bps = "0"', "initial_bps", "not from 1 to 1048575"),
        ('initial_bps = "12500"', 'initial_bps = "1048576"', "initial_bps", "not from 1 to 1048575"),
        ('{ price = "3", volatility = "0", cover = "0.33" },', "", "scenarios", "15 items where 16 belong"),
        ('cover = "0.33"', 'cover = "0"', "scenarios[14].cover", "not above 0"),
        ('cover = "0.33"', 'cover = "1.01"', "scenarios[14].cover", "not above 0"),
        ('price = "-3"', 'price = "1/0"', "scenarios[15].price", "as a decimal string"),
        ('price = "-3"', 'price = "nan"', "scenarios[15].price", "as a decimal string"),
        ('price = "-3"', 'price = "-4"', "scenarios", "-100 %"),
        ('price_scan_range = "0.16"', 'price_scan_range = "0.34"', "scenarios", "-100 %"),
        ('price_scan_range = "0.16"', 'price_scan = "0.16"', "underlyings.BTC.price_scan", "unknown key"),
        ('price_scan_range = "0.25"', "", "default.price_scan_range", "missing"),
        (
            'short_option_minimum = "0.03"',
            'short_option_minimum = "-0.03"',
            "default.short_option_minimum",
            "neg",
        ),
        ("[underlyings.BTC]", '[underlyings."B TC"]', "underlyings.B TC", "not the name of an underlying"),
        ("[default]", "[default", "", "not TOML"),
        ('name = "span"', 'name = "span"\nname = "span"', "", "not TOML"),
    ],
)
def test_a_broken_model_is_refused_with_its_key(tmp_path, old, new, key, reason):
    assert old in SPAN
    path = _written(tmp_path, SPAN.replace(old, new, 1))
    with pytest.raises(InputError, match=reason) as caught:
        load_model(path)
    assert (caught.value.source, caught.value.key) == (str(path), key)


@pytest.mark.parametrize("model", ["nothing", Path("nothing.toml"), "no/such.toml", "../models/span"])
def test_no_such_model(model):
    with pytest.raises(InputError, match=r"no such model|cannot be read"):
        load_model(model)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xff", "not UTF-8 at byte 0"), (b"#" * (1 << 21), "larger than")]
)
def test_no_model_file(tmp_path, content, reason):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        load_model(path)


def test_the_collateral_that_comes_along():
    assets = load_collateral()
    assert [(one.asset, one.haircut) for one in assets] == [
        ("USDC", Decimal("0.13")),
        ("BTC", Decimal("0.16")),
        ("ETH", Decimal("0.18")),
        ("SOL", Decimal("0.25")),
    ]
    assert [one.price for one in assets] == [1, None, None, None]
    model = load_model("span")
    assert all(one.haircut == model.ranges(one.asset).price_scan_range for one in assets[1:])


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('haircut = "0.16"', 'haircut = "1.01"', "assets[1].haircut", "not from 0 to 1"),
        ('haircut = "0.16"', 'haircut = "-0.01"', "assets[1].haircut", "not from 0 to 1"),
        ('haircut = "0.16"', "haircut = 0.16", "assets[1].haircut", "as a decimal string"),
        ('price = "1"', 'price = "0"', "assets[0].price", "not positive"),
        ('asset = "BTC"', 'asset = "ETH"', "assets", "stands there twice"),
        ('asset = "BTC"', 'asset = ""', "assets[1].asset", "not the name of an asset"),
        ("[[assets]]", "[[asset]]", "asset", "unknown key"),
        (
            "[[assets]]",
            '[[assets]]\nasset = "A"\nhaircut = "0"\n' * 5 + "[[assets]]",
            "assets",
            "more than 8",
        ),
    ],
)
def test_broken_collateral_is_refused_with_its_key(tmp_path, old, new, key, reason):
    path = _written(tmp_path, COLLATERAL.replace(old, new, 1))
    with pytest.raises(InputError, match=reason) as caught:
        load_collateral(path)
    assert (caught.value.source, caught.value.key) == (str(path), key)
