"""Which circuit an account gets, and where circuits and keys lie."""

from __future__ import annotations

from pathlib import Path

import pytest

from support import spec_values
from support.circuits import ROOT
from zkmargin import InputError, spec
from zkmargin.proofs import circuit_keys, instances
from zkmargin.proofs.circuit_keys import (
    circuits_folder,
    keys_folder,
)
from zkmargin.proofs.instances import Instance, choose_instance, find_circuit, find_instance
from zkmargin.proofs.owner_proofs import OwnerProver


def held(positions, underlyings):
    """Return an account of so many positions over so many underlyings."""
    ids = [4096 * (n % underlyings) + n // underlyings for n in range(positions)]
    return spec_values.account([(one, 1) for one in ids])


@pytest.mark.parametrize(
    ("positions", "underlyings", "name"),
    [
        (0, 1, "margin_13"),
        (13, 3, "margin_13"),
        (14, 1, "margin_30"),
        (4, 4, "margin_30"),
        (30, 5, "margin_64"),
        (64, 5, "margin_64"),
        (65, 2, "margin_128"),
        (8, 8, "margin_128"),
        (128, 8, "margin_128"),
    ],
)
def test_an_account_gets_the_smallest_circuit_that_holds_it(positions, underlyings, name):
    assert choose_instance(held(positions, underlyings), spec.STANDARD) == find_instance(name)


@pytest.mark.parametrize(
    ("positions", "underlyings", "limited", "name"),
    [
        (8, 3, False, "wide_8"),
        (9, 3, False, "wide_22"),
        (4, 4, True, "limits_21"),
        (22, 1, True, "limits_51"),
        (51, 5, False, "wide_51"),
    ],
)
def test_a_wide_table_and_limits_have_circuits_of_their_own(positions, underlyings, limited, name):
    assert choose_instance(held(positions, underlyings), spec.WIDE, limited=limited) == find_instance(name)


def test_disclosure_has_circuits_of_its_own():
    assert choose_instance(held(4, 4), spec.STANDARD, disclosed=True) == find_instance("disclosure_30")
    assert choose_instance(held(9, 4), spec.WIDE, disclosed=True) == find_instance("wide_disclosure_22")
    with pytest.raises(InputError, match="than the largest circuit holds"):
        choose_instance(held(52, 1), spec.WIDE, disclosed=True)


def test_a_larger_circuit_than_the_smallest_can_be_chosen():
    for positions, name in ((0, "disclosure_13"), (13, "disclosure_13"), (14, "disclosure_30")):
        chosen = choose_instance(held(4, 1), spec.STANDARD, disclosed=True, positions=positions)
        assert chosen == find_instance(name)
    assert choose_instance(held(40, 1), spec.STANDARD, positions=14) == find_instance("margin_64")
    with pytest.raises(InputError, match="positions: no circuit has places for 129 positions"):
        choose_instance(held(4, 1), spec.STANDARD, positions=129)


def test_a_larger_circuit_of_claims_can_be_chosen():
    prover = OwnerProver()
    for positions, name in ((0, "claim_13"), (13, "claim_13"), (14, "claim_30"), (64, "claim_64")):
        assert prover._claim_circuit(held(4, 1), spec.STANDARD, positions).name == name
    assert prover._claim_circuit(held(4, 4), spec.STANDARD, 13).name == "claim_30"
    with pytest.raises(InputError, match="positions: no circuit of claims has places for 65 positions"):
        prover._claim_circuit(held(4, 1), spec.STANDARD, 65)


def test_a_table_without_gamma_cannot_be_limited():
    with pytest.raises(InputError, match="limits: rows of the layout standard have no gamma"):
        choose_instance(held(1, 1), spec.STANDARD, limited=True)


def test_an_account_that_no_circuit_holds_is_refused(monkeypatch):
    monkeypatch.setattr(instances, "instances", lambda: (Instance("a", 0, spec.Shape(1, 2)),))
    with pytest.raises(InputError, match="more positions or underlyings than the largest circuit holds"):
        choose_instance(held(3, 1), spec.STANDARD)


def test_an_unknown_circuit_is_refused_by_name():
    with pytest.raises(InputError, match=r"no such circuit; did you mean margin_128\?"):
        find_instance("margin_8")


def test_an_owners_step_is_a_circuit_and_no_instance():
    assert find_circuit("withdraw").name == "withdraw"
    assert find_circuit("wide_8") == find_instance("wide_8")
    with pytest.raises(InputError, match="no such circuit"):
        find_instance("withdraw")


def test_numbers_are_the_places_in_the_declaration():
    assert [one.number for one in instances.instances()] == list(range(17))


def test_the_circuits_are_those_of_the_checkout_unless_the_package_has_its_own(monkeypatch, tmp_path):
    assert circuits_folder() == ROOT / "circuits"
    monkeypatch.setattr(circuit_keys, "__file__", str(tmp_path / "zkmargin" / "proofs" / "circuit_keys.py"))
    (tmp_path / "zkmargin" / "circuits").mkdir(parents=True)
    assert circuits_folder() == tmp_path / "zkmargin" / "circuits"


def test_keys_lie_in_the_cache_unless_a_setting_says_otherwise(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert keys_folder() == tmp_path / "zkmargin" / "keys"
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert keys_folder() == Path.home() / ".cache" / "zkmargin" / "keys"
    monkeypatch.setenv("ZKMARGIN_KEYS", "/elsewhere")
    assert keys_folder() == Path("/elsewhere")


def test_the_demo_and_the_command_line_share_keys():
    for file in (
        ROOT / "Makefile",
        *(ROOT / "examples").glob("*.py"),
        *(ROOT / "docs" / "tools").glob("*.py"),
    ):
        assert "ZKMARGIN_KEYS" not in file.read_text()
