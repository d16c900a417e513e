"""Mutants of a circom source, in each of which one statement is deleted or weakened.

If circom accepts a mutant and all checks pass, its constraint has no test.
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
_SUM = re.compile(r"\w(\[\w+\])? \+= .*;")  # a term of an expression in a constraint
# Components used only for their constraints: `Unsigned(64)(x);` and `_ <== Num2Bits(8)(x);`.
_CHECK = re.compile(r"(?:_ <== )?[A-Z]\w*\(.*\)\(.*\);")
# The last parameter of a call, such as the width of a range check.
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
        The changed source, relative to the circuits' folder.
    template : str
        The template that contains the change.
    line : int
        The number of the line, from 1.
    statement, change : str
        The original statement and a description of the change.
    code : str
        The replacement of the line.
    """

    relative: str
    template: str
    line: int
    statement: str
    change: str
    code: str

    def applied_to(self, source: str) -> str:
        """Return the changed source, with the same line numbers."""
        lines = source.splitlines()
        return "\n".join((*lines[: self.line - 1], self.code, *lines[self.line :])) + "\n"

    def __str__(self) -> str:
        return f"{self.relative}:{self.line}: {self.template}: {self.change}: {self.statement}"


def mutants(circuits: Path, relative: str) -> Iterator[Mutant]:
    """Yield the mutants of a source in the order of lines."""
    template = ""
    for number, line in enumerate((circuits / relative).read_text(encoding="utf-8").splitlines(), 1):
        code = line.split("//", 1)[0].rstrip()
        if found := _TEMPLATE.search(code):
            template = found[1]
        for change, mutated in _changes(code):
            yield Mutant(relative, template, number, code.strip(), change, mutated)


def _changes(code: str) -> Iterator[tuple[str, str]]:
    """Yield the possible changes of a line, each with the changed line."""
    statement = code.strip()
    constrains = _ASSIGNMENT.search(code) or _EQUALITY.search(code) or _CHECK.fullmatch(statement)
    if constrains and not statement.endswith(";"):
        raise ValueError(f"a constraint that is no statement of one line: {statement}")
    if _EQUALITY.search(code) or _CHECK.fullmatch(statement):
        yield "deleted", code.replace(statement, "")
    elif _ASSIGNMENT.search(code):
        yield "deleted", code.replace(statement, "")
        if not _ANONYMOUS.search(code):  # circom does not support `<--` from an anonymous component
            yield "unconstrained", code.replace("<==", "<--")
    elif _SUM.search(code):
        yield "deleted", code.replace(statement, "")
    for call in _WIDTH.finditer(code):
        yield "widened", f"{code[: call.end(2)]} + 1{code[call.end(2) :]}"
    if loop := _LOOP.search(code):
        yield "last turn left out", f"{code[: loop.end(3)]} - 1{code[loop.end(3) :]}"
        yield "first turn left out", f"{code[: loop.end(2)]} + 1{code[loop.end(2) :]}"
