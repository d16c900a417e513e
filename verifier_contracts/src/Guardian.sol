// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGuardian} from "./interfaces/IGuardian.sol";
import {ITimelock} from "./interfaces/ITimelock.sol";
import {PauseGroups} from "./libraries/PauseGroups.sol";

/// @title Pauses of bounded length, for emergencies
/// @dev docs/intervention.md gives the reasons. After deployment the contract makes no calls and accepts no ether, so
/// it cannot move anything.
contract Guardian is IGuardian {
    /// @dev A pause covers start <= t < end. `before` is the total time for which the group was paused before `start`.
    struct Pause {
        uint64 start;
        uint64 end;
        uint128 before;
    }

    /// @notice The minimum delay of the timelock: twice the longest pause of withdrawals, so that a holder who objects
    /// to a change can leave before it.
    uint256 public constant MIN_NOTICE = 2 days;

    /// @inheritdoc IGuardian
    address public immutable timelock;
    /// @inheritdoc IGuardian
    address public guardian;
    mapping(uint256 group => Limits) private _limits;
    mapping(uint256 group => Pause[]) private _pauses;

    /// @param timelock_ A TimelockController whose delay is at least MIN_NOTICE
    /// @param guardian_ The guardian
    constructor(address timelock_, address guardian_) {
        if (timelock_.code.length == 0) revert NotAContract(timelock_);
        uint256 delay = ITimelock(timelock_).getMinDelay();
        if (delay < MIN_NOTICE) revert NoticeTooShort(delay, MIN_NOTICE);
        timelock = timelock_;
        _setGuardian(guardian_, "deployment");
        // The limits start at the bounds. The timelock can only tighten them, or return to the bounds.
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            _setLimits(group, boundsOf(group), "deployment");
        }
    }

    modifier onlyGuardian() {
        if (msg.sender != guardian) revert NotGuardian(msg.sender);
        _;
    }

    modifier onlyTimelock() {
        if (msg.sender != timelock) revert NotTimelock(msg.sender);
        _;
    }

    /// @inheritdoc IGuardian
    function pause(uint256 groups, uint256 duration, string calldata reason) external onlyGuardian {
        _requireGroups(groups);
        _requireReason(reason);
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            if (groups & group != 0) _pause(group, duration, reason);
        }
    }

    /// @inheritdoc IGuardian
    function lift(uint256 groups, string calldata reason) external onlyGuardian {
        _requireGroups(groups);
        _requireReason(reason);
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            if (groups & group != 0) _lift(group, reason);
        }
    }

    /// @inheritdoc IGuardian
    function setLimits(uint256 group, Limits calldata limits, string calldata reason) external onlyTimelock {
        _requireReason(reason);
        Limits memory bounds = boundsOf(group);
        if (limits.maxPause > bounds.maxPause || limits.cooldown < bounds.cooldown) {
            revert LimitsOutOfBounds(group, limits.maxPause, limits.cooldown);
        }
        _setLimits(group, limits, reason);
    }

    /// @inheritdoc IGuardian
    function setGuardian(address guardian_, string calldata reason) external onlyTimelock {
        _requireReason(reason);
        _setGuardian(guardian_, reason);
    }

    /// @inheritdoc IGuardian
    function isPaused(uint256 groups) external view returns (bool) {
        _requireGroups(groups);
        for (uint256 group = 1; group < PauseGroups.ALL; group <<= 1) {
            if (groups & group != 0 && _isPaused(group)) return true;
        }
        return false;
    }

    /// @inheritdoc IGuardian
    function pausedSeconds(uint256 group, uint256 since) external view returns (uint256) {
        _requireGroup(group);
        if (since >= block.timestamp) return 0;
        return _pausedUntil(group, block.timestamp) - _pausedUntil(group, since);
    }

    /// @inheritdoc IGuardian
    function lastPause(uint256 group) public view returns (uint256 start, uint256 end) {
        _requireGroup(group);
        uint256 count = _pauses[group].length;
        if (count == 0) return (0, 0);
        Pause storage last = _pauses[group][count - 1];
        return (last.start, last.end);
    }

    /// @inheritdoc IGuardian
    function pausableFrom(uint256 group) public view returns (uint256) {
        (, uint256 end) = lastPause(group);
        return end == 0 ? 0 : end + limitsOf(group).cooldown;
    }

    /// @inheritdoc IGuardian
    function limitsOf(uint256 group) public view returns (Limits memory) {
        _requireGroup(group);
        return _limits[group];
    }

    /// @inheritdoc IGuardian
    /// @dev Pauses of liquidations are shortest, because losses that others pay grow meanwhile. Each cool-down is
    /// several times the pause, so that a group is open most of the time even if the guardian pauses it whenever it
    /// can.
    function boundsOf(uint256 group) public pure returns (Limits memory) {
        if (group == PauseGroups.TRADE) return Limits(3 days, 7 days);
        if (group == PauseGroups.WITHDRAW) return Limits(1 days, 7 days);
        if (group == PauseGroups.LIQUIDATE) return Limits(2 hours, 1 days);
        revert NoSuchGroup(group);
    }

    function _pause(uint256 group, uint256 duration, string calldata reason) private {
        uint256 maxPause = _limits[group].maxPause;
        if (duration == 0 || duration > maxPause) revert PauseOutOfBounds(group, duration, maxPause);
        uint256 from = pausableFrom(group);
        if (block.timestamp < from) revert CoolingDown(group, from);
        uint256 before = _pausedUntil(group, block.timestamp);
        uint256 end = block.timestamp + duration;
        // Seconds since 1970 fit into 64 bits, and so does any part of them.
        _pauses[group].push(Pause(uint64(block.timestamp), uint64(end), uint128(before)));
        emit Paused(group, end, reason);
    }

    function _lift(uint256 group, string calldata reason) private {
        if (!_isPaused(group)) revert NotPaused(group);
        _pauses[group][_pauses[group].length - 1].end = uint64(block.timestamp);
        emit Lifted(group, reason);
    }

    function _setLimits(uint256 group, Limits memory limits, string memory reason) private {
        _limits[group] = limits;
        emit LimitsSet(group, limits.maxPause, limits.cooldown, reason);
    }

    function _setGuardian(address guardian_, string memory reason) private {
        emit GuardianSet(guardian, guardian_, reason);
        guardian = guardian_;
    }

    function _isPaused(uint256 group) private view returns (bool) {
        (, uint256 end) = lastPause(group);
        return block.timestamp < end;
    }

    /// @dev The total time for which the group was paused until `time`. The pause that covers or precedes `time` is
    /// found by bisection, so that many pauses do not make a deadline too expensive to check.
    function _pausedUntil(uint256 group, uint256 time) private view returns (uint256) {
        Pause[] storage pauses = _pauses[group];
        (uint256 low, uint256 high) = (0, pauses.length);
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (pauses[middle].start <= time) low = middle + 1;
            else high = middle;
        }
        if (low == 0) return 0;
        Pause memory found = pauses[low - 1];
        return found.before + (time < found.end ? time : found.end) - found.start;
    }

    /// @dev Accepts exactly one group.
    function _requireGroup(uint256 group) private pure {
        if (group != PauseGroups.TRADE && group != PauseGroups.WITHDRAW && group != PauseGroups.LIQUIDATE) {
            revert NoSuchGroup(group);
        }
    }

    function _requireGroups(uint256 groups) private pure {
        if (groups == 0 || groups > PauseGroups.ALL) revert NoSuchGroup(groups);
    }

    function _requireReason(string calldata reason) private pure {
        if (bytes(reason).length == 0) revert NoReason();
    }
}
