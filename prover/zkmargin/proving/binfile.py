"""The frame of iden3's binary files ``.r1cs``, ``.wtns`` and ``.zkey``: magic, version, numbered sections.

The native core reads these files with Rust code of its own. `zkmargin.proving` reads the parts that it needs again in
Python, because the core is optional, and to check the core's keys and proofs independently of its readers
(docs/decisions/0014-two-readers.md).
"""

from __future__ import annotations

import os
import struct
from dataclasses import dataclass
from typing import BinaryIO

from zkmargin.errors import InputError

__all__ = ["Fields", "Section", "Sections"]

_MAX_SECTIONS = 64


@dataclass(frozen=True, slots=True)
class Section:
    """The place of a section's content.

    Attributes
    ----------
    offset, size : int
        The offset from the start of the file and the size, in bytes.
    """

    offset: int
    size: int


class Sections:
    """The sections of an open binary file. Lengths are checked before content is read.

    Parameters
    ----------
    file : BinaryIO
        A seekable file, open for reading.
    magic : bytes
        The first four bytes.
    versions : tuple of int
        The supported versions.
    source : str
        The name of the file in messages.

    Raises
    ------
    InputError
        If the frame is malformed: wrong magic or version, a duplicate section, or lengths that do not fit the file.
    """

    def __init__(self, file: BinaryIO, magic: bytes, versions: tuple[int, ...], source: str) -> None:
        self._file, self.source = file, source
        self._end = file.seek(0, os.SEEK_END)
        if self._at(0, 4) != magic:
            raise InputError(f"not a .{magic.decode()} file", source=source)
        version, count = struct.unpack("<II", self._at(4, 8))
        if version not in versions:
            raise InputError(f"unsupported version {version}", source=source)
        if count > _MAX_SECTIONS:
            raise InputError(f"expected at most {_MAX_SECTIONS} sections, got {count}", source=source)
        self._sections = self._index(count)

    def _index(self, count: int) -> dict[int, Section]:
        found: dict[int, Section] = {}
        offset = 12
        for _ in range(count):
            number, size = struct.unpack("<IQ", self._at(offset, 12))
            if number in found:
                raise InputError(f"duplicate section {number}", source=self.source)
            found[number] = Section(offset + 12, size)
            offset += 12 + size
            if offset > self._end:
                raise InputError(f"section {number} extends beyond the end of the file", source=self.source)
        if offset != self._end:
            raise InputError("unexpected data after the last section", source=self.source)
        return found

    def read(self, number: int, *, max_size: int) -> bytes:
        """Return the content of a section of at most `max_size` bytes."""
        section = self._sections.get(number)
        if section is None:
            raise InputError(f"section {number} is missing", source=self.source)
        if section.size > max_size:
            raise InputError(f"section {number} must have at most {max_size} bytes", source=self.source)
        return self._at(section.offset, section.size)

    def _at(self, offset: int, size: int) -> bytes:
        self._file.seek(offset)
        content = self._file.read(size)
        if len(content) != size:
            raise InputError("truncated", source=self.source)
        return content


class Fields:
    """A sequential reader of little-endian values in a section's content."""

    def __init__(self, content: bytes, source: str, what: str) -> None:
        self._content, self._source, self._what = content, source, what
        self._offset = 0

    def bytes(self, size: int) -> bytes:
        """Return the next `size` bytes."""
        end = self._offset + size
        if end > len(self._content):
            raise InputError(f"the {self._what} is too short", source=self._source)
        chunk = self._content[self._offset : end]
        self._offset = end
        return chunk

    def u32(self) -> int:
        """Return the next 4 bytes as a number."""
        return int.from_bytes(self.bytes(4), "little")

    def u64(self) -> int:
        """Return the next 8 bytes as a number."""
        return int.from_bytes(self.bytes(8), "little")

    def modulus(self, expected: int, field: str) -> None:
        """Read a length and a prime, and check that the prime is the expected one."""
        if self.u32() != 32 or int.from_bytes(self.bytes(32), "little") != expected:
            raise InputError(f"the {field} is not BN254's", source=self._source)

    def end(self) -> None:
        """Check that nothing is left."""
        if self._offset != len(self._content):
            raise InputError(f"the {self._what} is too long", source=self._source)
