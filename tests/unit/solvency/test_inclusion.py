"""A customer's search for its account."""

from __future__ import annotations

from dataclasses import replace

import pytest

from support.margin_values import snapshot
from zkmargin import Account, spec
from zkmargin.errors import StatementError
from zkmargin.solvency import SolvencyReport, account_files, find_inclusion

DATA = snapshot()


def commitments(venue):
    return [Account.load(path).commitment(DATA) for path in account_files(venue / "accounts")]


def test_every_account_is_found_at_a_place_of_its_own(venue):
    found = [find_inclusion(venue / "proof", one, DATA.root) for one in commitments(venue)]
    assert len({one.place for one in found}) == 20
    assert all(one.holds() for one in found)
    assert not replace(found[0], place=found[1].place).holds()
    assert not replace(found[0], root=5).holds()


@pytest.mark.parametrize("commitment", [12345, spec.BLANK_COMMITMENT])
def test_an_account_that_is_not_there(venue, commitment):
    with pytest.raises(StatementError, match="not in the proof of solvency"):
        find_inclusion(venue / "proof", commitment, DATA.root)


def test_another_snapshot(venue):
    with pytest.raises(StatementError, match="another snapshot"):
        find_inclusion(venue / "proof", commitments(venue)[0], DATA.root + 1)


def test_a_root_that_is_not_that_of_the_accounts(venue):
    path = venue / "proof" / "report.json"
    replace(SolvencyReport.load(path), root=5).save(path)
    with pytest.raises(StatementError, match="does not lead to the root"):
        find_inclusion(venue / "proof", commitments(venue)[0], DATA.root)
