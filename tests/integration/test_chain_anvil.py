"""The local chain: it answers, it is gone after its block, and its failures are errors of ours."""

from __future__ import annotations

import os
import socket
import stat
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from zkmargin.chain import connect, run_anvil
from zkmargin.chain.anvil import native_binary
from zkmargin.errors import ChainError, ToolchainError


def answers(url: str) -> bool:
    parts = urlsplit(url)
    with suppress(OSError), socket.create_connection((parts.hostname, parts.port), timeout=5):
        return True
    return False


@pytest.fixture
def fake_anvil(tmp_path, monkeypatch):
    """Put a script in the place of anvil's binary."""
    real = native_binary("anvil")
    package = tmp_path / "node_modules" / "@foundry-rs" / real.parent.parent.name
    (package / "bin").mkdir(parents=True)
    (package / "package.json").write_text("{}")
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path / "node_modules"))

    def install(script: str, mode: int = stat.S_IRWXU) -> None:
        binary = package / "bin" / "anvil"
        binary.write_text(f"#!{sys.executable}\n{script}")
        binary.chmod(mode)

    return install


def test_it_runs_on_this_machine_only_and_ends_with_its_block():
    with run_anvil(chain_id=4242) as url:
        assert urlsplit(url).hostname == "127.0.0.1"
        assert connect(url).eth.chain_id == 4242
        assert connect(url).eth.accounts
    assert not answers(url)


def test_its_clock_starts_where_it_is_told_to():
    with run_anvil(timestamp=1_772_442_000) as url:
        web3 = connect(url)
        web3.provider.make_request("evm_mine", [])
        assert 0 <= web3.eth.get_block("latest")["timestamp"] - 1_772_442_000 < 60


def test_it_ends_when_the_block_raises():
    with pytest.raises(KeyError), run_anvil() as url:
        raise KeyError
    assert not answers(url)


def test_two_chains_live_side_by_side():
    with run_anvil(chain_id=1001) as first, run_anvil(chain_id=1002) as second:
        assert first != second
        assert (connect(first).eth.chain_id, connect(second).eth.chain_id) == (1001, 1002)


def test_a_missing_package_is_a_toolchain_error(tmp_path, monkeypatch):
    monkeypatch.setenv("ZKMARGIN_NODE_MODULES", str(tmp_path))
    with pytest.raises(ToolchainError, match="anvil is missing"), run_anvil():
        pass


def test_a_binary_that_cannot_be_executed_is_a_toolchain_error(fake_anvil):
    fake_anvil("", mode=stat.S_IRUSR)
    with pytest.raises(ToolchainError, match="cannot be run"), run_anvil():
        pass


def test_an_end_at_once_is_a_chain_error_with_its_last_words(fake_anvil):
    fake_anvil("raise SystemExit('no such hardfork')")
    with pytest.raises(ChainError, match="exit code 1: no such hardfork"), run_anvil():
        pass


def test_one_that_never_listens_is_killed_with_its_children(fake_anvil, tmp_path):
    pid_file = tmp_path / "child"
    fake_anvil(f"""
import signal, subprocess, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
child = subprocess.Popen(["sleep", "60"])
open({str(pid_file)!r}, "w").write(str(child.pid))
time.sleep(60)
""")
    started = time.monotonic()
    with pytest.raises(ChainError, match="did not listen within 1 s"), run_anvil(timeout=1):
        pass
    assert time.monotonic() - started < 20
    assert ends(int(pid_file.read_text()))


def ends(pid: int) -> bool:
    """Say whether a process that has been killed ends: the system may take a moment for it."""
    deadline = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not is_running(pid)


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    # A killed child whose parent is gone may wait for init as a zombie.
    status = Path(f"/proc/{pid}/stat")
    return not status.exists() or status.read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_proxy_from_the_environment_is_not_asked_for_a_local_node(monkeypatch):
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with run_anvil(chain_id=77) as url:
        assert connect(url).eth.chain_id == 77
