"""``zkmargin prove-batch``: what goes together, and progress."""

from __future__ import annotations

import pytest

from support.margin_values import account, snapshot
from zkmargin.cli import prove_batch as command

TLS = ("--tls-ca", "ca.pem", "--tls-cert", "node.pem", "--tls-key", "node.key")


@pytest.fixture
def words(tmp_path):
    """Return the words of a command for one account."""
    (tmp_path / "accounts").mkdir()
    account().save(tmp_path / "accounts" / "a.json")
    snapshot().save(tmp_path / "snapshot.json")
    return (
        "prove-batch",
        tmp_path / "accounts",
        "--snapshot",
        tmp_path / "snapshot.json",
        "-o",
        tmp_path / "out",
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (
            ("--scheduler", "tcp://10.0.0.1:8786"),
            "tcp://10.0.0.1:8786 is not encrypted, and accounts would be sent",
        ),
        (("--scheduler", "tls://10.0.0.1:8786", "--processes", "2"), "cannot be combined with --processes"),
        (TLS, "--scheduler: missing, and needed by certificates"),
        (("--scheduler", "tls://10.0.0.1:8786", *TLS), "ca.pem: no such file"),
    ],
)
def test_clusters_that_are_refused_before_anything_is_written(cli, words, tmp_path, options, reason):
    code, _, told = cli(*words, *options)
    assert code == 2
    assert reason in told
    assert not (tmp_path / "out").exists()


def test_lines_of_progress_have_rate_and_time_left(capsys, monkeypatch):
    now, stages = [100.0], []
    monkeypatch.setattr(command.time, "monotonic", lambda: now[0])
    with command._rate(lambda stage, *_: stages.append(stage)) as report:
        report("reading accounts", 0, 20)
        for done in range(5, 21):
            report("proving", done, 20)
            now[0] += 2
    lines = capsys.readouterr().err.splitlines()
    assert lines[:3] == [
        "proving: 5 of 20",
        "proving: 6 of 20, 0.5 accounts a second, 28 s left",
        "proving: 8 of 20, 0.5 accounts a second, 24 s left",
    ]
    assert lines[-1] == "proving: 20 of 20, 0.5 accounts a second, 0 s left"
    assert stages == ["reading accounts"]
