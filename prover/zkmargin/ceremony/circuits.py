"""The circuits of a ceremony: bundled ones, or sources of one's own, compiled here."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.documents.nearest import did_you_mean
from zkmargin.errors import InputError
from zkmargin.proofs.circuit_keys import compile_again
from zkmargin.proofs.instances import circuits
from zkmargin.proving.circuit import compile_circuit

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from zkmargin.proofs.circuit_keys import PublishedCircuit
    from zkmargin.proving.circuit import Circuit
    from zkmargin.proving.setup import Progress

    from .description import Description

__all__ = ["Source", "compile_sources", "find_sources", "sources_of"]


@dataclass(frozen=True, slots=True)
class Source:
    """The source of a circuit.

    Attributes
    ----------
    path : Path
        The ``.circom`` file with the main component.
    include : tuple of Path
        Folders with included circuits.
    published : PublishedCircuit or None
        The bundled circuit; None for a source of one's own.
    """

    path: Path
    include: tuple[Path, ...] = ()
    published: PublishedCircuit | None = None

    @property
    def name(self) -> str:
        """The circuit's name."""
        return self.path.stem


def find_sources(names: Iterable[str], include: Sequence[Path] = ()) -> tuple[Source, ...]:
    """Return the sources of circuits.

    Parameters
    ----------
    names : iterable of str
        Names of bundled circuits, and paths that end in ``.circom``.
    include : sequence of Path
        Folders with circuits that those of the paths include.

    Raises
    ------
    InputError
        If there is no such bundled circuit, or two circuits have one name.
    """
    found = tuple(_source(name, tuple(include)) for name in names)
    seen: set[str] = set()
    for one in found:
        # Names become files, and some file systems do not tell cases apart.
        if one.name.lower() in seen:
            raise InputError("duplicate circuit", source=one.name)
        seen.add(one.name.lower())
    return found


def sources_of(description: Description, own: Sequence[Source]) -> tuple[Source, ...]:
    """Return the sources of a ceremony's circuits: one's own by their name, else bundled ones.

    Raises
    ------
    InputError
        If a circuit is neither, or a source is of no circuit of the ceremony.
    """
    given = {one.name: one for one in own}
    for name in given:
        if name not in description.names:
            reason = f"not a circuit of the ceremony, which has {', '.join(description.names)}"
            raise InputError(reason, source=name)
    found = []
    for name in description.names:
        if name not in given and name not in circuits():
            reason = "not a bundled circuit: give its source with --source"
            raise InputError(reason, source=name)
        found.append(given.get(name) or _source(name, ()))
    return tuple(found)


def compile_sources(sources: Sequence[Source], folder: Path, progress: Progress) -> dict[str, Circuit]:
    """Compile circuits into a folder of each, and return them by name.

    Raises
    ------
    InputError
        If a source has errors.
    ToolchainError
        If circom is missing, or for bundled circuits, not of the pinned version.
    """
    compiled = {}
    for number, one in enumerate(sources):
        if one.published:
            compiled[one.name] = compile_again(one.published, folder / one.name, progress)
        else:
            progress(f"compiling {one.name}", number, len(sources))
            compiled[one.name] = compile_circuit(one.path, folder / one.name, include=one.include)
    return compiled


def _source(name: str, include: tuple[Path, ...]) -> Source:
    if name.endswith(".circom"):
        return Source(Path(name), include)
    published = circuits().get(name)
    if published is None:
        raise InputError(f"no such circuit{did_you_mean(name, circuits())}", source=name)
    return Source(published.source, published=published)
