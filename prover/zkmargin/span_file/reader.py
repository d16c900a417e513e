"""Reader of SPAN risk parameter files: XML by `xml_reader`, ``.pa2`` line by line, of which real files have many."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError

from .commodities import Definition
from .contents import Family, SpanFile
from .line import Line
from .records import PAIRS, parse_contract, parse_format, parse_header, parse_range
from .stream import open_file
from .xml_reader import read_xml_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from .contents import Contract, Expiry, Header, ScanRange

__all__ = ["read_span_file"]

_LONGEST = 512
_PROGRESS_LINES = 20_000
_SECONDS = frozenset(PAIRS.values())
_KEY = slice(2, 54)
_END_OF_FILE = b"\x1a"


def read_span_file(
    path: str | Path,
    commodities: Collection[str] | None = None,
    progress: Callable[[str, int, int], None] | None = None,
    *,
    currency: str = "",
) -> SpanFile:
    """Read a SPAN risk parameter file: XML (``.spn``) or CME's expanded unpacked format (``.pa2``), plain or zipped.

    Parameters
    ----------
    path : str or Path
        The file; XML begins with ``<``.
    commodities : collection of str, optional
        The combined commodities to read, exchange and code, such as ``CME:ES``; all by default. Each contract
        takes a kilobyte of memory.
    progress : callable, optional
        Called with ``"reading"``, the number of bytes read, and the size of the file.
    currency : str
        The currency of combined commodities for which XML has none.

    Returns
    -------
    SpanFile

    Raises
    ------
    InputError
        With file, line and columns or element, if the file is malformed or a requested record cannot be used.
    """
    if _is_xml(Path(path)):
        return read_xml_file(path, commodities, currency, progress)
    reader = _Reader(str(path), None if commodities is None else frozenset(commodities))
    done = 0
    with open_file(Path(path)) as (file, size):
        for number, content in enumerate(iter(lambda: file.readline(_LONGEST + 1), b""), 1):
            done += len(content)
            if content != _END_OF_FILE:
                reader.take(number, content)
            if progress is not None and (number % _PROGRESS_LINES == 0 or done == size):
                progress("reading", done, size)
    return reader.finish()


def _is_xml(path: Path) -> bool:
    with open_file(path) as (file, _):
        return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


class _Reader:
    """The state of reading a file.

    Families are looked up by their raw columns before a line is parsed, because most lines of a file are
    usually not requested.
    """

    def __init__(self, source: str, wanted: frozenset[str] | None) -> None:
        self._source, self._wanted = source, wanted
        self._header: Header | None = None
        self._definitions: dict[str, Definition] = {}
        self._current: Definition | None = None
        self._others: set[str] = set()
        self._families: dict[str, Definition] = {}
        self._unwanted: set[str] = set()
        self._formats: dict[str, Line] = {}
        self._ranges: dict[tuple[Family, Expiry], ScanRange] = {}
        self._contracts: list[Contract] = []
        self._first: Line | None = None
        self._lines: dict[str, int] = {}
        self._ignored: Counter[str] = Counter()

    def take(self, number: int, content: bytes) -> None:
        """Take the next line."""
        line = self._decode(number, content)
        kind = line.text[:2]
        if self._first is not None:
            self._take_second(line, self._first)
        elif self._header is None:
            self._header = parse_header(line)
        elif kind in PAIRS:
            self._first = line
        elif kind in _SECONDS:
            line.refuse(f"a type {kind} record without the first of its pair")
        elif kind == "0 ":
            line.refuse("duplicate header")
        elif not self._take_definition(kind, line):
            self._ignored[kind.strip()] += 1

    def finish(self) -> SpanFile:
        """Check for missing contents, and return the requested ones."""
        if self._header is None:
            raise InputError("the file is empty", source=self._source)
        if self._first is not None:
            self._first.refuse(f"the file ends before its type {PAIRS[self._first.text[:2]]} record")
        for name in sorted((self._wanted or frozenset()) - set(self._definitions)):
            hint = did_you_mean(name, sorted(self._others))
            raise InputError(f"no combined commodity {name} in the file{hint}", source=self._source)
        formats = [line for key, line in self._formats.items() if key in self._families]
        self._ignored["P"] += len(self._formats) - len(formats)
        return SpanFile(
            source=self._source,
            header=self._header,
            commodities={name: one.commodity() for name, one in self._definitions.items()},
            formats=dict(map(parse_format, formats)),
            ranges=self._ranges,
            contracts=tuple(self._contracts),
            ignored={kind: count for kind, count in sorted(self._ignored.items()) if count},
        )

    def _decode(self, number: int, content: bytes) -> Line:
        text = content.decode("latin-1").rstrip("\r\n")
        line = Line(text, number, self._source)
        if len(content) > _LONGEST:
            line.refuse(f"longer than {_LONGEST} columns")
        if len(text) < 2 or not text.isascii() or not text.isprintable():
            line.refuse("not a record of printable ASCII characters")
        return line

    def _take_definition(self, kind: str, line: Line) -> bool:
        """Use a record that is not a risk array, and return whether it was of use."""
        if kind == "P ":
            self._keep_format(line)
        elif kind == "2 ":
            self._link(line)
        elif kind == "B ":
            return self._take_range(line)
        elif kind in {"3 ", "4 ", "S "} and self._current is not None:
            self._current.take(kind, line)
        else:
            return False
        return True

    def _keep_format(self, line: Line) -> None:
        """Keep a type P record, which comes before the records that request it."""
        key = _family(line, 16)
        if key in self._formats:
            line.refuse(f"duplicate of the product in line {self._formats[key].number}")
        self._formats[key] = line

    def _link(self, line: Line) -> None:
        name = f"{line.code(3, 5)}:{line.code(7, 12)}"
        if self._wanted is not None and name not in self._wanted:
            self._current = None
            self._others.add(name)
            self._ignored["2"] += 1
            return
        self._current = self._definitions.setdefault(name, Definition(name))
        for family in self._current.link(line):
            key = f"{family.exchange:<3}{family.product:<10}{family.kind}"
            if key in self._families:
                line.refuse(f"duplicate link of {family}")
            if key in self._unwanted:
                line.refuse(f"{family} is linked after its arrays")
            self._families[key] = self._current

    def _take_range(self, line: Line) -> bool:
        if _family(line, 16) not in self._families:
            return False
        family, expiry, ranges = parse_range(line)
        if (family, expiry) in self._ranges:
            line.refuse(f"duplicate parameters of {family} {'-'.join(filter(None, expiry))}")
        self._ranges[family, expiry] = ranges
        return True

    def _take_second(self, second: Line, first: Line) -> None:
        self._first = None
        if second.text[:2] != PAIRS[first.text[:2]] or second.text[_KEY] != first.text[_KEY]:
            second.refuse(
                f"expected the type {PAIRS[first.text[:2]]} record of the contract in line {first.number}"
            )
        key = _family(first, 26)
        if key not in self._families:
            self._unwanted.add(key)
            self._ignored.update((first.text[:2], second.text[:2]))
            return
        # Only the second record has the sign of the strike.
        contract = parse_contract(first, second)
        identity = f"{first.text[_KEY]}{contract.strike}"
        if identity in self._lines:
            first.refuse(f"duplicate of the contract in line {self._lines[identity]}")
        self._lines[identity] = first.number
        self._contracts.append(contract)


def _family(line: Line, kind: int) -> str:
    """Return the raw columns of exchange, product code and type; `kind` is the first column of the type."""
    return line.text[2:15] + line.text[kind - 1 : kind + 2]
