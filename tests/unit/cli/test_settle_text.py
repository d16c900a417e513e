"""What ``zkmargin settle``, ``deploy --check`` and ``keeper`` tell whoever cannot go on."""

from __future__ import annotations

import io
import sys

import pytest

from zkmargin.cli.deploy import _show_findings
from zkmargin.cli.settle_text import show_status
from zkmargin.settlement.deploy.check import Finding

STATUS = {
    "account": 3,
    "nonce": 5,
    "file": "mine/state.json",
    "owner": "0x" + "11" * 20,
    "state": "open",
    "healthyAt": 1_772_442_000,
    "owesProof": True,
    "calledUntil": None,
    "cashFactor": str(10**18),
}


@pytest.mark.parametrize(
    ("changed", "shown", "hidden"),
    [
        ({"owesProof": False}, "healthy at", "zkmargin settle attest"),
        ({}, "a proof of health is due, a margin call can follow: zkmargin settle attest", "CALLED"),
        ({"calledUntil": 1_772_445_600}, "CALLED: prove health by 2026-03-02 10:00:00 UTC", "is due"),
        # Nothing answers a call any more.
        ({"state": "seized", "calledUntil": 1_772_445_600}, "SEIZED", "zkmargin settle attest"),
        ({"cashFactor": str(9 * 10**17)}, "1 of credited cash is worth 0.900000000", "SEIZED"),
    ],
)
def test_a_status_says_what_is_to_be_done(changed, shown, hidden, capsys):
    show_status({**STATUS, **changed})
    told = capsys.readouterr().out
    assert shown in told
    assert hidden not in told


def test_what_fails_stands_last(capsys):
    _show_findings(
        [Finding("a", False, "x"), Finding("b", True), Finding("c", False, "x"), Finding("d", True)]
    )
    told = capsys.readouterr().out.splitlines()
    assert told == ["ok    b", "ok    d", "FAIL  a; found x", "FAIL  c; found x", "2 of 4 hold"]


def test_a_keeper_without_terminal_names_its_own_setting(cli, monkeypatch, tmp_path):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    monkeypatch.delenv("ZKMARGIN_KEYSTORE_PASSWORD", raising=False)
    (tmp_path / "keeper.toml").write_text(
        "\n".join(
            (
                '[chain]\nrpc = "http://127.0.0.1:1"\ndeployment = "d.json"\nmax_fee_gwei = "1"',
                '[key]\nkeystore = "key.json"',
                '[files]\nstate = "keeper.db"\nsnapshots = "."\naccounts = "."',
                "[caller]\n",
            )
        )
    )
    code, _, error = cli("keeper", tmp_path / "keeper.toml", "--once")
    assert code == 2
    assert "give key.password_file, or the variable ZKMARGIN_KEYSTORE_PASSWORD" in error
