"""The settings file of a keeper: what it says, and that each wrong value is named by file and key."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from support.circuits import ROOT
from support.reprs import shown
from zkmargin.errors import InputError
from zkmargin.keeper.policy import BidPolicy, HolderPolicy, Roles
from zkmargin.keeper.settings import Fees, KeeperSettings

CHAIN = """
[chain]
rpc = "http://127.0.0.1:8545"
deployment = "deployment.json"
max_fee_gwei = "50.5"
"""
KEY = """
[key]
keystore = "/keys/keystore.json"
"""
FILES = """
[files]
state = "keeper.db"
book = "book.db"
snapshots = "snapshots"
"""
BIDDER = """
[bidder]
min_discount = "0.1"
fixed_cost = "25"
max_requirement = "100000"
max_funds = "10000"
max_spend_per_day = "50000.5"
"""


@pytest.fixture
def read(tmp_path):
    def load(text):
        path = tmp_path / "keeper.toml"
        path.write_text(text, encoding="utf-8")
        return KeeperSettings.load(path)

    return load


def refused(read, text):
    with pytest.raises(InputError) as caught:
        read(text)
    assert caught.value.source.endswith("keeper.toml")
    return caught.value.key


def test_the_least_that_a_keeper_needs(read, tmp_path):
    found = read(CHAIN + KEY + FILES + "[holder]\n")
    assert found.roles == Roles(HolderPolicy())
    assert found.roles.names == "holder"
    assert (found.rpc, found.rpc_env) == ("http://127.0.0.1:8545", None)
    assert (found.interval, found.confirmations) == (12, 5)
    assert found.fees == Fees(50_500_000_000, 300)
    assert found.files.state == tmp_path / "keeper.db"
    assert found.files.book == tmp_path / "book.db"
    assert str(found.files.keystore) == "/keys/keystore.json"
    assert found.files.password is found.files.venue_key is found.files.keys is None
    assert (found.places, found.metrics) == (0, None)
    assert "8545" not in shown(found)


def test_everything_that_can_be_set(read, tmp_path):
    chain = CHAIN.replace('rpc = "http://127.0.0.1:8545"', 'rpc_env = "NODE"')
    more = 'interval = "3"\nconfirmations = "1"\nresend_after = "60"\nplaces = "30"\n'
    files = FILES + 'keys = "keys"\n'
    venue = '[venue]\nkey = "venue.key"\npassword_file = "venue-pass"\n[metrics]\nlisten = "[::1]:9464"\n'
    holder = '[holder]\naccounts = ["1", "7"]\nat = "2/3"\nwarn_at = "1.5"\nshow_shortage = true\n'
    bidder = BIDDER + 'min_gain = "0.05"\ninstruments = ["ETH-*", "BTC-PERPETUAL"]\nkey = "orders.key"\n'
    roles = holder + bidder + "[caller]\nfreeze = false\n[starter]\n"
    text = chain + more + KEY + 'password_file = "pass"\n' + files + venue + roles
    found = read(text)
    assert (found.rpc, found.rpc_env, found.interval, found.confirmations) == (None, "NODE", 3, 1)
    assert found.fees.resend_after == 60
    assert found.files.password == tmp_path / "pass"
    assert found.files.keys == tmp_path / "keys"
    assert found.files.venue_key == tmp_path / "venue.key"
    assert found.files.venue_password == tmp_path / "venue-pass"
    assert (found.places, found.metrics) == (30, ("::1", 9464))
    assert found.roles == Roles(
        HolderPolicy(frozenset({1, 7}), Fraction(2, 3), Fraction(3, 2), show_shortage=True),
        caller=True,
        starter=True,
        venue=True,
        bidder=BidPolicy(
            Fraction(1, 10),
            Fraction(1, 20),
            25 * 10**6,
            10**11,
            10**10,
            50_000_500_000,
            ("ETH-*", "BTC-PERPETUAL"),
            tmp_path / "orders.key",
        ),
    )


def test_the_example_of_the_documentation_is_one(read):
    page = (ROOT / "docs" / "keeper.md").read_text(encoding="utf-8")
    found = read(page.split("```toml\n")[1].split("```")[0])
    assert found.roles.names == "holder, caller, starter, bidder"
    least = read(CHAIN + KEY + FILES + "[holder]\n")
    assert (found.interval, found.confirmations) == (least.interval, least.confirmations)
    assert found.fees.resend_after == least.fees.resend_after
    assert replace(found.roles.holder, accounts=None) == least.roles.holder


def test_a_caller_freezes_unless_it_shall_not(read):
    assert read(CHAIN + KEY + FILES + "[caller]\n").roles.freezes
    assert not read(CHAIN + KEY + FILES + "[caller]\nfreeze = false\n").roles.freezes
    assert not read(CHAIN + KEY + FILES + "[starter]\n").roles.freezes


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("", "chain"),
        (CHAIN + KEY + FILES, ""),
        (CHAIN + KEY + FILES + "[hodler]\n", "hodler"),
        (CHAIN + KEY + FILES + "[caller]\nat = '1'\n", "caller.at"),
        (CHAIN + KEY + FILES + "[caller]\nfreeze = 'no'\n", "caller.freeze"),
        (CHAIN + KEY + FILES.replace('book = "book.db"', "") + "[holder]\n", "files.book"),
        (CHAIN + KEY + FILES + "[venue]\n[starter]\n", "venue.key"),
        (CHAIN + KEY + FILES + "[metrics]\nlisten = '9464'\n[caller]\n", "metrics.listen"),
        (CHAIN + KEY + FILES + "[metrics]\nlisten = ':9464'\n[caller]\n", "metrics.listen"),
        (CHAIN + KEY + FILES + "[metrics]\nlisten = 'localhost:70000'\n[caller]\n", "metrics.listen"),
        (CHAIN + 'places = "129"\n' + KEY + FILES + "[caller]\n", "chain.places"),
        (CHAIN + KEY + FILES.replace('"keeper.db"', '""') + "[caller]\n", "files.state"),
        (CHAIN + KEY + FILES.replace('"keeper.db"', "7") + "[caller]\n", "files.state"),
        (CHAIN + 'rpc_env = "NODE"\n' + KEY + FILES + "[caller]\n", "chain"),
        (CHAIN.replace('"50.5"', "50.5") + KEY + FILES + "[caller]\n", "chain.max_fee_gwei"),
        (CHAIN.replace('"50.5"', '"0"') + KEY + FILES + "[caller]\n", "chain.max_fee_gwei"),
        (CHAIN.replace('"50.5"', '"0.1234567891"') + KEY + FILES + "[caller]\n", "chain.max_fee_gwei"),
        (CHAIN + 'interval = "0"\n' + KEY + FILES + "[caller]\n", "chain.interval"),
        (CHAIN + 'resend_after = "1"\n' + KEY + FILES + "[caller]\n", "chain.resend_after"),
        (CHAIN + "[key]\n" + FILES + "[caller]\n", "key.keystore"),
        (CHAIN + KEY + FILES + "[holder]\nat = '1'\n", "holder.at"),
        (CHAIN + KEY + FILES + "[holder]\nat = '0'\n", "holder.at"),
        (CHAIN + KEY + FILES + "[holder]\nwarn_at = '0.9'\n", "holder.warn_at"),
        (CHAIN + KEY + FILES + "[holder]\naccounts = ['0']\n", "holder.accounts[0]"),
        (CHAIN + KEY + FILES + "[holder]\naccounts = '1'\n", "holder.accounts"),
        (CHAIN + KEY + FILES + "[holder]\nshow_shortage = 'yes'\n", "holder.show_shortage"),
        (CHAIN + KEY + FILES + BIDDER.replace('"0.1"', '"1.1"'), "bidder.min_discount"),
        (CHAIN + KEY + FILES + BIDDER.replace('"0.1"', '"-0.1"'), "bidder.min_discount"),
        (CHAIN + KEY + FILES + BIDDER.replace('"25"', '"-1"'), "bidder.fixed_cost"),
        (CHAIN + KEY + FILES + BIDDER.replace('"25"', '"nan"'), "bidder.fixed_cost"),
        (CHAIN + KEY + FILES + BIDDER.replace('"25"', '"0.0000001"'), "bidder.fixed_cost"),
        (CHAIN + KEY + FILES + BIDDER.replace('"10000"', '"9223372036855"'), "bidder.max_funds"),
        (CHAIN + KEY + FILES + BIDDER.replace('fixed_cost = "25"\n', ""), "bidder.fixed_cost"),
        (CHAIN + KEY + FILES + BIDDER + "instruments = ['ETH PERP']\n", "bidder.instruments[0]"),
        (CHAIN + KEY + FILES + BIDDER + "min_gain = '2'\n", "bidder.min_gain"),
    ],
)
def test_a_wrong_value_is_named_by_file_and_key(read, text, key):
    assert refused(read, text) == key


def test_a_file_that_is_not_toml_is_refused(read):
    assert not refused(read, "[chain")
