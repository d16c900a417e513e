"""Runs a command several times, and prints the least CPU and wall-clock seconds and the peak memory of its processes.

The start of a program depends on caches, so a first run does not count. The command is looked up on the PATH.
"""

from __future__ import annotations

import argparse
import os
import sys
import time


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=5, help="runs that count")
    parser.add_argument("command", nargs=argparse.REMAINDER, help="the command and its arguments")
    arguments = parser.parse_args()
    figures = [run(arguments.command) for _ in range(arguments.runs + 1)][1:]
    cpu, wall, peak = (min(values) for values in zip(*figures, strict=True))
    print(f"{cpu:.3f} CPU s, {wall:.3f} s, {peak:.0f} MB; least of {arguments.runs}")


def run(command: list[str]) -> tuple[float, float, float]:
    """Return CPU seconds, wall-clock seconds and peak memory in MB of a process, whose output is dropped."""
    begin = time.perf_counter()
    silent = [(os.POSIX_SPAWN_OPEN, stream, os.devnull, os.O_WRONLY, 0) for stream in (1, 2)]
    pid = os.posix_spawnp(command[0], command, os.environ, file_actions=silent)
    _, status, usage = os.wait4(pid, 0)
    wall = time.perf_counter() - begin
    if status:
        sys.exit(f"{command[0]} failed with exit code {os.waitstatus_to_exitcode(status)}")
    return usage.ru_utime + usage.ru_stime, wall, usage.ru_maxrss * 1024 / 1e6


if __name__ == "__main__":
    main()
