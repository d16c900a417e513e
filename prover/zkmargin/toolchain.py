"""The programs that zkmargin runs: their locations, their pinned versions, one function to run them, and their end."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from zkmargin.errors import ToolchainError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "PINS",
    "REMEDY",
    "Output",
    "Terminated",
    "ending_on_signals",
    "find_package",
    "installed_version",
    "node",
    "node_script",
    "run",
    "toolchain_folder",
]

PINS: dict[str, str] = {
    "circom2": "0.2.23",
    "snarkjs": "0.7.6",
    "circomlib": "2.0.5",
    "circomlibjs": "0.1.7",
    "solc": "0.8.37",
    "@openzeppelin/contracts": "5.7.0",
    "solady": "0.1.26",
    "anvil": "1.7.1",
    "forge": "1.7.1",
}
"""The versions pinned in package.json, which an installed package does not contain.

anvil and forge stand for their native packages, whose names depend on the platform.
"""

REMEDY = "run `zkmargin toolchain install` (or `make setup` in a checkout)"
"""The advice when a node package is missing."""

_ANSI = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_LAST_LINES = 12


@dataclass(frozen=True, slots=True)
class Output:
    """The output of a program, without terminal colours.

    Attributes
    ----------
    code : int
        The exit code.
    stdout, stderr : str
        The two streams.
    """

    code: int
    stdout: str
    stderr: str

    @property
    def text(self) -> str:
        """Both streams, one after the other."""
        return "\n".join(part for part in (self.stdout, self.stderr) if part)

    @property
    def tail(self) -> str:
        """The last lines, for error messages."""
        return "\n".join(self.text.strip().splitlines()[-_LAST_LINES:])


def run(  # noqa: PLR0913  # the options of a process
    argv: Sequence[str | Path],
    *,
    cwd: Path,
    timeout: float,
    stdin: str = "",
    env: Mapping[str, str] | None = None,
    check: bool = True,
) -> Output:
    """Run a program without a shell. A timeout or an interrupt kills its whole process group.

    Parameters
    ----------
    argv : sequence of str or Path
        The program and its arguments. They must not contain secrets: every user of the machine can read them.
    cwd : Path
        The working directory.
    timeout : float
        Seconds.
    stdin : str
        The program's standard input.
    env : mapping, optional
        Variables in addition to this process's.
    check : bool
        Whether a non-zero exit code is an error.

    Raises
    ------
    ToolchainError
        If the program cannot be started, times out or fails; with the last lines of its output.
    """
    name = _display_name(argv)
    # Not a pipe: node sometimes fails with EAGAIN on a large one. The temporary file has no name.
    with tempfile.TemporaryFile() as typed:
        typed.write(stdin.encode())
        typed.seek(0)
        try:
            process = subprocess.Popen(  # noqa: S603  # no shell; the arguments are ours
                [str(item) for item in argv],
                cwd=cwd,
                env={**os.environ, **(env or {})},
                stdin=typed,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise ToolchainError(f"{name} cannot be started: {error.strerror}") from None
    with process:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            _kill(process)
            raise ToolchainError(f"{name} was stopped after {timeout:g} s") from None
        except BaseException:
            _kill(process)
            raise
    output = Output(process.returncode, _plain(out), _plain(err))
    if check and output.code != 0:
        raise ToolchainError(f"{name} failed with exit code {output.code}:\n{output.tail}")
    return output


class Terminated(BaseException):
    """A signal asks this process to end.

    Attributes
    ----------
    number : int
        The signal's number.
    """

    def __init__(self, number: int) -> None:
        self.number = number
        super().__init__(f"ended by {signal.Signals(number).name}")


@contextmanager
def ending_on_signals() -> Iterator[None]:
    """Raise `Terminated` on SIGTERM and SIGHUP, so that a process ends its programs and removes its temporary files.

    Without this, only Ctrl-C does so. Signals after the first one are ignored until the end of the block. Signals that
    are ignored or handled already, as SIGHUP is under ``nohup``, stay so, and so does everything outside the main
    thread.
    """
    numbers = [
        number for name in ("SIGTERM", "SIGHUP") if (number := getattr(signal, name, None)) is not None
    ]
    ours = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    if threading.current_thread() is not threading.main_thread():
        ours = []
    ending = False

    def end(number: int, _frame: object) -> None:
        nonlocal ending
        if not ending:
            ending = True
            raise Terminated(number)

    for number in ours:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in ours:
            signal.signal(number, signal.SIG_DFL)


def find_package(name: str) -> Path | None:
    """Return the folder of an installed node package, or None.

    ``ZKMARGIN_NODE_MODULES`` names the folder of packages if it is set. Otherwise the nearest ``node_modules``
    with the package is used, upward from the working directory, then from this file, then `toolchain_folder`.
    """
    chosen = os.environ.get("ZKMARGIN_NODE_MODULES")
    if chosen:
        folders = [Path(chosen)]
    else:
        starts = (Path.cwd(), Path(__file__).resolve().parent)
        nearest = [folder for start in starts for folder in (start, *start.parents)]
        folders = [folder / "node_modules" for folder in (*nearest, toolchain_folder())]
    for folder in folders:
        if (folder / name / "package.json").is_file():
            return (folder / name).resolve()
    return None


def toolchain_folder() -> Path:
    """Return the folder of ``zkmargin toolchain install`` in the user's data folder; it may not exist.

    Its name contains a hash of the pinned versions, so that versions of zkmargin with other pins do not share it.
    """
    base = os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share"
    state = hashlib.sha256(json.dumps(PINS, sort_keys=True).encode()).hexdigest()[:16]
    return Path(base) / "zkmargin" / f"toolchain-{state}"


def installed_version(name: str) -> str | None:
    """Return the version of an installed node package, or None."""
    package = find_package(name)
    if package is None:
        return None
    try:
        version = json.loads((package / "package.json").read_text(encoding="utf-8"))["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return str(version)


def node() -> str:
    """Return the path of the program node.

    Raises
    ------
    ToolchainError
        If node is not on the PATH.
    """
    program = shutil.which("node")
    if program is None:
        raise ToolchainError("node is not on the PATH: install Node.js 20 or newer")
    return program


def node_script(name: str, script: str) -> list[str]:
    """Return the command that runs a script of a node package: ``[node, /.../script]``.

    Raises
    ------
    ToolchainError
        If node or the package is missing.
    """
    package = find_package(name)
    if package is None:
        raise ToolchainError(
            f"{name} is not installed: {REMEDY}, "
            "or point ZKMARGIN_NODE_MODULES at the node_modules that has it"
        )
    return [node(), str(package / script)]


def _display_name(argv: Sequence[str | Path]) -> str:
    """Return the program's usual name, such as ``snarkjs groth16 prove`` for node and a script."""
    words = [str(item) for item in argv]
    package = (
        re.search(r"node_modules/((?:@[^/]+/)?[^/]+)/", Path(words[1]).as_posix()) if words[1:] else None
    )
    program, rest = (package[1], words[2:]) if package else (Path(words[0]).name, words[1:])
    return " ".join((program, *(word for word in rest[:2] if re.fullmatch(r"[a-z0-9]+", word))))


def _kill(process: subprocess.Popen[bytes]) -> None:
    """Kill a program and its children; without process groups, only the program."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()


def _plain(raw: bytes) -> str:
    return _ANSI.sub("", raw.decode(errors="replace"))
