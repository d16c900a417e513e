"""How far estimates from the smile are from the venue's own marks: each strike of a chain is left out once.

    python benchmarks/smile.py examples/chain/ETH.json

The file is an answer of Deribit's ``get_book_summary_by_currency``, as JSON or CSV. Errors are in volatility
points and in parts of the forward, of the option that is out of the money. With ``--svi`` the same strikes
are also estimated by SVI, w = a + b (rho (k - m) + sqrt((k - m)^2 + sigma^2)), fitted to the marks by least
squares.
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import least_squares, lsq_linear

from zkmargin.risk import black76
from zkmargin.risk.smile import Point, Surface, model_mark, point
from zkmargin.venue_data import Option, VenueData
from zkmargin.venues import import_deribit
from zkmargin.venues.smile import fill_from_smile

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_SCALE = 1e4


@dataclass
class Errors:
    """Of the strikes that were left out and estimated."""

    volatility: list[float] = field(default_factory=list)
    mark: list[float] = field(default_factory=list)

    def add(self, option: Option, volatility: float, time: int) -> None:
        """Compare an option with an estimate."""
        estimate = replace(option, volatility=type(option.volatility)(volatility))
        self.volatility.append(abs(volatility - float(option.volatility)) * 100)
        self.mark.append(abs(model_mark(estimate, time) - model_mark(option, time)) / float(option.forward))

    def show(self, name: str) -> None:
        """Print a line for each unit."""
        for unit, values, scale in (("points", self.volatility, 1), ("1e-6 forward", self.mark, 1e6)):
            median, high, most = (float(np.quantile(values, part)) * scale for part in (0.5, 0.95, 1))
            print(f"{name:<6} {unit:<13} median {median:7.3f}   95 % {high:8.3f}   largest {most:9.3f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("chain", help="get_book_summary_by_currency, JSON or CSV")
    parser.add_argument("--svi", action="store_true", help="compare with SVI")
    options = parser.parse_args()
    smile, svi, refused = compare(import_deribit(options.chain), with_svi=options.svi)
    print(f"{len(smile.mark)} strikes estimated, {refused.total()} options refused")
    for reason, count in refused.most_common():
        print(f"  {count:>4}  {reason}")
    smile.show("cubic")
    if options.svi:
        svi.show("SVI")


def compare(venue_data: VenueData, *, with_svi: bool) -> tuple[Errors, Errors, Counter[str]]:
    """Leave out each strike once; return the errors of the smile and of SVI, and why options were refused."""
    smile, svi, refused = Errors(), Errors(), Counter[str]()
    for hidden, rest in splits(venue_data):
        filled, left_out = fill_from_smile(hidden, rest, venue_data.time)
        refused.update(reason for _, reason in left_out)
        volatilities = {one.name: float(one.volatility) for one, _ in filled}
        for one in hidden:
            if one.name in volatilities and (one.strike >= one.forward) == (one.right == "call"):
                smile.add(one, volatilities[one.name], venue_data.time)
                if with_svi:
                    svi.add(one, svi_volatility(one, rest, venue_data.time), venue_data.time)
    return smile, svi, refused


def splits(venue_data: VenueData) -> Iterator[tuple[list[Option], list[Option]]]:
    """Yield the options of each strike, and the others of its underlying."""
    for underlying in venue_data.underlyings:
        quoted = [one for one in underlying.instruments if isinstance(one, Option)]
        for place in sorted({(one.expiry, one.strike) for one in quoted}):
            hidden = [one for one in quoted if (one.expiry, one.strike) == place]
            yield hidden, [one for one in quoted if (one.expiry, one.strike) != place]


def svi_volatility(option: Option, rest: Sequence[Option], time: int) -> float:
    """Return the volatility of an option from SVI, fitted to the others of its expiry."""
    smile = Surface([one for one in rest if one.expiry == option.expiry], time).smile(option.expiry)
    variance = float(_svi(fit_svi(smile.points), point(option, time).moneyness))
    own = point(option, time).variance
    return float(np.sqrt(max(variance, 0.0) / own)) * float(option.volatility)


def fit_svi(points: Sequence[Point]) -> np.ndarray:
    """Return level, right and left wing, m and sigma that come nearest to the marks.

    For given m and sigma the rest is linear; the best of a grid of these is where the search starts.
    """
    k, w = (np.array([getattr(one, name) for one in points]) for name in ("moneyness", "variance"))
    deviation = np.sqrt(w)
    weight = _SCALE * black76.vega(1.0, np.exp(k), deviation, 1.0) / (2 * deviation)
    starts = []
    for m in np.linspace(k[0], k[-1], 9)[1:-1]:
        for sigma in (k[-1] - k[0]) * np.array([0.01, 0.03, 0.1, 0.3, 1.0]):
            columns = np.stack([_svi((*unit, m, sigma), k) for unit in np.eye(3)], axis=1)
            found = lsq_linear(
                columns * weight[:, None], w * weight, bounds=([-np.inf, 0, 0], np.inf), method="bvls"
            )
            starts.append((found.cost, np.array([found.x[0], *np.maximum(found.x[1:], 1e-9), m, sigma])))
    starts.sort(key=lambda pair: pair[0])
    lower, upper = [-np.inf, 0, 0, k[0] - 1, 1e-4], [np.inf, np.inf, np.inf, k[-1] + 1, 10]
    searches = [
        least_squares(lambda p: (_svi(p, k) - w) * weight, start, bounds=(lower, upper), x_scale="jac")
        for _, start in starts[:3]
    ]
    return min(searches, key=lambda one: one.cost).x


def _svi(parameters: Sequence[float] | np.ndarray, k: np.ndarray | float) -> np.ndarray:
    """Return the total variance; the wings are b (1 + rho) sigma and b (1 - rho) sigma."""
    level, right, left, m, sigma = parameters
    y = (k - m) / sigma
    root = np.sqrt(1 + y * y)
    return level + right * (root + y) / 2 + left * (root - y) / 2


if __name__ == "__main__":
    main()
