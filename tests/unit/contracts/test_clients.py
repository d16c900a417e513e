"""What all clients have in common, without a chain: errors by name, kept compilations, arguments."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from web3.exceptions import ContractCustomError

from zkmargin.chain import compiled_cache, solidity
from zkmargin.chain import contract as contracts
from zkmargin.chain.contract import contract_errors
from zkmargin.chain.solidity import CompiledContract, compile_contract
from zkmargin.contracts.client import fitting, word
from zkmargin.contracts.greeks import Option
from zkmargin.errors import ChainError, InputError

PRICE = {
    "type": "error",
    "name": "PriceAboveLimit",
    "inputs": [{"name": "price", "type": "int256"}, {"name": "limit", "type": "int256"}],
}
NAMED = {"type": "error", "name": "Named", "inputs": [{"name": "why", "type": "string"}]}
SOURCE = (
    "pragma solidity 0.8.37; contract Tiny { function one() external pure returns (uint256) { return 1; } }"
)


def selector(entry):
    kinds = ",".join(item["type"] for item in entry["inputs"])
    return contracts.keccak(f"{entry['name']}({kinds})".encode())[:4].hex()


def signed(number):
    return (number % 2**256).to_bytes(32, "big").hex()


def message_of(data, abi, called=()):
    with pytest.raises(ChainError) as caught, contract_errors("bid", abi, called):
        raise ContractCustomError(data, data=data)
    return str(caught.value)


def test_a_negative_value_of_an_error_is_shown_as_one():
    data = "0x" + selector(PRICE) + signed(-3) + signed(-5)
    assert message_of(data, [PRICE]) == "bid: reverted: PriceAboveLimit(price=-3, limit=-5)"


def test_a_malformed_error_keeps_its_name():
    data = "0x" + selector(NAMED) + "00" * 31
    assert message_of(data, [PRICE, NAMED]) == "bid: reverted: Named(?)"


def test_errors_of_called_contracts_have_names(monkeypatch):
    asked = []

    def compiled(source):
        asked.append(source)
        return CompiledContract("X", [NAMED] if source == "B.sol" else [], b"")

    monkeypatch.setattr(contracts, "our_contract", compiled)
    text = "0x" + selector(NAMED) + signed(32) + signed(2) + b"no".hex().ljust(64, "0")
    assert message_of(text, [PRICE], ("A.sol", "B.sol", "C.sol")) == "bid: reverted: Named(why=no)"
    # They take time to compile, and mostly the contract's own interface has the error.
    assert asked == ["A.sol", "B.sol"]
    asked.clear()
    message_of("0x" + selector(PRICE) + signed(1) + signed(0), [PRICE], ("A.sol",))
    assert asked == []


def test_an_unknown_error_keeps_its_data():
    assert "0xdeadbeef" in message_of("0xdeadbeef", [PRICE])


def test_numbers_fit_their_types():
    assert word("root", 2**256 - 1) == b"\xff" * 32
    for bits, value in ((8, 256), (256, 2**256), (8, -1)):
        with pytest.raises(InputError, match=f"x: does not fit in {bits} bits"):
            fitting("x", value, bits)


def test_an_option_is_exact_in_the_contracts_units():
    option = Option(Decimal("1e3"), Decimal("0.000000001"), Decimal("1.000000000000000001"), 5, is_call=False)
    assert option.arguments() == (10**21, 10**9, 10**18 + 1, 5, False)


# kept compilations


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "zkmargin" / "contracts"


@pytest.fixture
def runs(monkeypatch):
    """Return what the compiler was asked, and give it answers."""
    asked = []

    def answer(request):
        asked.append(request)
        contract = {"abi": [], "evm": {"bytecode": {"object": "6001"}}}
        return {"contracts": {"Contract.sol": {"Tiny": contract}}}

    monkeypatch.setattr(solidity, "_run_compiler", answer)
    return asked


def test_a_contract_is_compiled_once(folder, runs):
    first = compile_contract(SOURCE, "Tiny")
    assert compile_contract(SOURCE, "Tiny") == first
    assert len(runs) == 1
    assert folder.stat().st_mode & 0o077 == 0
    compile_contract(SOURCE + " ", "Tiny")
    assert len(runs) == 2


def test_another_compiler_or_other_settings_compile_again(folder, runs, monkeypatch):
    compile_contract(SOURCE, "Tiny")
    monkeypatch.setattr(solidity.toolchain, "installed_version", lambda _: "0.0.1")
    compile_contract(SOURCE, "Tiny")
    monkeypatch.setattr(solidity, "_SETTINGS", {**solidity._SETTINGS, "evmVersion": "prague"})
    compile_contract(SOURCE, "Tiny")
    assert len(runs) == 3


@pytest.mark.parametrize("content", ["", "[]", "{", '{"abi": []}'])
def test_what_was_kept_and_is_damaged_is_compiled_again(folder, runs, content):
    compile_contract(SOURCE, "Tiny")
    (kept,) = folder.iterdir()
    whole = json.loads(kept.read_text())
    kept.write_text(content)
    assert compile_contract(SOURCE, "Tiny").bytecode == b"\x60\x01"
    assert len(runs) == 2
    assert json.loads(kept.read_text()) == whole


def test_a_folder_that_others_can_write_to_is_not_used(folder, runs):
    folder.mkdir(parents=True, mode=0o700)
    folder.chmod(0o770)
    for _ in range(2):
        compile_contract(SOURCE, "Tiny")
    assert len(runs) == 2
    assert list(folder.iterdir()) == []
    assert compiled_cache.kept("x") is None
