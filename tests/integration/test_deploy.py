"""``zkmargin deploy`` on a local chain, with a keystore's key."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from support.deploy_values import DEPLOYER, creations, failures, fund, write_market
from support.local_market import put_back, require_keys
from support.margin_values import KEYS, snapshot
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.collateral_vault import CASH, CollateralVault
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.house import House
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import DemoToken
from zkmargin.errors import ChainError, InputError
from zkmargin.settlement.deploy import Deployment, MarketSettings, check_deployment, deploy_market
from zkmargin.settlement.deploy.creation import CLIENTS
from zkmargin.settlement.deploy.journal import Begun


@pytest.fixture(scope="module", autouse=True)
def keys():
    require_keys()


@pytest.fixture(autouse=True)
def keys_folder(monkeypatch):
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def market(node, tmp_path_factory):
    """Return the folder with settings, keystore and password of a market that is to be deployed."""
    return write_market(tmp_path_factory.mktemp("market"), connect(node))


@pytest.fixture(scope="module")
def settings(market):
    return MarketSettings.load(market / "market.toml")


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


def arguments(market, node, out):
    key = ("--keystore", market / "key.json", "--password-file", market / "password")
    return ("deploy", market / "market.toml", "--rpc", node, *key, "-o", out)


# deployed


def test_a_market_is_deployed_with_a_key_and_compared(node, web3, market, cli, tmp_path):
    out, unfinished = tmp_path / "deployment.json", tmp_path / "deployment.json.partial"
    snapshot().save(tmp_path / "snapshot.json")
    fund(web3, DEPLOYER.address, 10**18)
    with_snapshot = ("--snapshot", tmp_path / "snapshot.json")
    code, shown, error = cli(*arguments(market, node, out), *with_snapshot)
    assert code == 0, error
    assert not unfinished.exists()
    found = Deployment.load(out)
    assert found.addresses.house in shown
    fingerprints = {name: one.fingerprint for name, one in found.circuits.items()}
    assert re.search(rf"match_1 +key {fingerprints['match_1']}\n", shown)
    sender = web3.eth.get_transaction(found.transactions["house"])["from"]
    assert sender == DEPLOYER.address

    code, shown, _ = cli("deploy", market / "market.toml", "--check", out, "--rpc", node)
    assert code == 0, shown
    assert "FAIL" not in shown
    assert "feed: threshold: 2" in shown
    assert f"match_1: {fingerprints['match_1']} on the chain; development key\n" in shown
    assert "Development key: it was not verified here that several parties made it" in shown
    code, shown, _ = cli("deploy", "--check", out, "--rpc", node, "--json")
    answer = json.loads(shown)
    assert (code, answer["valid"]) == (0, True)
    assert {name: one["fingerprint"] for name, one in answer["keys"].items()} == fingerprints
    assert {one["here"]["kind"] for one in answer["keys"].values()} == {"development"}
    assert {one["here"]["phase1"] for one in answer["keys"].values()} == {None}

    code, _, error = cli(*arguments(market, node, out))
    assert (code, "exists already" in error) == (2, True)
    assert Deployment.load(out) == found


def test_the_deployer_has_no_power_afterwards(web3, settings):
    deployment = deploy_market(web3, settings)
    at, deployer = deployment.addresses, web3.eth.accounts[0]
    house, vault = House(web3, at.house), CollateralVault(web3, at.vault)
    for act, error in (
        (lambda: vault.set_cap(CASH, 1), "OwnableUnauthorizedAccount"),
        (lambda: vault.set_operator(at.house), "OperatorAlreadySet"),
        (lambda: FirstLoss(web3, at.first_loss).set_house(at.house), "AlreadySet"),
        (lambda: house.set_engine(at.auctions), "AlreadySet"),
        (lambda: house.set_wind_down(at.wind_down), "AlreadySet"),
        (lambda: Guardian(web3, at.guardian).lift(1, "no"), "NotGuardian"),
        (lambda: house._send("setVenue", deployer), "NotTimelock"),
        (
            lambda: Auctions(web3, at.auctions)._send("setParameters", settings.auctions.arguments()),
            "NotTimelock",
        ),
        (lambda: OracleFeed(web3, at.feed)._send("cancelLimits"), "NotAdmin"),
    ):
        with pytest.raises(ChainError, match=error):
            act()
    roles = Timelock(web3, at.timelock).roles(deployment.block)
    assert deployer not in roles.admins | roles.proposers | roles.executors | roles.cancellers


def test_nothing_is_deployed_for_wrong_settings(node, web3, settings, cli, tmp_path):
    before, out = web3.eth.block_number, tmp_path / "deployment.json"
    text = Path(settings.source).read_text()
    path, token = tmp_path / "market.toml", settings.assets[0].token
    nobody, odd = "0x" + "12" * 20, DemoToken.deploy(web3, "ODD", 5).address
    for changed, reason in (
        (nobody, "the address is not a token with decimals"),
        (odd, "expected a token with 6 to 18 decimals, got 5"),
    ):
        path.write_text(text.replace(token, changed))
        code, _, error = cli("deploy", path, "--rpc", node, "-o", out)
        assert code == 2
        assert f"{path}: collateral, slot 2: token: {reason}" in error
    snapshot().save(tmp_path / "snapshot.json")
    with_snapshot = ("--snapshot", tmp_path / "snapshot.json")
    path.write_text(text.replace('slot = "2"', 'slot = "0"'))
    code, _, error = cli("deploy", path, "--rpc", node, "-o", out, *with_snapshot)
    assert (code, "slot 0: oracle.collateral has USDC in this place, not ETH" in error) == (2, True)
    path.write_text(text.replace('["USDC", "DOGE", "ETH"]', '["DOGE", "USDC", "ETH"]'))
    code, _, error = cli("deploy", path, "--rpc", node, "-o", out, *with_snapshot)
    assert (code, "oracle.collateral: the snapshot has USDC, DOGE, ETH" in error) == (2, True)
    assert web3.eth.block_number == before + 1


def test_missing_keys_are_named(web3, settings, tmp_path):
    with pytest.raises(InputError, match=r"keys of open: .*run `zkmargin keys build open`"):
        deploy_market(web3, settings, keys=tmp_path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "expected settings and --out, or --check"),
        (("--check", "x.json", "-o", "y.json"), "--check: cannot be combined"),
        (("--snapshot", "x.json"), "--snapshot: needs the market's settings"),
    ],
)
def test_options_that_do_not_belong_together(cli, options, message):
    code, _, error = cli("deploy", *options)
    assert (code, message in error) == (2, True)


# after a failure: see test_deploy_resume too


def test_the_same_command_goes_on_once_the_deployer_has_ether(node, web3, market, cli, tmp_path):
    out, unfinished = tmp_path / "deployment.json", tmp_path / "deployment.json.partial"
    fund(web3, DEPLOYER.address, 2 * 10**16)
    code, _, error = cli(*arguments(market, node, out))
    assert code == 4
    assert not out.exists()
    assert f"what stands is in {unfinished}: run the same command again to go on" in error
    begun = Begun.load(unfinished)
    assert 1 <= len(begun.contracts) < len(CLIENTS)
    assert all(len(web3.eth.get_code(one.address)) > 100 for one in begun.contracts.values())
    fund(web3, DEPLOYER.address, 10**18)
    code, _, error = cli(*arguments(market, node, out))
    assert code == 0, error
    assert not unfinished.exists()
    found = Deployment.load(out)
    assert found.block == begun.block
    assert sorted(creations(web3, DEPLOYER.address)) == sorted(found.addresses.to_json().values())
    assert failures(check_deployment(web3, found)) == []
