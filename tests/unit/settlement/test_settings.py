"""The file ``market.toml``: its values, and every wrong value by file and key."""

from __future__ import annotations

import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

from support.circuits import ROOT
from support.local_market import CIRCUITS, ORACLES, VENUE_SECRET, settings_text
from support.margin_values import snapshot
from zkmargin.contracts.auctions import AuctionParameters
from zkmargin.contracts.house_values import HouseParameters
from zkmargin.contracts.oracle_feed import PriceLimits
from zkmargin.errors import InputError
from zkmargin.proofs.batch_instances import STEPS, TAKE_OVER, WITHDRAW
from zkmargin.proofs.instances import circuits
from zkmargin.proving.key_kinds import KeyKind
from zkmargin.settlement.deploy.circuit_list import MarketCircuits
from zkmargin.settlement.deploy.circuits import require_ceremony
from zkmargin.settlement.deploy.parts import ListedAsset
from zkmargin.settlement.deploy.settings import MarketSettings
from zkmargin.spec.eddsa import trading_key

PARTIES = [f"0x{number:040x}" for number in range(1, 6)]
USD, ETH = "0x" + "10" * 20, "0x" + "20" * 20
TEXT = settings_text(PARTIES, USD, ETH)
KEY = ", ".join(f'"{coordinate}"' for coordinate in trading_key(VENUE_SECRET))


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
    assert (found.venue, found.guardian) == (PARTIES[1], PARTIES[2])
    assert found.venue_key == trading_key(VENUE_SECRET)
    assert found.assets == (ListedAsset(2, "ETH", ETH, 5000_500_000), ListedAsset(8, "USD", USD, 10**13))
    assert found.house == HouseParameters(12_500, 3600, 86_400, 1800, 600, 0)
    assert found.auctions == AuctionParameters(500, 10_000, 200, 900)
    assert found.oracle.signers == tuple(one.address for one in ORACLES)
    assert found.oracle.underlyings == ("ETH", "BTC")
    assert found.oracle.limits[0] == PriceLimits(10**6, 10**12, 2000)
    assert found.timelock.executors == ("0x" + "00" * 20,)
    assert found.circuits.names == CIRCUITS
    assert [one.name for one in found.circuits.all[:3]] == ["open", "withdraw", "take_over"]


def test_the_documented_settings_are_read(read):
    text = (ROOT / "docs" / "formats" / "market-settings.md").read_text()
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)[1]
    numbers = iter(range(10, 99))
    shown = re.sub(r'"0x\.\.\."', lambda _: f'"0x{next(numbers) * 10**38:040}"', example)
    point = ", ".join(f'"{coordinate}"' for coordinate in trading_key(VENUE_SECRET))
    found = read(shown.replace('key = ["...", "..."]', f"key = [{point}]"))
    assert [one.name for one in found.circuits.disclosures] == ["disclosure_13", "disclosure_30"]
    assert (found.assets[0].cap, found.house.bond) == (5000 * 10**6, 100 * 10**6)


