"""Guardian on a local chain, wired to OpenZeppelin's timelock as it would be deployed."""

from __future__ import annotations

import pytest

from zkmargin.chain import connect, run_anvil
from zkmargin.chain.contract import contract_errors, deploy, our_contract
from zkmargin.contracts.guardian import Guardian, Limits, PauseGroup
from zkmargin.errors import ChainError, InputError

HOUR, DAY = 3600, 86_400
TRADE, WITHDRAW, LIQUIDATE = PauseGroup.TRADE, PauseGroup.WITHDRAW, PauseGroup.LIQUIDATE
TIMELOCK = "@openzeppelin/contracts/governance/TimelockController.sol"
WHY = "the index of ETH stands still"
NOBODY = "0x" + "00" * 20
ZERO = b"\0" * 32


@pytest.fixture(scope="module")
def node():
    with run_anvil() as url:
        yield url


@pytest.fixture(scope="module")
def parties(node):
    """Return guardian, proposer and somebody else: three of the node's accounts."""
    return connect(node).eth.accounts[:3]


@pytest.fixture(scope="module")
def timelock_address(node, parties):
    # Anybody may execute, and the timelock alone changes its own roles.
    arguments = (2 * DAY, [parties[1]], [NOBODY], NOBODY)
    return deploy(connect(node), our_contract(TIMELOCK), *arguments).address


@pytest.fixture(scope="module")
def deployed(node, timelock_address, parties):
    return Guardian.deploy(node, timelock_address, parties[0])


@pytest.fixture
def web3(node):
    """Return a connection to the chain, which is put back to where it was."""
    web3 = connect(node)
    before = web3.provider.make_request("evm_snapshot", [])["result"]
    yield web3
    assert web3.provider.make_request("evm_revert", [before])["result"] is True


@pytest.fixture
def guardian(web3, deployed, parties):
    web3.eth.default_account = parties[0]
    return Guardian(web3, deployed.address)


@pytest.fixture
def timelock(web3, timelock_address):
    return web3.eth.contract(address=timelock_address, abi=our_contract(TIMELOCK).abi)


def wait(web3, seconds):
    web3.provider.make_request("evm_increaseTime", [seconds])
    web3.provider.make_request("evm_mine", [])


def wait_until(web3, moment):
    web3.provider.make_request("evm_setNextBlockTimestamp", [moment])
    web3.provider.make_request("evm_mine", [])


def sent(web3, call, sender):
    options = {"from": sender, "gas": 1_000_000}
    with contract_errors("transaction", [*our_contract(TIMELOCK).abi, *our_contract("Guardian.sol").abi]):
        call.call(options)
        receipt = web3.eth.wait_for_transaction_receipt(call.transact(options))
    assert receipt["status"] == 1
    return receipt


def scheduled(web3, timelock, guardian, calldata, proposer):
    """Schedule a call of the guardian's contract, and return its execution."""
    parts = (guardian.address, 0, calldata, ZERO, ZERO)
    sent(web3, timelock.functions.schedule(*parts, 2 * DAY), proposer)
    return timelock.functions.execute(*parts)


# pauses


def test_a_pause_begins_at_once_and_ends_by_itself(web3, guardian):
    assert guardian.last_pause(WITHDRAW) is None
    assert guardian.pausable_from(WITHDRAW) == 0
    assert guardian.pause(TRADE | WITHDRAW, 6 * HOUR, WHY) < 250_000
    start = web3.eth.get_block("latest")["timestamp"]
    assert guardian.is_paused(WITHDRAW) is True
    assert guardian.is_paused(LIQUIDATE) is False
    assert guardian.is_paused(TRADE | LIQUIDATE) is True
    assert guardian.last_pause(WITHDRAW) == (start, start + 6 * HOUR)
    assert guardian.pausable_from(WITHDRAW) == start + 6 * HOUR + 7 * DAY
    wait_until(web3, start + 6 * HOUR - 1)
    assert guardian.is_paused(WITHDRAW) is True
    wait_until(web3, start + 6 * HOUR)
    assert guardian.is_paused(TRADE | WITHDRAW) is False
    assert guardian.paused_seconds(WITHDRAW, start) == 6 * HOUR


