"""Changes by name, their values as text, and demo tokens."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from support.circuits import ROOT
from zkmargin.contracts.guardian import PauseGroup
from zkmargin.contracts.timelock import Operation
from zkmargin.errors import ChainError, InputError
from zkmargin.settlement.administration import demo_chain, effects, named_calls
from zkmargin.settlement.administration.effects import Effect
from zkmargin.settlement.administration.values import (
    micro_in,
    pairs_in,
    seconds_in,
    span_text,
    units_text,
    whole_in,
)

SOURCES = ROOT / "verifier_contracts" / "src"
# Each contract of a market with the sources that its functions come from.
PARTS = {
    "house": ("clearing/House.sol", "clearing/HouseDesk.sol"),
    "auctions": ("clearing/Auctions.sol",),
    "feed": ("OracleFeed.sol", "SignerQuorum.sol", "CollateralList.sol"),
    "vault": ("CollateralVault.sol",),
    "guardian": ("Guardian.sol",),
}
ADDRESS = "0x" + "12" * 20


@pytest.mark.parametrize(
    ("text", "seconds"), [("0", 0), ("90", 90), ("90s", 90), ("30m", 1800), ("2h", 7200), ("1d", 86_400)]
)
def test_times_have_units(text, seconds):
    assert seconds_in(text, "heartbeat") == seconds


@pytest.mark.parametrize("text", ["", "-1", "1.5h", "01", "1 h", "1w", "h"])
def test_other_times_are_refused(text):
    with pytest.raises(InputError, match=r"^heartbeat: expected seconds, or a number with s, m, h or d"):
        seconds_in(text, "heartbeat")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59, "59 s"), (3600, "1 h"), (90_061, "1 d 1 h"), (1_382_399, "15 d 23 h")],
)
def test_spans_have_two_units(seconds, text):
    assert span_text(seconds) == text


@pytest.mark.parametrize(
    ("micro", "text"), [(0, "0"), (1, "0.000001"), (2_500_000, "2.5"), (10**12, "1000000")]
)
def test_amounts_are_in_whole_units(micro, text):
    assert units_text(micro) == text
    assert micro_in(text, "bond") == micro


def test_the_largest_cap_is_not_rounded():
    assert units_text(2**128 - 1) == "340282366920938463463374607431768.211455"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("1e6", "expected a number"),
        ("-1", "must not be negative"),
        ("0.0000001", "expected at most 6 decimals"),
    ],
)
def test_other_amounts_are_refused(text, reason):
    with pytest.raises(InputError, match=f"^bond: {reason}"):
        micro_in(text, "bond")


def test_whole_numbers_are_canonical():
    assert whole_in("12500", "initial_bps") == 12_500
    with pytest.raises(InputError, match=r"^initial_bps: "):
        whole_in("1.5", "initial_bps")


def test_pairs_have_known_keys_once():
    assert pairs_in(["grace=1", "bond="], ("grace", "bond")) == {"grace": "1", "bond": ""}
    for words, reason in (
        (["grace"], "grace: expected KEY=VALUE with a key of grace, bond"),
        (["grase=1"], "grase: unknown key; did you mean grace?"),
        (["grace=1", "grace=1"], "grace: duplicate key"),
    ):
        with pytest.raises(InputError, match=f"^{re.escape(reason)}$"):
            pairs_in(words, ("grace", "bond"))


def test_groups_have_names_in_either_case():
    assert named_calls.pause_group("Trade") is PauseGroup.TRADE
    with pytest.raises(InputError, match=r"^all: no such group; expected one of trade, withdraw, liquidate$"):
        named_calls.pause_group("all")


def test_a_raw_call_is_an_address_and_calldata():
    found = named_calls.raw_call(f"{ADDRESS}:0x0a0B", salt=3)
    assert (found.target, found.data, found.salt) == (ADDRESS, b"\x0a\x0b", 3)
    assert named_calls.raw_call(f"{ADDRESS}:0x").data == b""
    for text in (ADDRESS, f"{ADDRESS}:", f"{ADDRESS}:0x0", f"{ADDRESS}:0a", f"0x12:0x{ADDRESS[2:]}"):
        with pytest.raises(InputError, match=r"^--call: expected TARGET:HEX"):
            named_calls.raw_call(text)


def test_every_function_of_the_timelock_is_explained():
    found = set()
    for contract, paths in PARTS.items():
        for path in paths:
            text = (SOURCES / path).read_text(encoding="utf-8")
            found |= {
                f"{contract}.{name}"
                for name, modifiers, body in re.findall(r"function (\w+)\([^)]*\)([^{;]*)\{([^}]*)", text)
                if re.search(
                    r"onlyTimelock|onlyAdmin|onlyOwner|NotTimelock|NotGuardianNorAdmin", modifiers + body
                )
            }
    assert len(found) == 15
    assert set(effects._KNOWN) == found | {"timelock.updateDelay"}


def test_a_mint_has_decimals_and_an_amount():
    assert demo_chain.mint_in("USD:6=10000.5") == demo_chain.Mint("USD", 6, 10_000_500_000)
    for text, reason in (
        ("USD=1", "expected NAME:DECIMALS=AMOUNT"),
        (":6=1", "expected NAME:DECIMALS=AMOUNT"),
        ("USD:19=1", "decimals: must be from 6 to 18"),
        ("USD:6=many", "expected a number"),
    ):
        with pytest.raises(InputError, match=f"^{text}: {reason}"):
            demo_chain.mint_in(text)


def market_where(contract, function, **values):
    """Return a market one of whose contracts has decoded a call."""
    addresses = dict.fromkeys(("house", "auctions", "feed", "vault", "guardian", "timelock"), "0x00")
    clients = {name: SimpleNamespace(address=address) for name, address in addresses.items()}
    clients[contract].address = ADDRESS
    clients[contract].decoded = lambda _data: (function, values)
    return SimpleNamespace(deployment=SimpleNamespace(assets=()), **clients)


@pytest.mark.parametrize(
    "error", [ChainError("reverted"), InputError("does not fit"), ValueError(), IndexError()]
)
def test_attack_a_scheduled_call_with_values_that_no_contract_takes_is_shown(error):
    market = market_where("vault", "setCap", slot=200, cap=5)

    def refuse(_slot):
        raise error

    market.vault.asset = refuse
    (found,) = effects.effects(market, Operation(ADDRESS, b""))
    assert found == Effect("call of the vault", "", "setCap(slot=200, cap=5)")
