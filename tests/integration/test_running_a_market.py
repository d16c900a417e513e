"""The page "Running a market" works as written: its blocks of shell run on a local chain, with real proofs."""

from __future__ import annotations

import os
import re
import socket
import subprocess

import pytest

from support.circuits import ROOT
from support.command_server import command_server
from support.local_market import require_keys
from support.margin_values import KEYS

PAGE = (ROOT / "docs" / "running-a-market.md").read_text(encoding="utf-8")
PORT = "8545"
# Stops the chain, also if a line of the page fails.
CHAIN = re.compile(r"--silent &$", re.MULTILINE)


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """Return what the page's commands have written, in order."""
    require_keys()
    folder = tmp_path_factory.mktemp("page")
    script = "\n".join(re.findall(r"^```sh\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE))
    port = str(free_port())
    script, chains = CHAIN.subn(f"--silent --port {port} & trap 'kill $!' EXIT", script)
    assert (chains, script.count(PORT)) == (1, 1)
    (folder / "market").mkdir()
    with command_server(folder) as programs:
        environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "CHECKOUT": str(ROOT),
            "ZKMARGIN_KEYS": str(KEYS),
        }
        finished = subprocess.run(  # noqa: S603  # the page's own lines
            ["/bin/bash", "-euo", "pipefail", "-c", script.replace(PORT, port)],
            cwd=folder / "market",
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=1800,
            check=False,
        )
    assert finished.returncode == 0, finished.stdout
    return finished.stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def test_the_market_is_deployed_and_its_losses_are_covered(told):
    held = re.search(r"^(\d+) of (\d+) hold$", told, re.MULTILINE)
    assert held is not None
    assert held[1] == held[2]
    assert "insurance fund      50000 USD" in told
    assert "first-loss tranche  20000 USD" in told


def test_a_batch_settles_both_orders(told):
    assert "1 operation on 2 accounts; match_1, 2 health_1x12; " in told
    assert "left out" not in told
    # 1.2 ETH of 0.5 and 0.2 each.
    assert "unpaid fees: 0.84" in told or "unpaid fees: 840000 micro-credits" in told


def test_called_accounts_answer(told):
    _, credited, called, answered = told.split("account 1: open\n")
    assert "last proof of health       none" in credited
    assert "CALLED: prove health within " in called
    assert "accounts 2: healthy by the snapshot of 2026-03-02 11:00:00 UTC" in called
    assert "last proof of health       2026-03-02 11:00:00 UTC" in answered
    assert "CALLED" not in answered


def test_money_leaves_with_and_without_a_proof(told):
    assert "account 2: 50 cash refunded; " in told
    assert told.rstrip().endswith("account 1: 100 cash withdrawn")
