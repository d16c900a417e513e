// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Guardian} from "../src/Guardian.sol";
import {IGuardian} from "../src/interfaces/IGuardian.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {Test} from "./Vm.sol";

/// @dev A minimal consumer: a holder can leave unless withdrawals are paused.
contract Exit {
    error Closed();

    IGuardian private immutable guardian;

    constructor(IGuardian guardian_) {
        guardian = guardian_;
    }

    function withdraw() external view {
        if (guardian.isPaused(PauseGroups.WITHDRAW)) revert Closed();
    }
}

contract GuardianTest is Test {
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant TRADE = PauseGroups.TRADE;
    uint256 private constant WITHDRAW = PauseGroups.WITHDRAW;
    uint256 private constant LIQUIDATE = PauseGroups.LIQUIDATE;
    address private constant SAFE = address(0x5AFE);
    address private constant PROPOSER = address(0x9909);
    address private constant STRANGER = address(0xBAD);
    string private constant WHY = "the index of ETH stands still";

    TimelockController private timelock;
    Guardian private guardian;

    function setUp() public {
        vm.warp(NOW);
        timelock = _timelock(2 days);
        guardian = new Guardian(address(timelock), SAFE);
    }

    // --- a pause and its end

    function test_pausesAGroupUntilItsTimeIsOver() public {
        vm.expectEmit(address(guardian));
        emit IGuardian.Paused(WITHDRAW, NOW + 1 hours, WHY);
        vm.prank(SAFE);
        guardian.pause(WITHDRAW, 1 hours, WHY);
        vm.snapshotGasLastCall("Guardian", "pause of one group");
        assertTrue(guardian.isPaused(WITHDRAW));
        vm.snapshotGasLastCall("Guardian", "isPaused, one group");
        assertFalse(guardian.isPaused(TRADE | LIQUIDATE));
        vm.warp(NOW + 1 hours - 1);
        assertTrue(guardian.isPaused(WITHDRAW));
        vm.warp(NOW + 1 hours);
        assertFalse(guardian.isPaused(WITHDRAW));
        (uint256 start, uint256 end) = guardian.lastPause(WITHDRAW);
        assertEq(start, NOW);
        assertEq(end, NOW + 1 hours);
    }

    function test_pausesAllGroupsAtOnce() public {
        vm.prank(SAFE);
        guardian.pause(PauseGroups.ALL, 2 hours, WHY);
        vm.snapshotGasLastCall("Guardian", "pause of all groups");
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            assertTrue(guardian.isPaused(group));
        }
        vm.warp(NOW + 1 hours);
        vm.prank(SAFE);
        guardian.lift(TRADE | LIQUIDATE, WHY);
        vm.snapshotGasLastCall("Guardian", "lift of two groups");
        assertFalse(guardian.isPaused(TRADE | LIQUIDATE));
        assertTrue(guardian.isPaused(PauseGroups.ALL));
    }

    function testFuzz_pausesExactlyTheGroupsNamed(uint256 groups, uint256 asked) public {
        (groups, asked) = (1 + groups % PauseGroups.ALL, 1 + asked % PauseGroups.ALL);
        _pause(groups, 1 hours);
        assertEq(guardian.isPaused(asked), groups & asked != 0);
    }

    function testFuzz_aPauseIsAtMostAsLongAsTheLimit(uint256 which, uint256 duration) public {
        uint256 group = _group(which);
        uint256 maxPause = guardian.limitsOf(group).maxPause;
        if (duration == 0 || duration > maxPause) {
            vm.expectRevert(abi.encodeWithSelector(IGuardian.PauseOutOfBounds.selector, group, duration, maxPause));
        }
        _pause(group, duration);
        assertEq(guardian.isPaused(group), duration != 0 && duration <= maxPause);
    }

    function test_aboutOneSecondOfLength() public {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            uint256 maxPause = guardian.limitsOf(group).maxPause;
            vm.expectRevert(abi.encodeWithSelector(IGuardian.PauseOutOfBounds.selector, group, maxPause + 1, maxPause));
            _pause(group, maxPause + 1);
            _pause(group, maxPause);
        }
    }

    function test_pausesAllOfTheGroupsOrNone() public {
        vm.expectRevert(abi.encodeWithSelector(IGuardian.PauseOutOfBounds.selector, LIQUIDATE, 3 hours, 2 hours));
        _pause(PauseGroups.ALL, 3 hours);
        assertFalse(guardian.isPaused(PauseGroups.ALL));
        _pause(LIQUIDATE, 1);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotPaused.selector, TRADE));
        _lift(TRADE | LIQUIDATE);
        assertTrue(guardian.isPaused(LIQUIDATE));
    }

    // --- cool-downs

    function testFuzz_neverPausesTwiceInARow(uint256 which, uint256 duration, uint256 again, uint256 wait) public {
        uint256 group = _group(which);
        IGuardian.Limits memory limits = guardian.limitsOf(group);
        duration = 1 + duration % limits.maxPause;
        again = 1 + again % limits.maxPause;
        wait %= 2 * (duration + limits.cooldown);
        _pause(group, duration);
        uint256 from = NOW + duration + limits.cooldown;
        assertEq(guardian.pausableFrom(group), from);
        vm.warp(NOW + wait);
        if (NOW + wait < from) {
            vm.expectRevert(abi.encodeWithSelector(IGuardian.CoolingDown.selector, group, from));
        }
        _pause(group, again);
        (uint256 start,) = guardian.lastPause(group);
        assertEq(start, NOW + wait < from ? NOW : NOW + wait);
    }

    function test_aboutOneSecondOfCoolDown() public {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            uint256 from = block.timestamp + 1 + guardian.limitsOf(group).cooldown;
            _pause(group, 1);
            vm.warp(from - 1);
            vm.expectRevert(abi.encodeWithSelector(IGuardian.CoolingDown.selector, group, from));
            _pause(group, 1);
            vm.warp(from);
            _pause(group, 1);
        }
    }

    function testFuzz_aRunningPauseCannotBeMadeLonger(uint256 which, uint256 later, uint256 duration) public {
        uint256 group = _group(which);
        IGuardian.Limits memory limits = guardian.limitsOf(group);
        duration = 1 + duration % limits.maxPause;
        _pause(group, duration);
        vm.warp(NOW + later % duration);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.CoolingDown.selector, group, NOW + duration + limits.cooldown));
        _pause(group, limits.maxPause);
        vm.warp(NOW + duration);
        assertFalse(guardian.isPaused(group));
    }

    function testFuzz_liftsEarlyAndCoolsDownFromThen(uint256 which, uint256 duration, uint256 lifted) public {
        uint256 group = _group(which);
        IGuardian.Limits memory limits = guardian.limitsOf(group);
        duration = 1 + duration % limits.maxPause;
        lifted %= duration;
        _pause(group, duration);
        vm.warp(NOW + lifted);
        vm.expectEmit(address(guardian));
        emit IGuardian.Lifted(group, WHY);
        _lift(group);
        assertFalse(guardian.isPaused(group));
        assertEq(guardian.pausableFrom(group), NOW + lifted + limits.cooldown);
        vm.warp(NOW + lifted + limits.cooldown);
        assertEq(guardian.pausedSeconds(group, NOW), lifted);
        _pause(group, duration);
    }

    function testFuzz_onlyARunningPauseIsLifted(uint256 which, uint256 late) public {
        uint256 group = _group(which);
        bytes memory expected = abi.encodeWithSelector(IGuardian.NotPaused.selector, group);
        vm.expectRevert(expected);
        _lift(group);
        _pause(group, 1 hours);
        vm.warp(NOW + 1 hours + late % 365 days);
        vm.expectRevert(expected);
        _lift(group);
    }

    // --- permissions

    function testFuzz_onlyTheGuardianPausesAndLifts(address sender, uint256 groups, uint256 duration) public {
        vm.assume(sender != SAFE);
        bytes memory expected = abi.encodeWithSelector(IGuardian.NotGuardian.selector, sender);
        vm.expectRevert(expected);
        vm.prank(sender);
        guardian.pause(groups, duration, WHY);
        _pause(PauseGroups.ALL, 1 hours);
        vm.expectRevert(expected);
        vm.prank(sender);
        guardian.lift(groups, WHY);
    }

    function testFuzz_onlyTheTimelockSetsLimitsAndGuardian(address sender, uint256 group, address other) public {
        vm.assume(sender != address(timelock));
        bytes memory expected = abi.encodeWithSelector(IGuardian.NotTimelock.selector, sender);
        vm.expectRevert(expected);
        vm.prank(sender);
        guardian.setLimits(group, IGuardian.Limits(1, 365 days), WHY);
        vm.expectRevert(expected);
        vm.prank(sender);
        guardian.setGuardian(other, WHY);
    }

    function test_everyActionHasAReason() public {
        bytes memory expected = abi.encodeWithSelector(IGuardian.NoReason.selector);
        vm.expectRevert(expected);
        vm.prank(SAFE);
        guardian.pause(TRADE, 1, "");
        _pause(TRADE, 1);
        vm.expectRevert(expected);
        vm.prank(SAFE);
        guardian.lift(TRADE, "");
        vm.expectRevert(expected);
        vm.prank(address(timelock));
        guardian.setLimits(TRADE, IGuardian.Limits(1, 365 days), "");
        vm.expectRevert(expected);
        vm.prank(address(timelock));
        guardian.setGuardian(STRANGER, "");
    }

    function testFuzz_rejectsGroupsThatAreNone(uint256 groups) public {
        if (groups != 0) groups = PauseGroups.ALL + 1 + groups % (type(uint256).max - PauseGroups.ALL);
        bytes memory expected = abi.encodeWithSelector(IGuardian.NoSuchGroup.selector, groups);
        vm.expectRevert(expected);
        _pause(groups, 1);
        vm.expectRevert(expected);
        _lift(groups);
        vm.expectRevert(expected);
        guardian.isPaused(groups);
    }

    function testFuzz_rejectsAnythingButOneGroupWhereOneIsAskedFor(uint256 group) public {
        vm.assume(group != TRADE && group != WITHDRAW && group != LIQUIDATE);
        if (group % 2 == 0) group %= 8;
        if (group == TRADE || group == WITHDRAW || group == LIQUIDATE) group = 0;
        bytes memory expected = abi.encodeWithSelector(IGuardian.NoSuchGroup.selector, group);
        vm.expectRevert(expected);
        guardian.pausedSeconds(group, NOW);
        vm.expectRevert(expected);
        guardian.lastPause(group);
        vm.expectRevert(expected);
        guardian.pausableFrom(group);
        vm.expectRevert(expected);
        guardian.limitsOf(group);
        vm.expectRevert(expected);
        guardian.boundsOf(group);
        vm.expectRevert(expected);
        vm.prank(address(timelock));
        guardian.setLimits(group, IGuardian.Limits(0, 365 days), WHY);
    }

    // --- limits and their bounds

    function testFuzz_evenTheTimelockKeepsToTheBounds(uint256 which, IGuardian.Limits memory limits) public {
        uint256 group = _group(which);
        IGuardian.Limits memory bounds = guardian.boundsOf(group);
        IGuardian.Limits memory wanted = limits;
        if (limits.maxPause > bounds.maxPause || limits.cooldown < bounds.cooldown) {
            wanted = bounds;
            vm.expectRevert(
                abi.encodeWithSelector(IGuardian.LimitsOutOfBounds.selector, group, limits.maxPause, limits.cooldown)
            );
        } else {
            vm.expectEmit(address(guardian));
            emit IGuardian.LimitsSet(group, limits.maxPause, limits.cooldown, WHY);
        }
        _setLimits(group, limits);
        assertEq(guardian.limitsOf(group).maxPause, wanted.maxPause);
        assertEq(guardian.limitsOf(group).cooldown, wanted.cooldown);
    }

    function test_aboutOneSecondOfTheBounds() public {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            IGuardian.Limits memory bounds = guardian.boundsOf(group);
            _setLimits(group, bounds);
            _refusesLimits(group, IGuardian.Limits(bounds.maxPause + 1, bounds.cooldown));
            _refusesLimits(group, IGuardian.Limits(bounds.maxPause, bounds.cooldown - 1));
        }
    }

    function test_boundsAreWhatIsWrittenDown() public view {
        _checkBounds(TRADE, 3 days, 7 days);
        _checkBounds(WITHDRAW, 1 days, 7 days);
        _checkBounds(LIQUIDATE, 2 hours, 1 days);
        assertEq(guardian.MIN_NOTICE(), 2 days);
    }

    function testFuzz_tighterLimitsHold(uint256 which, IGuardian.Limits memory limits) public {
        uint256 group = _group(which);
        IGuardian.Limits memory bounds = guardian.boundsOf(group);
        limits.maxPause = 1 + limits.maxPause % bounds.maxPause;
        limits.cooldown = bounds.cooldown + limits.cooldown % (type(uint64).max - bounds.cooldown);
        _setLimits(group, limits);
        vm.expectRevert(
            abi.encodeWithSelector(
                IGuardian.PauseOutOfBounds.selector, group, uint256(limits.maxPause) + 1, limits.maxPause
            )
        );
        _pause(group, uint256(limits.maxPause) + 1);
        _pause(group, limits.maxPause);
        assertEq(guardian.pausableFrom(group), NOW + limits.maxPause + limits.cooldown);
    }

    function test_aGroupWithoutALimitCannotBePaused() public {
        _setLimits(WITHDRAW, IGuardian.Limits(0, 7 days));
        vm.expectRevert(abi.encodeWithSelector(IGuardian.PauseOutOfBounds.selector, WITHDRAW, 1, 0));
        _pause(WITHDRAW, 1);
    }

    function test_tighterLimitsLeaveARunningPauseAlone() public {
        _pause(WITHDRAW, 1 days);
        _setLimits(WITHDRAW, IGuardian.Limits(1 hours, 30 days));
        vm.warp(NOW + 1 days - 1);
        assertTrue(guardian.isPaused(WITHDRAW));
        assertEq(guardian.pausableFrom(WITHDRAW), NOW + 31 days);
    }

    // --- the guardian and the timelock

    function testFuzz_anotherGuardianWaitsForTheSameCoolDown(address other) public {
        vm.assume(other != SAFE);
        _pause(WITHDRAW, 1 days);
        vm.expectEmit(address(guardian));
        emit IGuardian.GuardianSet(SAFE, other, WHY);
        vm.prank(address(timelock));
        guardian.setGuardian(other, WHY);
        assertEq(guardian.guardian(), other);
        assertTrue(guardian.isPaused(WITHDRAW));
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotGuardian.selector, SAFE));
        _lift(WITHDRAW);
        vm.warp(NOW + 8 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.CoolingDown.selector, WITHDRAW, NOW + 8 days));
        vm.prank(other);
        guardian.pause(WITHDRAW, 1, WHY);
    }

    function test_changesGoThroughTheTimelockAndWait() public {
        bytes memory call = abi.encodeCall(guardian.setLimits, (TRADE, IGuardian.Limits(1 hours, 30 days), WHY));
        vm.prank(PROPOSER);
        timelock.schedule(address(guardian), 0, call, 0, 0, 2 days);
        vm.warp(NOW + 2 days - 1);
        vm.expectRevert(
            abi.encodeWithSelector(
                TimelockController.TimelockUnexpectedOperationState.selector,
                timelock.hashOperation(address(guardian), 0, call, 0, 0),
                bytes32(uint256(1 << uint8(TimelockController.OperationState.Ready)))
            )
        );
        timelock.execute(address(guardian), 0, call, 0, 0);
        vm.warp(NOW + 2 days);
        vm.prank(STRANGER);
        timelock.execute(address(guardian), 0, call, 0, 0);
        assertEq(guardian.limitsOf(TRADE).maxPause, 1 hours);
        assertEq(guardian.limitsOf(TRADE).cooldown, 30 days);
    }

    function test_isDeployedWithItsTimelockGuardianAndLimits() public {
        vm.expectEmit();
        emit IGuardian.GuardianSet(address(0), SAFE, "deployment");
        vm.expectEmit();
        emit IGuardian.LimitsSet(TRADE, 3 days, 7 days, "deployment");
        vm.expectEmit();
        emit IGuardian.LimitsSet(WITHDRAW, 1 days, 7 days, "deployment");
        vm.expectEmit();
        emit IGuardian.LimitsSet(LIQUIDATE, 2 hours, 1 days, "deployment");
        guardian = new Guardian(address(timelock), SAFE);
        assertEq(guardian.timelock(), address(timelock));
        assertEq(guardian.guardian(), SAFE);
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            assertFalse(guardian.isPaused(group));
            assertEq(guardian.pausableFrom(group), 0);
            (uint256 start, uint256 end) = guardian.lastPause(group);
            assertEq(start + end, 0);
            assertEq(guardian.limitsOf(group).maxPause, guardian.boundsOf(group).maxPause);
            assertEq(guardian.limitsOf(group).cooldown, guardian.boundsOf(group).cooldown);
        }
    }

    function testFuzz_refusesATimelockThatIsTooFastOrNone(uint256 delay) public {
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NotAContract.selector, STRANGER));
        new Guardian(STRANGER, SAFE);
        delay %= 2 days;
        TimelockController fast = _timelock(delay);
        vm.expectRevert(abi.encodeWithSelector(IGuardian.NoticeTooShort.selector, delay, 2 days));
        new Guardian(address(fast), SAFE);
    }

    // --- paused time

    /// @dev Compares with a sum over all pauses, some of them lifted early.
    function testFuzz_pausedSecondsIsTheSumOfThePauses(uint256 seed, uint256 which) public {
        uint256 group = _group(which);
        IGuardian.Limits memory limits = guardian.limitsOf(group);
        uint256[2][6] memory made;
        for (uint256 i = 0; i < 6; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            uint256 duration = 1 + seed % limits.maxPause;
            uint256 start = block.timestamp;
            _pause(group, duration);
            if (seed >> 255 == 1) {
                duration = (seed >> 64) % duration;
                vm.warp(start + duration);
                _lift(group);
            }
            made[i] = [start, start + duration];
            uint256 moment = start + (seed >> 128) % (limits.maxPause + limits.cooldown);
            _checkPausedSeconds(group, made, seed, moment > block.timestamp ? moment : block.timestamp);
            vm.warp(start + duration + limits.cooldown + (seed >> 192) % 2 days);
        }
        _checkPausedSeconds(group, made, seed, block.timestamp);
    }

    /// @dev A grace period that is over stays over: the counted time never falls, whatever is paused and lifted.
    function testFuzz_timeThatIsNotPausedNeverFalls(uint256 seed, uint256 which) public {
        uint256 group = _group(which);
        uint256 since = NOW + seed % 10 days;
        uint256 counted;
        for (uint256 i = 0; i < 20; ++i) {
            seed = uint256(keccak256(abi.encode(seed)));
            if (seed % 3 == 0 && block.timestamp >= guardian.pausableFrom(group)) {
                _pause(group, 1 + (seed >> 64) % guardian.limitsOf(group).maxPause);
            } else if (seed % 3 == 1 && guardian.isPaused(group)) {
                _lift(group);
            }
            vm.warp(block.timestamp + (seed >> 128) % 2 days);
            if (block.timestamp <= since) continue;
            uint256 now_ = block.timestamp - since - guardian.pausedSeconds(group, since);
            assertGe(now_, counted);
            counted = now_;
        }
    }

    function test_pausedSecondsCountsTheRunningPauseUpToNow() public {
        _pause(LIQUIDATE, 2 hours);
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW), 0);
        vm.warp(NOW + 1 hours);
        assertEq(guardian.pausedSeconds(LIQUIDATE, 0), 1 hours);
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW - 1), 1 hours);
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW + 1), 1 hours - 1);
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW + 1 hours), 0);
        assertEq(guardian.pausedSeconds(LIQUIDATE, type(uint256).max), 0);
        assertEq(guardian.pausedSeconds(TRADE, NOW), 0);
        vm.warp(NOW + 3 hours);
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW), 2 hours);
        vm.snapshotGasLastCall("Guardian", "pausedSeconds, one pause");
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW + 2 hours), 0);
    }

    function test_manyPausesMakeADeadlineNotMuchDearer() public {
        for (uint256 i = 0; i < 100; ++i) {
            _pause(LIQUIDATE, 1 hours);
            vm.warp(block.timestamp + 25 hours);
        }
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW), 100 hours);
        vm.snapshotGasLastCall("Guardian", "pausedSeconds, 100 pauses");
        assertEq(guardian.pausedSeconds(LIQUIDATE, NOW + 50 * 25 hours), 50 hours);
    }

    // --- attack 28: a holder can always leave, even during pauses

    /// @dev The worst guardian, with the help of the timelock, pauses as long as possible, whenever possible.
    function testFuzz_attack_28_aHolderLeavesWithinTheBound(uint256 arrival, uint256 hesitation) public {
        Exit exit = new Exit(guardian);
        arrival = NOW + arrival % 60 days;
        _pauseWheneverPossible(WITHDRAW, arrival);
        vm.warp(arrival);
        (, uint256 end) = guardian.lastPause(WITHDRAW);
        uint256 open = arrival;
        if (guardian.isPaused(WITHDRAW)) {
            vm.expectRevert(abi.encodeWithSelector(Exit.Closed.selector));
            exit.withdraw();
            open = end;
        }
        assertLe(open, arrival + 1 days);
        // After the pause, withdrawals stay open for a week.
        vm.warp(open > end + hesitation % 7 days ? open : end + hesitation % 7 days);
        if (block.timestamp < end + 7 days) {
            vm.expectRevert(abi.encodeWithSelector(IGuardian.CoolingDown.selector, WITHDRAW, end + 7 days));
            _pause(WITHDRAW, 1 days);
        }
        exit.withdraw();
    }

    function test_attack_28_aChangeIsAnnouncedLongerThanAPauseCanLast() public {
        Exit exit = new Exit(guardian);
        bytes memory call = abi.encodeCall(guardian.setGuardian, (STRANGER, WHY));
        vm.prank(PROPOSER);
        timelock.schedule(address(guardian), 0, call, 0, 0, 2 days);
        _pause(WITHDRAW, 1 days);
        vm.warp(NOW + 1 days);
        exit.withdraw();
        vm.warp(NOW + 2 days);
        exit.withdraw();
        timelock.execute(address(guardian), 0, call, 0, 0);
    }

    function testFuzz_attack_28_noWindowIsPausedForLonger(uint256 which, uint256 from, uint256 length) public {
        uint256 group = _group(which);
        from = NOW + from % 40 days;
        length = 1 + length % 40 days;
        _pauseWheneverPossible(group, from + length);
        vm.warp(from + length);
        assertLe(guardian.pausedSeconds(group, from), _most(guardian.boundsOf(group), length));
    }

    /// @dev The bound is tight: from the start of a pause on, the worst guardian reaches it.
    function testFuzz_theBoundOfAWindowIsReached(uint256 which, uint256 length) public {
        uint256 group = _group(which);
        length = 1 + length % 40 days;
        _pauseWheneverPossible(group, NOW + length);
        vm.warp(NOW + length);
        assertEq(guardian.pausedSeconds(group, NOW), _most(guardian.boundsOf(group), length));
    }

    // --- no calls and no ether

    function test_takesNoEther() public {
        vm.deal(address(this), 3);
        (bool plain,) = address(guardian).call{value: 1}("");
        (bool unknown,) = address(guardian).call{value: 1}(hex"01020304");
        vm.deal(SAFE, 1);
        vm.prank(SAFE);
        (bool known,) = address(guardian).call{value: 1}(abi.encodeCall(guardian.pause, (TRADE, 1, WHY)));
        assertFalse(plain || unknown || known);
        assertEq(address(guardian).balance, 0);
    }

    /// @dev The code has no CREATE, CALL, CALLCODE, DELEGATECALL, CREATE2, STATICCALL or SELFDESTRUCT, so it cannot
    /// move anything, not even by an allowance.
    function test_hasNoInstructionThatReachesAnotherContract() public {
        bytes memory code = address(guardian).code;
        uint256 end = code.length - 2 - (uint8(code[code.length - 2]) * 256 + uint8(code[code.length - 1]));
        for (uint256 i = 0; i < end; ++i) {
            uint8 op = uint8(code[i]);
            if (op >= 0x60 && op <= 0x7f) i += op - 0x5f;
            assertFalse(op == 0xf0 || op == 0xf1 || op == 0xf2 || op == 0xf4 || op == 0xf5);
            assertFalse(op == 0xfa || op == 0xff);
        }
        vm.snapshotValue("Guardian", "bytes of code", code.length);
    }

    // --- helpers

    function _pause(uint256 groups, uint256 duration) private {
        vm.prank(SAFE);
        guardian.pause(groups, duration, WHY);
    }

    function _lift(uint256 groups) private {
        vm.prank(SAFE);
        guardian.lift(groups, WHY);
    }

    function _setLimits(uint256 group, IGuardian.Limits memory limits) private {
        vm.prank(address(timelock));
        guardian.setLimits(group, limits, WHY);
    }

    function _refusesLimits(uint256 group, IGuardian.Limits memory limits) private {
        vm.expectRevert(
            abi.encodeWithSelector(IGuardian.LimitsOutOfBounds.selector, group, limits.maxPause, limits.cooldown)
        );
        _setLimits(group, limits);
    }

    function _checkBounds(uint256 group, uint256 maxPause, uint256 cooldown) private view {
        assertEq(guardian.boundsOf(group).maxPause, maxPause);
        assertEq(guardian.boundsOf(group).cooldown, cooldown);
        assertGe(cooldown, maxPause);
    }

    /// @dev Pauses as long as possible and as soon as possible, until a time that is excluded.
    function _pauseWheneverPossible(uint256 group, uint256 until) private {
        while (true) {
            uint256 from = guardian.pausableFrom(group);
            if (from > block.timestamp) vm.warp(from);
            if (block.timestamp >= until) return;
            _pause(group, guardian.limitsOf(group).maxPause);
        }
    }

    /// @dev The longest possible pause of a group within `length` seconds: full rounds of pause and cool-down, then as
    /// much of one more pause as fits.
    function _most(IGuardian.Limits memory bounds, uint256 length) private pure returns (uint256) {
        uint256 round = uint256(bounds.maxPause) + bounds.cooldown;
        uint256 rest = length % round;
        return length / round * bounds.maxPause + (rest < bounds.maxPause ? rest : bounds.maxPause);
    }

    function _checkPausedSeconds(uint256 group, uint256[2][6] memory made, uint256 seed, uint256 moment) private {
        vm.warp(moment);
        uint256 since = NOW - 1 days + seed % (moment - NOW + 2 days);
        uint256 sum;
        for (uint256 i = 0; i < 6; ++i) {
            uint256 start = made[i][0] > since ? made[i][0] : since;
            uint256 end = made[i][1] < moment ? made[i][1] : moment;
            if (end > start) sum += end - start;
        }
        assertEq(guardian.pausedSeconds(group, since), sum);
    }

    function _group(uint256 which) private pure returns (uint256) {
        return 1 << which % 3;
    }

    function _timelock(uint256 delay) private returns (TimelockController) {
        address[] memory proposers = new address[](1);
        proposers[0] = PROPOSER;
        // The zero address as executor lets anybody execute. The timelock is its own only admin.
        return new TimelockController(delay, proposers, new address[](1), address(0));
    }
}
