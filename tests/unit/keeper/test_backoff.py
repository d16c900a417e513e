"""How a keeper waits after failures, and what it tells of conditions that last."""

from __future__ import annotations

import pytest

from zkmargin.errors import ChainError, InputError
from zkmargin.keeper import backoff
from zkmargin.keeper.announcer import Announcer
from zkmargin.keeper.backoff import Backoff, delay
from zkmargin.keeper.policy import HolderPolicy, Roles
from zkmargin.keeper.reports import Level
from zkmargin.keeper.risk import Risk
from zkmargin.keeper.sent import Outcome, Sent
from zkmargin.keeper.world import Conditions, Purpose, Watched, World

ATTEMPT = (Purpose.ATTEST, (1,), 77)
CONDITIONS = Conditions(1000, 990, True, 3600, 86_400, 12_500)


@pytest.fixture
def clock(monkeypatch):
    """Return a list whose last number is the time."""
    times = [100.0]
    monkeypatch.setattr(backoff.time, "monotonic", lambda: times[-1])
    return times


@pytest.fixture
def told():
    return []


def test_the_wait_doubles_up_to_a_minute_and_is_never_below_the_interval():
    assert [delay(failures, 12) for failures in range(5)] == [12, 24, 48, 60, 60]
    assert delay(10_000, 1) == 60
    assert delay(3, 300) == 300


def test_a_failed_attempt_waits_and_an_attempt_with_a_new_snapshot_does_not(clock):
    attempts = Backoff(12)
    attempts.record_failure(ATTEMPT)
    assert not attempts.is_due(ATTEMPT)
    assert attempts.is_due((Purpose.ATTEST, (2,), 77))
    assert attempts.is_due((Purpose.ATTEST, (1,), 78))
    clock.append(clock[-1] + 24)
    assert attempts.is_due(ATTEMPT)
    attempts.record_failure(ATTEMPT)
    clock.append(clock[-1] + 47)
    assert not attempts.is_due(ATTEMPT)
    attempts.reset(ATTEMPT)
    assert attempts.is_due(ATTEMPT)


def world(equity):
    risk = Risk(equity * 10**12, 100 * 10**6, 0, ())
    return World(CONDITIONS, (Watched(1, mine=True, known=True, risk=risk, called=True, time_left=200),))


@pytest.mark.parametrize(("shows", "values"), [(False, {}), (True, {"missing": 10_000_000})])
def test_a_condition_is_told_of_when_it_begins_and_when_it_ends(told, shows, values):
    announcer = Announcer(Roles(HolderPolicy(show_shortage=shows)), told.append)
    for equity in (90, 80, 200):
        announcer.world(world(equity))
        assert announcer.grave is (equity < 100)
    assert [(one.level, one.event, one.values) for one in told] == [
        (Level.WARNING, "called", {"account": 1, "timeLeft": 200}),
        (Level.ERROR, "not-healthy", {"account": 1, **values}),
        (Level.INFO, "no-longer-not-healthy", {"account": 1}),
    ]


def test_the_text_of_an_unexpected_error_is_not_reported(told):
    announcer = Announcer(Roles(), told.append)
    for error in (ChainError("refused"), InputError("wrong"), ValueError("salt 5")):
        try:
            raise error
        except (ChainError, ValueError, InputError) as caught:
            announcer.failure("failed", caught, {"account": 1})
    assert [(one.level, one.values["reason"].split(":")[0]) for one in told] == [
        (Level.WARNING, "refused"),
        (Level.ERROR, "wrong"),
        (Level.ERROR, "ValueError at test_backoff.py"),
    ]


@pytest.mark.parametrize(
    ("outcome", "level"),
    [
        (Outcome.DONE, Level.INFO),
        (Outcome.FAILED, Level.WARNING),
        (Outcome.DROPPED, Level.WARNING),
        (None, Level.INFO),
    ],
)
def test_the_outcome_of_a_transaction_is_reported(told, outcome, level):
    Announcer(Roles(), told.append).sent(
        Sent(b"\1" * 32, Purpose.BID, (4,), 9, 1, 1, 5, cost=7, block=3, outcome=outcome)
    )
    values = {"purpose": "bid", "account": 4, "transaction": "0x" + "01" * 32, "block": 3}
    assert (told[0].level, told[0].event, told[0].values) == (level, outcome or "under-way", values)


def test_a_transaction_of_several_accounts_names_them_all(told):
    Announcer(Roles(), told.append).sent(Sent(b"\1" * 32, Purpose.CALL, (4, 7), 9, 1, 1, 5))
    assert told[0].values == {"purpose": "call", "accounts": "4,7", "transaction": "0x" + "01" * 32}
