"""Runs forge on the contracts: ``python verifier_contracts/tools/forge.py [--bless]``.

It checks the format, runs the tests, and compares storage, gas and size of code with the committed
snapshots; with ``--bless`` it formats, and writes the snapshots anew. The exit code is that of the first
run that fails.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from storage_layout import changed_contracts, storage_layouts, write_layouts

from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ZkmarginError

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = ROOT / "verifier_contracts" / "snapshots" / "storage_layout.json"


def run(*arguments: str, check_snapshots: bool) -> None:
    """Run the native forge, whose exit code tells the truth; the one in npm's ``.bin`` always exits 0."""
    # Forge takes settings from the environment too, which must not decide what is tested here.
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("FOUNDRY_", "DAPP_", "FORGE_"))
    }
    environment = {**kept, "FORGE_SNAPSHOT_CHECK": str(check_snapshots).lower()}
    argv = [str(native_binary("forge")), *arguments]
    done = subprocess.run(argv, cwd=ROOT, env=environment, check=False)  # noqa: S603 - a fixed list, no shell
    if done.returncode != 0:
        sys.exit(done.returncode)


def compare_storage(*, bless: bool) -> None:
    """Compare the storage of what was compiled with the snapshot, or renew that."""
    now = storage_layouts(ROOT / "verifier_contracts" / "src", ROOT / "build" / "forge" / "out")
    if bless:
        write_layouts(now, LAYOUT)
    elif changed := changed_contracts(now, LAYOUT):
        renew = f"if that is meant, --bless renews {LAYOUT.relative_to(ROOT)}"
        sys.exit(f"storage has changed in {', '.join(changed)}: {renew}")


def main() -> None:
    """Check, or bless."""
    if sys.argv[1:] not in ([], ["--bless"]):
        sys.exit("usage: forge.py [--bless]")
    bless = sys.argv[1:] == ["--bless"]
    try:
        run("fmt", *([] if bless else ["--check"]), check_snapshots=False)
        # Before the tests: what moves in storage shows in their gas too, which says less.
        run("build", check_snapshots=False)
        compare_storage(bless=bless)
        run("test", check_snapshots=not bless)
    except ZkmarginError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a program
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
