"""``zkmargin keeper``."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import contextmanager
from pathlib import Path  # noqa: TC003  # typed reads the annotations
from typing import TYPE_CHECKING, Annotated

from . import typed
from .markets import load_deployment
from .options import Json, warn_of_readers
from .passwords import ask_password

if TYPE_CHECKING:
    from collections.abc import Iterator

    from zkmargin.keeper.keeper import Round

__all__ = ["keeper"]

_PASSWORD = "ZKMARGIN_KEYSTORE_PASSWORD"  # noqa: S105  # the name of a variable
_VENUE_PASSWORD = "ZKMARGIN_VENUE_PASSWORD"  # noqa: S105  # the name of a variable


def keeper(
    settings: Annotated[Path, typed.Argument(help="The keeper's settings: docs/keeper.md.")],
    once: Annotated[bool, typed.Option("--once", help="Run one round and exit, for cron.")] = False,
    as_json: Json = False,
) -> None:
    """Watch a market, and act as the settings say.

    Attests accounts of your own, calls for margin, starts auctions and bids, until it is stopped. With --once it waits
    for its transactions, and the exit code is 1 if an account of your own is unhealthy, late or seized, and 4 if an
    action failed.
    """
    from zkmargin.keeper.settings import KeeperSettings  # noqa: PLC0415
    from zkmargin.keeper.start import open_keeper  # noqa: PLC0415  # needs an extra

    from .keeper_log import teller  # noqa: PLC0415

    found = KeeperSettings.load(settings)
    files = found.files
    load_deployment(files.deployment)  # for its warning
    password = _password(files.keystore, files.password, "key.password_file", _PASSWORD)
    venue = ""
    if files.venue_key is not None:
        venue = _password(files.venue_key, files.venue_password, "venue.password_file", _VENUE_PASSWORD)
    with (
        open_keeper(found, password, teller(as_json=as_json), venue_password=venue) as one,
        _stopped_by_signals() as stop,
    ):
        if not once:
            one.run(stop)
            return
        done = one.round(stop)
        code = _exit_code(done, finished=one.finish(stop))
    if code:
        raise typed.Exit(code)


def _password(key: Path, file: Path | None, setting: str, variable: str) -> str:
    """Return the password of a key: from its file, else from the environment, else from the terminal."""
    warn_of_readers(key)
    # Removed, so that programs started from here do not inherit it.
    given = os.environ.pop(variable, "")
    if file is None and given:
        return given
    return ask_password(file, otherwise=f"{setting}, or the variable {variable}")


@contextmanager
def _stopped_by_signals() -> Iterator[threading.Event]:
    """Yield an event that the first SIGTERM or Ctrl-C sets; the second one ends the process."""
    stop = threading.Event()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def on_signal(number: int, _frame: object) -> None:
        stop.set()
        signal.signal(number, before[signal.Signals(number)])

    for number in before:
        signal.signal(number, on_signal)
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code(done: Round, *, finished: bool) -> int:
    if done.grave:
        return 1
    return 4 if done.failures or not done.looked or not finished else 0
