"""``zkmargin settle`` against a market on a local chain, with real proofs."""

from __future__ import annotations

import json
import stat
from decimal import Decimal

import pytest
from eth_account import Account as EthAccount

from support.local_market import SEALING, provers, published, wait
from support.margin_values import KEYS
from zkmargin import Account
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.token import DemoToken
from zkmargin.settlement.escrow import SEALED_BYTES, unseal
from zkmargin.settlement.market import connect_market


@pytest.fixture(scope="module")
def chain(market_of):
    with run_anvil() as url:
        provers()
        yield url, market_of(url)


@pytest.fixture
def settle(chain, cli, tmp_path, monkeypatch):
    """Return a function that runs ``zkmargin settle`` for a new key with funds, and the market."""
    url, deployment = chain
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    deployment.save(tmp_path / "deployment.json")
    (tmp_path / "password").write_text("secret")
    (tmp_path / "password").chmod(0o600)
    # Weak, so that it is quick.
    key = EthAccount.create()
    (tmp_path / "key.json").write_text(json.dumps(key.encrypt("secret", kdf="pbkdf2", iterations=1)))
    (tmp_path / "key.json").chmod(0o600)
    owner = key.address
    web3 = connect(url)
    web3.provider.make_request("anvil_setBalance", [owner, hex(10**20)])
    for token in deployment.tokens.values():
        DemoToken(web3, token).mint(10**24, owner)
    (tmp_path / "snapshots").mkdir()

    def run(command, *arguments, **changed):
        options = {
            "account": tmp_path / "account",
            "deployment": tmp_path / "deployment.json",
            "rpc": url,
            "keystore": tmp_path / "key.json",
            "password-file": tmp_path / "password",
            "snapshot": tmp_path / "snapshots",
            **changed,
        }
        if command == "status":
            options = {name: options[name] for name in ("account", "deployment", "rpc")}
        named = [part for name, value in options.items() for part in (f"--{name}", value)]
        code, out, err = cli("settle", command, *arguments, *named, "--json")
        return code, json.loads(out), err

    return run, connect_market(url, deployment)


def test_an_account_from_opening_to_leaving(settle, tmp_path, cli):
    run, market = settle
    web3 = market.web3
    snapshot = published(market)
    code, told, _ = run("open", "cash=100")
    assert (code, told["error"]["kind"]) == (2, "InputError")
    assert "does not contain the feed's latest snapshot" in told["error"]["message"]
    snapshot.save(tmp_path / "snapshots" / "1.json")

    code, told, err = run("open", "cash=1000")
    assert (code, told["nonce"]) == (0, 1)
    assert "development keys" in err
    number = told["account"]
    with open(told["sealed"], "rb") as file:  # noqa: PTH123
        assert unseal(file.read(), SEALING).cash == 10**9
    code, told, _ = run("open", "cash=1000")
    assert (code, "not empty" in told["error"]["message"]) == (2, True)

    code, told, _ = run("deposit", "ETH=0.5", "cash=1.5")
    assert (code, told["account"], told["nonce"]) == (0, number, 3)
    assert Account.load(told["file"]).cash == Decimal("1001.5")
    code, told, _ = run("withdraw", "cash=2000", "--to", market.sender)
    # Less than nothing in cash is a debt, which half an ETH carries up to 900.
    assert (code, told["error"]["kind"]) == (1, "StatementError")
    code, told, _ = run("withdraw", "cash=1.5")
    assert (code, told["nonce"]) == (0, 4)
    present = told

    wait(web3, 90_000)
    published(market).save(tmp_path / "snapshots" / "2.json")
    code, told, _ = run("status")
    assert (code, told["state"], told["owesProof"], told["calledUntil"]) == (0, "open", True, None)
    assert {**told, **present} == told
    market.house.margin_call(number)
    assert run("status")[1]["calledUntil"] > market.time()
    named = ["--deployment", tmp_path / "deployment.json", "--rpc", market.web3.provider.endpoint_uri]
    code, out, _ = cli("settle", "status", "--account", tmp_path / "account", *named)
    assert (code, "CALLED: prove health by" in out) == (0, True)
    code, told, _ = run("attest")
    assert (code, told["account"], told["gas"] < 290_000) == (0, number, True)
    assert run("status")[1]["owesProof"] is False
    code, told, _ = run("attest")
    assert (code, told["error"]["kind"]) == (4, "ChainError")
    assert "NothingNewer" in told["error"]["message"]
    code, told, _ = run("attest", snapshot=tmp_path / "snapshots" / "1.json")
    assert "NothingNewer" in told["error"]["message"]
    assert all(len(one.read_bytes()) == SEALED_BYTES for one in (tmp_path / "account").glob("*.sealed"))
    # Refused withdrawals leave no state behind; what was made on the way stays.
    assert len(list((tmp_path / "account").glob("*.json"))) == 3


@pytest.mark.parametrize(
    ("command", "arguments", "reason"),
    [
        ("open", ["cash"], "cash: expected ASSET=AMOUNT"),
        ("open", ["=1"], "=1: expected ASSET=AMOUNT"),
        ("open", ["cash=0"], "cash=0: amount must be positive"),
        ("open", ["cash=1e3"], "cash=1e3: expected a number as a decimal string"),
        ("deposit", ["cash=-1"], "cash=-1: amount must be positive"),
        ("deposit", ["cash=1"], "account: no such folder"),
        ("withdraw", ["cash=1"], "account: no such folder"),
        ("attest", [], "account: no such folder"),
        ("status", [], "account: no such folder"),
    ],
)
def test_malformed_arguments_are_input_errors(cli, command, arguments, reason, tmp_path):
    names = ("account", "deployment", "rpc", *([] if command == "status" else ["keystore", "snapshot"]))
    named = [part for name in names for part in (f"--{name}", tmp_path / name)]
    code, out, _ = cli("settle", command, *arguments, *named, "--json")
    told = json.loads(out)
    assert (code, told["error"]["kind"]) == (2, "InputError")
    assert reason in told["error"]["message"]
    assert not (tmp_path / "account").exists()


def test_a_sealing_key_is_made(cli, tmp_path):
    code, out, _ = cli("settle", "sealing-key", "-o", tmp_path / "key.json", "--json")
    assert (code, len(json.loads(out)["public"])) == (0, 66)
    assert stat.S_IMODE((tmp_path / "key.json").stat().st_mode) == 0o600
    secret = json.loads((tmp_path / "key.json").read_text())["secret"]
    assert secret not in out
    code, _, err = cli("settle", "sealing-key", "-o", tmp_path / "key.json")
    assert (code, "exists already" in err) == (2, True)
