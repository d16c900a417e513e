"""Run the symbolic checks by halmos: ``python verifier_contracts/tools/halmos.py HALMOS [OPTION...]``.

It compiles ``verifier_contracts/test/symbolic`` and proves every function ``check_*`` for all its arguments, within the
bounds that the function states. It fails on a counterexample, and if a query takes too long. Further options go to
halmos, such as ``--match-test check_name``.
"""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from pathlib import Path

from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ZkmarginError

ROOT = Path(__file__).resolve().parents[2]
SOLVER = Path(__file__).resolve().parent / "halmos_solver.py"


def main() -> None:
    """Compile the checks and prove them."""
    if len(sys.argv) < 2:
        sys.exit("usage: halmos.py HALMOS [OPTION...], where HALMOS is the path of the halmos command")
    try:
        forge = native_binary("forge")
    except ZkmarginError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a program
        sys.exit(error.exit_code)
    halmos = Path(sys.argv[1]).absolute()
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("FOUNDRY_", "DAPP_"))},
        "PATH": os.pathsep.join([str(forge.parent), os.environ.get("PATH", os.defpath)]),
        "FOUNDRY_PROFILE": "halmos",
    }
    argv = [
        str(halmos),
        "--forge-build-out",
        "build/halmos/out",
        "--no-status",
        "--solver-timeout-assertion",
        "120s",
        # With the default of 1 ms a busy computer prunes too few of the paths that cannot happen.
        "--solver-timeout-branching",
        "200ms",
    ]
    argv += ["--solver-command", shlex.join([str(halmos.parent / "python"), str(SOLVER)]), *sys.argv[2:]]
    sys.exit(subprocess.run(argv, cwd=ROOT, env=environment, check=False).returncode)  # noqa: S603 - no shell


if __name__ == "__main__":
    main()