def test_a_pause_that_is_lifted_counts_as_long_as_it_was(web3, guardian):
    guardian.pause(LIQUIDATE, 2 * HOUR, WHY)
    start = web3.eth.get_block("latest")["timestamp"]
    wait(web3, HOUR)
    guardian.lift(LIQUIDATE, "the index moves again")
    _, end = guardian.last_pause(LIQUIDATE)
    assert HOUR <= end - start < 2 * HOUR
    wait(web3, DAY)
    assert guardian.paused_seconds(LIQUIDATE, start) == end - start
    with pytest.raises(ChainError, match=r"NotPaused\(group=4\)"):
        guardian.lift(LIQUIDATE, WHY)


def test_every_refusal_has_its_name(web3, guardian, parties):
    with pytest.raises(ChainError, match=r"PauseOutOfBounds\(group=4, duration=7201, maxPause=7200\)"):
        guardian.pause(LIQUIDATE, 2 * HOUR + 1, WHY)
    with pytest.raises(ChainError, match=r"NoReason\(\)"):
        guardian.pause(LIQUIDATE, HOUR, "")
    with pytest.raises(ChainError, match=r"NoSuchGroup\(groups=0\)"):
        guardian.pause(PauseGroup(0), HOUR, WHY)
    with pytest.raises(ChainError, match=r"NoSuchGroup\(groups=3\)"):
        guardian.limits(TRADE | WITHDRAW)
    web3.eth.default_account = parties[2]
    with pytest.raises(ChainError, match=rf"(?i)NotGuardian\(sender={parties[2]}\)"):
        guardian.pause(LIQUIDATE, HOUR, WHY)


def test_attack_28_the_worst_guardian_keeps_nobody_in(web3, guardian):
    """For two months it pauses withdrawals as long as it may, as soon as it may."""
    limits = guardian.limits(WITHDRAW)
    starts = []
    for _ in range(8):
        guardian.pause(WITHDRAW, limits.max_pause, WHY)
        start, end = guardian.last_pause(WITHDRAW)
        assert end - start == DAY
        starts.append(start)
        wait_until(web3, end)
        # A holder who arrived with the pause leaves a day later, and has a week to do so.
        assert guardian.is_paused(WITHDRAW) is False
        wait_until(web3, end + 7 * DAY - 2)
        assert guardian.is_paused(WITHDRAW) is False
        with pytest.raises(ChainError, match=rf"CoolingDown\(group=2, pausableFrom={end + 7 * DAY}\)"):
            guardian.pause(WITHDRAW, 1, WHY)
        wait_until(web3, end + 7 * DAY)
    passed = web3.eth.get_block("latest")["timestamp"] - starts[0]
    assert guardian.paused_seconds(WITHDRAW, starts[0]) == 8 * DAY <= limits.longest_within(passed)


def test_takes_no_ether(web3, guardian, parties):
    with pytest.raises(ChainError), contract_errors("payment", []):
        web3.eth.call({"from": parties[0], "to": guardian.address, "value": 1})
    assert web3.eth.get_balance(guardian.address) == 0


# the timelock


def test_limits_change_after_the_timelocks_delay_and_by_anybody(web3, guardian, timelock, parties):
    wanted = Limits(max_pause=6 * HOUR, cooldown=14 * DAY)
    calldata = guardian.set_limits_call(WITHDRAW, wanted, "fewer and shorter")
    execution = scheduled(web3, timelock, guardian, calldata, parties[1])
    with pytest.raises(ChainError, match="TimelockUnexpectedOperationState"):
        sent(web3, execution, parties[2])
    wait(web3, 2 * DAY)
    sent(web3, execution, parties[2])
    assert guardian.limits(WITHDRAW) == wanted
    with pytest.raises(ChainError, match=r"PauseOutOfBounds\(group=2, duration=86400, maxPause=21600\)"):
        guardian.pause(WITHDRAW, DAY, WHY)


def test_not_even_the_timelock_exceeds_the_bounds(web3, guardian, timelock, parties):
    bounds = guardian.bounds(LIQUIDATE)
    assert bounds == Limits(2 * HOUR, DAY)
    calldata = guardian.set_limits_call(LIQUIDATE, Limits(bounds.max_pause + 1, bounds.cooldown), "longer")
    execution = scheduled(web3, timelock, guardian, calldata, parties[1])
    wait(web3, 2 * DAY)
    with pytest.raises(ChainError, match=r"LimitsOutOfBounds\(group=4, maxPause=7201, cooldown=86400\)"):
        sent(web3, execution, parties[2])


