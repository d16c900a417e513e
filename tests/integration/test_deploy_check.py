"""``zkmargin deploy --check``: a deployment that holds, and each thing that it finds."""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from support.deploy_values import failures, write_market
from support.local_market import put_back, require_keys
from support.margin_values import KEYS
from zkmargin.chain import connect, run_anvil
from zkmargin.chain.contract import our_contract
from zkmargin.contracts.auctions import Auctions
from zkmargin.contracts.batch_verifier import BatchVerifier
from zkmargin.contracts.batches import Batches
from zkmargin.contracts.collateral_vault import CollateralVault, Listing
from zkmargin.contracts.first_loss import FirstLoss
from zkmargin.contracts.house import House
from zkmargin.contracts.timelock import Timelock
from zkmargin.contracts.token import DemoToken
from zkmargin.contracts.wind_down import WindDown
from zkmargin.proofs.batch_instances import STEPS
from zkmargin.proofs.circuit_keys import circuit_folder, load_circuit
from zkmargin.proofs.instances import find_circuit
from zkmargin.proving.fingerprints import fingerprint
from zkmargin.settlement.deploy import MarketSettings, check_deployment, deploy_market
from zkmargin.spec.eddsa import trading_key


@pytest.fixture(scope="module")
def node():
    require_keys()
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def settings(node, tmp_path_factory):
    folder = write_market(tmp_path_factory.mktemp("market"), connect(node))
    return MarketSettings.load(folder / "market.toml")


@pytest.fixture(scope="module")
def deployment(node, settings):
    return deploy_market(connect(node), settings, keys=KEYS)


@pytest.fixture
def web3(node):
    with put_back(node) as web3:
        yield web3


def found_in(web3, deployment, **options):
    """Return what does not hold, by the start of its name."""
    wrong = failures(check_deployment(web3, deployment, keys=KEYS, **options))
    return {one.what.rpartition(": ")[0]: one.found for one in wrong}


def with_contract(deployment, **contracts):
    """Return the deployment with other contracts in the places of its own."""
    made = {name: one.transaction for name, one in contracts.items()}
    return replace(
        deployment,
        addresses=replace(deployment.addresses, **{name: one.address for name, one in contracts.items()}),
        transactions={**deployment.transactions, **made},
    )


def key_of(name):
    return load_circuit(find_circuit(name), KEYS)[1].key


def test_a_deployment_holds(web3, deployment, settings):
    found = check_deployment(web3, deployment, settings=settings, keys=KEYS)
    assert failures(found) == []
    assert (found.holds, len(found.findings) > 70) == (True, True)
    assert {one.circuit: one.fingerprint for one in found.keys} == {
        name: one.fingerprint for name, one in deployment.circuits.items()
    }


def test_another_chain_is_found(web3, node, deployment, cli, tmp_path):
    other = replace(deployment, chain_id=1)
    assert found_in(web3, other) == {"chain id": "31337"}
    other.save(tmp_path / "deployment.json")
    code, shown, _ = cli("deploy", "--check", tmp_path / "deployment.json", "--rpc", node)
    assert code == 1
    assert "FAIL  chain id: 1; found 31337\n0 of 1 hold" in shown


# code and arguments of each contract


def test_other_code_is_found(web3, deployment):
    # A token in the place of the vault, in the transaction that created it.
    token = DemoToken.deploy(web3, "USD", 6)
    changed = with_contract(deployment, vault=token)
    (failed,) = failures(check_deployment(web3, changed, keys=KEYS))
    assert (failed.what.startswith("vault: "), failed.found) == (True, "other code")
    # The address alone, with the transaction of the true one.
    changed = replace(changed, transactions=deployment.transactions)
    (failed,) = failures(check_deployment(web3, changed, keys=KEYS))
    assert failed.found == "the transaction created another contract, or none"
    changed = replace(changed, transactions={**deployment.transactions, "vault": bytes(32)})
    (failed,) = failures(check_deployment(web3, changed, keys=KEYS))
    assert "not found" in failed.found


