"""Run slither on the contracts: ``python verifier_contracts/tools/slither.py SLITHER``.

It fails if slither reports a finding. Comments that suppress nothing are only listed, by slither's option
``--warn-unused-ignores``, as a dependency has one.
CONTRIBUTING.md lists the detectors that ``slither.config.json`` excludes, with reasons.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ZkmarginError

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path("build") / "slither" / "forge"


def main() -> None:
    """Compile the contracts and analyse them."""
    if len(sys.argv) != 2:
        sys.exit("usage: slither.py SLITHER, where SLITHER is the path of the slither command")
    try:
        forge = native_binary("forge")
    except ZkmarginError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a program
        sys.exit(error.exit_code)
    # Slither reads all files in the output folder, so files of an earlier run must go.
    shutil.rmtree(ROOT / BUILD, ignore_errors=True)
    environment = {
        **{key: value for key, value in os.environ.items() if not key.startswith(("FOUNDRY_", "DAPP_"))},
        "PATH": os.pathsep.join([str(forge.parent), os.environ.get("PATH", os.defpath)]),
        "FOUNDRY_OUT": str(BUILD / "out"),
        "FOUNDRY_CACHE_PATH": str(BUILD / "cache"),
    }
    argv = [str(Path(sys.argv[1]).absolute()), ".", "--skip-clean"]
    sys.exit(subprocess.run(argv, cwd=ROOT, env=environment, check=False).returncode)  # noqa: S603 - no shell


if __name__ == "__main__":
    main()
