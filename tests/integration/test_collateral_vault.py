"""CollateralVault on a local chain: the client, tokens that misbehave, and gas as transactions pay it.

The operator is a contract without functions for which the tests send transactions. The numbers in the names
are the rows of the table of attacks.
"""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest
from eth_account import Account
from eth_account.messages import encode_typed_data
from web3 import Web3

from support.circuits import ROOT
from zkmargin.chain import connect, run_anvil
from zkmargin.chain import contract as contracts
from zkmargin.chain.contract import contract_errors, deploy, our_contract
from zkmargin.contracts.collateral_vault import CASH, NO_CAP, Asset, CollateralVault
from zkmargin.contracts.token import Token
from zkmargin.errors import ChainError, InputError

GAS = ROOT / "verifier_contracts" / "snapshots" / "vault_transactions.json"
TOKENS = ROOT / "verifier_contracts" / "test" / "tokens"
OPERATOR = Web3.to_checksum_address("0x" + "0b" * 20)
ONE = 10**6
COIN = 0
HOLDER = Account.from_key("0x" + "a1" * 32)
FAR = 2**40
WANTS_GAS = 7  # a mode of HostileToken: it reverts with less than 150 000


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def deployed(node):
    """Deploy a vault with an operator, dollars as cash and a coin as collateral."""
    web3 = connect(node)
    for method, value in (("anvil_setCode", "0x00"), ("anvil_setBalance", hex(10**20))):
        assert "error" not in web3.provider.make_request(method, [OPERATOR, value])
    web3.provider.make_request("anvil_impersonateAccount", [OPERATOR])
    vault = CollateralVault.deploy(node)
    vault.set_operator(OPERATOR)
    usd, coin = token(web3, "FreezableToken", 6), token(web3, "FreezableToken", 18)
    vault.list_asset(CASH, usd.address)
    vault.list_asset(COIN, coin.address, 1000 * ONE)
    return SimpleNamespace(vault=vault.address, usd=usd.address, coin=coin.address)


@pytest.fixture
def web3(node):
    """Return a connection to the chain, which is put back to where it was."""
    web3 = connect(node)
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield web3
    assert web3.provider.make_request("evm_revert", [before])["result"] is True


@pytest.fixture
def vault(web3, deployed):
    return CollateralVault(web3, deployed.vault)


@pytest.fixture
def usd(web3, deployed):
    return web3.eth.contract(deployed.usd, abi=compiled_token("FreezableToken").abi)


@pytest.fixture
def coin(web3, deployed):
    return web3.eth.contract(deployed.coin, abi=compiled_token("FreezableToken").abi)


def compiled_token(name):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(contracts, "contracts_folder", lambda: TOKENS)
        return our_contract(f"{name}.sol")


def token(web3, name, *arguments):
    return deploy(web3, compiled_token(name), *arguments)


def send(call, sender):
    receipt = call.w3.eth.wait_for_transaction_receipt(call.transact({"from": sender, "gas": 1_000_000}))
    assert receipt["status"] == 1
    return receipt["gasUsed"]


def operate(vault, function, *arguments):
    """Send a transaction of the operator, or raise what it would say."""
    call = vault._contract.functions[function](*arguments)
    with contract_errors(function, vault._abi):
        call.call({"from": OPERATOR, "gas": 1_000_000})
    return send(call, OPERATOR)


def fund(vault, contract, account, amount, scale=1):
    send(contract.functions.mint(account, amount * scale), account)
    send(contract.functions.approve(vault.address, amount * scale), account)


def permit(web3, vault, contract, value):
    """Return deadline, v, r and s of a permit that eth-account signs."""
    domain = {
        "name": "Test",
        "version": "1",
        "chainId": web3.eth.chain_id,
        "verifyingContract": contract.address,
    }
    names = ("owner address", "spender address", "value uint256", "nonce uint256", "deadline uint256")
    kinds = {"Permit": [dict(zip(("name", "type"), name.split(), strict=True)) for name in names]}
    message = {
        "owner": HOLDER.address,
        "spender": vault.address,
        "value": value,
        "nonce": 0,
        "deadline": FAR,
    }
    signed = HOLDER.sign_message(encode_typed_data(domain, kinds, message))
    return FAR, signed.v, signed.r.to_bytes(32, "big"), signed.s.to_bytes(32, "big")


# the client


def test_assets_are_listed_with_scale_and_cap(vault, deployed):
    assert vault.asset(CASH) == Asset(deployed.usd, scale=1, cap=NO_CAP, total=0, owed=0)
    assert vault.asset(COIN) == Asset(deployed.coin, scale=10**12, cap=1000 * ONE, total=0, owed=0)
    assert vault.asset(1) is None
    assert vault.asset(99) is None
    assert vault.operator() == OPERATOR


