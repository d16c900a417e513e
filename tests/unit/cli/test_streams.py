"""Exit codes, and standard output that is full, closed or read in part."""

from __future__ import annotations

import json
import os
import re
import sys

import pytest

from support.circuits import ROOT
from support.golden_proof import GOLDEN
from zkmargin import errors
from zkmargin.cli import app
from zkmargin.toolchain import run

ENVIRONMENT = {"PYTHONPATH": os.pathsep.join(sys.path)}
ZKMARGIN = f"{sys.executable} -c 'from zkmargin.cli import main; main()'"


@pytest.fixture
def shell(tmp_path):
    """Return a function that runs a line of bash in a folder with a proof: code of the first program, and stderr."""
    for name, value in GOLDEN.items():
        (tmp_path / f"{name}.json").write_text(json.dumps(value))
    verify = f"{ZKMARGIN} verify --key key.json --public public.json --proof proof.json"

    def call(rest, command=verify):
        line = f"{command} {rest}; exit ${{PIPESTATUS[0]}}"
        done = run(["bash", "-c", line], cwd=tmp_path, timeout=60, check=False, env=ENVIRONMENT)
        return done.code, done.stderr

    return call


def test_a_reader_that_goes_away_does_not_change_the_code(shell, tmp_path):
    # `true` is gone long before Python has started.
    assert shell("--json | true") == (0, "")
    assert shell("| true", f"{ZKMARGIN} --version") == (0, "")
    public = tmp_path / "public.json"
    public.write_text(public.read_text().replace("21", "22"))
    assert shell("| true") == (1, "")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")  # noqa: PTH110  # a device
@pytest.mark.parametrize("command", ["verify", "--version", "--help"])
def test_output_that_cannot_be_written_is_an_error(shell, command):
    message = "error: standard output: cannot be written: No space left on device\n"
    words = ("--json >/dev/full",) if command == "verify" else (">/dev/full", f"{ZKMARGIN} {command}")
    assert shell(*words) == (2, message)


def test_closed_streams(shell):
    assert shell(">&-") == (0, "")
    assert shell(">&- 2>&-", f"{ZKMARGIN} nosuch")[0] == 2
    assert shell(">/dev/full 2>/dev/full", f"{ZKMARGIN} nosuch")[0] == 2


def test_the_documents_name_every_code():
    kinds = [one for one in vars(errors).values() if isinstance(one, type)]
    signals = (app._SIGNALLED + 1, app._SIGNALLED + 15)
    wanted = {0, app._INTERNAL_ERROR, app._INTERRUPTED, *signals, *(one.exit_code for one in kinds)}
    for document in ("docs/command-line.md", "docs/tools/reference_cli.py"):
        text = (ROOT / document).read_text()
        rows = text[text.index("| 0 | done |") :].split("\n\n", maxsplit=1)[0]
        assert {int(code) for code in re.findall(r"^\| ([0-9]+) \|", rows, re.MULTILINE)} == wanted, document
