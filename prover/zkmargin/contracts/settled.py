"""A settled batch, from the event of its house: enough for a holder to follow its account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from zkmargin import spec
from zkmargin.clearing.batch import OperationsPart, circuit_word
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import batch_circuits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from zkmargin.proofs.batch_instances import BatchCircuits

__all__ = ["SettledContent", "settled_content"]

_WORD = 32


@dataclass(frozen=True, slots=True)
class SettledContent:
    """What the event of a settled batch holds.

    Attributes
    ----------
    accounts : mapping of int to int
        The commitments after the batch, by the accounts' numbers.
    fills, upkeep : tuple of OperationsPart
        With the sealed elements.
    fees : int
        The fees of all fills, in micro-credits.
    requests : tuple of spec.Request
        The credits and new keys.
    """

    accounts: Mapping[int, int]
    fills: tuple[OperationsPart, ...]
    upkeep: tuple[OperationsPart, ...]
    fees: int
    requests: tuple[spec.Request, ...]

    @property
    def operations(self) -> tuple[OperationsPart, ...]:
        """The parts with operations, fills first."""
        return self.fills + self.upkeep


def settled_content(content: bytes, circuits: BatchCircuits | None = None) -> SettledContent:
    """Read the content of the event ``Settled`` of a house; see `BatchSettled`.

    Parameters
    ----------
    content : bytes
        Words of 32 bytes, in the order of docs/clearing.md.
    circuits : BatchCircuits, optional
        The circuits that the market may use; by default all of this package.

    Raises
    ------
    InputError
        If the words are not such a content, or name a circuit that is not one of them.
    """
    names = {circuit_word(one.name): one.name for one in (circuits or batch_circuits()).all}
    words = _Words(content)
    accounts = {words.take(): words.take() for _ in range(words.take())}
    fills, fees = _operations(words, names)
    upkeep, _ = _operations(words, names)
    requests = tuple(spec.Request(words.take(), words.take(), words.take()) for _ in range(words.take()))
    words.require_end()
    return SettledContent(accounts, fills, upkeep, fees, requests)


def _operations(words: _Words, names: Mapping[int, str]) -> tuple[tuple[OperationsPart, ...], int]:
    """Return the parts of one kind, and the sum of their totals."""
    parts: list[OperationsPart] = []
    total = 0
    for _ in range(words.take()):
        name, digest = _name(words.take(), names), words.take()
        total += words.take()
        parts.append(OperationsPart(name, digest, tuple(words.take() for _ in range(words.take()))))
    return tuple(parts), total


def _name(circuit: int, names: Mapping[int, str]) -> str:
    found = names.get(circuit)
    if found is None:
        raise InputError(f"no circuit of this market has the id 0x{circuit:064x}", source="batch")
    return found


class _Words:
    """Words of 32 bytes that are taken one by one."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def take(self) -> int:
        """Return the next word."""
        end = self._place + _WORD
        if end > len(self._content):
            raise InputError("ends within a list", source="batch")
        word, self._place = self._content[self._place : end], end
        return int.from_bytes(word, "big")

    def require_end(self) -> None:
        """Require that no word is left."""
        if self._place != len(self._content):
            raise InputError("has words behind its last list", source="batch")
