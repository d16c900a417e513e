"""A deployment that goes on after a failure: every contract stands once, whatever has failed."""

from __future__ import annotations

import time
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import requests
from web3 import HTTPProvider

from support.deploy_values import DEPLOYER, creations, failures, write_market
from support.local_market import put_back, require_keys
from support.margin_values import KEYS
from zkmargin.chain import connect, run_anvil
from zkmargin.contracts.collateral_vault import CollateralVault, Listing
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.token import DemoToken
from zkmargin.errors import ChainError, InputError
from zkmargin.settlement.deploy import MarketSettings, check_deployment, circuits, deploy_market, steps
from zkmargin.settlement.deploy.creation import CLIENTS
from zkmargin.settlement.deploy.journal import Begun, Created

TRANSACTIONS = len(CLIENTS) + 4


@pytest.fixture(scope="module")
def load_once():
    return cache(circuits.load_circuit)


@pytest.fixture(autouse=True)
def keys_folder(monkeypatch, load_once):
    """Use the keys of tests, and check their files once: many runs read them."""
    monkeypatch.setenv("ZKMARGIN_KEYS", str(KEYS))
    monkeypatch.setattr(circuits, "load_circuit", load_once)


@pytest.fixture(scope="module")
def node():
    require_keys()
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def settings(node, tmp_path_factory):
    folder = write_market(tmp_path_factory.mktemp("market"), connect(node))
    return MarketSettings.load(folder / "market.toml")


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


def again(web3, key=None):
    """Return another connection to a node."""
    return connect(web3.provider.endpoint_uri, key=key)


@contextmanager
def interrupted(monkeypatch, at, how):
    """Let the connection break at a run's transaction with a number from 0.

    It breaks before the node has the transaction, after that (so its hash is lost), or before the receipt.
    """
    request, count = HTTPProvider.make_request, iter(range(-at, TRANSACTIONS))
    broken = False

    def make_request(self, method, params):
        nonlocal broken
        last = method == "eth_sendTransaction" and next(count) == 0
        answer = None if broken or (last and how == "before") else request(self, method, params)
        broken = broken or last
        if answer is None or (last and how == "after"):
            raise requests.ConnectionError
        return answer

    with monkeypatch.context() as patch:
        patch.setattr(HTTPProvider, "make_request", make_request)
        yield


@pytest.mark.parametrize("how", ["before", "after", "receipt"])
def test_a_deployment_goes_on_after_a_failure_at_each_step(web3, settings, monkeypatch, tmp_path, how):
    """Each run makes one step: the next transaction is not sent, its own hash is lost, or its receipt is not seen."""
    unfinished, before = tmp_path / "partial", set(creations(web3, web3.eth.accounts[0]))
    runs = 0
    for _ in range(TRANSACTIONS + 2):
        runs += 1
        with interrupted(monkeypatch, 1 if how == "before" else 0, how), suppress(ChainError):
            deployment = deploy_market(again(web3), settings, unfinished=unfinished)
            break
    assert runs == (TRANSACTIONS if how == "before" else TRANSACTIONS + 1)
    made = [one for one in creations(web3, web3.eth.accounts[0]) if one not in before]
    assert sorted(made) == sorted(deployment.addresses.to_json().values())
    assert failures(check_deployment(web3, deployment, settings=settings)) == []


def begin(web3, settings, monkeypatch, path, *, sent=3):
    """Begin a deployment whose last transaction was sent, but its hash was lost."""
    with interrupted(monkeypatch, sent - 1, "after"), pytest.raises(ChainError, match="no answer"):
        deploy_market(again(web3), settings, unfinished=path)
    return Begun.load(path)


def test_a_creation_that_waits_in_the_node_is_waited_for(web3, settings, monkeypatch, tmp_path):
    unfinished, before = tmp_path / "partial", web3.eth.get_transaction_count(web3.eth.accounts[0])
    web3.provider.make_request("evm_setAutomine", [False])
    try:
        begun = begin(web3, settings, monkeypatch, unfinished, sent=1)
        assert (begun.contracts, begun.sending.name) == ({}, "batch_verifier")
        monkeypatch.setattr(steps, "_PATIENCE", -1)
        with pytest.raises(ChainError, match="transactions of the deployer are pending"):
            deploy_market(web3, settings, unfinished=unfinished)
        monkeypatch.setattr(steps, "_PATIENCE", 120)
        # Blocks come while the deployment waits.
        monkeypatch.setattr(time, "sleep", lambda _: web3.provider.make_request("evm_mine", []))
        deploy_market(web3, settings, unfinished=unfinished)
    finally:
        web3.provider.make_request("evm_setAutomine", [True])
    assert web3.eth.get_transaction_count(web3.eth.accounts[0]) == before + TRANSACTIONS