def test_a_fresh_vault_has_no_operator_and_the_owner_that_it_was_given(node, web3):
    owner = web3.eth.accounts[3]
    fresh = CollateralVault.deploy(node, owner)
    assert fresh.operator() is None
    with pytest.raises(ChainError, match=r"^setCap: reverted: OwnableUnauthorizedAccount\(account=0x"):
        fresh.set_cap(CASH, 1)
    web3.eth.default_account = owner
    with pytest.raises(ChainError, match=r"^setCap: reverted: NotListed\(asset=8\)$"):
        CollateralVault(web3, fresh.address).set_cap(CASH, 1)


def test_an_address_without_the_contract_is_a_chain_error(web3, deployed):
    for address in (web3.eth.accounts[3], deployed.usd):
        with pytest.raises(ChainError, match=r"^call of CollateralVault.operator: "):
            CollateralVault(web3, address)


def test_the_contracts_errors_have_names(vault, deployed, web3):
    with pytest.raises(ChainError, match=r"^listAsset: reverted: NoSuchSlot\(asset=9\)$"):
        vault.list_asset(9, deployed.usd)
    with pytest.raises(ChainError, match=rf"AlreadyListed\(token={deployed.usd.lower()}, asset=8\)$"):
        vault.list_asset(1, deployed.usd)
    with pytest.raises(ChainError, match=r"^setOperator: reverted: OperatorAlreadySet\(operator=0x0b"):
        vault.set_operator(deployed.usd)
    with pytest.raises(ChainError, match=r"^claim: reverted: NothingOwed\(asset=8, account=0x"):
        vault.claim(CASH)
    with pytest.raises(ChainError, match=r"^claim: reverted: InvalidReceiver\(to=0x0{40}\)$"):
        vault.claim(CASH, "0x" + "00" * 20)


@pytest.mark.parametrize("cap", [-1, 2**128])
def test_a_cap_out_of_range_is_an_input_error(vault, deployed, cap):
    for function, arguments in ((vault.set_cap, (CASH, cap)), (vault.list_asset, (1, deployed.usd, cap))):
        with pytest.raises(InputError, match="cap: does not fit in 128 bits"):
            function(*arguments)


def test_a_slot_out_of_range_is_an_input_error(vault):
    with pytest.raises(InputError, match="asset: does not fit in 256 bits"):
        vault.asset(-1)


def test_room_and_backing(vault, web3, coin):
    user = web3.eth.accounts[1]
    fund(vault, coin, user, 10 * ONE, 10**12)
    operate(vault, "pull", COIN, user, 10 * ONE)
    assert (vault.asset(COIN).room, vault.asset(COIN).backing) == (990 * ONE, 10**19)
    vault.set_cap(COIN, ONE)
    assert vault.asset(COIN).room == 0
    with pytest.raises(ChainError, match=r"^pull: reverted: CapExceeded\(asset=0, amount=1, room=0\)$"):
        operate(vault, "pull", COIN, user, 1)
    operate(vault, "release", COIN, user, 10 * ONE)
    assert vault.asset(COIN).backing == 0


# deposits and payments


def test_a_deposit_goes_out_as_a_payment_or_as_a_claim(vault, web3, usd):
    user, other, safe = web3.eth.accounts[1:4]
    fund(vault, usd, user, 5 * ONE)
    operate(vault, "pull", CASH, user, 5 * ONE)
    assert vault.asset(CASH).total == usd.functions.balanceOf(vault.address).call() == 5 * ONE

    operate(vault, "release", CASH, other, 2 * ONE)
    assert usd.functions.balanceOf(other).call() == 2 * ONE

    send(usd.functions.freeze(other, True), user)
    operate(vault, "release", CASH, other, 3 * ONE)
    assert (vault.asset(CASH).total, vault.asset(CASH).owed) == (0, 3 * ONE)
    assert vault.claim_of(CASH, other) == 3 * ONE

    web3.eth.default_account = other
    with pytest.raises(ChainError, match=r"^claim: "):
        vault.claim(CASH)
    send(usd.functions.freeze(other, False), user)
    vault.claim(CASH, safe)
    assert usd.functions.balanceOf(safe).call() == 3 * ONE
    assert (vault.asset(CASH).backing, vault.claim_of(CASH, other)) == (0, 0)


def test_only_the_operator_moves_credits(vault, web3):
    user = web3.eth.accounts[0]
    for function, arguments in (
        ("pull", (CASH, user, 0)),
        ("pullWithPermit", (CASH, user, 0, FAR, 27, bytes(32), bytes(32))),
        ("release", (CASH, user, 0)),
    ):
        call = vault._contract.functions[function](*arguments)
        expected = rf"NotOperator\(caller={user.lower()}\)"
        with pytest.raises(ChainError, match=expected), contract_errors(function, vault._abi):
            call.call({"from": user})


def test_a_token_that_answers_nothing_can_be_approved(vault, web3):
    silent, user = token(web3, "NoReturnToken"), web3.eth.accounts[1]
    web3.eth.default_account = user
    Token(web3, silent.address).approve(vault.address, ONE)
    assert Token(web3, silent.address).allowance(user, vault.address) == ONE


# 7: gas


