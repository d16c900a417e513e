"""Imports the whole package and verifies a proof: what has to work on every system, Windows included.

python tests/portable.py              # on the system at hand
python tests/portable.py --without-unix   # and without what Windows does not have
"""

from __future__ import annotations

import importlib
import json
import os
import pkgutil
import signal
import sys
from pathlib import Path

GOLDEN = Path(__file__).parent / "vectors" / "snarkjs_multiplier.json"

_MODULES = ("fcntl", "grp", "pwd", "resource", "termios")
_FUNCTIONS = ("fchmod", "fchown", "getuid", "geteuid", "getpgid", "killpg", "setsid")


def leave_out_unix() -> None:
    """Take away the modules, functions and signals that only Unix has."""
    for name in _MODULES:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    for name in _FUNCTIONS:
        delattr(os, name)
    del signal.SIGKILL


def import_all() -> int:
    """Import every module of the package; return how many there are."""
    import zkmargin  # noqa: PLC0415  # not before Unix is gone

    names = [module.name for module in pkgutil.walk_packages(zkmargin.__path__, "zkmargin.")]
    for name in names:
        importlib.import_module(name)
    return len(names)


def verify_golden() -> dict[str, bool]:
    """Verify a proof that snarkjs has made, with the engines that need no node; return the answers."""
    from zkmargin.proving.artifacts import Proof, VerificationKey  # noqa: PLC0415  # not before Unix is gone
    from zkmargin.proving.verify import verify  # noqa: PLC0415

    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    key, proof = VerificationKey.from_json(golden["key"]), Proof.from_json(golden["proof"])
    answers = {}
    for engine in ("native", "py-ecc"):
        answers[engine] = verify(key, (21, 7), proof, engine) and not verify(key, (22, 7), proof, engine)
    return answers


if __name__ == "__main__":
    if sys.argv[1:] == ["--without-unix"]:
        leave_out_unix()
    print(f"{import_all()} modules imported")  # noqa: T201  # this is a program
    verified = verify_golden()
    print(*(f"{engine}: {'ok' if right else 'WRONG'}" for engine, right in verified.items()), sep="\n")  # noqa: T201
    sys.exit(not all(verified.values()))
