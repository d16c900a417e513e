"""Adjustment files: the bundled numbers, inheritance and errors."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

import pytest

from zkmargin.errors import InputError
from zkmargin.risk.adjustment import Buffer, Rule, load_adjustment, parse_buffer
from zkmargin.risk.model import MODELS

TEXT = (MODELS / "adjustment.toml").read_text()


@pytest.fixture
def written(tmp_path):
    def write(text):
        path = tmp_path / "adjustment.toml"
        path.write_text(text)
        return path

    return write


def test_the_percentages_are_those_of_the_regulation():
    rule = load_adjustment().default
    assert rule.buffer == rule.stressed_weight == Decimal("0.25")
    assert rule.look_back == 10 * 365
    assert rule.long_run == 365


def test_multiplier_and_decay_are_those_of_varmas_report():
    rule = load_adjustment().default
    assert (rule.multiplier, rule.decay) == (3, Decimal("0.94"))


def test_the_warm_up_has_99_9_percent_of_the_weight():
    rule = load_adjustment().default
    assert rule.decay**rule.warm_up < Decimal("0.001") < rule.decay ** (rule.warm_up - 1)


def test_every_number_has_a_comment_before_it():
    lines = [line for line in TEXT.splitlines() if line.strip()]
    keys = {one.name for one in fields(Rule)}
    numbers = [n for n, line in enumerate(lines) if line.partition(" = ")[0] in keys]
    assert len(numbers) == len(keys)
    assert all(lines[n - 1].startswith("#") for n in numbers)


def test_underlyings_inherit_missing_keys(written):
    own = '[underlyings.ETH]\nmultiplier = "3.5"\ndecay = "0.97"\nlong_run_part = "1"\n'
    adjustment = load_adjustment(written(TEXT + own))
    default, eth = adjustment.rule("BTC"), adjustment.rule("ETH")
    assert (eth.multiplier, eth.decay, eth.long_run_part) == (Decimal("3.5"), Decimal("0.97"), 1)
    assert (eth.warm_up, eth.buffer) == (default.warm_up, default.buffer)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        ('multiplier = "3"', 'multiplier = "0"', "default.multiplier", "must be above 0"),
        ('multiplier = "3"', 'multiplier = "-3"', "default.multiplier", "must not be negative"),
        ('decay = "0.94"', 'decay = "1"', "default.decay", "must be above 0 and below 1"),
        ('decay = "0.94"', 'decay = "0"', "default.decay", "must be above 0 and below 1"),
        ('decay = "0.94"', "decay = 0.94", "default.decay", "expected a number as a decimal string"),
        ('warm_up = "112"', 'warm_up = "0"', "default.warm_up", "must be from 1 to 36500"),
        (
            'long_run = "365"',
            'long_run = "1.5"',
            "default.long_run",
            "expected an integer as a decimal string",
        ),
        ('long_run_part = "0.5"', 'long_run_part = "1.1"', "default.long_run_part", "must be from 0 to 1"),
        (
            'stressed_weight = "0.25"',
            'stressed_weight = "2"',
            "default.stressed_weight",
            "must be from 0 to 1",
        ),
        ('stressed = "365"', "", "default.stressed", "missing"),
        ('option = "buffer"', 'option = "all"', "option", "expected one of none, buffer, stressed, floor"),
        ('name = "ewma"', 'name = "EWMA"', "name", "expected a name in lower case"),
        ("[default]", "[underlyings.A-_]\n[default]", "", None),
        (
            "[default]",
            '[underlyings."A B"]\n[default]',
            "underlyings.A B",
            "expected the name of an underlying",
        ),
        ("[default]", "[other]\n[default]", "other", "unknown key"),
    ],
)
def test_a_flaw_is_named_with_its_key(written, old, new, key, reason):
    assert old in TEXT
    path = written(TEXT.replace(old, new, 1))
    if reason is None:
        load_adjustment(path)
        return
    with pytest.raises(InputError) as caught:
        load_adjustment(path)
    assert (caught.value.source, caught.value.key) == (str(path), key)
    assert caught.value.reason.startswith(reason)


def test_an_option_is_named():
    assert [parse_buffer(str(one), "x") for one in Buffer] == list(Buffer)
    with pytest.raises(InputError, match="--buffer: expected one of none, buffer, stressed, floor"):
        parse_buffer("fixed", "--buffer")
