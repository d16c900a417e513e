"""Put-call parity: a call less a put equals the future in every scenario of every model."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from support.circuits import ROOT
from support.market_data import market_data
from zkmargin.risk import Model, load_model
from zkmargin.risk.table import scenario_values
from zkmargin.venue_data import Option, Underlying
from zkmargin.venues import import_deribit

CHAIN = import_deribit(*sorted((ROOT / "examples" / "chain").glob("*.json")))
MODELS = ("span", "deribit")


def _pairs(underlying: Underlying) -> Iterator[tuple[int, int]]:
    """Yield the places of calls and puts of one strike, expiry and forward."""
    places: dict[tuple[object, ...], dict[str, int]] = {}
    for place, one in enumerate(underlying.instruments):
        if isinstance(one, Option):
            places.setdefault((one.expiry, one.strike, one.forward), {})[one.right] = place
    for pair in places.values():
        if len(pair) == 2:
            yield pair["call"], pair["put"]


def _differences(underlying: Underlying, time: int, model: Model) -> np.ndarray:
    """Return the difference between gains of call less put and of the future, as a fraction of the forward."""
    ranges = model.ranges(underlying.name)
    moves = np.array([float(one.move(ranges) * one.weight(ranges)) for one in model.scenarios])
    values = scenario_values(underlying, time, model)
    forwards = [float(getattr(one, "forward", one.mark)) for one in underlying.instruments]
    return np.array(
        [(values[call] - values[put]) / forwards[call] - moves for call, put in _pairs(underlying)]
    )


@pytest.mark.parametrize("name", MODELS)
def test_call_less_put_is_the_future_on_the_bundled_chain(name):
    for underlying in CHAIN.underlyings:
        differences = _differences(underlying, CHAIN.time, load_model(name))
        assert len(differences) > 30
        assert np.abs(differences).max() < 1e-12


@pytest.mark.parametrize("name", MODELS)
def test_call_less_put_is_the_future_on_a_real_chain(name):
    # Marks come with 1e-6 of the coin, so the volatilities of a call and its put are not quite the same.
    path = market_data("deribit_eth_options_2024-01-08.csv")
    (underlying,) = (market := import_deribit(path, time=1_704_712_781)).underlyings
    differences = np.abs(_differences(underlying, market.time, load_model(name))).max(axis=1)
    assert len(differences) > 300
    assert np.median(differences) < 2e-5
    assert differences.max() < 3e-3
    options = underlying.instruments
    marks = [
        abs(1 - (options[call].mark - options[put].mark + options[call].strike) / options[call].forward)
        for call, put in _pairs(underlying)
    ]
    assert max(marks) < 1e-4


@pytest.mark.parametrize("name", MODELS)
def test_with_one_volatility_it_is_exact_on_a_real_chain(name):
    path = market_data("deribit_eth_options_2024-01-08.csv")
    (underlying,) = (market := import_deribit(path, time=1_704_712_781)).underlyings
    options = list(underlying.instruments)
    for call, put in _pairs(underlying):
        options[put] = replace(options[put], volatility=options[call].volatility)
    same = replace(underlying, instruments=tuple(options))
    assert np.abs(_differences(same, market.time, load_model(name))).max() < 1e-12
