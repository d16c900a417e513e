"""The list of commands, which does not import them."""

from __future__ import annotations

import sys

import pytest

from support.circuits import ROOT
from zkmargin.cli.app import app
from zkmargin.cli.commands import COMMANDS
from zkmargin.toolchain import run

HEAVY = {
    "ccxt",
    "cryptography",
    "jinja2",
    "prometheus_client",
    "numpy",
    "py_ecc",
    "requests",
    "scipy",
    "web3",
}


def imported_by(code, *arguments):
    """Return the modules that Python has imported after some code."""
    code = f"import sys; {code}; print(*sys.modules, file=sys.stderr)"
    return set(run([sys.executable, "-c", code, *arguments], cwd=ROOT, timeout=60).stderr.split())


def test_the_list_of_commands_imports_no_command():
    loaded = imported_by("from zkmargin.cli.app import run; run()", "--help")
    assert not loaded & {f"zkmargin.cli.{entry.place.partition(':')[0]}" for entry in COMMANDS}
    assert not loaded & HEAVY


def test_help_of_a_command_imports_no_other_command():
    loaded = imported_by("from zkmargin.cli.app import run; run()", "verify", "--help")
    commands = {f"zkmargin.cli.{entry.place.partition(':')[0]}" for entry in COMMANDS}
    assert loaded & commands == {"zkmargin.cli.verify"}
    assert not loaded & HEAVY


def test_no_command_imports_its_dependencies_before_it_runs():
    code = "from zkmargin.cli.app import app; loaded = [*app.commands.values()]"
    assert not imported_by(code) & HEAVY


@pytest.mark.parametrize("entry", COMMANDS, ids=lambda entry: entry.name)
def test_the_list_says_what_the_command_says(entry):
    command = app.commands[entry.name]
    assert command.name == entry.name
    assert command.help.split("\n\n")[0] == entry.help


def test_help_shows_every_command_under_its_panel(cli):
    code, out, _ = cli("--help")
    assert code == 0
    for entry in COMMANDS:
        assert out.index(f"{entry.panel}:\n") < out.index(f"\n  {entry.name} ")


@pytest.mark.parametrize(
    ("arguments", "nearest"),
    [
        (("verfy",), "Did you mean 'verify'?"),
        (("data", "improt"), "Did you mean 'import'?"),
        (("verify", "--snapshto", "x"), "--snapshot"),
    ],
)
def test_mistyped_names_have_the_nearest_name_in_their_error(cli, arguments, nearest):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert nearest in err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("verify", "proof", "--engine", "natve"), "py-ecc, all; did you mean native?"),
        (
            ("margin", "a.json", "--snapshot", "b.json", "--requirement", "inital"),
            "1/10000; did you mean initial?",
        ),
        (("backtest", "BTC=btc.csv", "--buffer", "stresed"), "fixed; did you mean stressed?"),
        (("keys", "verify", "margn_13"), "margn_13: no such circuit or folder; did you mean margin_13?"),
    ],
)
def test_mistyped_values_have_the_nearest_value_in_their_error(cli, arguments, message):
    code, out, err = cli(*arguments)
    assert (code, out) == (2, "")
    assert message in err
