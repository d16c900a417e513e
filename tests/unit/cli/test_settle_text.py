"""What ``zkmargin settle`` tells about an account, and how it reads amounts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from zkmargin import InputError
from zkmargin.cli.settle_text import parse_funds, print_status, status_to_json
from zkmargin.contracts.house_values import AccountFlag, HouseAccount, HouseState, Times, Waiting
from zkmargin.settlement.account_status import AccountStatus

NOW = 1_772_442_000
RECORD = HouseAccount(
    "0x" + "11" * 20, NOW - 60, 5, HouseState.OPEN, AccountFlag.TRADED | AccountFlag.BONDED, 7
)
STATUS = AccountStatus(
    number=3,
    record=RECORD,
    times=Times(0, 0, 0, 0, 0, 25_000_000),
    waiting={"cash": Waiting(12_500_000, 2_000_000, 1_000_001, NOW + 600), "ETH": Waiting(1, 0, 0, 0)},
    known=True,
    key_requested=False,
    owes_proof=False,
    answer_left=None,
    cash_factor=10**18,
    frozen=False,
    ended=False,
)


def flagged(flags, **changed):
    return replace(STATUS, record=replace(RECORD, flags=flags), **changed)


@pytest.mark.parametrize(
    ("status", "shown", "hidden"),
    [
        (STATUS, "last proof of health", "zkmargin settle attest"),
        (STATUS, "traded, bonded", "frozen"),
        (STATUS, "12.5, 2 counted, 1.000001 may leave from 2026-03-02 09:10:00 UTC", "withdrawal"),
        (replace(STATUS, known=False), "NOT KNOWN to this book", "opening                    known"),
        (replace(STATUS, owes_proof=True), "a proof of health is due, a margin call can follow", "CALLED"),
        (
            replace(STATUS, owes_proof=True, answer_left=90),
            "CALLED: prove health within 90 s of live time",
            "is due",
        ),
        (replace(STATUS, answer_left=-90), "LATE by 90 s; it can be seized", "within"),
        # Nothing answers a call any more.
        (
            replace(STATUS, record=replace(RECORD, state=HouseState.SEIZED), answer_left=9),
            "SEIZED: in an auction",
            "CALLED",
        ),
        (
            replace(STATUS, record=replace(RECORD, state=HouseState.REGISTERED, last_healthy_at=0)),
            "last proof of health       none",
            "SEIZED",
        ),
        (flagged(AccountFlag.EXPOSED), "no fills before new keys: zkmargin settle renew-keys", "traded"),
        (flagged(AccountFlag.NOTICED), "noticed", "withdrawal"),
        (
            flagged(AccountFlag.NOTICED, times=replace(STATUS.times, notice_at=NOW)),
            "2026-03-02 09:10:00 UTC to 2026-03-02 10:10:00 UTC",
            "SEIZED",
        ),
        (replace(STATUS, key_requested=True), "another one is requested", "SEIZED"),
        (replace(STATUS, cash_factor=9 * 10**17), "0.9", "SEIZED"),
        (replace(STATUS, frozen=True), "no fills and no withdrawals", "ENDED"),
        (replace(STATUS, ended=True), "THE MARKET HAS ENDED: zkmargin wind-down status", "SEIZED"),
    ],
)
def test_a_status_says_what_is_to_be_done(status, shown, hidden, capsys):
    print_status(status, NOW)
    told = capsys.readouterr().out
    assert shown in told
    assert hidden not in told


def test_a_status_as_json_has_amounts_as_decimal_strings_and_no_lapsed_notice():
    shown = status_to_json(STATUS, NOW)
    assert shown["waiting"]["cash"] == {
        "amount": "12.5",
        "counted": "2",
        "leaving": "1.000001",
        "leavesAt": NOW + 600,
    }
    assert shown["waiting"]["ETH"]["leavesAt"] is None
    assert (shown["bond"], shown["creditWorth"], shown["called"]) == ("25", "1", None)
    noticed = flagged(AccountFlag.NOTICED, times=replace(STATUS.times, notice_at=NOW - 4200))
    assert status_to_json(noticed, NOW - 1)["withdrawal"] == {"from": NOW - 3600, "until": NOW}
    assert status_to_json(noticed, NOW)["withdrawal"] is None
    assert status_to_json(replace(STATUS, answer_left=7), NOW)["called"] == {"since": 0, "secondsLeft": 7}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("cash", "cash: expected ASSET=AMOUNT"),
        ("=1", "=1: expected ASSET=AMOUNT"),
        ("cash=0", "cash=0: amount must be positive"),
        ("cash=-1", "cash=-1: amount must be positive"),
        ("cash=1e3", "cash=1e3: expected a number as a decimal string"),
        ("cash=0.0000001", "cash: expected at most 6 decimals"),
        ("cash=18446744073710", "less than 2\\^64 micro"),
    ],
)
def test_malformed_amounts_are_refused(text, reason):
    with pytest.raises(InputError, match=reason):
        parse_funds(text)


def test_amounts_are_read_to_the_micro():
    assert parse_funds("CASH=0.000001").micro == 1
    assert parse_funds("ETH=0", zero=True).micro == 0
    assert (parse_funds("ETH=2.50").asset, parse_funds("ETH=2.50").text) == ("ETH", "2.5")
