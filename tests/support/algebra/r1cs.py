"""Constraints (``.r1cs``), names of wires (``.sym``), and checks of witnesses against constraints.

The reader is independent of the native core's, whose `check_witness` is compared with this one.
"""

from __future__ import annotations

import struct
from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.proving.binfile import Sections
from zkmargin.proving.bn254 import SCALAR_MODULUS
from zkmargin.proving.r1cs import Sizes, read_sizes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from zkmargin.proving.circuit import Circuit


@dataclass(frozen=True)
class Matrix:
    """One of the three matrices, in compressed rows.

    Attributes
    ----------
    starts : tuple of int
        The start of each row, followed by the end of the last.
    wires, values : tuple of int
        The column and the coefficient of each term.
    """

    starts: tuple[int, ...]
    wires: tuple[int, ...]
    values: tuple[int, ...]

    def row(self, index: int) -> Iterator[tuple[int, int]]:
        """Return the (wire, coefficient) pairs of a row."""
        span = slice(self.starts[index], self.starts[index + 1])
        return zip(self.wires[span], self.values[span], strict=True)

    def times(self, witness: Sequence[int]) -> list[int]:
        """Return the product with a witness, row by row."""
        terms = [value * witness[wire] for wire, value in zip(self.wires, self.values, strict=True)]
        return [sum(terms[start:end]) % SCALAR_MODULUS for start, end in pairwise(self.starts)]


@dataclass(frozen=True)
class System:
    """The constraints a * b = c of a circuit, and the names of signals.

    Attributes
    ----------
    sizes : Sizes
        The numbers of wires and constraints.
    a, b, c : Matrix
        A row for each constraint.
    names : dict of str to int
        The wire of each remaining signal.
    """

    sizes: Sizes
    a: Matrix
    b: Matrix
    c: Matrix
    names: dict[str, int]

    @classmethod
    def of(cls, circuit: Circuit) -> System:
        """Read a compiled circuit."""
        sizes = read_sizes(circuit.r1cs)
        return cls(sizes, *_read_matrices(circuit.r1cs, sizes.constraints), read_names(circuit.sym))

    @cached_property
    def inputs(self) -> range:
        """The wires of the inputs, which follow the constant, wire 0, and the outputs."""
        first = 1 + self.sizes.outputs
        return range(first, first + self.sizes.public_inputs + self.sizes.private_inputs)

    @cached_property
    def unused_inputs(self) -> list[str]:
        """The names of inputs in no constraint, which a proof does not bind."""
        used = {*self.a.wires, *self.b.wires, *self.c.wires}
        return self.names_of([wire for wire in self.inputs if wire not in used])

    @cached_property
    def _occurrences(self) -> dict[int, dict[int, list[int]]]:
        """The coefficients of each wire in the three matrices, by the indexes of its constraints."""
        found: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(lambda: [0, 0, 0]))
        for which, matrix in enumerate((self.a, self.b, self.c)):
            for index in range(self.sizes.constraints):
                for wire, value in matrix.row(index):
                    found[wire][index][which] += value
        return found

    def names_of(self, wires: Sequence[int]) -> list[str]:
        """Return a name for each wire: the first one in the circuit's order."""
        names: dict[int, str] = {}
        for name, wire in self.names.items():
            names.setdefault(wire, name)
        return [names.get(wire, f"wire {wire}") for wire in wires]

    def violated(self, witness: Sequence[int]) -> list[int]:
        """Return the indexes of the constraints that a witness violates."""
        if len(witness) != self.sizes.wires or witness[0] != 1:
            raise ValueError("not a witness of this circuit")
        products = zip(*(matrix.times(witness) for matrix in (self.a, self.b, self.c)), strict=True)
        return [index for index, (a, b, c) in enumerate(products) if (a * b - c) % SCALAR_MODULUS]

    def unnoticed(self, witness: Sequence[int], change: int) -> list[str]:
        """Return the signals that can change by an amount, each alone, without violating a constraint."""
        a, b = (matrix.times(witness) for matrix in (self.a, self.b))
        noticed = {
            wire
            for wire, rows in self._occurrences.items()
            if any(
                (da * b[index] + db * a[index] + da * db * change - dc) % SCALAR_MODULUS
                for index, (da, db, dc) in rows.items()
            )
        }
        return self.names_of([wire for wire in range(1, self.sizes.wires) if wire not in noticed])


def read_names(path: Path) -> dict[str, int]:
    """Return the wire of each remaining signal, from a ``.sym`` file."""
    found: dict[str, int] = {}
    for line in path.read_text(encoding="ascii").splitlines():
        _, wire, _, name = line.split(",", 3)
        if wire != "-1":
            found[name.removeprefix("main.")] = int(wire)
    return found


def _read_matrices(path: Path, constraints: int) -> tuple[Matrix, Matrix, Matrix]:
    with path.open("rb") as file:
        content = Sections(file, b"r1cs", (1,), str(path)).read(2, max_size=1 << 31)
    rows: tuple[list[int], ...] = ([0], [0], [0])
    wires: tuple[list[int], ...] = ([], [], [])
    values: tuple[list[int], ...] = ([], [], [])
    known: dict[bytes, int] = {}
    at = 0
    for _ in range(constraints):
        for which in range(3):
            (count,) = struct.unpack_from("<I", content, at)
            for wire, value in struct.iter_unpack("<I32s", content[at + 4 : at + 4 + 36 * count]):
                wires[which].append(wire)
                values[which].append(known.setdefault(value, int.from_bytes(value, "little")))
            at += 4 + 36 * count
            rows[which].append(len(wires[which]))
    if at != len(content):
        raise ValueError(f"{path}: the constraints do not fill their section")
    a, b, c = (Matrix(*map(tuple, parts)) for parts in zip(rows, wires, values, strict=True))
    return a, b, c
