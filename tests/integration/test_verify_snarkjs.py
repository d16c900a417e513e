"""snarkjs as an engine of verification gives the answers of the others."""

from __future__ import annotations

import pytest

from support.golden_proof import INVALID, KEY, MALLEATED, OUT_OF_RANGE, PROOF, PUBLIC
from zkmargin.errors import ToolchainError
from zkmargin.proving import verify as module
from zkmargin.proving.verify import ENGINES, verify
from zkmargin.toolchain import Output


def test_it_is_the_engine_that_the_unit_tests_leave_out():
    assert set(ENGINES) == {"native", "py-ecc", "snarkjs"}


def test_its_own_proof_holds_and_the_malleated_one():
    assert verify(KEY, PUBLIC, PROOF, "snarkjs") is True
    assert verify(KEY, PUBLIC, MALLEATED, "snarkjs") is True


@pytest.mark.parametrize("case", INVALID)
def test_a_changed_proof_does_not_hold(case):
    assert verify(*INVALID[case], "snarkjs") is False


@pytest.mark.parametrize("public", OUT_OF_RANGE)
def test_a_wrong_number_of_signals_or_one_out_of_range_is_invalid(public):
    assert verify(KEY, public, PROOF, "snarkjs") is False


@pytest.mark.parametrize(
    "output", [Output(0, "", ""), Output(1, "crashed", ""), Output(0, "OK! [ERROR]", "")]
)
def test_an_answer_of_snarkjs_that_is_no_answer(monkeypatch, output):
    monkeypatch.setattr(module, "run", lambda *_, **__: output)
    with pytest.raises(ToolchainError, match="snarkjs groth16 verify failed"):
        verify(KEY, PUBLIC, PROOF, "snarkjs")
