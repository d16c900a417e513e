"""Sizes of a constraint system (``.r1cs``), read without a prover: only the header, for setups by snarkjs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin.errors import InputError

from .binfile import Fields, Sections
from .bn254 import SCALAR_MODULUS

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Sizes", "read_sizes"]


@dataclass(frozen=True, slots=True)
class Sizes:
    """The sizes of a circuit.

    Attributes
    ----------
    wires, outputs, public_inputs, private_inputs, constraints : int
        The number of each.
    """

    wires: int
    outputs: int
    public_inputs: int
    private_inputs: int
    constraints: int

    @property
    def power(self) -> int:
        """The power p of the evaluation domain, 2^p >= constraints + public signals + 1."""
        return (self.constraints + self.outputs + self.public_inputs).bit_length()


def read_sizes(path: Path) -> Sizes:
    """Read the header of a ``.r1cs`` file.

    Raises
    ------
    InputError
        If the file is malformed or for another field.
    """
    source = str(path)
    try:
        with path.open("rb") as file:
            content = Sections(file, b"r1cs", (1,), source).read(1, max_size=64)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=source) from None
    header = Fields(content, source, "header")
    header.modulus(SCALAR_MODULUS, "prime")
    wires, outputs, public_inputs, private_inputs = (header.u32() for _ in range(4))
    header.u64()  # labels
    constraints = header.u32()
    header.end()
    return Sizes(wires, outputs, public_inputs, private_inputs, constraints)
