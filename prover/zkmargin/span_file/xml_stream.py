"""Elements of an XML file, one part of it at a time: real SPAN files have millions of elements.

The parser is expat. Document type declarations are refused, and only they could declare entities: so there are none to
expand or to fetch, beyond XML's own five. Size, depth, and the length of texts are limited.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NoReturn, TypeAlias
from xml.parsers import expat

from zkmargin.errors import InputError

from .stream import MAX_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

__all__ = ["Element", "Handler", "read_elements"]

Handler: TypeAlias = "Callable[[Element, list[Element]], bool]"
"""Called with an element that ends and its ancestors, the outermost first; returns whether its parent keeps it."""

_MAX_DEPTH = 32
_MAX_TEXT = 1000
_CHUNK = 1 << 20
_NUMBER = re.compile(r"[+-]?[0-9]{1,18}(?:\.[0-9]{0,18})?", re.ASCII)
_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", re.ASCII)


@dataclass(slots=True)
class Element:
    """An element with its children; texts between children are ignored.

    Attributes
    ----------
    tag, text : str
    line : int
        The line number of its start tag.
    source : str
        The path of the file.
    children : list of Element
    is_skipped : bool
        Whether its children are dropped.
    """

    tag: str
    line: int
    source: str
    text: str = ""
    children: list[Element] = field(default_factory=list)
    is_skipped: bool = False

    def refuse(self, reason: str, tag: str = "") -> NoReturn:
        """Raise `InputError` for the element, or for a child of it."""
        name = f"{self.tag}.{tag}" if tag else self.tag
        raise InputError(reason, source=self.source, key=f"line {self.line}.{name}")

    def all(self, tag: str) -> list[Element]:
        """Return the children with a tag."""
        return [one for one in self.children if one.tag == tag]

    def child(self, tag: str) -> Element | None:
        """Return the only child with a tag, or None."""
        found = self.all(tag)
        if len(found) > 1:
            self.refuse("duplicate", tag)
        return found[0] if found else None

    def needed(self, tag: str) -> Element:
        """Return the only child with a tag."""
        found = self.child(tag)
        if found is None:
            self.refuse("missing", tag)
        return found

    def value(self, tag: str) -> str:
        """Return the text of the only child with a tag, or an empty text."""
        found = self.child(tag)
        return "" if found is None else found.text

    def code(self, tag: str) -> str:
        """Return a code: letters, digits, dots, dashes, underscores."""
        text = self.value(tag)
        if not _CODE.fullmatch(text):
            self.refuse("expected a code", tag)
        return text

    def number(self, tag: str) -> Decimal | None:
        """Return a number, or None for a missing or an empty element."""
        text = self.value(tag)
        return self._number(text, tag) if text else None

    def numbers(self, tag: str) -> list[Decimal]:
        """Return the numbers of all children with a tag."""
        return [self._number(one.text, tag) for one in self.all(tag)]

    def _number(self, text: str, tag: str) -> Decimal:
        if not _NUMBER.fullmatch(text):
            self.refuse("expected a number", tag)
        return Decimal(text)


def read_elements(
    stream: IO[bytes],
    source: str,
    handlers: Mapping[str, Handler],
    *,
    skipped: Collection[str] = (),
    progress: Callable[[int], None] | None = None,
) -> None:
    """Parse a file and pass elements to their handlers as they end.

    Parameters
    ----------
    stream : binary file
    source : str
        The name for errors.
    handlers : mapping of str to Handler
        By tag.
    skipped : collection of str
        Tags of elements whose contents are dropped.
    progress : callable, optional
        Called with the number of bytes read.

    Raises
    ------
    InputError
        With the line, if the file is not XML, has a document type declaration, or exceeds a limit.
    """
    _Reader(source, handlers, frozenset(skipped)).read(stream, progress)


class _Reader:
    def __init__(
        self,
        source: str,
        handlers: Mapping[str, Handler],
        skipped: frozenset[str],
    ) -> None:
        self._source, self._handlers, self._skipped = source, handlers, skipped
        self._open: list[Element] = []
        # Files are in ISO 8859-1, often without saying so; codes and numbers are ASCII.
        self._parser = expat.ParserCreate("iso-8859-1")
        self._parser.buffer_text = True
        self._parser.StartDoctypeDeclHandler = self._refuse_doctype
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters

    def read(self, stream: IO[bytes], progress: Callable[[int], None] | None) -> None:
        done = 0
        try:
            while chunk := stream.read(_CHUNK):
                done += len(chunk)
                if done > MAX_BYTES:
                    raise InputError(f"larger than {MAX_BYTES} bytes", source=self._source)
                self._parser.Parse(chunk, False)
                if progress is not None:
                    progress(done)
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            reason = f"not XML: {expat.ErrorString(error.code)}"
            raise InputError(reason, source=self._source, key=f"line {error.lineno}") from None

    def _refuse(self, reason: str) -> NoReturn:
        line = self._parser.CurrentLineNumber
        raise InputError(reason, source=self._source, key=f"line {line}")

    def _refuse_doctype(self, *_: Any) -> None:
        self._refuse("a document type declaration is not allowed")

    def _start(self, tag: str, _: dict[str, str]) -> None:
        parent = self._open[-1] if self._open else None
        if len(self._open) >= _MAX_DEPTH:
            self._refuse(f"nested more than {_MAX_DEPTH} deep")
        if parent is not None and parent.is_skipped:
            # One object stands for all of a skipped part, without texts: most of a file is not requested.
            self._parser.CharacterDataHandler = None
            self._open.append(parent)
            return
        element = Element(tag, self._parser.CurrentLineNumber, self._source)
        element.is_skipped = tag in self._skipped
        self._open.append(element)

    def _characters(self, text: str) -> None:
        element = self._open[-1]
        if element.is_skipped or element.children:
            return
        element.text += text.strip() if not element.text else text
        if len(element.text) > _MAX_TEXT:
            self._refuse(f"a text of more than {_MAX_TEXT} characters")

    def _end(self, tag: str) -> None:
        element = self._open.pop()
        parent = self._open[-1] if self._open else None
        if parent is not None and parent.is_skipped:
            return
        self._parser.CharacterDataHandler = self._characters
        element.text = element.text.strip()
        handler = self._handlers.get(tag)
        if (handler is None or handler(element, self._open)) and parent is not None:
            parent.children.append(element)
