"""Writes black76.json: prices, deltas and gammas by Black's model of 1976, from QuantLib and in 90 digits.

python tests/vectors/generate_black76.py            write the file
python tests/vectors/generate_black76.py --check    exit 1 when the file differs from what would be written

QuantLib answers on a grid that markets live in, with the errors of its floating point: some 1e-16 of the
larger of forward and strike. The second part is scattered over all that the contract accepts; there the
textbook's formula is worked out with the normal distribution of generate_normal.py, so that bounds in the
last digits can be tested.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import math
import sys
from decimal import Decimal
from pathlib import Path

import QuantLib
from generate_normal import ROOT_TWO_PI, WAD, tail

TARGET = Path(__file__).with_name("black76.json")
YEAR = 365 * 86_400
DIGITS = 12
"""Inputs have so few digits that a float holds them."""

FORWARDS = ("0.0001", "0.0731", "1", "2241.65", "1000000")
VOLATILITIES = ("0.05", "0.2", "0.6", "2.5")
SECONDS = (3600, 86_400, 7 * 86_400, 30 * 86_400, 90 * 86_400, YEAR, 3 * YEAR)
DEVIATIONS_AWAY = (-6, -4, -3, -2, -1, -0.5, 0, 0.5, 1, 2, 3, 4, 6)
RATIOS = (0.01, 0.1, 0.5, 2, 10, 100)
FARTHEST = 1000
SCATTERED = 400

Point = tuple[int, int, int, int, bool]
"""Forward, strike and volatility in 1e-18, seconds to expiry, whether it is a call."""


def grid() -> list[Point]:
    """Return a call and a put for each forward, volatility, time and strike."""
    found = []
    for forward, volatility, seconds in itertools.product(FORWARDS, VOLATILITIES, SECONDS):
        deviation = float(volatility) * math.sqrt(seconds / YEAR)
        ratios = [math.exp(deviation * away) for away in DEVIATIONS_AWAY] + [*RATIOS]
        near = [ratio for ratio in ratios if 1 / FARTHEST <= ratio <= FARTHEST]
        for ratio, is_call in itertools.product(near, (True, False)):
            strike = Decimal(f"{float(forward) * ratio:.{DIGITS - 1}e}")
            found.append((wad(Decimal(forward)), wad(strike), wad(Decimal(volatility)), seconds, is_call))
    return found


def wad(value: Decimal) -> int:
    return round(value * WAD)


def quantlib(point: Point) -> tuple[int, int, int]:
    """Return price, delta and gamma in 1e-18."""
    forward, strike, volatility = (float(Decimal(one) / WAD) for one in point[:3])
    kind = QuantLib.Option.Call if point[4] else QuantLib.Option.Put
    deviation = volatility * math.sqrt(point[3] / YEAR)
    calculator = QuantLib.BlackCalculator(QuantLib.PlainVanillaPayoff(kind, strike), forward, deviation, 1.0)
    answers = (calculator.value(), calculator.deltaForward(), calculator.gammaForward())
    price, delta, gamma = (wad(Decimal(repr(one))) for one in answers)
    return price, delta, gamma


def scattered(label: str, low: str, high: str) -> Decimal:
    """Return a fixed number without structure, its logarithm even between the bounds."""
    share = Decimal(int.from_bytes(hashlib.sha256(label.encode()).digest()[:8], "big")) / 2**64
    return (Decimal(low).ln() * (1 - share) + Decimal(high).ln() * share).exp()


def everywhere() -> list[Point]:
    """Return options all over what the contract accepts; the strikes of every second are near the forward."""
    found = []
    for i in range(SCATTERED):
        forward = scattered(f"forward {i}", "1e-9", "1e9")
        volatility = scattered(f"volatility {i}", "1e-5", "100")
        seconds = round(scattered(f"time {i}", "1", str(100 * YEAR)))
        strike = scattered(f"strike {i}", "1e-9", "1e9")
        if i % 2:
            reach = volatility * (Decimal(seconds) / YEAR).sqrt() * scattered(f"reach {i}", "0.01", "8")
            strike = min(Decimal(10**9), max(Decimal("1e-9"), forward * (reach * (-1) ** (i // 2)).exp()))
        found.append((wad(forward), wad(strike), wad(volatility), seconds, i % 4 < 2))
    return found


def below(x: Decimal) -> Decimal:
    """Return the normal distribution."""
    outside = (-x * x / 2).exp() * tail(abs(x))
    return outside if x < 0 else 1 - outside


def exact(point: Point) -> tuple[int, int, int]:
    """Return price, delta and gamma in 1e-18, by the formula as it stands in textbooks."""
    forward, strike, volatility = (Decimal(one) / WAD for one in point[:3])
    deviation = volatility * (Decimal(point[3]) / YEAR).sqrt()
    upper = (forward / strike).ln() / deviation + deviation / 2
    sign = 1 if point[4] else -1
    price = sign * (forward * below(sign * upper) - strike * below(sign * (upper - deviation)))
    gamma = (-upper * upper / 2).exp() / ROOT_TWO_PI / (forward * deviation)
    return wad(price), wad(sign * below(sign * upper)), wad(gamma)


def columns(points: list[Point], answers: list[tuple[int, int, int]]) -> dict[str, list[str]]:
    names = ("forward", "strike", "volatility", "timeToExpiry", "isCall", "price", "delta", "gamma")
    rows = ((*point, *answer) for point, answer in zip(points, answers, strict=True))
    return {
        name: [str(int(one)) for one in column]
        for name, column in zip(names, zip(*rows, strict=True), strict=True)
    }


def vectors() -> str:
    """Return the content of the file."""
    market, anywhere = grid(), everywhere()
    content = {
        "source": f"QuantLib {QuantLib.__version__}; the formula in 90 decimal digits",
        "quantlib": columns(market, [quantlib(point) for point in market]),
        "exact": columns(anywhere, [exact(point) for point in anywhere]),
    }
    return json.dumps(content, indent=0) + "\n"


def main() -> None:
    """Write or check the file."""
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text(encoding="utf-8") != vectors():
            sys.exit(f"{TARGET} differs from what its sources say; see tests/vectors/README.md")
        return
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(vectors(), encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
