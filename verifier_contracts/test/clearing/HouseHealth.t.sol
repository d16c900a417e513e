// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Proofs of health, margin calls and freezes.
contract HouseHealthTest is HouseFixture {
    uint256 private a;
    uint256 private b;

    function setUp() public {
        _deploy();
        (a, b) = _tradedPair();
    }

    // --- attestations

    function test_anybodyAttestsManyAtOnce() public {
        _wait(1 hours);
        bytes32 root = _latest();
        IBatches.Health[] memory health = _attestation(root, _two(a, b));
        vm.expectEmit(address(house));
        emit IHouseTypes.Attested(root, block.timestamp, _two(a, b));
        vm.prank(STRANGER);
        house.attest(root, _two(a, b), health);
        for (uint256 i = 0; i < 2; ++i) {
            IHouse.Account memory found = house.accountOf(i == 0 ? a : b);
            assertEq(found.lastHealthyAt, NOW + 1 hours);
            assertEq(found.lastHealthyLive, feed.liveTime());
        }
    }

    function test_attestsWithThePublishedSnapshotOfAnAgeOrNewer() public {
        vm.warp(NOW + 1 minutes);
        bytes32 root = _publish();
        _expectAttest(
            bytes32(uint256(7)), a, abi.encodeWithSelector(IHouseTypes.UnknownSnapshot.selector, bytes32(uint256(7)))
        );
        vm.warp(NOW + 2 minutes);
        _publish();
        vm.warp(NOW + 1 minutes + MAX_AGE + 1);
        _expectAttest(root, a, abi.encodeWithSelector(IHouseTypes.SnapshotTooOld.selector, a, NOW + 1 minutes, MAX_AGE));
        vm.warp(NOW + 1 minutes + MAX_AGE);
        _attestWith(root, a);
        assertEq(house.accountOf(a).lastHealthyAt, NOW + 1 minutes);
    }

    /// @dev So the same snapshot is attested once, and an account stands in a list once.
    function test_attack_nothingNewer() public {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NothingNewer.selector, a, NOW, NOW);
        _expectAttest(ROOT, a, reason);
        vm.warp(NOW + 1);
        bytes32 root = _publish();
        IBatches.Health[] memory health = _attestation(root, _two(a, a));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingNewer.selector, a, NOW + 1, NOW + 1));
        house.attest(root, _two(a, a), health);
    }

    function test_attack_aProofOfOtherStatesOrAtAnotherLevelIsOfNoUse() public {
        vm.warp(NOW + 1);
        bytes32 root = _publish();
        IBatches.Health[] memory health = _attestation(root, _one(a));
        vm.expectRevert();
        house.attest(root, _one(b), health);
        _settle(_batch(_one(a), false));
        vm.expectRevert();
        house.attest(root, _one(a), health);
    }

    function test_onlyOpenAccountsAttest() public {
        vm.warp(NOW + 1);
        bytes32 root = _publish();
        _seize(a);
        _expectAttest(root, a, abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Seized));
    }

    /// @dev Attestations, deposits and refunds are in no group of pauses.
    function test_answersAreNeverPaused() public {
        _pause(7, 1 hours);
        vm.warp(NOW + 1);
        _publish();
        _attest(a);
        _deposit(a, CASH, ONE);
        _announceRefund(a, CASH, ONE);
        vm.warp(NOW + 10 minutes + 1);
        _refund(a, CASH, ONE, alice);
    }

    // --- calls

    function test_anAccountIsOverdueAfterItsHeartbeat() public {
        _wait(HEARTBEAT);
        assertFalse(house.isOverdue(a));
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotOverdue.selector, a);
        vm.expectRevert(reason);
        house.call(_one(a));
        _wait(1);
        assertTrue(house.isOverdue(a));
        vm.expectEmit(address(house));
        emit IHouseTypes.Called(a, block.timestamp);
        vm.expectEmit(address(house));
        emit IHouseTypes.Called(b, block.timestamp);
        house.call(_two(a, b));
        IHouse.Times memory times = house.timesOf(a);
        assertEq(times.calledSince, block.timestamp);
        assertEq(times.calledAt, block.timestamp);
        assertEq(times.calledLive, feed.liveTime());
        assertEq(times.grace, GRACE);
        assertEq(times.bond, BOND);
        assertTrue(house.isCalled(a));
        assertEq(house.lateFor(a), 0);
    }

    function test_aBreakerMakesEveryTradingAccountOverdue() public {
        uint256 idle = _open(CAROL);
        vm.warp(NOW + 1 minutes);
        _publish();
        feed.trip();
        assertTrue(house.isOverdue(a));
        assertFalse(house.isOverdue(idle));
        _attest(a);
        assertFalse(house.isOverdue(a));
    }

    function test_callsWithAFreshSnapshotThatCanAnswer() public {
        _wait(HEARTBEAT + 1);
        _silence(MAX_AGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoFreshSnapshot.selector, NOW + HEARTBEAT + 1, MAX_AGE));
        house.call(_one(a));
        _publish();
        house.call(_one(a));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadyCalled.selector, a, block.timestamp));
        house.call(_one(a));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadyCalled.selector, b, block.timestamp));
        house.call(_two(b, b));
    }

    /// @dev Live time can run on while the latest snapshot is the last proof's.
    function test_nobodyIsCalledForAProofThatCannotBeMade() public {
        IHouse.Parameters memory parameters = _parameters();
        (parameters.heartbeat, parameters.maxSnapshotAge) = (1 hours, 1 days);
        vm.prank(timelock);
        house.setParameters(parameters);
        _silence(50 minutes);
        bytes32 root = bytes32(uint256(0x77));
        feed.publish(root, NOW + 1);
        _attestWith(root, a);
        _silence(61 minutes);
        feed.publish(bytes32(uint256(0x78)), NOW + 1);
        _silence(1 minutes);
        assertTrue(house.isOverdue(a));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingNewer.selector, a, NOW + 1, NOW + 1));
        house.call(_one(a));
    }

    function test_noCallsInAPauseOfLiquidationsNorOfSeizedAccounts() public {
        _wait(HEARTBEAT + 1);
        _seize(a);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Seized));
        house.call(_one(a));
        _pause(4, 10 minutes);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.Paused.selector, 4));
        house.call(_one(b));
    }

    function test_aCallIsAnsweredByItsSnapshotOrALaterOne() public {
        bytes32 since = _called();
        uint256 time = block.timestamp;
        _wait(GRACE);
        // It is older than any other proof's, but the call asks for no newer one.
        _attestWith(since, a);
        assertFalse(house.isCalled(a));
        assertEq(house.accountOf(a).lastHealthyAt, time);
    }

    /// @dev A proof with a snapshot between the last proof and the call is accepted while fresh, and answers nothing.
    function test_attack_anEarlierSnapshotIsNoAnswer() public {
        _wait(HEARTBEAT);
        vm.warp(block.timestamp + 1);
        bytes32 before = _publish();
        vm.warp(block.timestamp + 1);
        _publish();
        house.call(_one(a));
        _attestWith(before, a);
        assertTrue(house.isCalled(a));
    }

    function test_lateness() public {
        _called();
        _wait(GRACE);
        assertEq(house.lateFor(a), 0);
        _wait(1);
        assertEq(house.lateFor(a), 1);
        _wait(1 hours);
        assertEq(house.lateFor(a), 1 hours + 1);
        _attest(a);
        assertEq(house.lateFor(a), 0);
    }

    function test_recordsOfManyAccountsAreThoseOfEach() public {
        _deposit(b, CASH, ONE);
        _called();
        _wait(GRACE + 7);
        uint256[] memory numbers = _two(b, a);
        IHouse.Record[] memory found = house.recordsOf(numbers);
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(abi.encode(found[i].account), abi.encode(house.accountOf(numbers[i])));
            assertEq(abi.encode(found[i].times), abi.encode(house.timesOf(numbers[i])));
            assertEq(found[i].waiting, house.waitingOf(numbers[i], CASH).amount);
            assertEq(found[i].late, house.lateFor(numbers[i]));
        }
        assertEq(found[0].waiting, ONE);
        assertEq(found[1].late, 7);
    }

    /// @dev Later parameters do not shorten the grace of a call.
    function test_aCallKeepsItsGrace() public {
        _called();
        IHouse.Parameters memory parameters = _parameters();
        parameters.grace = 30 minutes;
        vm.prank(timelock);
        house.setParameters(parameters);
        _wait(GRACE);
        assertEq(house.lateFor(a), 0);
    }

    function test_theClockOfACallStandsStillInAPauseOfLiquidations() public {
        _called();
        _wait(30 minutes);
        _pause(4, 2 hours);
        _wait(2 hours);
        _wait(30 minutes);
        assertEq(house.lateFor(a), 0);
        _wait(1);
        assertEq(house.lateFor(a), 1);
    }

    /// @dev Both delay the deadline, also where they overlap: the holder gets the time twice.
    function test_anOutageWithinAPauseCountsTwice() public {
        _called();
        _pause(4, 2 hours);
        _silence(2 hours);
        _publish();
        // Two hours of pause; one hour of them has run in live time.
        _wait(2 hours);
        assertEq(house.lateFor(a), 0);
        _wait(1);
        assertEq(house.lateFor(a), 1);
    }

    function test_aWithdrawalAnswersACall() public {
        _endow(a, CASH, ONE);
        _called();
        _announceWithdrawal(a);
        _wait(10 minutes);
        _withdrawNow(a, CASH, ONE, alice);
        assertFalse(house.isCalled(a));
    }

    function test_nobodyWithdrawsLate() public {
        _endow(a, CASH, ONE);
        _called();
        _wait(GRACE - 9 minutes);
        _announceWithdrawal(a);
        _wait(10 minutes);
        _expectWithdraw(a, CASH, ONE, alice, abi.encodeWithSelector(IHouseTypes.CalledLate.selector, a, 1 minutes));
    }

    // --- freezes

    /// @custom:property Z1
    function test_anybodyFreezesForAShieldedAccount() public {
        _called();
        _wait(GRACE + 1 hours);
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotFreezable.selector, a);
        vm.expectRevert(reason);
        house.freeze(a);
        _wait(1);
        vm.expectEmit(address(house));
        emit IHouseTypes.FrozenFor(a);
        vm.prank(STRANGER);
        house.freeze(a);
        assertEq(house.frozenSince(a).time, block.timestamp);
        assertEq(house.frozenSince(a).live, feed.liveTime());
        assertEq(house.standing().frozen, 1);
        assertEq(_flags(a), TRADED | BONDED | FROZEN);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadyFrozen.selector, a));
        house.freeze(a);
    }

    /// @dev No fills and no withdrawals; refunds, upkeep, attestations and calls go on.
    /// @custom:property Z2
    function test_whatAFreezeStops() public {
        _endow(b, CASH, ONE);
        _deposit(b, CASH, ONE);
        _frozen();
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.Frozen.selector, 1);
        IBatches.Batch memory batch = _batch(_one(b), true);
        _expectSettle(batch, reason);
        batch.reduceOnly = true;
        _expectSettle(batch, reason);
        _announceWithdrawal(b);
        _announceRefund(b, CASH, ONE);
        _settle(_batch(_two(a, b), false));
        _wait(10 minutes);
        _expectWithdraw(b, CASH, ONE, BOB, reason);
        _refund(b, CASH, ONE, BOB);
        _attest(b);
        bytes32 root = _latest();
        IBatches.Health[] memory health = _attestation(root, _one(a));
        vm.expectEmit(address(house));
        emit IHouseTypes.Unfrozen(a);
        house.attest(root, _one(a), health);
        assertEq(house.standing().frozen, 0);
        assertEq(house.frozenSince(a).time, 0);
        _withdrawNow(b, CASH, ONE, BOB);
    }

    /// @dev After the deadline, a snapshot before the call's unfreezes nothing, and an old one is refused.
    /// @custom:property Z3
    function test_attack_aFreezeEndsByAnAnswerAlone() public {
        IHouse.Parameters memory parameters = _parameters();
        parameters.maxSnapshotAge = 1 days;
        vm.prank(timelock);
        house.setParameters(parameters);
        _wait(HEARTBEAT);
        vm.warp(block.timestamp + 1);
        bytes32 before = _publish();
        vm.warp(block.timestamp + 1);
        _publish();
        house.call(_one(a));
        _wait(GRACE + 1 hours + 1);
        house.freeze(a);
        _attestWith(before, a);
        assertEq(house.standing().frozen, 1);
        _attest(a);
        assertEq(house.standing().frozen, 0);
    }

    function test_freezesForASeizedAccountThatNobodyBuys() public {
        _seize(a);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotFreezable.selector, a));
        house.freeze(a);
        engine.set(a, true);
        house.freeze(a);
        // Another auction alone does not end it.
        engine.set(a, false);
        assertEq(house.standing().frozen, 1);
        _giveBack(a, NOW);
        assertEq(house.standing().frozen, 0);
        assertEq(_flags(a), TRADED | BONDED | EXPOSED);
    }

    /// @dev The seizure of a frozen account leaves the freeze; a takeover ends it.
    /// @custom:property Z3
    function test_aFreezeEndsByATakeoverNotByTheStart() public {
        _frozen();
        _seize(a);
        assertEq(house.standing().frozen, 1);
        _takeOver(a, CAROL, 0, 0);
        assertEq(house.standing().frozen, 0);
        assertEq(house.standing().seized, 0);
    }

    function test_severalFreezesEndOneByOne() public {
        _wait(HEARTBEAT + 1);
        house.call(_two(a, b));
        _wait(GRACE + 1 hours + 1);
        house.freeze(a);
        house.freeze(b);
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.Frozen.selector, 2));
        _attest(a);
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.Frozen.selector, 1));
        _attest(b);
        _trade(a, b);
    }

    // --- helpers

    function _called() private returns (bytes32 since) {
        _wait(HEARTBEAT + 1);
        since = _latest();
        house.call(_one(a));
    }

    function _frozen() private {
        _called();
        _attest(b);
        _wait(GRACE + 1 hours + 1);
        house.freeze(a);
    }
}
