"""``zkmargin deploy`` on a local chain: with a keystore's key, and compared with what is there."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace

import pytest
from eth_account import Account as EthAccount

from support.local_market import put_back, require_keys, settings_text
from support.margin_values import KEYS, snapshot
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.clearing_house import ClearingHouse
from zkmargin.contracts.collateral_vault import CASH, CollateralVault, Listing
from zkmargin.contracts.guardian import Guardian
from zkmargin.contracts.margin_verifier import MarginVerifier
from zkmargin.contracts.oracle_feed import OracleFeed
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import DemoToken
from zkmargin.errors import ChainError, InputError
from zkmargin.proofs.circuit_keys import circuit_folder
from zkmargin.proofs.instances import find_circuit
from zkmargin.settlement.deploy.check import check_deployment
from zkmargin.settlement.deploy.deploy import deploy_market
from zkmargin.settlement.deploy.deployment import Deployment
from zkmargin.settlement.deploy.settings import MarketSettings

PASSWORD = "correct horse"  # noqa: S105  # of a key that is made here
DEPLOYER = EthAccount.create()


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
    folder, web3 = tmp_path_factory.mktemp("market"), connect(node)
    usd, eth = DemoToken.deploy(web3, "USD", 6), DemoToken.deploy(web3, "ETH", 18)
    (folder / "market.toml").write_text(settings_text(web3.eth.accounts, usd.address, eth.address))
    # A keystore of the smallest work: what is tested is not scrypt.
    document = DEPLOYER.encrypt(PASSWORD, kdf="pbkdf2", iterations=1)
    for name, text in (("key.json", json.dumps(document)), ("password", PASSWORD + "\n")):
        path = folder / name
        path.touch(mode=0o600)
        path.write_text(text)
    return folder


@pytest.fixture(scope="module")
def deployment(node, market):
    """Deploy the market in this process, for the tests that compare."""
    web3 = connect(node)
    return deploy_market(web3, MarketSettings.load(market / "market.toml"), keys=KEYS)


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


def fund(web3, address, wei):
    web3.provider.make_request("anvil_setBalance", [address, hex(wei)])


def arguments(market, node, out):
    key = ("--keystore", market / "key.json", "--password-file", market / "password")
    return ("deploy", market / "market.toml", "--rpc", node, *key, "-o", out)


def failures(found):
    return [one for one in found if not one.holds]


# deployed


def test_a_market_is_deployed_with_a_key_and_compared(node, web3, market, cli, tmp_path):
    out, partial = tmp_path / "deployment.json", tmp_path / "deployment.json.partial"
    snapshot().save(tmp_path / "snapshot.json")
    fund(web3, DEPLOYER.address, 10**18)
    with_snapshot = ("--snapshot", tmp_path / "snapshot.json")
    code, shown, _ = cli(*arguments(market, node, out), *with_snapshot)
    assert code == 0, shown
    assert not partial.exists()
    found = Deployment.load(out)
    assert found.addresses.house in shown
    assert "development keys" in shown
    sender = web3.eth.get_transaction(found.transactions["house"])["from"]
    assert sender == DEPLOYER.address

    code, shown, _ = cli("deploy", market / "market.toml", "--check", out, "--rpc", node)
    assert code == 0, shown
    assert "FAIL" not in shown
    assert "feed: threshold: 2" in shown
    code, shown, _ = cli("deploy", "--check", out, "--rpc", node, "--json")
    answer = json.loads(shown)
    assert (code, answer["valid"], answer["development"]) == (0, True, True)

    code, _, error = cli(*arguments(market, node, out))
    assert (code, "exists already" in error) == (2, True)
    assert Deployment.load(out) == found


def test_the_deployer_has_no_power_afterwards(web3, deployment):
    at, deployer = deployment.addresses, web3.eth.accounts[0]
    house, vault = ClearingHouse(web3, at.house), CollateralVault(web3, at.vault)
    for act, error in (
        (lambda: vault.set_cap(CASH, 1), "OwnableUnauthorizedAccount"),
        (lambda: vault.set_operator(at.house), "OperatorAlreadySet"),
        (lambda: house.set_engine(at.engine), "EngineAlreadySet"),
        (lambda: Guardian(web3, at.guardian).lift(1, "no"), "NotGuardian"),
        (lambda: house._send("setVenue", deployer), "NotTimelock"),
        (lambda: OracleFeed(web3, at.feed)._send("cancelLimits"), "NotAdmin"),
    ):
        with pytest.raises(ChainError, match=error):
            act()
    roles = Timelock(web3, at.timelock).roles(deployment.block)
    assert deployer not in roles.admins | roles.proposers | roles.executors | roles.cancellers


def test_what_was_deployed_before_a_failure_is_not_lost(node, web3, market, cli, tmp_path):
    fund(web3, DEPLOYER.address, 9 * 10**15)
    out = tmp_path / "deployment.json"
    code, _, error = cli(*arguments(market, node, out))
    assert code == 4
    assert not out.exists()
    partial = tmp_path / "deployment.json.partial"
    assert str(partial) in error
    addresses = json.loads(partial.read_text())
    assert 1 <= len(addresses) < 13
    assert all(len(web3.eth.get_code(one)) > 100 for one in addresses.values())


def test_nothing_is_deployed_for_wrong_settings(node, web3, market, cli, tmp_path):
    before, out = web3.eth.block_number, tmp_path / "deployment.json"
    text = (market / "market.toml").read_text()
    path = tmp_path / "market.toml"
    token = MarketSettings.load(market / "market.toml").assets[0].token
    nobody, odd = "0x" + "12" * 20, DemoToken.deploy(web3, "ODD", 5).address
    for changed, reason in (
        (nobody, "the address is not a token with decimals"),
        (odd, "expected a token with 6 to 18 decimals, got 5"),
    ):
        path.write_text(text.replace(token, changed))
        code, _, error = cli("deploy", path, "--rpc", node, "-o", out)
        assert code == 2
        assert f"{path}: collateral, slot 2: token: {reason}" in error
    assert web3.eth.block_number == before + 1
    shown = snapshot()
    shown.save(tmp_path / "snapshot.json")
    path.write_text(text.replace('slot = "2"', 'slot = "0"'))
    code, _, error = cli("deploy", path, "--rpc", node, "-o", out, "--snapshot", tmp_path / "snapshot.json")
    assert (code, "slot 0: oracle.collateral has USDC in this place, not ETH" in error) == (2, True)
    path.write_text(text.replace('["USDC", "DOGE", "ETH"]', '["DOGE", "USDC", "ETH"]'))
    code, _, error = cli("deploy", path, "--rpc", node, "-o", out, "--snapshot", tmp_path / "snapshot.json")
    assert (code, "oracle.collateral: the snapshot has USDC, DOGE, ETH" in error) == (2, True)
    assert web3.eth.block_number == before + 1


def test_development_keys_are_refused_where_there_may_be_money(market, cli, tmp_path):
    out = tmp_path / "deployment.json"
    with run_anvil(chain_id=1) as url:
        code, _, error = cli("deploy", market / "market.toml", "--rpc", url, "-o", out)
        assert connect(url).eth.block_number == 0
    assert code == 2
    assert "keys of transition: development keys" in error


def test_keys_that_are_not_there_are_named(web3, market, tmp_path):
    with pytest.raises(InputError, match=r"keys of transition: .*run `zkmargin keys build transition`"):
        deploy_market(web3, MarketSettings.load(market / "market.toml"), keys=tmp_path)


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


# compared


def test_a_deployment_holds(web3, deployment, market):
    settings = MarketSettings.load(market / "market.toml")
    found = check_deployment(web3, deployment, settings=settings)
    assert failures(found) == []
    assert len(found) > 60


def test_other_code_is_found(web3, deployment):
    # A token in the place of the vault, in a transaction that did make it.
    token = DemoToken.deploy(web3, "USD", 6)
    changed = replace(
        deployment,
        addresses=replace(deployment.addresses, vault=token.address),
        transactions={**deployment.transactions, "vault": token.transaction},
    )
    (failed,) = failures(check_deployment(web3, changed))
    assert (failed.what.startswith("vault: "), failed.found) == (True, "other code")
    # The address alone, with the transaction of the true one.
    changed = replace(changed, transactions=deployment.transactions)
    (failed,) = failures(check_deployment(web3, changed))
    assert failed.found == "the transaction created another contract, or none"
    changed = replace(changed, transactions={**deployment.transactions, "vault": bytes(32)})
    (failed,) = failures(check_deployment(web3, changed))
    assert "not found" in failed.found


def test_another_contract_of_the_same_code_is_found(web3, deployment):
    at = deployment.addresses
    listings = [Listing(one.slot, one.token) for one in deployment.assets]
    other = CollateralVault.deploy(web3, web3.eth.accounts[5], listings)
    changed = replace(
        deployment,
        addresses=replace(at, vault=other.address),
        transactions={**deployment.transactions, "vault": other.transaction},
    )
    names = {one.what.rpartition(": ")[0] for one in failures(check_deployment(web3, changed))}
    assert names == {"house: vault", "vault: operator", "vault: owner"}


def test_another_token_slot_or_number_is_found(web3, deployment):
    assets = (replace(deployment.assets[0], slot=1), deployment.assets[1])
    names = [one.what for one in failures(check_deployment(web3, replace(deployment, assets=assets)))]
    assert names.pop(0) == "feed: collateral in place 1: ETH"
    assert [name[:23] for name in names] == ["vault: token in slot 1:", "vault: token in slot 2:"]
    circuits = {**deployment.circuits, "margin_13": replace(deployment.circuits["margin_13"], number=1)}
    (failed,) = failures(check_deployment(web3, replace(deployment, circuits=circuits)))
    assert failed.what == "margin_13: number: 0"


def test_a_verifier_of_a_number_that_nobody_knows_is_found(web3, deployment):
    at = deployment.addresses
    verifiers = {0: deployment.circuits["margin_13"].verifier, 40: deployment.circuits["transition"].verifier}
    other = MarginVerifier.deploy_over(web3, at.feed, verifiers)
    changed = replace(
        deployment,
        addresses=replace(at, margin_verifier=other.address),
        transactions={**deployment.transactions, "margin_verifier": other.transaction},
    )
    found = {one.what.partition(": ")[2]: one.found for one in failures(check_deployment(web3, changed))}
    assert found.pop("circuits of other numbers: []") == "[40]"
    # The house has the true one.
    assert [name.rpartition(": ")[0] for name in found] == ["margin_verifier"]


def test_another_chain_is_found(web3, node, deployment, cli, tmp_path):
    other = replace(deployment, chain_id=1)
    (failed,) = failures(check_deployment(web3, other))
    assert (failed.what, failed.found) == ("chain id: 1", "31337")
    other.save(tmp_path / "deployment.json")
    code, shown, _ = cli("deploy", "--check", tmp_path / "deployment.json", "--rpc", node)
    assert code == 1
    assert "FAIL  chain id: 1; found 31337\n0 of 1 hold" in shown


def test_keys_that_are_not_ours_are_found(web3, deployment, tmp_path):
    for name in ("transition", "margin_13"):
        known = find_circuit(name)
        shutil.copytree(circuit_folder(known, KEYS), circuit_folder(known, tmp_path))
    (failed,) = failures(check_deployment(web3, deployment, keys=tmp_path))
    assert failed.what.startswith("disclosure_13: SHA-256 of the verification key")
    assert "not on this machine: run `zkmargin keys build disclosure_13`" in failed.found
    circuits = dict(deployment.circuits)
    circuits["margin_13"] = replace(circuits["margin_13"], key_sha256="ab" * 32)
    (failed,) = failures(check_deployment(web3, replace(deployment, circuits=circuits)))
    assert failed.what == f"margin_13: SHA-256 of the verification key: {'ab' * 32}"


def test_other_parameters_than_the_settings_are_found(web3, deployment, market):
    settings = MarketSettings.load(market / "market.toml")
    oracle = replace(settings.oracle, threshold=3)
    lock = replace(settings.timelock, proposers=(web3.eth.accounts[0],))
    other = replace(
        settings,
        oracle=oracle,
        timelock=lock,
        sealing_key=bytes(32),
        house=replace(settings.house, grace=3600),
        assets=(replace(settings.assets[0], cap=1), settings.assets[1]),
    )
    found = failures(check_deployment(web3, deployment, settings=other))
    names = [one.what.partition(": ")[2] for one in found]
    expected = ("parameters", "0000", "token and cap in slot 2", "threshold: 3", "proposers", "cancellers")
    assert len(names) == len(expected)
    assert all(name.startswith(start) for name, start in zip(names, expected, strict=True))