def test_attack_7_an_estimate_of_gas_is_for_a_payment(vault, web3):
    particular, (user, other) = token(web3, "HostileToken", 6), web3.eth.accounts[1:3]
    vault.list_asset(1, particular.address)
    fund(vault, particular, user, ONE)
    operate(vault, "pull", 1, user, ONE)
    send(particular.functions.turn(WANTS_GAS), user)
    call = vault._contract.functions.release(1, other, ONE)
    gas = call.estimate_gas({"from": OPERATOR})
    web3.eth.wait_for_transaction_receipt(call.transact({"from": OPERATOR, "gas": gas}))
    assert particular.functions.balanceOf(other).call() == ONE
    assert vault.claim_of(1, other) == 0


# 25: withdrawals


def test_attack_25_more_than_the_credits_is_not_released(vault, web3, usd):
    user = web3.eth.accounts[1]
    fund(vault, usd, user, ONE)
    operate(vault, "pull", CASH, user, ONE)
    send(usd.functions.mint(vault.address, 10 * ONE), user)
    expected = rf"^release: reverted: CreditsExceeded\(asset=8, amount={ONE + 1}, total={ONE}\)$"
    with pytest.raises(ChainError, match=expected):
        operate(vault, "release", CASH, user, ONE + 1)


# 26: tokens


@pytest.mark.parametrize("decimals", [0, 5, 19, 20])
def test_attack_26_unsupported_decimals_are_refused(vault, web3, decimals):
    odd = token(web3, "TestToken", decimals)
    with pytest.raises(ChainError, match=rf"UnsupportedDecimals\(token=0x\w+, decimals={decimals}\)$"):
        vault.list_asset(1, odd.address)


def test_attack_26_a_fee_on_transfer_is_refused(vault, web3):
    taking, user = token(web3, "FeeToken", 6), web3.eth.accounts[1]
    vault.list_asset(1, taking.address)
    fund(vault, taking, user, ONE)
    send(taking.functions.setFee(100, False), user)
    expected = rf"InexactTransfer\(asset=1, balanceBefore=0, balanceAfter={ONE * 99 // 100}, value={ONE}\)$"
    with pytest.raises(ChainError, match=expected):
        operate(vault, "pull", 1, user, ONE)
    assert vault.asset(1).total == 0


def test_attack_26_a_permit_serves_once(vault, web3, coin):
    send(coin.functions.mint(HOLDER.address, 10**19), web3.eth.accounts[0])
    signed = permit(web3, vault, coin, 10**18)
    operate(vault, "pullWithPermit", COIN, HOLDER.address, ONE, *signed)
    assert vault.asset(COIN).total == ONE
    with pytest.raises(ChainError, match=r"^pullWithPermit: "):
        operate(vault, "pullWithPermit", COIN, HOLDER.address, ONE, *signed)
    assert vault.asset(COIN).total == ONE


def test_attack_26_a_permit_that_was_used_up_on_its_way_still_serves(vault, web3, coin):
    thief = web3.eth.accounts[5]
    send(coin.functions.mint(HOLDER.address, 10**18), thief)
    signed = permit(web3, vault, coin, 10**18)
    send(coin.functions.permit(HOLDER.address, vault.address, 10**18, *signed), thief)
    operate(vault, "pullWithPermit", COIN, HOLDER.address, ONE, *signed)
    assert vault.asset(COIN).total == ONE


# 28: leaving


def test_attack_28_a_claim_is_paid_when_everything_else_has_failed(vault, web3, deployed, usd):
    user, other = web3.eth.accounts[1:3]
    fund(vault, usd, user, ONE)
    operate(vault, "pull", CASH, user, ONE)
    send(usd.functions.pause(True), user)
    operate(vault, "release", CASH, other, ONE)
    send(usd.functions.pause(False), user)
    for gone in (OPERATOR, deployed.coin):
        web3.provider.make_request("anvil_setCode", [gone, "0xfe"])
    vault.set_cap(CASH, 0)
    web3.eth.default_account = other
    vault.claim(CASH)
    assert usd.functions.balanceOf(other).call() == ONE


# gas


def test_gas_of_transactions_is_what_the_snapshot_says(vault, web3, usd):
    user, other = web3.eth.accounts[1:3]
    fund(vault, usd, user, 10 * ONE)
    send(usd.functions.mint(other, 1), user)
    send(usd.functions.mint(HOLDER.address, 10 * ONE), user)
    operate(vault, "pull", CASH, user, 4 * ONE)
    signed = permit(web3, vault, usd, ONE)
    found = {
        "pull": operate(vault, "pull", CASH, user, ONE),
        "pullWithPermit": operate(vault, "pullWithPermit", CASH, HOLDER.address, ONE, *signed),
        "release": operate(vault, "release", CASH, other, ONE),
    }
    send(usd.functions.freeze(other, True), user)
    found["release, refused"] = operate(vault, "release", CASH, other, ONE)
    send(usd.functions.freeze(other, False), user)
    web3.eth.default_account = other
    found["claim"] = vault.claim(CASH)
    # The addresses have more or fewer zero bytes.
    assert found == pytest.approx(json.loads(GAS.read_text()), rel=0.005)
