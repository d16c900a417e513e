"""Run forge on the contracts: ``python verifier_contracts/tools/forge.py [--full] [--bless]``.

It checks the format, compiles, compares the storage layout with the committed snapshot, and runs the tests,
which compare gas and code size with the snapshots. ``--full`` runs all fuzz and invariant cases instead of a
part of them. ``--bless`` formats the sources and renews the snapshots instead of comparing them. The exit
code is that of the first step that fails.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from pathlib import Path

from storage_layout import changed_contracts, storage_layouts, write_layouts

from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ZkmarginError

ROOT = Path(__file__).resolve().parents[2]
LAYOUT = ROOT / "verifier_contracts" / "snapshots" / "storage_layout.json"


def run(*arguments: str, profile: str, check_snapshots: bool) -> None:
    """Run the native forge with a profile of ``foundry.toml``; exit if it fails.

    The forge in npm's ``.bin`` always exits with 0, so it is not used.
    """
    # Forge also reads settings from the environment, which must not change what is tested.
    kept = {
        key: value for key, value in os.environ.items() if not key.startswith(("FOUNDRY_", "DAPP_", "FORGE_"))
    }
    environment = {**kept, "FOUNDRY_PROFILE": profile, "FORGE_SNAPSHOT_CHECK": str(check_snapshots).lower()}
    argv = [str(native_binary("forge")), *arguments]
    done = subprocess.run(argv, cwd=ROOT, env=environment, check=False)  # noqa: S603 - a fixed list, no shell
    if done.returncode != 0:
        sys.exit(done.returncode)


def compare_storage(*, bless: bool) -> None:
    """Compare the compiled storage layouts with the snapshot, or renew the snapshot."""
    now = storage_layouts(ROOT / "verifier_contracts" / "src", ROOT / "build" / "forge" / "out")
    if bless:
        write_layouts(now, LAYOUT)
    elif changed := changed_contracts(now, LAYOUT):
        sys.exit(
            f"the storage layout of {', '.join(changed)} differs from {LAYOUT.relative_to(ROOT)}; "
            "if the change is intended, run forge.py --bless"
        )


def main() -> None:
    """Check, or renew the snapshots."""
    parser = argparse.ArgumentParser(
        prog="forge.py", description="Check the contracts with forge.", allow_abbrev=False
    )
    parser.add_argument("--full", action="store_true", help="run all fuzz and invariant cases")
    parser.add_argument("--bless", action="store_true", help="format the sources and renew the snapshots")
    options = parser.parse_args()
    profile = "full" if options.full else "default"
    try:
        run("fmt", *([] if options.bless else ["--check"]), profile=profile, check_snapshots=False)
        # Before the tests: a changed layout also changes their gas, but the gas does not show the cause.
        run("build", profile=profile, check_snapshots=False)
        compare_storage(bless=options.bless)
        run("test", profile=profile, check_snapshots=not options.bless)
    except ZkmarginError as error:
        print(error, file=sys.stderr)  # noqa: T201 - this is a program
        sys.exit(error.exit_code)


if __name__ == "__main__":
    main()
