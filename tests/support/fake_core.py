"""A stand-in for the native core's ceremonies: real records of contributions around keys without any points.

A key is a ``.zkey`` with section 10 alone. The points and the transcript of a contribution are hashes of its parameters
and of the records before it; others are false.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from zkmargin.proving.contributions import Contributions

POINTS = 64 * 3 + 128


phase1_contributions = [
    {"name": name, "kind": "contribution", "hash": digit * 128} for name, digit in (("x", "1"), ("y", "2"))
]


class FormatError(ValueError):
    """As that of the native core."""


def phase1_verify(path, progress=None):
    return {"power": 4, "contributions": phase1_contributions}


def initial_key(r1cs, ptau, zkey, progress=None):
    if progress:
        progress("setup", 0, 1)
    content = Path(r1cs).read_bytes() + Path(ptau).read_bytes()
    write(zkey, hashlib.blake2b(content).digest(), [])


def contribute(zkey, out, name, entropy, progress=None):
    if progress:
        progress("contribute", 0, 1)
    digest, records = read(zkey)
    write(out, digest, [*records, record(digest, records, 0, _named(name))])


def beacon(zkey, out, name, value, iterations_exp, progress=None):  # noqa: PLR0917  # as the core's
    digest, records = read(zkey)
    parameters = _named(name) + bytes([2, iterations_exp, 3, len(value)]) + value
    write(out, digest, [*records, record(digest, records, 1, parameters)])


def check_contributions(zkey):
    digest, records = read(zkey)
    for number, one in enumerate(records):
        if one[: POINTS + 64] != _public(digest, records[:number], one[POINTS + 72 :]):
            raise FormatError(f"{zkey}: contribution {number + 1} is false")
    found = Contributions.read(Path(zkey))
    items = [{**one.to_json(), "iterations_exp": one.iterations_exp} for one in found.items]
    return {"circuit_hash": found.circuit_hash, "contributions": items}


def check_step(before, after):
    (digest, records), (other, others) = read(before), read(after)
    if digest != other or others[: len(records)] != records or len(others) <= len(records):
        raise FormatError(f"{after}: does not continue {before}")


def record(digest, records, kind, parameters):
    head = kind.to_bytes(4, "little") + len(parameters).to_bytes(4, "little")
    return _public(digest, records, parameters) + head + parameters


def read(zkey):
    """Return the circuit's hash and the records of a key."""
    content = Path(zkey).read_bytes()[24:]
    digest, at, records = content[:64], 68, []
    while at < len(content):
        size = POINTS + 64 + 8 + int.from_bytes(content[at + POINTS + 68 : at + POINTS + 72], "little")
        records.append(content[at : at + size])
        at += size
    return digest, records


def _public(digest, records, parameters):
    """Return points and transcript of the next record: they differ from those of every other history."""
    seed = hashlib.blake2b(digest + b"".join([*records, parameters])).digest()
    numbers = [hashlib.sha256(seed + bytes([number])).digest()[:31] + b"\0" for number in range(POINTS // 32)]
    return b"".join(numbers) + seed


def _named(name):
    return bytes([1, len(name.encode())]) + name.encode()


def write(zkey, digest, records):
    """Write a key, also a false one."""
    content = digest + len(records).to_bytes(4, "little") + b"".join(records)
    head = b"zkey" + (1).to_bytes(4, "little") + (1).to_bytes(4, "little")
    section = (10).to_bytes(4, "little") + len(content).to_bytes(8, "little")
    Path(zkey).write_bytes(head + section + content)
