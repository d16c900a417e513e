"""``zkmargin statement sign`` and ``verify``."""

from __future__ import annotations

import json
import time

import pytest
from eth_account import Account as EthAccount
from eth_hash.auto import keccak

from support.margin_values import account, snapshot

VENUE = EthAccount.from_key(keccak(b"venue"))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch, quick_keystores):
    monkeypatch.chdir(tmp_path)
    snapshot().save(tmp_path / "s.json")
    account().save(tmp_path / "a.json")
    (tmp_path / "password").write_text("sesame\n")
    (tmp_path / "password").chmod(0o600)
    keystore = EthAccount.encrypt(VENUE.key, "sesame")
    (tmp_path / "venue.json").write_text(json.dumps(keystore))
    (tmp_path / "venue.json").chmod(0o600)
    return tmp_path


def sign(cli, *arguments):
    venue = ("--keystore", "venue.json", "--password-file", "password", "--source", "https://venue.example")
    return cli(
        *("statement", "sign", "a.json", "--snapshot", "s.json", "--account-id", "desk 7"),
        *venue,
        *("-o", "word.json", *arguments),
    )


def commitment():
    return account().commitment(snapshot())


def test_a_venue_signs_and_anybody_verifies(cli):
    code, out, err = sign(cli)
    assert (code, err) == (0, "")
    assert f"commitment     {commitment()}" in out
    code, out, _ = cli("statement", "verify", "word.json")
    assert code == 0
    assert out.endswith("valid now, by signature and period\nnot compared: --venue, --account, --registry\n")
    code, out, _ = cli(
        *("statement", "verify", "word.json", "--json"),
        *("--venue", VENUE.address, "--account", str(commitment())),
    )
    shown = json.loads(out)
    assert (code, shown["valid"], shown["not_compared"]) == (0, True, ["--registry"])
    assert (shown["venue"], shown["commitment"]) == (VENUE.address, str(commitment()))
    assert shown["holder"] == f"0x{7:040x}"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--venue", "0x" + "11" * 20), "is signed by"),
        (("--account", "5"), "is about another commitment"),
    ],
)
def test_another_venue_or_account_is_no(cli, arguments, reason):
    sign(cli)
    code, _, err = cli("statement", "verify", "word.json", *arguments)
    assert code == 1
    assert reason in err


def test_an_expired_statement_is_no(cli, monkeypatch):
    sign(cli, "--valid-for", "10m")
    now = time.time()
    monkeypatch.setattr("zkmargin.cli.statements.clock.time", lambda: now + 700)
    code, _, err = cli("statement", "verify", "word.json")
    assert code == 1
    assert "expired at" in err


def test_a_changed_file_is_no(cli, folder):
    sign(cli)
    document = json.loads((folder / "word.json").read_text())
    document["message"]["source"] = "https://thief.example"
    (folder / "word.json").write_text(json.dumps(document))
    code, _, err = cli("statement", "verify", "word.json")
    assert (code, "not a signature of this statement" in err) == (1, True)


def test_nothing_is_overwritten_and_nothing_is_left_half(cli, folder):
    sign(cli)
    kept = (folder / "word.json").read_bytes()
    assert sign(cli)[0::2] == (2, "error: word.json: exists already; give a new file\n")
    assert (folder / "word.json").read_bytes() == kept
    (folder / "word.json").unlink()
    for arguments in (("--valid-for", "long"), ("--source", ""), ("--holder", "0x1"), ("--chain-id", "1")):
        assert sign(cli, *arguments)[0] == 2
    assert not (folder / "word.json").exists()


def test_prove_refuses_a_statement_of_another_commitment_before_it_builds_anything(cli, folder):
    sign(cli)
    account(cash="7").save(folder / "b.json")
    code, _, err = cli(
        *("prove", "b.json", "--snapshot", "s.json", "--context", "1"),
        *("--statement", "word.json", "-o", "proof"),
    )
    assert (code, "is about another commitment" in err) == (1, True)
    assert not (folder / "proof").exists()


def test_a_key_is_retired_only_with_a_confirmation(cli):
    code, _, err = cli("statement", "retire", "--registry", "0x" + "11" * 20)
    assert (code, "--yes: needed" in err) == (2, True)
