"""Amounts beyond a collateral limit are neither proven nor reported."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from support.margin_values import account, snapshot
from zkmargin import InputError, MarginProver, Snapshot
from zkmargin.account.report import margin_report

REASON = r"collateral\[0\]\.amount: more than the snapshot's limit for this asset"


def limited(limit: str) -> Snapshot:
    """Return the snapshot with a collateral limit on ETH; the account has 0.5 ETH."""
    parts = snapshot().parts
    assets = (replace(one, limit=Decimal(limit)) if one.asset == "ETH" else one for one in parts.collateral)
    return Snapshot.commit(replace(parts, collateral=tuple(assets)))


def test_collateral_beyond_its_limit_is_not_proven(tmp_path):
    with pytest.raises(InputError, match=REASON):
        MarginProver(keys=tmp_path).prove(account(), limited("0.499999"), context=0)
    assert not list(tmp_path.iterdir())


def test_collateral_beyond_its_limit_is_not_reported():
    assert margin_report(account(), limited("0.5")).healthy
    with pytest.raises(InputError, match=REASON):
        margin_report(account(), limited("0.499999"))
