"""Runs a command and writes its seconds, CPU seconds and peak memory as JSON: measured.py RESULT COMMAND...

This is a small process of its own, because Linux counts the memory of the parent process in a program's peak.
"""

import json
import os
import sys
import time

start = time.perf_counter()
pid = os.posix_spawnp(sys.argv[2], sys.argv[2:], os.environ)
_, status, usage = os.wait4(pid, 0)
wall = time.perf_counter() - start
with open(sys.argv[1], "w") as file:  # noqa: PTH123  # no import that costs memory
    cpu = usage.ru_utime + usage.ru_stime
    json.dump({"seconds": wall, "cpu": cpu, "peak_mb": usage.ru_maxrss * 1024 / 1e6}, file)
sys.exit(os.waitstatus_to_exitcode(status))
