"""The files ``market.toml`` and ``deployment.json``: what is read, and every wrong value by file and key."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from jsonschema import Draft202012Validator

from support.circuits import ROOT
from support.local_market import ORACLES, settings_text
from support.margin_values import snapshot
from zkmargin.contracts.liquidation_engine import EngineParameters
from zkmargin.contracts.market_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.errors import InputError
from zkmargin.proofs.instances import find_instance
from zkmargin.settlement.deploy.circuits import require_ceremony
from zkmargin.settlement.deploy.deployment import Addresses, DeployedAsset, DeployedCircuit, Deployment
from zkmargin.settlement.deploy.parts import ListedAsset
from zkmargin.settlement.deploy.settings import MarketSettings, check_circuits

PARTIES = [f"0x{number:040x}" for number in range(1, 6)]
USD, ETH = "0x" + "10" * 20, "0x" + "20" * 20
TEXT = settings_text(PARTIES, USD, ETH)


@pytest.fixture
def read(tmp_path):
    """Return a function that reads settings."""

    def load(text=TEXT):
        path = tmp_path / "market.toml"
        path.write_text(text)
        return MarketSettings.load(path)

    return load


def test_settings_are_read(read):
    found = read()
    assert (found.venue, found.guardian, found.sealing_key) == (PARTIES[1], PARTIES[2], bytes(range(32)))
    assert found.assets == (ListedAsset(2, "ETH", ETH, 5000_500_000), ListedAsset(8, "USD", USD, 10**13))
    assert found.house == HouseParameters(12_500, 3600, 86_400, 1800, 600)
    assert found.engine == EngineParameters(500, 10_000, 200, 900)
    assert found.oracle.signers == tuple(one.address for one in ORACLES)
    assert found.oracle.underlyings == ("ETH", "BTC")
    assert found.oracle.limits[0] == PriceLimits(10**6, 10**12, 2000)
    assert found.timelock.executors == ("0x" + "00" * 20,)
    assert [one.name for one in found.circuits] == ["margin_13", "disclosure_13"]


def test_the_documented_settings_are_read(read):
    text = (ROOT / "docs" / "formats" / "market-settings.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1]
    numbers = iter(range(10, 99))
    shown = re.sub(r'"0x\.\.\."', lambda _: f'"0x{next(numbers) * 10**38:040}"', example)
    shown = re.sub(r'(sealing_key = "0x)\d+', rf"\g<1>{'ab' * 32}", shown)
    found = read(shown)
    assert [one.name for one in found.circuits] == ["margin_13", "margin_30", "disclosure_30"]
    assert found.assets[0].cap == 5000 * 10**6


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (f'guardian = "{PARTIES[2]}"', 'guardian = "0x12"', "guardian: expected an address"),
        (
            f'address = "{PARTIES[1]}"',
            f'address = "0x{"00" * 20}"',
            "venue.address: must not be the zero address",
        ),
        (
            'sealing_key = "0x00',
            'sealing_key = "0x',
            "venue.sealing_key: expected 0x and 64 hexadecimal digits",
        ),
        (
            'min_delay = "172800"',
            'min_delay = "172799"',
            "timelock.min_delay: must be from 172800 to 2592000",
        ),
        (
            'min_delay = "172800"',
            "min_delay = 172800",
            "timelock.min_delay: expected an integer as a decimal string",
        ),
        (f'proposers = ["{PARTIES[3]}"]', "proposers = []", "timelock.proposers: must not be empty"),
        ('threshold = "2"', 'threshold = "1"', "oracle.threshold: must be from 2 to 3"),
        ('threshold = "2"', 'threshold = "4"', "oracle.threshold: must be from 2 to 3"),
        (ORACLES[1].address, ORACLES[0].address, "oracle.signers: duplicate signer"),
        ('delay = "172800"\nmax', 'delay = "3600"\nmax', "oracle.delay: must be from 86400 to 2592000"),
        ('max_gap = "600"', 'max_gap = "59"', "oracle.max_gap: must be from 60 to 3600"),
        ('max_gap = "600"', 'max_gap = "3601"', "oracle.max_gap: must be from 60 to 3600"),
        ('"DOGE", "ETH"]', '"ETH", "ETH"]', "oracle.collateral: duplicate asset"),
        ('["USDC", ', '["A", "B", "C", "D", "E", "F", "G", ', "oracle.collateral: expected at most 8, got 9"),
        (
            '"DOGE", "ETH"]',
            '"ETH", "DOGE"]',
            "collateral, slot 2: oracle.collateral has DOGE in this place, not ETH",
        ),
        ('"DOGE", "ETH"]', '"DOGE"]', "slot 2: oracle.collateral has nothing in this place, not ETH"),
        ('max_age = "3600"\nm', 'max_age = "0"\nm', "oracle.max_age: must be from 1 to 86400"),
        (
            'min_price = "1",',
            'min_price = "0",',
            r"oracle.limits\[0\].min_price: must be positive and below 2.64",
        ),
        (
            'min_price = "1",',
            'min_price = "2000000",',
            r"oracle.limits\[0\].min_price: must not be above max_price",
        ),
        (
            'min_price = "1",',
            'min_price = "0.0000001",',
            r"limits\[0\].min_price: expected at most 6 decimals",
        ),
        (
            'max_move_bps = "2000" },\n]',
            'max_move_bps = "0" },\n]',
            r"limits\[1\].max_move_bps: must be from 1",
        ),
        ('initial_bps = "12500"', 'initial_bps = "9999"', "house.initial_bps: must be from 10000 to 20000"),
        ('heartbeat = "86400"', 'heartbeat = "1"', "house.heartbeat: must be from 3600 to 2592000"),
        ('grace = "1800"', 'grace = "60"', "house.grace: must be from 1800 to 604800"),
        (
            'cooldown = "600"',
            'cooldown = "1801"',
            "house.cooldown: expected at most half of oracle.breaker_period, 1800",
        ),
        ('cooldown = "600"', 'cool = "600"', "house.cooldown: missing"),
        ('fee_bps = "200"', 'fee_bps = "1001"', "engine.fee_bps: must be from 0 to 1000"),
        ('fee_bps = "200"', 'fee_bps = "200"\nbonus = "1"', "engine.bonus: unknown key"),
        ('slot = "2"', 'slot = "8"', r"collateral\[0\].slot: must be from 0 to 7"),
        (f'token = "{ETH}"', f'token = "{USD}"', "token: duplicate token: another slot has it"),
        ('asset = "ETH"', 'asset = "E T H"', r"collateral\[0\].asset: expected a name without spaces"),
        ('cap = "5000.5"', 'cap = "-1"', r"collateral\[0\].cap: must be positive and below 2.128"),
        ('"margin_13"', '"margin_14"', r"circuits\[0\]: no such circuit"),
        ('"margin_13", ', "", "circuits: expected a circuit that shows health alone"),
        ('"margin_13"', '"margin_13", "margin_13"', r"circuits\[1\]: duplicate circuit"),
        ('"margin_13"', '"margin_30"', "circuits: no disclosure holds the accounts of margin_30"),
        ('"margin_13"', '"limits_8"', "circuits: limits_8 also proves limits on Greeks"),
        ("[venue]", "[venue", "not TOML"),
    ],
)
def test_every_wrong_value_is_refused_by_file_and_key(read, before, after, message):
    assert before in TEXT
    with pytest.raises(InputError, match=rf"market\.toml: .*{message}"):
        read(TEXT.replace(before, after, 1))


def test_two_assets_in_a_slot_are_refused(read):
    again = f'\n[[collateral]]\nslot = "2"\nasset = "DOGE"\ntoken = "{PARTIES[0]}"\ncap = "1"\n'
    with pytest.raises(InputError, match=r"collateral\[1\]\.slot: duplicate slot"):
        read(TEXT + again)


def test_larger_circuits_need_a_larger_disclosure():
    names = ("margin_13", "margin_64", "disclosure_64")
    check_circuits([find_instance(name) for name in names], "x")
    with pytest.raises(InputError, match="no disclosure holds the accounts of margin_128"):
        check_circuits([find_instance(name) for name in (*names, "margin_128")], "x")
    margin, disclosure = find_instance("margin_64"), find_instance("disclosure_64")
    for change in ({"positions": 63}, {"lanes": 4}):
        smaller = replace(disclosure, shape=replace(disclosure.shape, **change))
        with pytest.raises(InputError, match="no disclosure holds the accounts of margin_64"):
            check_circuits([margin, smaller], "x")


def test_a_snapshot_of_another_market_is_refused(read):
    found, shown = read(), snapshot()
    found.check_snapshot(shown)
    ether, cash = found.assets
    for changed, key in (
        (
            {
                "oracle": replace(found.oracle, collateral=("DOGE", "ETH", "USDC")),
                "assets": (replace(ether, slot=1), cash),
            },
            "oracle.collateral: the snapshot has USDC, DOGE, ETH, in this order",
        ),
        (
            {"oracle": replace(found.oracle, collateral=(*found.oracle.collateral, "BTC"))},
            "oracle.collateral: the snapshot has USDC, DOGE, ETH, in this order",
        ),
        ({"assets": (ether, replace(cash, name="EUR"))}, "cash: the snapshot has USD here, not EUR"),
        (
            {"oracle": replace(found.oracle, underlyings=("BTC", "ETH"))},
            "oracle.limits: the snapshot has ETH, BTC",
        ),
    ):
        with pytest.raises(InputError, match=rf"market\.toml: {key}"):
            replace(found, **changed).check_snapshot(shown)


def test_development_keys_are_for_local_chains():
    class Manifest:
        kind = "development"

    class Keys:
        manifest = Manifest

    class One:
        circuit, keys = find_instance("margin_13"), Keys

    for chain in (31337, 1337):
        require_ceremony([One], chain, allow_development=False)
    require_ceremony([One], 1, allow_development=True)
    with pytest.raises(
        InputError, match=r"keys of margin_13: development keys.*chain 1 is not a local chain"
    ):
        require_ceremony([One], 1, allow_development=False)
    Manifest.kind = "published phase 1"
    require_ceremony([One], 1, allow_development=False)


# deployment.json


def written():
    """Return a deployment of nothing."""
    names = Addresses.__slots__
    addresses = Addresses(**{name: f"0x{number:040}" for number, name in enumerate(names, 1)})
    word = bytes(31) + b"\1"
    circuits = {
        "transition": DeployedCircuit(
            None, addresses.transition_verifier, word, "ab" * 32, "published phase 1"
        ),
        "margin_13": DeployedCircuit(0, PARTIES[4], word, "cd" * 32, "development"),
    }
    return Deployment(
        chain_id=5,
        block=7,
        addresses=addresses,
        assets=(DeployedAsset(2, "ETH", ETH), DeployedAsset(8, "USD", USD)),
        circuits=circuits,
        sealing_key=bytes(range(32)),
        transactions={name: word for name in names if name != "transition_verifier"},
    )


def test_a_deployment_is_the_same_after_a_file(tmp_path):
    path = tmp_path / "deployment.json"
    written().save(path)
    schema = json.loads((ROOT / "docs" / "formats" / "deployment.schema.json").read_text())
    Draft202012Validator(schema).validate(json.loads(path.read_text()))
    found = Deployment.load(path)
    assert found == written()
    assert (found.slot("ETH"), found.slot("cash"), found.slot("USD")) == (2, 8, 8)
    assert found.tokens == {"ETH": ETH, "USD": USD}
    assert found.development
    with pytest.raises(InputError, match="asset: DOGE: the market has no such asset"):
        found.slot("DOGE")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda one: one.update(format="zkmargin-deployment/2"), "format: expected 'zkmargin-deployment/1'"),
        (lambda one: one.update(chainId=5), "chainId: expected an integer as a decimal string"),
        (lambda one: one.update(chainId="0"), "chainId: must be from 1"),
        (lambda one: one.pop("block"), "block: missing"),
        (lambda one: one.update(more="1"), "more: unknown key"),
        (lambda one: one["addresses"].update(vault="0x12"), "addresses.vault: expected an address"),
        (lambda one: one["addresses"].pop("house"), "addresses.house: missing"),
        (lambda one: one["transactions"].update(house="0x12"), "transactions.house: expected 0x and 64"),
        (lambda one: one["assets"].pop(), "assets: expected ascending slots, the last one cash"),
        (lambda one: one["assets"].reverse(), "assets: expected ascending slots"),
        (lambda one: one["assets"][0].update(slot="9"), r"assets\[0\].slot: must be from 0 to 8"),
        (lambda one: one["assets"][0].update(name="a b"), r"assets\[0\].name: expected a name"),
        (
            lambda one: one["circuits"].pop("transition"),
            "circuits.transition: expected the address of addresses.transitionVerifier",
        ),
        (
            lambda one: one["circuits"]["transition"].update(verifier=ETH),
            "circuits.transition: expected the address of addresses.transitionVerifier",
        ),
        (
            lambda one: one["circuits"]["margin_13"].update(kind="good"),
            "circuits.margin_13.kind: expected 'development' or 'published phase 1'",
        ),
        (
            lambda one: one["circuits"]["margin_13"].update(keySha256="AB"),
            "margin_13.keySha256: expected a SHA-256",
        ),
        (lambda one: one.update(sealingKey="0x" + "AB" * 32), "sealingKey: expected 0x and 64"),
    ],
)
def test_a_wrong_deployment_is_refused_by_file_and_key(tmp_path, change, message):
    path = tmp_path / "deployment.json"
    written().save(path)
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))
    with pytest.raises(InputError, match=rf"deployment\.json: .*{message}"):
        Deployment.load(path)
