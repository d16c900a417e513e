"""Work for processes of a pool: each task says what becomes of its process."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from zkmargin.errors import InputError


def begin(what: str) -> None:
    """Begin a process."""
    if what == "error":
        raise InputError("no snapshot", source="s.json")
    if what == "die":
        os._exit(7)


def work(task: str) -> str:
    """Do what a task says."""
    name, _, value = task.partition(" ")
    if name == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    if name == "once" and not Path(value).exists():
        Path(value).touch()
        os._exit(3)
    if name == "error":
        raise InputError("bad", source=value)
    if name == "bug":
        raise ValueError("secret")
    if name == "sleep":
        Path(value).write_text(str(os.getpid()))
        time.sleep(600)
    return f"{name} {os.environ.get('RAYON_NUM_THREADS')}"
