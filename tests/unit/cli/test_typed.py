"""Commands from the annotated parameters of functions."""

from __future__ import annotations

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pytest
from click.testing import CliRunner

from support.circuits import ROOT
from zkmargin.cli.typed import Argument, Group, Option, command


class Colour(StrEnum):
    RED = "red"
    DEEP_BLUE = "deep-blue"


def paint(  # noqa: PLR0917
    files: Annotated[list[Path], Argument(help="The files.")],
    colour: Annotated[Colour, Option("--in", help="The colour.")],
    coats: Annotated[int, Option(min=1, max=9, help="How many.")] = 2,
    seconds: Annotated[float | None, Option("--seconds", min=0.5)] = None,
    names: Annotated[list[str] | None, Option("--name")] = None,
    wait: Annotated[int, Option("--wait", help="Hours.")] = 0,
    dry: Annotated[bool, Option("--dry", help="Wait.")] = False,
) -> None:
    """Paint files,
    each as often as wanted.

    Nothing is dried.
    """
    print(repr((files, colour, coats, seconds, names, wait, dry)))  # noqa: T201


def called(*words):
    done = CliRunner().invoke(command(paint), words)
    return done.exit_code, done.output


def test_values_have_the_types_of_the_annotations():
    values = ([Path("a"), Path("b")], Colour.RED, 2, None, None, 0, False)
    assert called("a", "b", "--in", "red") == (0, f"{values!r}\n")
    values = ([Path("a")], Colour.DEEP_BLUE, 9, 0.5, ["x", "y"], 0, True)
    words = "a --in deep-blue --coats 9 --seconds 0.5 --name x --name y --dry"
    assert called(*words.split()) == (0, f"{values!r}\n")


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ("--in red", "Missing argument 'FILES...'"),
        ("a", "Missing option '--in'"),
        ("a --in green", "'green' is not one of 'red', 'deep-blue'"),
        ("a --in red --coats 0", "0 is not in the range 1<=x<=9"),
        ("a --in red --coats two", "'two' is not a valid integer"),
        ("a --in red --seconds 0.4", "0.4 is not in the range x>=0.5"),
    ],
)
def test_wrong_values_are_wrong_usage(words, reason):
    code, shown = called(*words.split())
    assert code == 2
    assert reason in shown


def test_help_has_the_docstring_the_names_and_the_defaults():
    shown = called("--help")[1]
    assert "\n  Paint files, each as often as wanted.\n\n  Nothing is dried.\n" in shown
    for line in (
        r"  FILES...  The files\.",
        r"--in \[red\|deep-blue\]\s+The colour\.  \[required\]",
        r"\[default: 2; 1<=x<=9\]",
        r"  --wait INTEGER +Hours\.  \[default: 0\]\n",
        r"  --dry +Wait\.\n",
    ):
        assert re.search(line, shown), (line, shown)


def test_a_parameter_without_an_annotation_is_an_error():
    def wrong(name: str) -> None: ...

    with pytest.raises(TypeError, match=r"^name: expected Annotated\[\.\.\., Option\(\.\.\.\)\]"):
        command(wrong)


def test_a_group_lists_commands_as_they_are_added_and_leaves_the_functions():
    group = Group("things")
    assert group.command("z")(paint) is paint
    group.command()(paint)
    assert group.list_commands(None) == ["z", "paint"]


def test_no_module_parses_the_command_line_in_another_way():
    for path in (ROOT / "prover" / "zkmargin").rglob("*.py"):
        assert not {"import typer", "import argparse"} & set(path.read_text().splitlines()), path
