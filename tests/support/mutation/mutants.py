"""Mutants of a circom source: each is one statement, deleted or weakened.

A mutant that circom accepts and that behaves as the original in all checks is a constraint that nobody tests.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_TEMPLATE = re.compile(r"\btemplate\s+(\w+)")
_ASSIGNMENT = re.compile(r"<==")
_ANONYMOUS = re.compile(r"<== [A-Z]\w*\(.*\)\(")
_EQUALITY = re.compile(r"===")
_SUM = re.compile(r"\w(\[\w+\])? \+= .*;")  # a term of an expression that goes into a constraint
# Components that are called for their constraints alone: `Unsigned(64)(x);` and `_ <== Num2Bits(8)(x);`.
_CHECK = re.compile(r"(?:_ <== )?[A-Z]\w*\(.*\)\(.*\);")
# The width of a range check or the like: the last parameter of a call.
_WIDTH = re.compile(
    r"\b(Num2Bits|Bits2Num|Unsigned|Signed|Maximum|LessThan|LessEqThan|GreaterEqThan)\(([^()]+)\)\("
)
_LOOP = re.compile(r"\bfor \(var (\w+) = (\w+); \1 < ([^;]+); \1\+\+\)")


@dataclass(frozen=True, slots=True)
class Mutant:
    """A source with one line changed.

    Attributes
    ----------
    relative : str
        The source that is changed, relative to the circuits' folder.
    template : str
        The template that the change is in.
    line : int
        Counted from 1.
    statement, change : str
        What stood there, and what was done.
    code : str
        What takes the line's place.
    """

    relative: str
    template: str
    line: int
    statement: str
    change: str
    code: str

    def applied_to(self, source: str) -> str:
        """Return the changed source; line numbers stay."""
        lines = source.splitlines()
        return "\n".join((*lines[: self.line - 1], self.code, *lines[self.line :])) + "\n"

    def __str__(self) -> str:
        return f"{self.relative}:{self.line}: {self.template}: {self.change}: {self.statement}"


def mutants(circuits: Path, relative: str) -> Iterator[Mutant]:
    """Yield the mutants of a source, line after line."""
    template = ""
    for number, line in enumerate((circuits / relative).read_text(encoding="utf-8").splitlines(), 1):
        code = line.split("//", 1)[0].rstrip()
        if found := _TEMPLATE.search(code):
            template = found[1]
        for change, mutated in _changes(code):
            yield Mutant(relative, template, number, code.strip(), change, mutated)


def _changes(code: str) -> Iterator[tuple[str, str]]:
    """Yield what can be done to a line, and the line that it gives."""
    statement = code.strip()
    constrains = _ASSIGNMENT.search(code) or _EQUALITY.search(code) or _CHECK.fullmatch(statement)
    if constrains and not statement.endswith(";"):
        raise ValueError(f"a constraint that is no statement of one line: {statement}")
    if _EQUALITY.search(code) or _CHECK.fullmatch(statement):
        yield "deleted", code.replace(statement, "")
    elif _ASSIGNMENT.search(code):
        yield "deleted", code.replace(statement, "")
        if not _ANONYMOUS.search(code):  # circom has no `<--` from an anonymous component
            yield "unconstrained", code.replace("<==", "<--")
    elif _SUM.search(code):
        yield "deleted", code.replace(statement, "")
    for call in _WIDTH.finditer(code):
        yield "widened", f"{code[: call.end(2)]} + 1{code[call.end(2) :]}"
    if loop := _LOOP.search(code):
        yield "last turn left out", f"{code[: loop.end(3)]} - 1{code[loop.end(3) :]}"
        yield "first turn left out", f"{code[: loop.end(2)]} + 1{code[loop.end(2) :]}"
