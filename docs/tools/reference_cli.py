"""Pages of the command line, from the parser itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click
from markdown_text import cell, linked

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
    context = click.Context(app, info_name=app.name, **app.context_settings)
    pages = {}
    index = _INTRODUCTION
    for name, command in sorted(app.commands.items()):
        pages[name] = linked("\n".join(_described(command, name, context, "#")))
        for path, leaf in _leaves(f"{app.name} {name}", command):
            index += f"| [`{path}`]({name}.md#{path.replace(' ', '-')}) | {_first_paragraph(leaf)} |\n"
    return {"index": index, **pages}


def _described(command: click.Command, name: str, parent: click.Context, heading: str) -> Iterator[str]:
    """Return the lines of Markdown about a command and those below it."""
    context = click.Context(command, info_name=name, parent=parent)
    usage = " ".join(command.collect_usage_pieces(context))
    yield from (f"{heading} `{context.command_path}`", "", command.help or "", "")
    yield from ("```", f"{context.command_path} {usage}", "```", "")
    records = [one.get_help_record(context) for one in command.get_params(context)]
    if shown := [one for one in records if one]:
        yield from ("| Argument or option | Meaning |", "|---|---|")
        yield from (f"| `{names}` | {cell(meaning)} |" for names, meaning in shown)
        yield ""
    below = getattr(command, "commands", {})
    if below:
        yield from ("| Command | What it does |", "|---|---|")
        yield from (f"| `{word}` | {_first_paragraph(one)} |" for word, one in below.items())
        yield ""
    for word, one in below.items():
        yield from _described(one, word, context, f"{heading}#")


def _leaves(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    """Return the commands below a command that have none below them, each with its whole name."""
    subcommands = getattr(command, "commands", {})
    if not subcommands:
        yield path, command
    for name, one in sorted(subcommands.items()):
        yield from _leaves(f"{path} {name}", one)


def _first_paragraph(command: click.Command) -> str:
    return cell((command.help or "").split("\n\n")[0])
