"""The metrics and the health endpoint of a keeper, over HTTP."""

from __future__ import annotations

import socket
from dataclasses import replace
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from prometheus_client.parser import text_string_to_metric_families

from zkmargin import InputError
from zkmargin.keeper import metrics as module
from zkmargin.keeper.alarms import Alarm, AlarmKind
from zkmargin.keeper.endpoint import serving
from zkmargin.keeper.metrics import Metrics
from zkmargin.keeper.risk import Risk
from zkmargin.keeper.sent import Outcome, Sent
from zkmargin.keeper.world import Conditions, Purpose, Watched, World

RISK = Risk(1234567 * 10**12, 7654321 * 10**6, 0, ("ETH-PERPETUAL",))
ACCOUNT = Watched(1, mine=True, known=True, traded=True, risk=RISK)
CONDITIONS = Conditions(2000, 1990, True, 3600, 86_400, 12_500, spendable=2_500_000)
WORLD = World(CONDITIONS, (ACCOUNT, replace(ACCOUNT, number=2, mine=False, called=True, late=4)))


@pytest.fixture
def metrics():
    return Metrics(12)


def get(port, path):
    with urlopen(f"http://127.0.0.1:{port}{path}", timeout=5) as answer:
        return answer.status, answer.read().decode()


def values_of(text):
    return {
        (sample.name.removeprefix("zkmargin_keeper_"), *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_prometheus_reads_what_a_keeper_does(metrics):
    metrics.world(WORLD, 77, [Alarm(AlarmKind.CALLED, 2), Alarm(AlarmKind.CALLED, 3)], pending=2)
    metrics.round(0.3, looked=True)
    metrics.round(0.1, looked=False)
    metrics.acted(Purpose.CALL, failed=False)
    metrics.acted(Purpose.CALL, failed=True)
    metrics.sent(Sent(b"\1" * 32, Purpose.BID, (4,), 9, 1, 1, 5, outcome=Outcome.DONE))
    with serving(("127.0.0.1", 0), metrics) as port:
        status, text = get(port, "/metrics")
    assert status == 200
    found = values_of(text)
    wanted = {
        ("block",): 77,
        ("block_time_seconds",): 2000,
        ("snapshot_time_seconds",): 1990,
        ("spendable",): 2.5,
        ("pending_transactions",): 2,
        ("accounts", "watched"): 2,
        ("accounts", "mine"): 1,
        ("accounts", "called"): 1,
        ("accounts", "late"): 1,
        ("accounts", "seized"): 0,
        ("alarms", "called"): 2,
        ("rounds_total", "looked"): 1,
        ("rounds_total", "failed"): 1,
        ("round_seconds_count",): 2,
        ("actions_total", "call", "sent"): 1,
        ("actions_total", "call", "failed"): 1,
        ("transactions_total", "done", "bid"): 1,
    }
    assert {key: found[key] for key in wanted} == wanted
    assert not any(number in text for number in ("1234567", "7654321", "PERPETUAL"))


def test_an_alarm_that_has_ended_is_not_shown(metrics):
    metrics.world(WORLD, 77, [Alarm(AlarmKind.CALLED, 2)], pending=0)
    metrics.world(WORLD, 78, [], pending=0)
    with serving(("127.0.0.1", 0), metrics) as port:
        assert ("alarms", "called") not in values_of(get(port, "/metrics")[1])


def test_health_is_a_recent_look_at_the_chain(metrics, monkeypatch):
    clock = [metrics._looked_at]
    monkeypatch.setattr(module.time, "monotonic", lambda: clock[0])
    with serving(("127.0.0.1", 0), metrics) as port:
        clock[0] += 120
        assert get(port, "/health") == (200, "ok\n")
        clock[0] += 1
        with pytest.raises(HTTPError, match="503"):
            get(port, "/health")
        metrics.world(WORLD, 77, [], pending=0)
        assert get(port, "/health")[0] == 200
        with pytest.raises(HTTPError, match="404"):
            get(port, "/")


def test_an_address_that_is_taken_is_named(metrics):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with (
            pytest.raises(InputError, match=f"metrics.listen: cannot listen at 127.0.0.1:{port}"),
            serving(("127.0.0.1", port), metrics),
        ):
            pass


def test_an_address_of_the_sixth_version_is_served(metrics):
    try:
        with serving(("::1", 0), metrics) as port, socket.create_connection(("::1", port), timeout=5):
            pass
    except InputError as error:
        pytest.skip(str(error))
