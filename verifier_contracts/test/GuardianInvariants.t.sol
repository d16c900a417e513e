// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TimelockController} from "@openzeppelin/contracts/governance/TimelockController.sol";
import {Guardian} from "../src/Guardian.sol";
import {IGuardian} from "../src/interfaces/IGuardian.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {Test} from "./Vm.sol";

/// @dev Calls the guardian contract as any sender with any arguments, and records the calls that succeeded.
contract GuardianHandler is Test {
    struct Made {
        uint256 start;
        uint256 end;
    }

    Guardian public immutable guardian;
    address[4] private _callers;
    mapping(uint256 group => Made[]) private _made;
    address public appointed;
    bool public strangerSucceeded;
    uint256 private _now;

    constructor(Guardian guardian_, address timelock) {
        guardian = guardian_;
        _callers = [guardian_.guardian(), address(0xBAD), timelock, address(this)];
        appointed = guardian_.guardian();
        _now = block.timestamp;
    }

    /// @dev Forge does not keep `vm.warp` between the calls of a sequence, so each call sets the time again.
    modifier atItsTime() {
        vm.warp(_now);
        _;
    }

    function wait(uint256 seconds_) external atItsTime {
        _now += seconds_ % 5 days;
    }

    function pause(uint256 caller, uint256 groups, uint256 duration) external atItsTime {
        groups %= PauseGroups.ALL + 2;
        duration %= seed(duration) % 2 == 0 ? 2 hours + 2 : 4 days;
        address sender = _sender(caller);
        vm.prank(sender);
        try guardian.pause(groups, duration, "seen") {
            _wasAllowed(sender == appointed);
            for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
                if (groups & group != 0) _made[group].push(Made(_now, _now + duration));
            }
        } catch {}
    }

    function lift(uint256 caller, uint256 groups) external atItsTime {
        groups %= PauseGroups.ALL + 2;
        address sender = _sender(caller);
        vm.prank(sender);
        try guardian.lift(groups, "gone") {
            _wasAllowed(sender == appointed);
            for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
                if (groups & group != 0) _made[group][_made[group].length - 1].end = _now;
            }
        } catch {}
    }

    function setLimits(uint256 caller, uint256 group, uint64 maxPause, uint64 cooldown) external atItsTime {
        address sender = _sender(caller);
        vm.prank(sender);
        try guardian.setLimits(group % 6, IGuardian.Limits(maxPause % 4 days, cooldown % 10 days), "tuned") {
            _wasAllowed(sender == guardian.timelock());
        } catch {}
    }

    function setGuardian(uint256 caller, uint256 other) external atItsTime {
        (address sender, address next) = (_sender(caller), _callers[other % 4]);
        vm.prank(sender);
        try guardian.setGuardian(next, "elected") {
            _wasAllowed(sender == guardian.timelock());
            appointed = next;
        } catch {}
    }

    function pay(uint256 amount, bytes calldata data) external atItsTime {
        vm.deal(address(this), amount);
        (bool taken,) = address(guardian).call{value: amount}(data);
        _wasAllowed(!taken || amount == 0);
    }

    function made(uint256 group) external view returns (Made[] memory) {
        return _made[group];
    }

    function time() external view returns (uint256) {
        return _now;
    }

    function seed(uint256 value) public pure returns (uint256) {
        return uint256(keccak256(abi.encode(value)));
    }

    /// @dev The present guardian every other time, so that calls succeed.
    function _sender(uint256 caller) private view returns (address) {
        return caller % 2 == 0 ? appointed : _callers[caller / 2 % 4];
    }

    function _wasAllowed(bool allowed) private {
        if (!allowed) strangerSucceeded = true;
    }
}

