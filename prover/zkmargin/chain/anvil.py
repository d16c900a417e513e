"""A local chain for development and tests: the native anvil binary, started and stopped."""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin import toolchain
from zkmargin.errors import ChainError, ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["native_binary", "run_anvil"]

_LISTENING = re.compile(r"^Listening on (\S+:\d+)$", re.MULTILINE)
_ARCHITECTURES = {"x86_64": "amd64", "AMD64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def native_binary(tool: str) -> Path:
    """Find the native binary of a Foundry tool among the pinned node packages.

    The launchers in npm's ``.bin`` are not used: they exit 0 when the tool behind them fails.

    Parameters
    ----------
    tool : str
        ``"anvil"`` or ``"forge"``.

    Returns
    -------
    Path
        The executable.

    Raises
    ------
    ToolchainError
        If the package for this platform is not installed.
    """
    machine = platform.machine()
    name = f"@foundry-rs/{tool}-{sys.platform}-{_ARCHITECTURES.get(machine, machine)}"
    package = toolchain.find_package(name)
    if package is None:
        raise ToolchainError(
            f"{tool} is missing: the node package {name} is not installed: {toolchain.REMEDY}"
        )
    return package / "bin" / tool


@contextmanager
def run_anvil(*, chain_id: int = 31337, timestamp: int | None = None, timeout: float = 30.0) -> Iterator[str]:
    """Run a local chain for as long as the ``with`` block lasts.

    The chain listens on the loopback interface, on a free port, and mines each transaction at once. Its
    accounts are funded and unlocked, and their keys are public.

    Parameters
    ----------
    chain_id : int
        The chain's id.
    timestamp : int, optional
        The chain's first time, in Unix time; by default the system's time.
    timeout : float
        The longest wait until the chain listens, in seconds.

    Yields
    ------
    str
        The address of its JSON-RPC server, such as ``http://127.0.0.1:40123``.

    Raises
    ------
    ToolchainError
        If anvil is not installed or cannot be run.
    ChainError
        If anvil exits, or does not listen in time.
    """
    argv = [str(native_binary("anvil")), "--host", "127.0.0.1", "--port", "0", "--chain-id", str(chain_id)]
    if timestamp is not None:
        argv += ["--timestamp", str(timestamp)]
    with tempfile.TemporaryDirectory(prefix="zkmargin-anvil-") as folder:
        log = Path(folder, "log")
        process = _start(argv, log)
        try:
            yield f"http://{_wait_until_listening(process, log, timeout)}"
        finally:
            _stop(process)


def _start(argv: list[str], log: Path) -> subprocess.Popen[bytes]:
    # A separate session, so that Ctrl-C in the terminal does not reach it directly.
    try:
        with log.open("wb") as output:
            return subprocess.Popen(  # noqa: S603 - a fixed argument list, no shell
                argv,
                cwd=log.parent,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
    except OSError as error:
        raise ToolchainError(f"anvil cannot be run: {error.strerror}") from error


def _wait_until_listening(process: subprocess.Popen[bytes], log: Path, timeout: float) -> str:
    # anvil chooses the port and prints it: a port chosen here could be taken by another program first.
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        found = _LISTENING.search(log.read_text(errors="replace"))
        if found and not ended:
            return found[1]
        if ended:
            last = (log.read_text(errors="replace").strip().splitlines() or ["no output"])[-1]
            raise ChainError(f"anvil ended with exit code {process.returncode}: {last}")
        time.sleep(0.02)
    raise ChainError(f"anvil did not listen within {timeout:g} s")


def _stop(process: subprocess.Popen[bytes]) -> None:
    if not hasattr(os, "killpg"):
        process.kill()
        process.wait()
        return
    for number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, number)
            process.wait(timeout=5)
        except ProcessLookupError:
            break
        except subprocess.TimeoutExpired:
            continue
        else:
            return
    process.wait()
