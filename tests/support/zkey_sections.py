"""Sections of binary files, to forge keys from honest ones."""

from __future__ import annotations

import struct
from pathlib import Path

from zkmargin.proving.bn254 import BASE_MODULUS

HEADER, CONTRIBUTIONS = 2, 10

# Places in the header of a key: after the sizes come alpha, beta in G1 and G2, gamma, delta in G1 and G2.
SIZES = 36 + 36 + 12
ALPHA, BETA1, BETA2, GAMMA, DELTA1, DELTA2 = (SIZES + at for at in (0, 64, 128, 256, 384, 448))
END = SIZES + 576


def read_sections(path: Path) -> dict[int, bytes]:
    """Return the sections of a file in their order."""
    content, sections, at = path.read_bytes(), {}, 12
    while at < len(content):
        number, size = struct.unpack_from("<IQ", content, at)
        sections[number] = content[at + 12 : at + 12 + size]
        at += 12 + size
    return sections


def write_sections(path: Path, sections: dict[int, bytes]) -> None:
    """Write a key with sections."""
    parts = [struct.pack("<IQ", number, len(content)) + content for number, content in sections.items()]
    path.write_bytes(b"zkey" + struct.pack("<II", 1, len(parts)) + b"".join(parts))


def read_records(content: bytes) -> tuple[bytes, list[bytes]]:
    """Return the circuit's hash and the records of a section of contributions."""
    public = 64 * 3 + 128 + 64
    at, records = 68, []
    while at < len(content):
        (size,) = struct.unpack_from("<I", content, at + public + 4)
        records.append(content[at : at + public + 8 + size])
        at += public + 8 + size
    return content[:64], records


def write_records(circuit_hash: bytes, records: list[bytes]) -> bytes:
    """Return a section of contributions."""
    return circuit_hash + struct.pack("<I", len(records)) + b"".join(records)


def hashed_points(record: bytes) -> bytes:
    """Return the points of a record as they are hashed: big-endian, no multiples, the imaginary part first in G2."""
    stored = [record[at : at + 32] for at in range(0, 64 * 3 + 128, 32)]
    numbers = [
        int.from_bytes(one, "little") * pow(1 << 256, -1, BASE_MODULUS) % BASE_MODULUS for one in stored
    ]
    ordered = [*numbers[:6], numbers[7], numbers[6], numbers[9], numbers[8]]
    return b"".join(number.to_bytes(32, "big") for number in ordered)
