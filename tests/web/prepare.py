"""Writes what the tests of web/ prove and verify: a circuit pack, a snapshot, accounts, and a proof by Python.

Usage: python tests/web/prepare.py FOLDER
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from support.circuits import margin_instance
from support.margin_values import KEYS, account, snapshot
from zkmargin import MarginProver, Requirement
from zkmargin.account import margin_report
from zkmargin.proofs.instances import find_instance
from zkmargin.proofs.key_bundles import pack_circuit


def main() -> None:
    """Write the files."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    margin_instance("margin_13")
    sha256, keys = pack_circuit(find_instance("margin_13"), folder / "margin_13.zkpack", KEYS)
    table, rich, poor = snapshot(), account(), account("-1300")
    table.save(folder / "snapshot.json")
    for name, one in (("rich", rich), ("poor", poor)):
        path = folder / f"{name}.json"
        path.unlink(missing_ok=True)
        one.save(path)
    MarginProver(keys=KEYS).prove(rich, table, Requirement.INITIAL, context=5).save(folder / "by_python")
    report = margin_report(rich, table, Requirement.INITIAL)
    expected = {
        "sha256": sha256,
        "fingerprint": keys.fingerprint,
        "commitment": str(rich.commitment(table)),
        "root": str(table.root),
        "healthy": report.healthy,
    }
    (folder / "expected.json").write_text(json.dumps(expected))


if __name__ == "__main__":
    main()
