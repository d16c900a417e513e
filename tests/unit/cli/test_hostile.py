"""What a user or a stranger's file can do to the command line: one clear error, and nothing half-written."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest

from support.circuits import ROOT
from support.histories import csv_of, history_of
from zkmargin.toolchain import run

CHAIN = ROOT / "examples" / "chain" / "ETH.json"
CODE = "import sys; from zkmargin.cli import main; sys.exit(main())"


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Return the document of a market file."""
    path = tmp_path_factory.mktemp("market") / "market.json"
    done = _run("data", "import", "deribit", str(CHAIN), "-o", str(path))
    assert done.code == 0
    return json.loads(path.read_text())


@pytest.fixture
def cli(cli, monkeypatch, tmp_path):
    """Return a function that runs the command line in a folder of its own: (exit code, stdout, stderr)."""
    monkeypatch.chdir(tmp_path)

    return cli


def _run(*arguments: str, **env: str):
    return run(
        [sys.executable, "-c", CODE, *arguments],
        cwd=ROOT,
        timeout=60,
        check=False,
        env={**os.environ, **env},
    )


def _write(name: str, document: dict) -> str:
    Path(name).write_text(json.dumps(document))
    return name


def test_an_instrument_without_room_in_its_slot_is_named_with_its_file(cli, market):
    first = market["underlyings"][0]["instruments"][0]
    name = _write("market.json", market | {"underlyings": [
        market["underlyings"][0] | {"instruments": [first | {"lot": "9" * 30}]}
    ]})  # fmt: skip
    code, _, err = cli("snapshot", "build", name, "-o", "snapshot.json")
    assert (code, Path("snapshot.json").exists()) == (2, False)
    assert err.startswith(f"error: market.json: {first['name']}: slots[")


@pytest.mark.parametrize("out", [".", "missing/out.json", "file/out.json", "pipe"])
def test_an_output_that_cannot_be_written_is_named(cli, market, out):
    Path("file").touch()
    os.mkfifo("pipe")
    before = sorted(path.name for path in Path().iterdir())
    name = _write("market.json", market)
    code, _, err = cli("snapshot", "build", name, "-o", out)
    assert code == 2
    assert err.startswith(f"error: {out}: ")
    assert sorted(path.name for path in Path().iterdir()) == sorted([*before, "market.json"])


def test_a_key_of_a_file_does_nothing_to_the_terminal(cli, market):
    name = _write("market.json", market | {"\x1b[2J\u202e": "1"})
    code, _, err = cli("snapshot", "build", name, "-o", "snapshot.json")
    assert (code, err) == (2, "error: market.json: \\x1b[2J\\u202e: unknown key\n")


def test_a_files_name_does_nothing_to_the_terminal(cli):
    code, out, _ = cli("account", "new", "a\x1b[2J.json")
    assert (code, Path("a\x1b[2J.json").exists()) == (0, True)
    assert out.startswith("a\\x1b[2J.json: an empty account that only you can read")


def test_a_name_that_the_terminal_has_no_letters_for_is_written_as_an_escape(tmp_path):
    made = _run("account", "new", str(tmp_path / "k\u00f6nto.json"), PYTHONIOENCODING="ascii")
    assert (made.code, made.stderr) == (0, "")
    assert "k\\xf6nto.json: an empty account that only you can read" in made.stdout


@pytest.mark.parametrize("moves", [True, False])
def test_prices_that_never_move_give_no_range(cli, moves):
    history = history_of([100 + number % 2 * moves for number in range(200)])
    Path("ETH.csv").write_text(csv_of(history))
    code, _, err = cli("model", "adjust", "span", "--history", "ETH.csv", "-o", "model.toml")
    assert (code, Path("model.toml").exists()) == ((0, True) if moves else (2, False))
    assert err == ("" if moves else "error: ETH: cannot derive a range: the prices never move\n")
