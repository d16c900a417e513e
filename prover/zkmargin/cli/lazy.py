"""A group of commands that imports a command's module when the command is used, not when it is listed."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any, ClassVar, cast

import typer
from typer.core import TyperCommand, TyperGroup

from .outputs import guard_outputs

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
        The module below ``zkmargin.cli`` and its function or `typer.Typer`, such as ``verify:verify``.
    help : str
        One line for the list of commands; the first paragraph of the function's docstring.
    panel : str
        The heading of the list that contains it.
    """

    name: str
    place: str
    help: str
    panel: str

    def load(self) -> Any:
        """Import the command."""
        module, _, attribute = self.place.partition(":")
        found = getattr(import_module(f"{__package__}.{module}"), attribute)
        host = typer.Typer()
        host.callback()(_nothing)  # makes it a group
        if isinstance(found, typer.Typer):
            host.add_typer(found, name=self.name, help=self.help, rich_help_panel=self.panel)
        else:
            host.command(self.name, rich_help_panel=self.panel)(found)
        command = typer.main.get_group(host).commands[self.name]
        _join_lines(command)
        guard_outputs(command, self.name)
        return command

    def listed(self) -> Any:
        """Return a command that can be listed, not run."""
        return TyperCommand(self.name, help=self.help, rich_help_panel=self.panel)


class LazyGroup(TyperGroup):
    """The group of the commands in `entries`."""

    entries: ClassVar[Sequence[Entry]] = ()

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        self.commands = cast("Any", _Commands(self.entries))

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the help, with the list of commands."""
        listing = copy.copy(self)
        listing.commands = {one.name: one.listed() for one in self.entries}
        TyperGroup.format_help(listing, ctx, formatter)


class _Commands(Mapping[str, Any]):
    """Commands by name; each is imported when it is first asked for."""

    def __init__(self, entries: Sequence[Entry]) -> None:
        self._entries = {one.name: one for one in entries}
        self._loaded: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._loaded:
            self._loaded[name] = self._entries[name].load()
        return self._loaded[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._entries)

    def __len__(self) -> int:
        return len(self._entries)


def _join_lines(command: Any) -> None:
    """Join the lines of each paragraph of the help, which typer would keep apart at any width."""
    command.help = "\n\n".join(" ".join(one.split()) for one in (command.help or "").split("\n\n"))
    for one in getattr(command, "commands", {}).values():
        _join_lines(one)


def _nothing() -> None:
    pass
