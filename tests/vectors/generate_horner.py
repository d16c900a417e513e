"""Writes horner.json: lists of field elements, their points and the values of their polynomials there.

python tests/vectors/generate_horner.py            write the file
python tests/vectors/generate_horner.py --check    exit 1 when the file differs from what would be written

Values are sums of powers, not Horner's rule, and points are hashes by pycryptodome, not by the package.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path

from Crypto.Hash import keccak

TARGET = Path(__file__).with_name("horner.json")
R = 21888242871839275222246405745257275088548364400416034343698204186575808495617


def point(seed: int, elements: list[int]) -> int:
    """Return keccak256 of words of 32 bytes, modulo r."""
    state = keccak.new(digest_bits=256)
    for word in (seed, *elements):
        state.update(word.to_bytes(32, "big"))
    return int.from_bytes(state.digest(), "big") % R


def value(elements: list[int], at: int) -> int:
    return sum(element * pow(at, i, R) for i, element in enumerate(elements)) % R


def lists() -> dict[str, list[int]]:
    rng = random.Random(11)  # noqa: S311  # reproducible, not secret
    sizes = {"smallestCircuit": 24, "disclosure13": 26, "disclosure128": 49}
    drawn = {name: [rng.randrange(R) for _ in range(size)] for name, size in sizes.items()}
    return {"one": [1], "zeros": [0] * 5, "largest": [R - 1] * 30, **drawn}


def vectors() -> str:
    rng = random.Random(12)  # noqa: S311  # reproducible, not secret
    made: dict[str, object] = {"source": "sums of powers in Python, keccak256 by pycryptodome"}
    for name, elements in lists().items():
        seed = rng.randrange(R)
        at = point(seed, elements)
        made[name] = {
            "elements": [str(one) for one in elements],
            "answers": [str(one) for one in (seed, at, value(elements, at))],
        }
    return json.dumps(made, indent=1) + "\n"


if __name__ == "__main__":
    if "--check" in sys.argv:
        if TARGET.read_text(encoding="utf-8") != vectors():
            sys.exit(f"{TARGET} differs from what its sources say; see tests/vectors/README.md")
    else:
        TARGET.write_text(vectors(), encoding="utf-8")
