"""Pages of the command line, from the parser itself, by typer's own generator of documentation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer
from markdown_text import cell, linked
from typer.cli import get_docs_for_click

from zkmargin.cli.app import app

if TYPE_CHECKING:
    from collections.abc import Iterator

_INTRODUCTION = """# Commands

`zkmargin COMMAND --help` shows the same on a terminal.

| Exit code | Meaning |
|---|---|
| 0 | done |
| 1 | the statement is false, or a proof is invalid |
| 2 | a file, a value or the usage is wrong, or the output cannot be written |
| 3 | a program is missing or failed |
| 4 | a node, a contract or a venue did not answer, or refused |
| 70 | an error of zkmargin itself: please report it |
| 129 | ended by SIGHUP, for example because the terminal was closed |
| 130 | interrupted by Ctrl-C |
| 143 | ended by SIGTERM |

| Command | What it does |
|---|---|
"""


def cli_pages() -> dict[str, str]:
    """Return one page for each command or group at the top, and an index of all commands."""
    root: Any = typer.main.get_command(app)
    context = typer.Context(root, info_name=root.name)
    _spell_out(root)
    pages = {}
    index = _INTRODUCTION
    for name, command in sorted(root.commands.items()):
        inner = typer.Context(command, info_name=name, parent=context)
        pages[name] = linked(get_docs_for_click(obj=command, ctx=inner, name=name, call_prefix=root.name))
        for path, leaf in _leaves(f"{root.name} {name}", command):
            index += f"| [`{path}`]({name}.md#{path.replace(' ', '-')}) | {_first_paragraph(leaf)} |\n"
    return {"index": index, **pages}


def _spell_out(command: Any) -> None:
    """Let the lists of commands have whole first paragraphs, which typer cuts to a terminal's width."""
    for one in getattr(command, "commands", {}).values():
        one.short_help = " ".join((one.help or "").split("\n\n")[0].split())
        _spell_out(one)


def _leaves(path: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Return the commands below a command that have none below them, each with its whole name."""
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield path, command
    for name, one in sorted(subcommands.items()):
        yield from _leaves(f"{path} {name}", one)


def _first_paragraph(command: Any) -> str:
    return cell((command.help or "").split("\n\n")[0])
