"""A group of commands that imports a command's module when the command is used, not when it is listed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from itertools import groupby
from typing import TYPE_CHECKING, Any, cast

import click

from .outputs import guard_outputs
from .typed import command

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["Entry", "LazyGroup"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A command, or a group of commands, that is not imported yet.

    Attributes
    ----------
    name : str
    place : str
        The module below ``zkmargin.cli`` and its function or `typed.Group`, such as ``verify:verify``.
    help : str
        One line for the list of commands; the first paragraph of the function's docstring.
    panel : str
        The heading of the list that contains it.
    """

    name: str
    place: str
    help: str
    panel: str

    def load(self) -> click.Command:
        """Import the command."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"{__package__}.{module}"), attribute)
        one = found if isinstance(found, click.Group) else command(found)
        one.name, one.help = self.name, one.help or self.help
        guard_outputs(one, self.name)
        return one


class LazyGroup(click.Group):
    """The group of some commands that are not imported yet.

    Parameters
    ----------
    name : str
    entries : sequence of Entry
        In the order of their list.
    **attributes
        Those of `click.Group`.
    """

    def __init__(self, name: str, entries: Sequence[Entry], **attributes: Any) -> None:
        super().__init__(name, **attributes)
        self.entries = entries
        self.commands = cast("Any", _Commands(entries))

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, which needs none of them."""
        for panel, entries in groupby(self.entries, key=lambda one: one.panel):
            with formatter.section(panel):
                formatter.write_dl([(one.name, one.help) for one in entries])


class _Commands(Mapping[str, click.Command]):
    """Commands by name; each is imported when it is first asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = {one.name: one for one in entries}
        self._loaded: dict[str, click.Command] = {}

    def __getitem__(self, name: str) -> click.Command:
        if name not in self._loaded:
            self._loaded[name] = self._entries[name].load()
        return self._loaded[name]

    def __contains__(self, name: object) -> bool:
        return name in self._entries

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)