def test_a_guardian_is_replaced_and_the_cool_down_goes_on(web3, guardian, timelock, parties):
    calldata = guardian.set_guardian_call(parties[2], "elected")
    execution = scheduled(web3, timelock, guardian, calldata, parties[1])
    wait(web3, DAY)
    guardian.pause(WITHDRAW, DAY, WHY)
    wait(web3, DAY)
    receipt = sent(web3, execution, parties[2])
    contract = web3.eth.contract(address=guardian.address, abi=our_contract("Guardian.sol").abi)
    appointed = contract.events.GuardianSet().process_log(receipt["logs"][0])["args"]
    assert appointed == {"previous": parties[0], "guardian": parties[2], "reason": "elected"}
    assert guardian.guardian() == parties[2]
    with pytest.raises(ChainError, match="NotGuardian"):
        guardian.pause(TRADE, HOUR, WHY)
    web3.eth.default_account = parties[2]
    with pytest.raises(ChainError, match="CoolingDown"):
        guardian.pause(WITHDRAW, HOUR, WHY)
    guardian.pause(TRADE, HOUR, WHY)


def test_only_the_proposer_schedules_and_only_the_timelock_changes(web3, guardian, timelock, parties):
    calldata = guardian.set_guardian_call(NOBODY, "given up")
    with pytest.raises(ChainError, match="AccessControlUnauthorizedAccount"):
        scheduled(web3, timelock, guardian, calldata, parties[2])
    with (
        pytest.raises(ChainError, match="NotTimelock"),
        contract_errors("call", our_contract("Guardian.sol").abi),
    ):
        web3.eth.call({"from": parties[0], "to": guardian.address, "data": calldata})


def test_what_the_signers_of_a_wallet_send_does_what_it_says(web3, guardian, parties):
    for calldata, paused in (
        (guardian.pause_call(TRADE, HOUR, WHY), True),
        (guardian.lift_call(TRADE, WHY), False),
    ):
        sent_ = web3.eth.send_transaction({"from": parties[0], "to": guardian.address, "data": calldata})
        assert web3.eth.wait_for_transaction_receipt(sent_)["status"] == 1
        assert guardian.is_paused(TRADE) is paused


# deployment


def test_a_deployment_is_refused_unless_the_timelock_is_slow_enough(node, parties):
    fast = deploy(connect(node), our_contract(TIMELOCK), 2 * DAY - 1, [], [], NOBODY).address
    with pytest.raises(ChainError, match=r"NoticeTooShort\(delay=172799, minNotice=172800\)"):
        Guardian.deploy(node, fast, parties[0])
    with pytest.raises(ChainError, match="NotAContract"):
        Guardian.deploy(node, parties[2], parties[0])


def test_an_address_without_the_contract_is_refused(web3, parties):
    with pytest.raises(ChainError):
        Guardian(web3, parties[2])


def test_values_that_fit_no_type_are_refused(node, guardian, timelock_address):
    with pytest.raises(InputError, match="duration"):
        guardian.pause(TRADE, -1, WHY)
    with pytest.raises(InputError, match="since"):
        guardian.paused_seconds(TRADE, 2**256)
    with pytest.raises(InputError, match="cooldown"):
        guardian.set_limits_call(TRADE, Limits(1, 2**64), WHY)
    with pytest.raises(InputError, match="guardian"):
        guardian.set_guardian_call("0x12", WHY)
    with pytest.raises(InputError, match="timelock"):
        Guardian.deploy(node, "timelock", timelock_address)


def test_the_longest_pause_within_a_time():
    limits = Limits(max_pause=DAY, cooldown=7 * DAY)
    days = [0, 1, 2, 8, 9, 30]
    assert [limits.longest_within(n * DAY) // DAY for n in days] == [0, 1, 1, 1, 2, 4]
    with pytest.raises(InputError):
        limits.longest_within(-1)
    with pytest.raises(InputError):
        Limits(0, 0).longest_within(1)
