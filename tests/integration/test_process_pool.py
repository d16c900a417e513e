"""Processes that work on tasks: errors, deaths and the end."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from support import pool_work
from zkmargin.errors import InputError, ToolchainError
from zkmargin.proofs.process_pool import run_tasks

PATIENCE = 60.0


def test_errors_and_deaths_are_those_of_their_tasks(tmp_path):
    tasks = ["fine", "kill", f"once {tmp_path / 'died'}", "error a.json", "bug", "fine"]
    done = list(
        run_tasks(pool_work.work, tasks, workers=2, begin=pool_work.begin, arguments=("",), threads=1)
    )
    assert sorted(one.number for one in done) == list(range(6))
    found = {one.number: one for one in done}
    assert [found[number].value() for number in (0, 2, 5)] == ["fine 1", "once 1", "fine 1"]
    assert (found[1].died, found[3].died) == (True, False)
    with pytest.raises(ToolchainError) as error:
        found[1].value()
    assert (
        str(error.value)
        == "2 processes died over it, the last one by SIGKILL, perhaps because memory ran out"
    )
    with pytest.raises(InputError, match=r"^a\.json: bad$"):
        found[3].value()
    # No message of an unexpected error, which may contain a secret.
    with pytest.raises(RuntimeError, match=r"^ValueError in a process of a pool$"):
        found[4].value()


@pytest.mark.parametrize(
    ("what", "kind", "reason"),
    [
        ("error", InputError, "s.json: no snapshot"),
        ("die", ToolchainError, "processes end before they have begun: with exit code 7"),
    ],
)
def test_a_process_that_does_not_begin_ends_the_work(what, kind, reason):
    with pytest.raises(kind) as error:
        list(run_tasks(pool_work.work, ["fine"], workers=1, begin=pool_work.begin, arguments=(what,)))
    assert str(error.value) == reason


def test_processes_end_with_the_iterator(tmp_path):
    started = tmp_path / "started"
    results = run_tasks(pool_work.work, ["fine", f"sleep {started}"], workers=1)
    assert next(results).value() == "fine None"
    end = time.monotonic() + PATIENCE
    while not (started.exists() and started.read_text()):
        assert time.monotonic() < end
        time.sleep(0.02)
    begun = time.monotonic()
    results.close()
    assert not Path(f"/proc/{started.read_text()}").exists()
    # By the first signal, which lets it remove its files.
    assert time.monotonic() - begun < 9
