"""The proofs of a plan: which accounts a proof that fails is about."""

from __future__ import annotations

import pytest

from support.clearing_values import BPS, CIRCUITS, TIME, fill, house, snapshot
from zkmargin import spec
from zkmargin.clearing import plan_batch, prove, prove_plan
from zkmargin.errors import ToolchainError


class Failing:
    """A prover that makes no proof of one circuit."""

    def __init__(self, name):
        self.name = name

    def prove(self, circuit, _signals, _public):
        if circuit.name == self.name:
            raise ToolchainError("no proof")
        return None, None


@pytest.fixture
def plan():
    draft = house(*range(1, 7)).draft(snapshot(), TIME)
    fill(draft, 5, 2)
    fill(draft, 2, 3, sequence=25)
    draft.credit(6, spec.CASH, 5)
    return plan_batch(draft, BPS, CIRCUITS)


def test_a_task_names_its_accounts(plan):
    named = [(task.circuit.name, sorted(task.accounts)) for task in plan.tasks]
    groups = [(part.circuit, sorted(part.accounts)) for part in plan.content.health]
    assert named == [("match_3", [2, 3, 5]), ("upkeep_2", [6]), *groups]


def test_an_error_of_a_proof_names_its_accounts(plan, monkeypatch):
    monkeypatch.setattr(prove, "build_circuit", lambda *_args, **_kwargs: None)
    for name, accounts in (("match_3", "2, 3, 5"), ("upkeep_2", "6")):
        monkeypatch.setattr(prove, "_prover_here", lambda *_args, name=name: Failing(name))
        with pytest.raises(ToolchainError) as error:
            prove_plan(plan)
        assert str(error.value) == f"{name} of accounts {accounts}: no proof"
