"""Proofs of many accounts without processes, and with proofs that stand for real ones."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from support.golden_proof import KEY
from support.margin_values import account
from support.solvency_values import ideal_proof
from zkmargin.errors import ToolchainError
from zkmargin.proofs import batch_folder, batch_worker, proof_batch
from zkmargin.proofs.process_pool import Done
from zkmargin.proving.key_kinds import KeyKind


class IdealKeys:
    """Stands for `CircuitProver`; counts its proofs, and may fail or raise an error."""

    made = 0
    fingerprint = "1111-1111-1111-1111"
    failing: Exception | None = None
    stop_after: int | None = None

    def __init__(self, *_: Any, **__: Any) -> None: ...

    def keys(self, circuit: Any) -> SimpleNamespace:
        """Return the keys of a circuit."""
        return SimpleNamespace(key=KEY, fingerprint=IdealKeys.fingerprint, kind=KeyKind.DEVELOPMENT)

    def prove(self, circuit: Any, signals: dict[str, Any], public: tuple[int, ...]) -> tuple[Any, Any]:
        """Return a proof."""
        if IdealKeys.stop_after == IdealKeys.made:
            raise KeyboardInterrupt
        if IdealKeys.failing is not None:
            raise IdealKeys.failing
        IdealKeys.made += 1
        return ideal_proof(circuit.name, public), None


def tasks_here(work, tasks, *, begin, arguments, **_):
    """Stand for `run_tasks`."""
    begin(*arguments)
    for number, task in enumerate(tasks):
        if task.path.stem == "deadly":
            yield Done(number, task, None, ToolchainError("2 processes died over it"), died=True)
        else:
            yield Done(number, task, work(task))
    batch_worker._here.clear()


def use_ideal_proofs(patch: pytest.MonkeyPatch) -> None:
    """Let proofs stand for real ones, and prove in this process."""
    patch.setattr(batch_worker, "CircuitProver", IdealKeys)
    patch.setattr(batch_worker, "_here", [])
    patch.setattr(proof_batch, "run_tasks", tasks_here)
    patch.setattr(proof_batch, "backend", lambda _name: None)
    patch.setattr(proof_batch, "build_circuit", lambda one, _keys, **_: (None, IdealKeys().keys(one)))
    patch.setattr(batch_folder, "load_circuit", lambda one, _keys: (None, IdealKeys().keys(one)))
    for name, value in {
        "made": 0,
        "failing": None,
        "stop_after": None,
        "fingerprint": IdealKeys.fingerprint,
    }.items():
        patch.setattr(IdealKeys, name, value)
    # The fingerprint of a proof is computed from its key.
    patch.setattr("zkmargin.proofs.margin_proof.fingerprint", lambda _key: IdealKeys.fingerprint)


def account_folder(folder: Path, count: int) -> list[Path]:
    """Write the files of healthy accounts, and return them."""
    folder.mkdir(exist_ok=True)
    paths = [folder / f"a{number}.json" for number in range(count)]
    for number, path in enumerate(paths, 1):
        account(str(300 + number), number=number).save(path)
    return paths
