"""Writes normal.json: the normal distribution to 18 digits, and the coefficients of NormalDistribution.sol.

python tests/vectors/generate_normal.py            write the file
python tests/vectors/generate_normal.py --check    exit 1 when the file differs from what would be written

With 90 decimal digits: below 8 the power series x + x^3/3 + x^5/15 + ... of (cdf - 1/2) / pdf, above it
Laplace's continued fraction of (1 - cdf) / pdf (M. Abramowitz and I. Stegun, Handbook of Mathematical
Functions, 26.2.11 and 26.2.14).

The coefficients are those of the one rational function, a polynomial of degree 10 over one of degree 11, that
equals tail(x) = (1 - cdf(x)) exp(x^2/2) at 22 points: x = 3 (1 + u) / (1 - u), u the extrema of the Chebyshev
polynomial T22 but for u = 1. The map takes [-1, 1) to [0, oo) (J. Boyd, "Orthogonal rational functions on a
semi-infinite interval", Journal of Computational Physics 70 (1987)).
"""

from __future__ import annotations

import json
import sys
from decimal import Decimal, getcontext
from pathlib import Path

getcontext().prec = 90

TARGET = Path(__file__).with_name("normal.json")
WAD = 10**18
PI = Decimal("3.14159265358979323846264338327950288419716939937510582097494459230781640628620899862803482534")
ROOT_TWO_PI = (2 * PI).sqrt()
DEGREE = 11
SCALE = 3

Row = list[Decimal]


def tail(x: Decimal) -> Decimal:
    """Return (1 - cdf(x)) exp(x^2/2), for x not negative."""
    if x < 8:
        term = total = x
        for odd in range(3, 1001, 2):
            term *= x * x / odd
            total += term
        return (x * x / 2).exp() / 2 - total / ROOT_TWO_PI
    fraction = x
    for level in range(300, 0, -1):
        fraction = x + level / fraction
    return 1 / (fraction * ROOT_TWO_PI)


def cosine(angle: Decimal) -> Decimal:
    term = total = Decimal(1)
    for even in range(2, 200, 2):
        term *= -angle * angle / (even * (even - 1))
        total += term
    return total


def solve(rows: list[Row]) -> Row:
    """Return the solution of linear equations, each row ending with its right-hand side."""
    rows = [row[:] for row in rows]
    for i in range(len(rows)):
        best = max(range(i, len(rows)), key=lambda at: abs(rows[at][i]))
        rows[i], rows[best] = rows[best], rows[i]
        rows[i] = [value / rows[i][i] for value in rows[i]]
        for at in range(len(rows)):
            if at != i:
                factor = rows[at][i]
                rows[at] = [value - factor * above for value, above in zip(rows[at], rows[i], strict=True)]
    return [row[-1] for row in rows]


def coefficients() -> tuple[list[int], list[int]]:
    """Return numerator and denominator, the highest power first, in 1e-18."""
    count = 2 * DEGREE
    rows = []
    for i in range(count):
        u = -cosine(PI * i / count)
        x = SCALE * (1 + u) / (1 - u)
        powers = [1 / (1 + x / SCALE) ** DEGREE]
        for _ in range(DEGREE):
            powers.append(powers[-1] * x)
        rows.append(
            [*powers[:DEGREE], *(-tail(x) * one for one in powers[:DEGREE]), tail(x) * powers[DEGREE]]
        )
    found = [round(one * WAD) for one in solve(rows)]
    found[DEGREE] = 2 * found[0]  # so that tail(0) is 1/2 to the last digit
    return found[:DEGREE][::-1], [WAD, *found[DEGREE:][::-1]]


def points() -> list[Decimal]:
    """Return arguments: dense where the cdf is not flat, then up to the largest that the contract takes."""
    dense = [Decimal(i) / 128 + Decimal(i * i % 997) * Decimal("1e-6") for i in range(1280)]
    beyond = [10 + Decimal(i * i) * Decimal("0.0063375") for i in range(401)]
    edges = map(Decimal, ("1e-18", "1e-9", "0.001", "9.1", "9.104", "9.2"))
    return sorted({*dense, *beyond, *edges})


def vectors() -> str:
    """Return the content of the file."""
    arguments = points()
    bells = [(-x * x / 2).exp() for x in arguments]
    tails = [tail(x) for x in arguments]
    numerator, denominator = coefficients()
    content = {
        "numerator": numerator,
        "denominator": denominator,
        "x": [x * WAD for x in arguments],
        "tail": [one * WAD for one in tails],
        "pdf": [bell / ROOT_TWO_PI * WAD for bell in bells],
        "below": [bell * one * WAD for bell, one in zip(bells, tails, strict=True)],
    }
    digits = {key: [str(round(one)) for one in column] for key, column in content.items()}
    return json.dumps({"source": "series in 90 decimal digits", **digits}, indent=0) + "\n"


def main() -> None:
    """Write or check the file."""
    if sys.argv[1:] == ["--check"]:
        if TARGET.read_text(encoding="utf-8") != vectors():
            sys.exit(f"{TARGET} differs from what its script computes; see tests/vectors/README.md")
        return
    temporary = TARGET.with_suffix(".tmp")
    temporary.write_text(vectors(), encoding="utf-8")
    temporary.replace(TARGET)


if __name__ == "__main__":
    main()
