"""Accounts that a batch cannot contain."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkmargin.contracts.house_values import AccountFlag, HouseAccount, HouseState, Times
from zkmargin.settlement.admission import BATCH_TIME, FillRules, refusal

NOW = 1_800_000_000
BONDED = AccountFlag.BONDED
OPEN = HouseAccount("0x" + "11" * 20, NOW, 0, HouseState.OPEN, BONDED, 5)
TIMES = Times(0, 0, 0, 0, NOW, 0)
RULES = FillRules(bond=1, snapshot_time=NOW)


def test_an_open_account_with_a_bond_is_admitted():
    assert refusal(OPEN, None, NOW, RULES) is None


@pytest.mark.parametrize("state", [HouseState.NONE, HouseState.REGISTERED, HouseState.SEIZED])
def test_only_open_accounts_are_in_batches(state):
    assert refusal(replace(OPEN, state=state), None, NOW) is not None


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"flags": BONDED | AccountFlag.EXPOSED}, "published"),
        ({"flags": AccountFlag(0)}, "bond"),
        ({"last_healthy_at": NOW + 1}, "older"),
    ],
)
def test_what_bars_an_account_from_fills_does_not_bar_it_from_upkeep(change, reason):
    record = replace(OPEN, **change)
    assert reason in refusal(record, None, NOW, RULES)
    assert refusal(record, None, NOW) is None


def test_without_a_bond_in_the_market_none_is_needed():
    record = replace(OPEN, flags=AccountFlag(0))
    assert refusal(record, None, NOW, RULES._replace(bond=0)) is None


def test_an_account_passes_from_shortly_before_its_notice_ends_until_the_notice_lapses():
    noticed = replace(OPEN, flags=BONDED | AccountFlag.NOTICED)
    ends = NOW + 600
    for now, barred in (
        (ends - BATCH_TIME - 1, False),
        (ends - BATCH_TIME, True),
        (ends + 3599, True),
        (ends + 3600, False),
    ):
        assert bool(refusal(noticed, TIMES, now)) is barred