contract GuardianInvariants is Test {
    uint256 private constant NOW = 1_700_000_000;

    Guardian private guardian;
    GuardianHandler private handler;

    function setUp() public {
        vm.warp(NOW);
        address timelock = address(new TimelockController(2 days, new address[](0), new address[](0), address(0)));
        guardian = new Guardian(timelock, address(0x5AFE));
        handler = new GuardianHandler(guardian, timelock);
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    /// @dev A handler that reverts would lose its records, so reverts fail here.
    /// forge-config: default.invariant.fail-on-revert = true
    /// @custom:property C4
    function invariant_aGroupIsPausedForABoundedPartOfAnyWindow() public {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            IGuardian.Limits memory bounds = guardian.boundsOf(group);
            GuardianHandler.Made[] memory made = handler.made(group);
            uint256 window = uint256(bounds.maxPause) + bounds.cooldown;
            // The windows with the most paused time begin or end with a pause.
            for (uint256 i = 0; i < made.length; ++i) {
                assertLe(_paused(made, made[i].start, made[i].start + window), bounds.maxPause);
                assertLe(_paused(made, made[i].end - window, made[i].end), bounds.maxPause);
            }
            vm.warp(handler.time());
            assertLe(guardian.pausedSeconds(group, handler.time() - window), bounds.maxPause);
        }
    }

    function invariant_noPauseFollowsAnotherWithoutTheCoolDown() public view {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            GuardianHandler.Made[] memory made = handler.made(group);
            for (uint256 i = 1; i < made.length; ++i) {
                assertGe(made[i].start, made[i - 1].end + guardian.boundsOf(group).cooldown);
            }
        }
    }

    function invariant_theContractsBooksAreTheHandlers() public {
        vm.warp(handler.time());
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            GuardianHandler.Made[] memory made = handler.made(group);
            (uint256 start, uint256 end) = guardian.lastPause(group);
            GuardianHandler.Made memory last;
            if (made.length != 0) last = made[made.length - 1];
            assertEq(start, last.start);
            assertEq(end, last.end);
            assertEq(guardian.isPaused(group), handler.time() < last.end);
            uint256 since = NOW + handler.seed(handler.time()) % (handler.time() - NOW + 1);
            assertEq(guardian.pausedSeconds(group, since), _paused(made, since, handler.time()));
        }
    }

    /// @custom:property R2
    function invariant_limitsStayWithinTheBounds() public view {
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            assertLe(guardian.limitsOf(group).maxPause, guardian.boundsOf(group).maxPause);
            assertGe(guardian.limitsOf(group).cooldown, guardian.boundsOf(group).cooldown);
            assertGe(guardian.boundsOf(group).cooldown, guardian.boundsOf(group).maxPause);
        }
    }

    function invariant_nobodyDoesWhatIsNotTheirs() public view {
        assertFalse(handler.strangerSucceeded());
        assertEq(guardian.guardian(), handler.appointed());
    }

    function invariant_nothingIsHeld() public view {
        assertEq(address(guardian).balance, 0);
    }

    /// @dev Checks that random sequences can reach every action.
    function test_theHandlerPausesLiftsAndChanges() public {
        handler.pause(0, PauseGroups.ALL, 2 hours);
        handler.wait(1 hours);
        handler.lift(0, PauseGroups.WITHDRAW);
        handler.setGuardian(5, 1);
        handler.setLimits(5, PauseGroups.TRADE, 1 hours, 8 days);
        assertTrue(guardian.isPaused(PauseGroups.TRADE));
        assertEq(handler.made(PauseGroups.WITHDRAW)[0].end, NOW + 1 hours);
        assertEq(guardian.guardian(), address(0xBAD));
        assertEq(guardian.limitsOf(PauseGroups.TRADE).cooldown, 8 days);
        invariant_theContractsBooksAreTheHandlers();
    }

    /// @dev Checks that random sequences reach every action.
    function test_randomSequencesPauseEveryGroupAgainAndAgain() public {
        for (uint256 i = 0; i < 1000; ++i) {
            (uint256 a, uint256 b, uint256 c) = (_dice(i, 1), _dice(i, 2), _dice(i, 3));
            uint256 what = _dice(i, 0) % 5;
            if (what == 0) handler.wait(a);
            else if (what == 1) handler.pause(a, b, c);
            else if (what == 2) handler.lift(a, b);
            else if (what == 3) handler.setLimits(a, b, uint64(c), uint64(_dice(i, 4)));
            else handler.setGuardian(a, b);
        }
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            assertGt(handler.made(group).length, 2);
        }
    }

    function _paused(GuardianHandler.Made[] memory made, uint256 from, uint256 to) private pure returns (uint256 sum) {
        for (uint256 i = 0; i < made.length; ++i) {
            uint256 start = made[i].start > from ? made[i].start : from;
            uint256 end = made[i].end < to ? made[i].end : to;
            if (end > start) sum += end - start;
        }
    }
}
