"""Amounts beyond what a haircut is meant for are neither proven nor reported."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError, MarginProver, Snapshot
from zkmargin.account.report import margin_report

REASON = r"collateral\[0\]\.amount: more than the snapshot's limit for this asset"


def limited(limit: str) -> Snapshot:
    """Return the snapshot with a limit on ETH, of which the account has half a unit."""
    parts = snapshot().parts
    assets = (replace(one, limit=Decimal(limit)) if one.asset == "ETH" else one for one in parts.collateral)
    return Snapshot.commit(replace(parts, collateral=tuple(assets)))


def test_no_proof_of_more_collateral_than_its_haircut_is_meant_for(tmp_path):
    with pytest.raises(InputError, match=REASON):
        MarginProver(keys=tmp_path).prove(account(), limited("0.499999"), context=0)
    assert not list(tmp_path.iterdir())


def test_no_report_of_more_collateral_than_its_haircut_is_meant_for():
    assert margin_report(account(), limited("0.5")).healthy
    with pytest.raises(InputError, match=REASON):
        margin_report(account(), limited("0.499999"))
