"""No command replaces a file unless it is told to, and none an account or a key."""

from __future__ import annotations

import os
from itertools import product
from pathlib import Path

import pytest

from support.margin_values import account, snapshot
from zkmargin.cli.app import app
from zkmargin.cli.outputs import FOLDERS, KEPT, OWN_RULES

SECRETS = {
    "account": '{"cash": "5",\n "format": "zkmargin-account/2"',  # damaged: its last bracket is missing
    "trading key": '{"format": "zkmargin-trading-key/1"}',
    "venue key": '{"format":"zkmargin-venue-key/1"}',
    "keystore": '{"version": 3, "crypto": {}}',
    "private key": "-----BEGIN EC PRIVATE KEY-----\n",
    "deployment": '{"format": "zkmargin-deployment/2"}',
    "proving key": "zkey\1\0\0\0",
    "book": "SQLite format 3\0",
}


def leaves(command, words=()):
    """Yield each command of the parser that writes to ``--out``, with the words that call it."""
    for word, one in getattr(command, "commands", {}).items():
        yield from leaves(one, (*words, word))
    if any("--out" in one.opts for one in command.params):
        yield " ".join(words), command


COMMANDS = dict(leaves(app))
REPLACING = sorted(set(COMMANDS) - set(KEPT) - set(OWN_RULES) - set(FOLDERS))


def arguments(name, out):
    """Return words that call a command, with something for everything that it needs, and its output."""
    words = name.split()
    for one in COMMANDS[name].params:
        if "--out" in one.opts:
            words += ["--out", str(out)]
        elif one.required:
            value = "csv" if one.name == "form" else "1"
            words += [one.opts[-1], value] if one.param_type_name == "option" else [value]
    return words


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path / "file"


def test_the_lists_name_commands():
    assert set(KEPT) | set(FOLDERS) <= set(COMMANDS)
    assert {"report", "export verifier", "snapshot build", "data stress", "model adjust"} <= set(REPLACING)


@pytest.mark.parametrize("name", sorted(set(COMMANDS) - set(OWN_RULES)))
def test_a_file_that_exists_is_kept(cli, file, name):
    file.write_text("mine")
    code, _, err = cli(*arguments(name, file))
    assert code == 2
    assert err.startswith(f"error: {file}: exists ")
    assert file.read_text() == "mine"
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize(
    ("name", "secret"), [*product(REPLACING, ["account"]), *product(["report"], [*SECRETS][1:])]
)
def test_a_secret_is_never_replaced(cli, file, name, secret):
    file.write_text(SECRETS[secret])
    code, _, err = cli(*arguments(name, file), "--force")
    assert code == 2
    assert err.endswith(", which is never replaced\n")
    assert file.read_text() == SECRETS[secret]


@pytest.mark.parametrize("name", sorted(KEPT))
def test_commands_that_replace_nothing_have_no_force(cli, file, name):
    assert cli(*arguments(name, file), "--force")[0] == 2
    assert all("--force" not in one.opts for one in COMMANDS[name].params)


def test_a_page_is_replaced_by_force_alone(cli, file):
    account("300").save("account.json")
    snapshot().save("snapshot.json")
    words = ("report", "account.json", "--snapshot", "snapshot.json", "-o", "file")
    file.write_text("an old page")
    code, _, err = cli(*words)
    assert (code, err) == (2, "error: file: exists already; give a new file, or --force to replace it\n")
    assert cli(*words, "--force")[0] == 0
    assert "<!DOCTYPE html>" in file.read_text()
    before = Path("account.json").read_bytes()
    assert cli(*words[:-1], "account.json", "--force")[0] == 2
    assert Path("account.json").read_bytes() == before


def test_a_folder_that_is_no_proof_is_not_filled(cli, file):
    def kept(*options):
        before = {path.name: path.read_bytes() for path in file.iterdir()}
        code, _, err = cli(*arguments("prove", file), *options)
        assert code == 2
        assert {path.name: path.read_bytes() for path in file.iterdir()} == before
        return err.removeprefix(f"error: {file}: ")

    file.mkdir()
    (file / "proof.json").write_text("{}")
    assert kept() == "has a proof already; give a new folder, or --force to replace it\n"
    assert kept("--force").startswith("error: 1: ")  # goes on, to the account
    (file / "mine").write_text("")
    for options in ((), ("--force",)):
        assert kept(*options) == "has other files, such as mine; give a new folder\n"


def test_a_link_a_folder_and_an_unreadable_file_are_kept(cli, file, monkeypatch):
    (file.parent / "link").symlink_to("nowhere")
    for path, reason in ((file.parent / "link", "exists and is not a file"), (file.parent, "is not a file")):
        code, _, err = cli(*arguments("report", path), "--force")
        assert (code, reason in err) == (2, True)
    assert os.path.lexists(file.parent / "link")

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    file.write_text("x")
    monkeypatch.setattr(Path, "open", refuse)
    assert (
        cli(*arguments("report", file), "--force")[2] == f"error: {file}: cannot be read: Permission denied\n"
    )