@pytest.mark.parametrize(
    ("before", "after", "message"),
    [
        (f'guardian = "{PARTIES[2]}"', 'guardian = "0x12"', "guardian: expected an address"),
        (
            f'address = "{PARTIES[1]}"',
            f'address = "0x{"00" * 20}"',
            "venue.address: must not be the zero address",
        ),
        (f"key = [{KEY}]", 'key = ["1"]', "venue.key: expected two coordinates"),
        (f"key = [{KEY}]", 'key = ["1", "2"]', "venue.key: not a public key: not a point"),
        (f"key = [{KEY}]", 'key = ["1", "x"]', r"venue.key\[1\]: expected an integer as a decimal string"),
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
        ('heartbeat = "86400"', 'heartbeat = "1"', "house.heartbeat: must be from 3600 to 604800"),
        ('grace = "1800"', 'grace = "60"', "house.grace: must be from 1800 to 172800"),
        (
            'cooldown = "600"',
            'cooldown = "1801"',
            "house.cooldown: expected at most half of oracle.breaker_period, 1800",
        ),
        ('cooldown = "600"', 'cool = "600"', "house.cooldown: missing"),
        ('bond = "0"', 'bond = "1000.5"', "house.bond: must be from 0 to 1000"),
        ('bond = "0"', 'bond = "-1"', "house.bond: must be from 0 to 1000"),
        ('bond = "0"', 'bond = "0.0000001"', "house.bond: expected at most 6 decimals"),
        ('fee_bps = "200"', 'fee_bps = "1001"', "auctions.fee_bps: must be from 0 to 1000"),
        ('fee_bps = "200"', 'fee_bps = "200"\nbonus = "1"', "auctions.bonus: unknown key"),
        ('slot = "2"', 'slot = "8"', r"collateral\[0\].slot: must be from 0 to 7"),
        (f'token = "{ETH}"', f'token = "{USD}"', "token: duplicate token: another slot has it"),
        ('asset = "ETH"', 'asset = "cash"', "assets: collateral must not have the name cash"),
        ('asset = "ETH"', 'asset = "USD"', "assets: duplicate name"),
        ('asset = "ETH"', 'asset = "E T H"', r"collateral\[0\].asset: expected a name without spaces"),
        ('cap = "5000.5"', 'cap = "-1"', r"collateral\[0\].cap: must be positive and below 2.128"),
        ('"match_1"', '"match_2"', r"circuits\[0\]: no such circuit; did you mean match_"),
        ('"match_1"', '"match_1", "match_1"', r"circuits\[1\]: duplicate circuit"),
        ('"match_1"', '"open"', r"circuits\[0\]: every market has this circuit"),
        ('"match_1"', '"limits_8"', r"circuits\[0\]: proves limits on Greeks, which markets do not take"),
        ('"match_1"', '"margin_13"', r"circuits\[0\]: proves margin to a reader; a market takes health_"),
        ('"match_1"', '"wide_8"', r"circuits\[0\]: proves margin to a reader"),
        ('"match_1"', '"solvency_8x2"', r"circuits\[0\]: no such circuit"),
        ('"match_1"', '"quote_1"', "circuits: expected a circuit of fills, such as match_1"),
        (
            '"upkeep_1", ',
            "",
            "circuits: expected a circuit of upkeep for the layout standard, such as upkeep_1",
        ),
        ('"upkeep_1"', '"wide_upkeep_1"', "circuits: expected a circuit of upkeep for the layout standard"),
        ('"health_1x12", ', "", "circuits: expected a circuit of health, such as health_1x12"),
        (
            '"health_1x12"',
            '"health_4x13"',
            "circuits: expected a circuit of one account's health .* standard",
        ),
        ('"health_1x12"', '"health_1x30"', "no disclosure holds the accounts of health_1x30"),
        ('"disclosure_13"', '"wide_disclosure_51"', "no disclosure holds the accounts of health_1x12"),
        ('"claim_13", ', "", "circuits: no claim holds the accounts of health_1x12"),
        ('"claim_13"', '"wide_claim_51"', "circuits: no claim holds the accounts of health_1x12"),
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


@pytest.mark.parametrize("name", ["health_1x30", "health_24x13", "wide_health_1x8"])
def test_every_account_that_may_trade_can_be_auctioned_and_claimed_for(name):
    """Of all circuits for its accounts, one that is too small in lanes, positions or layout is not enough."""
    every = MarketCircuits.of(circuits())
    health = next(one for one in every.batches.health if one.name == name)
    size = health.shape.account
    for kind, reason in (("disclosures", "no disclosure holds"), ("claims", "no claim holds")):
        known = getattr(every, kind)
        fitting = [one for one in known if one.shape.layout is size.layout and one.shape.lanes >= size.lanes]
        assert not [flaw for flaw in every.flaws() if reason in flaw]
        for change in ({"positions": size.positions - 1}, {"lanes": size.lanes - 1}):
            smaller = [replace(one, shape=replace(one.shape, **change)) for one in fitting]
            others = [one for one in known if one not in fitting]
            changed = replace(every, **{kind: (*others, *smaller)})
            assert f"{reason} the accounts of {name}" in "; ".join(changed.flaws())


def test_a_hash_of_settings_knows_every_value(read):
    found = read()
    assert found.sha256() == read("# a comment\n" + TEXT).sha256()
    for before, after in (
        ('cap = "5000.5"', 'cap = "5000.6"'),
        ('"match_1"', '"match_1", "match_3"'),
        ('bond = "0"', 'bond = "1"'),
        (PARTIES[1], PARTIES[4]),
        ('max_price = "1000000"', 'max_price = "1000001"'),
    ):
        assert before in TEXT
        assert read(TEXT.replace(before, after)).sha256() != found.sha256()


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


def test_attack_keys_of_no_ceremony_where_there_may_be_money():
    """All circuits are named, and no word of a manifest or another file is asked for."""

    def keys_of(circuit, kind):
        return SimpleNamespace(circuit=circuit, keys=SimpleNamespace(kind=kind))

    ceremony = [keys_of(one, KeyKind.CEREMONY) for one in STEPS]
    require_ceremony(ceremony, 1)
    others = [ceremony[0], keys_of(WITHDRAW, KeyKind.SINGLE), keys_of(TAKE_OVER, KeyKind.DEVELOPMENT)]
    for chain in (31337, 1337):
        require_ceremony(others, chain)
    for chain in (1, 11155111, 31338):
        reason = (
            "keys of circuits: not a ceremony's that was verified on this machine: withdraw "
            rf"\(single contribution\), take_over \(development\).*chain {chain} is not a local chain"
        )
        with pytest.raises(InputError, match=reason):
            require_ceremony(others, chain)