def test_arguments_that_can_be_read_in_two_ways_are_found(web3, deployment, settings):
    # The same arguments with a word behind them, which the compiler's decoder does not read.
    code = our_contract(FirstLoss.SOURCE).bytecode
    argument = bytes(12) + bytes.fromhex(settings.assets[-1].token[2:])
    sent = web3.eth.send_transaction({"from": web3.eth.accounts[0], "data": code + argument + bytes(32)})
    made = FirstLoss(web3, web3.eth.wait_for_transaction_receipt(sent)["contractAddress"])
    made.transaction = bytes(sent)
    (failed,) = failures(check_deployment(web3, with_contract(deployment, first_loss=made), keys=KEYS))
    assert (failed.what.startswith("first_loss: "), failed.found) == (True, "malformed arguments")


@pytest.mark.parametrize(
    ("name", "make", "expected"),
    [
        (
            "vault",
            lambda web3, one: CollateralVault.deploy(
                web3, web3.eth.accounts[5], [Listing(asset.slot, asset.token) for asset in one.assets]
            ),
            {"house: vault", "vault: operator", "vault: owner"},
        ),
        (
            "first_loss",
            lambda web3, one: FirstLoss.deploy(web3, one.assets[0].token),
            {"house: first_loss", "first-loss tranche: token", "first-loss tranche: house"},
        ),
        (
            "batches",
            lambda web3, one: Batches.deploy(
                web3, one.addresses.vault, [find_circuit("match_1"), find_circuit("match_3")]
            ),
            {"house: batches", "batches: verifier", "batches: circuits, kinds, accounts"},
        ),
        (
            "auctions",
            lambda web3, one: Auctions.deploy(
                web3,
                one.addresses.house,
                ["disclosure_13", "margin_13"],
                Auctions(web3, one.addresses.auctions).parameters(),
            ),
            {"house: engine", "auctions: disclosures", "wind_down: house, auctions"},
        ),
        (
            "wind_down",
            lambda web3, one: WindDown.deploy(web3, one.addresses.house, one.addresses.vault, ["claim_30"]),
            {"house: wind-down", "wind_down: claims", "wind_down: house, auctions"},
        ),
    ],
)
def test_another_contract_of_the_same_code_is_found(web3, deployment, name, make, expected):
    changed = with_contract(deployment, **{name: make(web3, deployment)})
    assert set(found_in(web3, changed)) == expected


# keys and circuits


def test_another_key_and_another_circuit_of_the_verifier_are_found(web3, deployment):
    keys = {name: key_of(name) for name in deployment.circuits}
    # A key that its maker can forge proofs for would have the name of a true one, or stand beside them.
    keys["match_1"] = key_of("upkeep_1")
    keys["own"] = key_of("open")
    found = found_in(web3, with_contract(deployment, batch_verifier=BatchVerifier.deploy(web3, keys)))
    assert found.pop("batch_verifier") == "another key, or none"
    assert "'0x" in found.pop("batch_verifier: circuits")
    assert found.pop("match_1: fingerprint of the verifier's key") == fingerprint(key_of("upkeep_1"))
    assert set(found) == {"batches: verifier"}


def test_a_missing_key_of_the_verifier_is_found(web3, deployment):
    keys = {name: key_of(name) for name in deployment.circuits if name != "take_over"}
    found = found_in(web3, with_contract(deployment, batch_verifier=BatchVerifier.deploy(web3, keys)))
    assert found["take_over: fingerprint of the verifier's key"] == "none"
    assert set(found) == {
        "batch_verifier",
        "batch_verifier: circuits",
        "batches: verifier",
        "take_over: fingerprint of the verifier's key",
    }


