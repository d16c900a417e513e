"""The machine that figures are of: processor, instructions, cores, and its load by other programs."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

__all__ = ["load", "machine"]

_CPUINFO = Path("/proc/cpuinfo")


def machine() -> dict[str, Any]:
    """Return the processor's name, whether it has AVX-512 IFMA (on Linux), the number of cores and the system."""
    found = _processor()
    return {
        "processor": found.get("model name") or platform.processor() or "unknown",
        "avx512ifma": "avx512ifma" in found.get("flags", "").split(),
        "cores": os.cpu_count(),
        "system": platform.system(),
    }


def load() -> float:
    """Return how many processes were running or ready to run, on average of the last minute."""
    return round(os.getloadavg()[0], 1)


def _processor() -> dict[str, str]:
    lines = _CPUINFO.read_text().splitlines() if _CPUINFO.exists() else []
    pairs = (line.partition(":") for line in lines[: lines.index("") if "" in lines else None])
    return {name.strip(): value.strip() for name, _, value in pairs}
