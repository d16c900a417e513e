"""Tables: aligned, whole, and plain where nobody looks at them."""

from __future__ import annotations

import os
import pty
import subprocess
import sys

import pytest

from support.circuits import ROOT
from zkmargin.cli.tables import print_table

ROWS = [("cash", "4,500.00"), ("positions at their marks", "-12.5"), ("equity", "", "note")]


def test_columns_are_aligned_and_lines_end_where_their_text_ends(capsys):
    print_table(ROWS, headings=("account", "USD"), right={1}, indent=2)
    assert capsys.readouterr().out.splitlines() == [
        "  account                        USD",
        "  cash                      4,500.00",
        "  positions at their marks     -12.5",
        "  equity                              note",
    ]


def test_headings_of_several_lines_end_at_the_bottom(capsys):
    print_table([("a", "1")], headings=("name", "mean\nneed"), right={1})
    assert capsys.readouterr().out == "      mean\nname  need\na        1\n"


def test_no_value_is_cut_or_wrapped_on_a_narrow_terminal(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    value = str(2**254)
    print_table([("root", value), ("a longer name", "[bold]x[/bold] :smile:")])
    assert capsys.readouterr().out == f"root           {value}\na longer name  [bold]x[/bold] :smile:\n"


@pytest.mark.parametrize("variable", ["FORCE_COLOR", "CLICOLOR_FORCE"])
def test_a_pipe_gets_no_colour(capsys, monkeypatch, variable):
    monkeypatch.setenv(variable, "1")
    print_table(ROWS, headings=("account", "USD"))
    assert "\x1b" not in capsys.readouterr().out


def test_control_characters_of_a_cell_do_nothing(capsys):
    print_table([("a\x1b[2Jb", "c\nd\te")])
    assert capsys.readouterr().out == "a\\x1b[2Jb  c\\nd\\te\n"


def test_a_terminal_gets_bold_headings_and_whole_values():
    leader, follower = pty.openpty()
    code = f"from zkmargin.cli.tables import print_table; print_table([('root', '{2**254}')], headings=('a', 'b'))"
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "20"}
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=env, stdout=follower, check=True)  # noqa: S603
    os.close(follower)
    shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    assert "\x1b[1m" in shown
    assert str(2**254) in shown
