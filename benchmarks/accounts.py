"""What proofs of many accounts take by ``zkmargin prove-batch``, measured for a few numbers of accounts."""

from __future__ import annotations

import shutil
import sys
from decimal import Decimal
from typing import TYPE_CHECKING

from figures import Figure
from processes import run
from tasks import ZKMARGIN, prepare_account

from zkmargin import Account

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ACCOUNTS", "TASK", "prove_batches"]

TASK = "prove-batch"
ACCOUNTS = (1, 4, 16, 48)
PROCESSES = (1, 2)


def prove_batches(folder: Path) -> list[Figure]:
    """Prove so many accounts of eight positions, once by one process and once by two."""
    prepare_account(folder)
    return [batch(folder, accounts, processes) for accounts in ACCOUNTS for processes in PROCESSES]


def batch(folder: Path, accounts: int, processes: int) -> Figure:
    one = Account.load(folder / "account.json")
    shutil.rmtree(folder / "accounts", ignore_errors=True)
    shutil.rmtree(folder / "out", ignore_errors=True)
    (folder / "accounts").mkdir()
    for place in range(accounts):
        varied = Account.new(cash=Decimal(10**6 + place), positions=one.positions)
        varied.save(folder / "accounts" / f"{place:04}.json")
    command = [*ZKMARGIN, "prove-batch", "accounts", "--snapshot", "snapshot.json", "--context", "1"]
    _, spent = run([*command, "-o", "out", "--processes", str(processes)], folder)
    print(f"{TASK}: {accounts} accounts, {processes} processes", file=sys.stderr)
    tool = "1 process" if processes == 1 else f"{processes} processes"
    return Figure(TASK, str(accounts), tool, [spent["seconds"]], [spent["cpu"]], spent["peak_mb"])
