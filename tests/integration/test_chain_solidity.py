"""Solidity compilation with the pinned compiler."""

from __future__ import annotations

import pytest

from zkmargin.chain import compile_contract
from zkmargin.chain.solidity import compile_sources
from zkmargin.errors import InputError, ToolchainError

HEAD = "// SPDX-License-Identifier: GPL-3.0-or-later\npragma solidity ^0.8.37;\n"


def test_a_contract_becomes_interface_and_bytecode():
    compiled = compile_contract(
        HEAD + "contract One { function one() external pure returns (uint256) { return 1; } }", "One"
    )
    assert compiled.name == "One"
    assert [entry["name"] for entry in compiled.abi] == ["one"]
    assert compiled.bytecode[:2] == bytes.fromhex("6080")


def test_the_optimizer_is_on():
    # 398 bytes with it, 616 without.
    loop = "for (uint256 i; i < x.length; ++i) s += x[i];"
    function = "function sum(uint256[] calldata x) external pure returns (uint256 s)"
    source = f"contract Sum {{ {function} {{ {loop} }} }}"
    assert len(compile_contract(HEAD + source, "Sum").bytecode) < 500


def test_a_warning_is_not_an_error():
    assert compile_contract("contract Bare {}", "Bare").bytecode


def test_the_compilers_own_message_is_passed_on():
    with pytest.raises(ToolchainError, match=r"TypeError: Type bool.*\n --> Contract.sol:3:"):
        compile_contract(HEAD + "contract Bad { uint256 x = true; }", "Bad")


def test_an_import_is_refused():
    with pytest.raises(ToolchainError, match="not found"):
        compile_contract(HEAD + 'import "/etc/hostname"; contract A {}', "A")


def test_sources_import_each_other_by_relative_paths():
    sources = {
        "parts/One.sol": HEAD + "uint256 constant ONE = 1;",
        "Main.sol": HEAD + 'import {ONE} from "./parts/One.sol"; contract Main { uint256 public x = ONE; }',
    }
    compiled = compile_sources(sources, "Main.sol", "Main")
    assert [entry["name"] for entry in compiled.abi] == ["x"]
    with pytest.raises(InputError, match="no contract Main"):
        compile_sources(sources, "parts/One.sol", "Main")


def test_an_absent_contract_is_an_input_error():
    with pytest.raises(InputError, match="no contract B"):
        compile_contract(HEAD + "contract A {}", "B")


@pytest.mark.parametrize(
    "body",
    [
        "interface Bare { function f() external; }",
        "library L { function f() external {} } contract Bare { function g() external { L.f(); } }",
    ],
)
def test_what_cannot_be_deployed_is_an_input_error(body):
    with pytest.raises(InputError, match="cannot be deployed"):
        compile_contract(HEAD + body, "Bare")