def test_a_contract_of_another_deployment_is_not_taken_for_its_own(web3, settings, monkeypatch, tmp_path):
    """The same deployer has created a house of the same code at the nonce of the one that was not sent."""
    unfinished, houses = tmp_path / "partial", list(CLIENTS).index("house")
    with interrupted(monkeypatch, houses, "before"), pytest.raises(ChainError, match="no answer"):
        deploy_market(again(web3), settings, unfinished=unfinished)
    assert Begun.load(unfinished).sending.name == "house"
    other = deploy_market(web3, MarketSettings.load(_with_bond(settings, tmp_path)))
    found = deploy_market(web3, settings, unfinished=unfinished)
    assert not set(found.addresses.to_json().values()) & set(other.addresses.to_json().values())
    assert failures(check_deployment(web3, found, settings=settings)) == []


def _with_bond(settings, folder):
    """Write the settings with another bond, and return their file."""
    path = folder / "market.toml"
    path.write_text(Path(settings.source).read_text().replace('bond = "0"', 'bond = "1"'))
    return path


def test_other_settings_and_other_chains_do_not_go_on(web3, settings, monkeypatch, tmp_path):
    unfinished = tmp_path / "partial"
    begun = begin(web3, settings, monkeypatch, unfinished)
    other = MarketSettings.load(_with_bond(settings, tmp_path))
    with pytest.raises(InputError, match="partial: a deployment with other settings was begun here"):
        deploy_market(web3, other, unfinished=unfinished)
    with pytest.raises(InputError, match="partial: a deployment with another deployer was begun here"):
        deploy_market(again(web3, DEPLOYER), settings, unfinished=unfinished)
    with run_anvil(chain_id=1337) as url:
        tokens = DemoToken.deploy(connect(url), "USD", 6), DemoToken.deploy(connect(url), "ETH", 18)
        assert [one.token for one in settings.assets] == [tokens[1].address, tokens[0].address]
        with pytest.raises(InputError, match="partial: a deployment on another chain was begun here"):
            deploy_market(connect(url), settings, unfinished=unfinished)
    assert Begun.load(unfinished) == begun


def test_a_contract_that_has_vanished_is_named(web3, settings, monkeypatch, tmp_path):
    unfinished = tmp_path / "partial"
    with put_back(web3.provider.endpoint_uri):
        begun = begin(web3, settings, monkeypatch, unfinished)
    address = begun.contracts["batch_verifier"].address
    reason = rf"partial: no contract at {address} \(batch_verifier\): the chain has been reset or reorganised"
    with pytest.raises(ChainError, match=reason):
        deploy_market(web3, settings, unfinished=unfinished)


def test_a_reference_that_another_has_set_is_named(web3, settings, monkeypatch, tmp_path):
    unfinished = tmp_path / "partial"
    begun = begin(web3, settings, monkeypatch, unfinished, sent=len(CLIENTS))
    FirstLoss(web3, begun.contracts["first_loss"].address).set_house(settings.assets[0].token)
    with pytest.raises(ChainError, match=r"the first-loss tranche's house is .*, expected "):
        deploy_market(web3, settings, unfinished=unfinished)


def test_attack_a_partial_file_names_a_vault_of_somebody_else(web3, settings, monkeypatch, tmp_path):
    unfinished = tmp_path / "partial"
    begun = begin(web3, settings, monkeypatch, unfinished, sent=list(CLIENTS).index("vault") + 1)
    listings = [Listing(one.slot, one.token, one.cap) for one in settings.assets]
    other = CollateralVault.deploy(web3, web3.eth.accounts[5], listings)
    contracts = {**begun.contracts, "vault": Created(other.address, other.transaction)}
    replace(begun, contracts=contracts, sending=None).save(unfinished)
    with pytest.raises(ChainError, match=r"partial: names contracts of another market; .*vault: owner"):
        deploy_market(web3, settings, unfinished=unfinished)
