"""Model files: the bundled numbers, their JSON and errors."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest

from zkmargin.documents.fields import Field
from zkmargin.errors import InputError
from zkmargin.risk import Charge, Charges, Ranges, Scenario, Term, load_model
from zkmargin.risk.model import MAX_SCENARIOS, MODELS, read_model

SPAN = (MODELS / "span.toml").read_text()
SCENARIO = '{ price = "3", volatility = "0", cover = "0.33" }'
THIRD = Fraction(1, 3)
NAMES = sorted(path.stem for path in MODELS.glob("*.toml") if "scenarios" in tomllib.loads(path.read_text()))


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
    assert all(one.is_range and not one.is_linear for one in scenarios)


def test_span_has_these_ranges():
    model = load_model("span")
    assert model.initial_bps == 12_500
    assert model.look_ahead_days == 1
    minimum = Charge(short=(Term(index=Decimal("0.03")),))
    btc = Ranges(
        price_scan_range=Decimal("0.16"),
        volatility_scan_range=Decimal("0.25"),
        volatility_scan_range_down=Decimal("0.25"),
        volatility_scan_minimum=Decimal("0.10"),
        volatility_term_powers=(Decimal("0.30"), Decimal(0)),
        charges=Charges(call=minimum, put=minimum),
    )
    assert model.ranges("BTC") == btc
    assert model.ranges("ETH") == replace(btc, price_scan_range=Decimal("0.18"))
    assert model.ranges("SOL") == model.default == replace(btc, price_scan_range=Decimal("0.25"))


@pytest.mark.parametrize("name", NAMES)
def test_every_number_of_a_model_has_a_source_in_a_comment_before_it(name):
    for paragraph in (MODELS / f"{name}.toml").read_text().split("\n\n"):
        lines = paragraph.splitlines()
        comments = [place for place, line in enumerate(lines) if line.startswith("#")]
        numbers = [
            place for place, line in enumerate(lines) if " = " in line and not line.startswith(("#", "name"))
        ]
        assert not numbers or (comments and comments[0] < numbers[0]), paragraph


@pytest.mark.parametrize("name", NAMES)
def test_a_model_survives_its_json(name):
    model = load_model(name)
    assert model.name == name
    assert read_model(Field(model.to_json(), "x")) == model


def test_equal_models_have_equal_json(tmp_path):
    other = SPAN
    for old, new in {
        'cover = "0.33"': 'cover = "33/100"',
        ', cover = "1"': "",
        '"0.10"': '"0.1"',
        "[default.charges.option]": "[default.charges.perpetual]\nadd_on = []\n[default.charges.option]",
        '{ index = "0.03" }': '{ index = "0.030", mark = "0" }',
    }.items():
        assert old in other
        other = other.replace(old, new)
    model = load_model(_written(tmp_path, other))
    assert model == load_model("span")
    assert model.to_json() == load_model("span").to_json()


def test_models_that_differ_have_different_json():
    model = load_model("span")
    default = model.default
    others = [
        replace(model, scenarios=(*model.scenarios[:-1], replace(model.scenarios[-1], **change)))
        for change in (
            {"is_range": False, "price": THIRD},
            {"is_damped": True},
            {"is_linear": True},
            {"is_points": True},
        )
    ] + [
        replace(model, default=replace(default, **{name: number}))
        for name, number in {
            "volatility_scan_range_down": Decimal("0.2"),
            "volatility_floor": Decimal("0.2"),
            "volatility_points": Decimal("0.2"),
            "volatility_term_powers": (Decimal(0), Decimal("0.1")),
            "charges": replace(default.charges, call=Charge(add_on=default.charges.call.short)),
        }.items()
    ]
    assert len({str(one.to_json()) for one in (model, *others)}) == 1 + len(others)


def test_a_scenario_is_a_move_in_ranges_or_of_the_price_or_at_todays_delta(tmp_path):
    moves = ', { move = "-0.66", volatility = "1", cover = "range" }, { delta = "0.015" }'
    model = load_model(_written(tmp_path, SPAN.replace(SCENARIO, SCENARIO + moves)))
    assert model.scenarios[15:17] == (
        Scenario(Fraction(-66, 100), Fraction(1), is_range=False, is_damped=True),
        Scenario(Fraction(15, 1000), Fraction(0), is_range=False, is_linear=True),
    )
    btc = model.ranges("BTC")
    assert [one.move(btc) for one in model.scenarios[14:17]] == [
        Fraction("0.48"),
        Fraction("-0.66"),
        Fraction("0.015"),
    ]
    assert [one.weight(btc) for one in model.scenarios[14:17]] == [Fraction("0.33"), Fraction(16, 66), 1]
    wide = replace(btc, price_scan_range=Decimal("0.9"))
    assert model.scenarios[15].weight(wide) == 1


def test_a_fall_in_ranges_leaves_a_hundredth_of_the_price(tmp_path):
    model = load_model("span")
    deepest = model.scenarios[15]
    for part, move in (("0.3299", "-0.9897"), ("0.33", "-0.99"), ("0.34", "-0.99"), ("1.2", "-0.99")):
        assert deepest.move(model.with_range("BTC", Decimal(part)).ranges("BTC")) == Fraction(move)
    wide = model.with_range("BTC", Decimal("1.2")).ranges("BTC")
    assert [one.move(wide) for one in model.scenarios[10:15:2]] == [
        Fraction("1.2"),
        Fraction("-0.99"),
        Fraction("3.6"),
    ]
    farther = load_model(_written(tmp_path, SPAN.replace('price = "-3"', 'price = "-4"')))
    assert farther.scenarios[15].move(farther.default) == Fraction("-0.99")


def test_a_linear_move_may_be_the_whole_price(tmp_path):
    model = load_model(_written(tmp_path, SPAN.replace(SCENARIO, '{ delta = "-1" }')))
    assert model.scenarios[14].move(model.default) == -1
    absolute = SPAN.replace(SCENARIO, '{ move = "-0.9999", volatility = "0" }')
    assert load_model(_written(tmp_path, absolute)).scenarios[14].move(model.default) == Fraction("-0.9999")


def test_the_volatility_moves_down_as_far_as_up_unless_told(tmp_path):
    text = SPAN.replace('volatility_scan_minimum = "0.10"', 'volatility_scan_range_down = "0.2"')
    own = '[underlyings.BTC]\nvolatility_scan_range = "0.4"'
    model = load_model(_written(tmp_path, text.replace("[underlyings.BTC]", own)))
    assert model.ranges("SOL").volatility_scan_range_down == Decimal("0.2")
    assert model.ranges("ETH").volatility_scan_range_down == Decimal("0.2")
    assert model.ranges("BTC").volatility_scan_range_down == Decimal("0.4")


def test_another_price_scan_range_for_one_underlying():
    model = load_model("span")
    other = model.with_range("SOL", Decimal("0.3"))
    assert other.ranges("SOL") == replace(model.default, price_scan_range=Decimal("0.3"))
    assert (other.default, other.ranges("BTC")) == (model.default, model.ranges("BTC"))
    assert other.with_range("SOL", model.default.price_scan_range).ranges("SOL") == model.default
    deribit = load_model("deribit")
    assert deribit.with_range("ETH", Decimal("0.3")).ranges("ETH") == replace(
        deribit.ranges("ETH"), price_scan_range=Decimal("0.3")
    )
    for number, reason in (("-0.1", "must be a finite number"), ("NaN", "must be a finite number")):
        for change in (model.with_range, model.with_volatility_range):
            with pytest.raises(InputError, match=reason):
                change("BTC", Decimal(number))


def test_no_more_scenarios_than_the_widest_row_holds(tmp_path):
    rest = MAX_SCENARIOS - 16
    assert (
        len(
            load_model(
                _written(tmp_path, SPAN.replace(SCENARIO, ", ".join([SCENARIO] * (rest + 1))))
            ).scenarios
        )
        == 38
    )
    path = _written(tmp_path, SPAN.replace(SCENARIO, ", ".join([SCENARIO] * (rest + 2))))
    with pytest.raises(InputError, match="more than 38") as caught:
        load_model(path)
    assert (caught.value.source, caught.value.key) == (str(path), "scenarios")


def test_a_model_of_charges_alone(tmp_path):
    start, _, rest = SPAN.partition("scenarios = [")
    assert load_model(_written(tmp_path, f"{start}scenarios = []{rest.partition(']')[2]}")).scenarios == ()


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('name = "span"', 'name = "Span"', "name", "expected a name in lower case"),
        ('name = "span"', "", "name", "missing"),
        ('name = "span"', 'name = "span"\ncolour = "1"', "colour", "unknown key"),
        ('look_ahead_days = "1"', "look_ahead_days = 1", "look_ahead_days", "as a decimal string"),
        ('look_ahead_days = "1"', 'look_ahead_days = "-1"', "look_ahead_days", "must not be negative"),
        ('look_ahead_days = "1"', 'look_ahead_days = "1e0"', "look_ahead_days", "as a decimal string"),
        ('initial_bps = "12500"', 'initial_bps = "0"', "initial_bps", "must be from 1 to 1048575"),
        ('initial_bps = "12500"', 'initial_bps = "1048576"', "initial_bps", "must be from 1 to 1048575"),
        ('cover = "0.33"', 'cover = "0"', "scenarios[14].cover", "must be above 0"),
        ('cover = "0.33"', 'cover = "1.01"', "scenarios[14].cover", "must be above 0"),
        ('cover = "0.33"', 'cover = "range"', "scenarios[14].cover", "needs a move"),
        (
            SCENARIO,
            '{ move = "0", volatility = "1", cover = "range" }',
            "scenarios[14].cover",
            "needs a move",
        ),
        (SCENARIO, '{ delta = "1", cover = "range" }', "scenarios[14].cover", "needs a move"),
        ('cover = "0.33"', 'cover = "0.8 ranges"', "scenarios[14].cover", "as a decimal string"),
        (
            SCENARIO,
            '{ move = "1", volatility = "1", cover = "0 range" }',
            "scenarios[14].cover",
            "must be above 0",
        ),
        (SCENARIO, '{ delta = "1", volatility = "0" }', "scenarios[14].volatility", "unknown key"),
        (
            SCENARIO,
            '{ price = "1", move = "1", volatility = "0" }',
            "scenarios[14]",
            "expected one of price, move",
        ),
        (SCENARIO, '{ volatility = "0" }', "scenarios[14]", "expected one of price, move"),
        (SCENARIO, '"1"', "scenarios[14]", "expected one of price, move"),
        (SCENARIO, '{ price = "1" }', "scenarios[14].volatility", "missing"),
        (SCENARIO, '{ delta = "1", points = "1" }', "scenarios[14].points", "unknown key"),
        (
            SCENARIO,
            '{ price = "1", points = "1", volatility = "1" }',
            "scenarios[14].volatility",
            "unknown key",
        ),
        ('price = "-3"', 'price = "1/0"', "scenarios[15].price", "as a decimal string"),
        ('price = "-3"', 'price = "nan"', "scenarios[15].price", "as a decimal string"),
        ('price = "-3"', 'move = "-1"', "scenarios[15].move", "-100 %"),
        ('price_scan_range = "0.16"', 'price_scan = "0.16"', "underlyings.BTC.price_scan", "unknown key"),
        ('price_scan_range = "0.25"', "", "default.price_scan_range", "missing"),
        ('volatility_scan_range = "0.25"', "", "default.volatility_scan_range", "missing"),
        (
            'volatility_scan_minimum = "0.10"',
            'volatility_scan_minimum = "-0.1"',
            "default.volatility_scan_minimum",
            "must not be negative",
        ),
        (
            'volatility_term_powers = ["0.30", "0"]',
            'volatility_term_powers = ["0.3"]',
            "default.volatility_term_powers",
            "expected 2 items, got 1",
        ),
        (
            'volatility_term_powers = ["0.30", "0"]',
            'volatility_term_powers = ["0.3", "1.1"]',
            "default.volatility_term_powers[1]",
            "must be from 0 to 1",
        ),
        (
            "[underlyings.BTC]",
            '[underlyings."B TC"]',
            "underlyings.B TC",
            "expected the name of an underlying",
        ),
        ("[default]", "[default", "", "not TOML"),
        ('name = "span"', 'name = "span"\nname = "span"', "", "not TOML"),
    ],
)
def test_a_malformed_model_is_refused_with_its_key(tmp_path, old, new, key, reason):
    assert old in SPAN
    path = _written(tmp_path, SPAN.replace(old, new, 1))
    with pytest.raises(InputError, match=reason) as caught:
        load_model(path)
    assert (caught.value.source, caught.value.key) == (str(path), key)


@pytest.mark.parametrize("model", ["nothing", Path("nothing.toml"), "no/such.toml", "../models/span"])
def test_an_unknown_model_is_refused(model):
    with pytest.raises(InputError, match=r"no such model|cannot be read"):
        load_model(model)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xff", "not UTF-8 at byte 0"),
        (b"#" * (1 << 21), "larger than"),
        (b"a = " + b"9" * 5000, "not TOML"),
    ],
)
def test_an_unreadable_model_file_is_refused(tmp_path, content, reason):
    path = tmp_path / "x.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=reason):
        load_model(path)
