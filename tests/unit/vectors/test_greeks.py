"""normal.json and black76.json are up to date, confirmed by SciPy and `black76`, and used by the contract."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from decimal import Decimal, localcontext
from pathlib import Path

import numpy as np
import pytest
from scipy.special import erfcx, ndtr

from zkmargin.risk import black76

ROOT = Path(__file__).parents[3]
FOLDER = ROOT / "tests" / "vectors"
NORMAL = json.loads((FOLDER / "normal.json").read_text(encoding="utf-8"))
OPTIONS = json.loads((FOLDER / "black76.json").read_text(encoding="utf-8"))
LIBRARY = ROOT / "verifier_contracts" / "src" / "libraries" / "NormalDistribution.sol"
WAD = Decimal(10**18)
YEAR = 365 * 86_400


def floats(column):
    return np.array([float(Decimal(one) / WAD) for one in column])


@pytest.mark.slow
@pytest.mark.parametrize("script", ["generate_normal.py", "generate_black76.py"])
def test_the_files_are_what_their_scripts_compute(script):
    subprocess.run([sys.executable, FOLDER / script, "--check"], check=True)  # noqa: S603


def test_scipy_confirms_the_normal_distribution():
    x = floats(NORMAL["x"])
    assert np.abs(ndtr(-x) - floats(NORMAL["below"])).max() < 2e-16
    assert np.abs(erfcx(x / np.sqrt(2)) / 2 - floats(NORMAL["tail"])).max() < 5e-16
    assert np.abs(np.exp(-x * x / 2) / np.sqrt(2 * np.pi) - floats(NORMAL["pdf"])).max() < 2e-16


def test_the_contract_has_these_coefficients():
    literals = re.findall(r"(?:numerator|denominator) = .*?([\d.]+)e18;", LIBRARY.read_text(encoding="utf-8"))
    assert [str(int(Decimal(one) * WAD)) for one in literals] == NORMAL["numerator"] + NORMAL["denominator"]


def test_the_rational_function_is_the_tail():
    def horner(coefficients, x):
        total = Decimal(0)
        for one in coefficients:
            total = total * x + Decimal(one)
        return total

    with localcontext(prec=40):
        points = [Decimal(one) / WAD for one in NORMAL["x"]]
        ratios = [horner(NORMAL["numerator"], x) / horner(NORMAL["denominator"], x) for x in points]
        errors = [abs(one * WAD - int(known)) for one, known in zip(ratios, NORMAL["tail"], strict=True)]
    # The vectors are rounded to 1e-18, so half of that is not the function's.
    assert max(errors) < 3 + Decimal("0.5")
    assert all(int(one) > 0 for one in NORMAL["numerator"] + NORMAL["denominator"])


@pytest.mark.parametrize("part", ["quantlib", "exact"])
def test_the_package_prices_the_same(part):
    columns = OPTIONS[part]
    forward, strike, volatility = (floats(columns[name]) for name in ("forward", "strike", "volatility"))
    years = np.array([int(one) for one in columns["timeToExpiry"]]) / YEAR
    is_call = np.array([one == "1" for one in columns["isCall"]])
    deviation = volatility * np.sqrt(years)
    terms = (forward, strike, deviation)
    price = np.abs(black76.price(*terms, is_call) - floats(columns["price"]))
    delta = np.abs(black76.delta(*terms, is_call) - floats(columns["delta"]))
    gamma = np.abs(black76.gamma(*terms) - floats(columns["gamma"]))
    assert (price <= 1e-14 * np.maximum(forward, strike) + 1e-18).all()
    # Floats know ln(forward / strike) to some 1e-16, which a small deviation magnifies.
    assert (delta <= 1e-14 + 1e-15 / deviation).all()
    rounding = 1e-18 * forward * deviation
    assert (gamma * forward * deviation <= 1e-14 + 1e-15 / deviation + rounding).all()


def test_the_grid_is_wide():
    columns = OPTIONS["quantlib"]
    forward, strike = floats(columns["forward"]), floats(columns["strike"])
    seconds = {int(one) for one in columns["timeToExpiry"]}
    assert len(forward) > 5_000
    assert (forward.min(), forward.max()) == (1e-4, 1e6)
    assert (min(seconds), max(seconds)) == (3600, 3 * YEAR)
    assert (strike / forward).max() >= 100
    assert (strike / forward).min() <= 0.01
