"""Run slither on the contracts: ``python verifier_contracts/tools/slither.py SLITHER``.

It fails if slither reports a finding, or if a comment of ours suppresses nothing.
CONTRIBUTING.md lists the detectors that ``slither.config.json`` excludes, with reasons.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ZkmarginError

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path("build") / "slither" / "forge"
REPORT = Path("build") / "slither" / "report.json"
UNUSED = "unused-ignore-directive"


def problems(report: dict[str, Any]) -> list[str]:
    """Return the findings of slither's report, and our comments that suppress none; dependencies have such too."""
    findings = report["results"].get("detectors", [])
    unused = [comment for finding in findings for comment in finding.get("unused_ignores", [])]
    return [finding["description"] for finding in findings if finding["check"] != UNUSED] + [
        f"{comment['file']}:{comment['line']}: suppresses no finding of {', '.join(comment['unused_detectors'])}"
        for comment in unused
        if "node_modules" not in Path(comment["file"]).parts
    ]


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
    # Slither does not overwrite a report.
    (ROOT / REPORT).unlink(missing_ok=True)
    argv = [
        str(Path(sys.argv[1]).absolute()),
        ".",
        "--skip-clean",
        "--warn-unused-ignores",
        "--json",
        str(REPORT),
    ]
    subprocess.run(argv, cwd=ROOT, env=environment, check=False)  # noqa: S603 - no shell
    try:
        report = json.loads((ROOT / REPORT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        sys.exit("slither has written no report")
    if not report["success"]:
        sys.exit(report["error"])
    sys.exit("\n".join(problems(report)) or 0)


if __name__ == "__main__":
    main()