def test_keys_that_are_not_ours_are_found(web3, deployment, tmp_path):
    for name in deployment.circuits:
        if name != "disclosure_13":
            known = find_circuit(name)
            shutil.copytree(circuit_folder(known, KEYS), circuit_folder(known, tmp_path))
    (failed,) = failures(check_deployment(web3, deployment, keys=tmp_path))
    assert failed.what.startswith("disclosure_13: SHA-256 of the verification key")
    assert "not on this machine: run `zkmargin keys build disclosure_13`" in failed.found
    for change, what in (
        ({"key_sha256": "ab" * 32}, "match_1: SHA-256 of the verification key"),
        ({"fingerprint": "0123-4567-89ab-cdef"}, "match_1: fingerprint of the verifier's key"),
    ):
        changed = {**deployment.circuits, "match_1": replace(deployment.circuits["match_1"], **change)}
        assert set(found_in(web3, replace(deployment, circuits=changed))) == {what}


def test_a_file_that_leaves_out_circuits_is_found(web3, deployment):
    steps = {one.name: deployment.circuits[one.name] for one in STEPS}
    found = found_in(web3, replace(deployment, circuits=steps))
    assert "expected a circuit of health" in found.pop("circuits")
    assert set(found) == {
        "batch_verifier: circuits",
        "batches: circuits, kinds, accounts",
        "auctions: disclosures",
        "wind_down: claims",
    }
    without = {name: one for name, one in deployment.circuits.items() if name != "disclosure_13"}
    assert (
        "health_1x12: they could not be auctioned"
        in found_in(web3, replace(deployment, circuits=without))["circuits"]
    )


# references and parameters


def test_another_token_slot_or_venue_key_is_found(web3, deployment):
    assets = (replace(deployment.assets[0], slot=1), deployment.assets[1])
    assert set(found_in(web3, replace(deployment, assets=assets))) == {
        "feed: collateral in place 1",
        "vault: token in slot 1",
        "vault: token in slot 2",
    }
    other = replace(deployment, venue_key=trading_key(bytes(range(32))))
    assert set(found_in(web3, other)) == {"house: venue key"}


def test_other_parameters_than_the_settings_are_found(web3, deployment, settings):
    other = replace(
        settings,
        venue=web3.eth.accounts[6],
        venue_key=trading_key(bytes(range(32))),
        guardian=web3.eth.accounts[6],
        oracle=replace(settings.oracle, threshold=3, max_age=7, signers=settings.oracle.signers[:2]),
        timelock=replace(settings.timelock, min_delay=200_000, proposers=(web3.eth.accounts[0],)),
        house=replace(settings.house, grace=3600),
        auctions=replace(settings.auctions, fee_bps=0),
        assets=(replace(settings.assets[0], cap=1), settings.assets[1]),
    )
    assert set(found_in(web3, deployment, settings=other)) == {
        "house: venue",
        "house: venue key of the settings",
        "house: parameters",
        "auctions: parameters",
        "guardian: guardian",
        "vault: token and cap in slot 2",
        "feed: delay, age, gap, breaker",
        "feed: signers",
        "feed: threshold",
        "timelock: minimum delay",
        "timelock: proposers",
        "timelock: cancellers",
    }


def test_another_admin_of_the_timelock_is_found(web3, deployment):
    """Only the timelock itself can grant the role, after the delay."""
    timelock, other = deployment.addresses.timelock, web3.eth.accounts[6]
    web3.provider.make_request("anvil_impersonateAccount", [timelock])
    web3.provider.make_request("anvil_setBalance", [timelock, hex(10**18)])
    contract = web3.eth.contract(timelock, abi=our_contract(Timelock.SOURCE).abi)
    contract.functions.grantRole(bytes(32), other).transact({"from": timelock})
    assert set(found_in(web3, deployment)) == {"timelock: no admin but itself"}


def test_a_house_of_another_venue_is_found(web3, deployment, settings):
    house = House(web3, deployment.addresses.house)
    other = House.deploy(web3, house.contracts, settings.venue, settings.venue_key, settings.house)
    found = set(found_in(web3, with_contract(deployment, house=other)))
    assert found == {
        "house: engine",
        "house: wind-down",
        "auctions: house",
        "wind_down: house, auctions",
        "vault: operator",
        "first-loss tranche: house",
    }
