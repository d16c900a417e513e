// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {AccountFlags} from "./AccountFlags.sol";
import {HouseSettings} from "./HouseSettings.sol";
import {IAuctions} from "./IAuctions.sol";
import {PauseGroups} from "../libraries/PauseGroups.sol";

/// @title Records of accounts: health, margin calls, freezes and notices
abstract contract HouseRecords is HouseSettings {
    /// @notice The live time after a deadline from which anybody may freeze the market, in seconds.
    uint256 internal constant FREEZE_BOUND = 1 hours;
    /// @notice The time from the notice of a withdrawal to the withdrawal, in seconds: longer than a batch takes.
    uint256 internal constant WITHDRAWAL_NOTICE = 10 minutes;
    /// @notice The time after which a notice of a withdrawal lapses, from its end on, in seconds.
    uint256 internal constant WITHDRAWAL_WINDOW = 1 hours;
    /// @notice The time for which the predecessor of the latest snapshot is good for a batch, in seconds. Proofs of a
    /// large batch take minutes.
    uint256 internal constant PREDECESSOR_TIME = 5 minutes;
    /// @dev The longest time for which a run of trips stops fills and withdrawals: the longest pause of withdrawals.
    uint256 private constant UNREST_BOUND = 1 days;

    // slither-disable-next-line uninitialized-state,constable-states: HouseDesk writes it
    uint256 internal _lastAccount;
    mapping(uint256 account => Account) internal _accounts;
    mapping(uint256 account => Times) internal _times;
    mapping(uint256 account => uint256) internal _keyRequests;
    mapping(uint256 account => Moment) internal _frozenSince;

    function _isOverdue(uint256 account) internal view returns (bool) {
        Account storage self = _accounts[account];
        if (self.flags & AccountFlags.TRADED == 0) return false;
        // slither-disable-next-line calls-loop: the feed is the market's own, and does not fail
        return _feed.liveTime() - self.lastHealthyLive > _parameters.heartbeat
            || self.lastHealthyAt < _feed.breakerSnapshotTime();
    }

    function _isCalled(uint256 account) internal view returns (bool) {
        return _times[account].calledSince > _accounts[account].lastHealthyAt;
    }

    function _lateFor(uint256 account) internal view returns (uint256) {
        if (!_isCalled(account)) return 0;
        Times storage times = _times[account];
        // slither-disable-start calls-loop: feed and guardian are the market's own, and do not fail
        uint256 elapsed = _feed.liveTime() - times.calledLive;
        uint256 given = times.grace + _guardian.pausedSeconds(PauseGroups.LIQUIDATE, times.calledAt);
        // slither-disable-end calls-loop
        return elapsed > given ? elapsed - given : 0;
    }

    // --- changes

    function _recordCall(uint256 account, uint256 since) internal {
        Times storage times = _times[account];
        (times.calledSince, times.calledAt) = (uint40(since), uint40(block.timestamp));
        // slither-disable-next-line calls-loop: the feed is the market's own, and does not fail
        (times.calledLive, times.grace) = (uint40(_feed.liveTime()), _parameters.grace);
        emit Called(account, since);
    }

    /// @dev Neither time falls: a proof with an older snapshot says nothing new.
    function _recordHealthy(Account storage self, uint256 time) internal {
        if (time <= self.lastHealthyAt) return;
        (self.lastHealthyAt, self.lastHealthyLive) = (uint40(time), uint40(_feed.liveTime()));
    }

    function _freeze(uint256 account) internal {
        Account storage self = _accounts[account];
        if (self.flags & AccountFlags.FROZEN != 0) revert AlreadyFrozen(account);
        bool seized = self.state == State.Seized;
        bool shielded = seized ? IAuctions(_engine).isOver(account) : _lateFor(account) > FREEZE_BOUND;
        if (!shielded) revert NotFreezable(account);
        self.flags |= AccountFlags.FROZEN;
        _frozenSince[account] = Moment(uint40(block.timestamp), uint40(_feed.liveTime()));
        ++_standing.frozen;
        emit FrozenFor(account);
    }

    function _unfreeze(uint256 account) internal {
        Account storage self = _accounts[account];
        if (self.flags & AccountFlags.FROZEN == 0) return;
        self.flags &= ~AccountFlags.FROZEN;
        // slither-disable-next-line costly-loop: each account of a list has its own freeze
        delete _frozenSince[account];
        --_standing.frozen;
        emit Unfrozen(account);
    }

    /// @dev Whoever owns the account next, it is open, and the market no longer waits for it.
    function _returnAccount(uint256 account) internal returns (Account storage self) {
        self = _accountInState(account, State.Seized);
        self.state = State.Open;
        --_standing.seized;
        _unfreeze(account);
    }

    function _announceWithdrawal(uint256 account) internal {
        Account storage self = _accounts[account];
        if (self.flags & AccountFlags.NOTICED != 0) {
            (uint256 running, uint256 lapses) = _noticeOf(account);
            if (block.timestamp < lapses) revert NoticeRunning(account, running);
        }
        self.flags |= AccountFlags.NOTICED;
        _times[account].noticeAt = uint40(block.timestamp);
        (uint256 from, uint256 until) = _noticeOf(account);
        emit WithdrawalAnnounced(account, from, until);
    }

    function _useNotice(uint256 account) internal {
        (uint256 from, uint256 until) = _noticeOf(account);
        bool noticed = _accounts[account].flags & AccountFlags.NOTICED != 0;
        if (!noticed || block.timestamp >= until) revert NoNotice(account);
        if (block.timestamp < from) revert NoticeRunning(account, from);
        _deleteNotice(account);
    }

    /// @dev A batch passes before the owner may withdraw, and once the notice has lapsed.
    /// @return Whether the notice has lapsed and is deleted
    function _passNotice(uint256 account) internal returns (bool) {
        (uint256 from, uint256 until) = _noticeOf(account);
        if (block.timestamp < from) return false;
        if (block.timestamp < until) revert InNotice(account, until);
        _times[account].noticeAt = 0;
        return true;
    }

    function _deleteNotice(uint256 account) internal {
        _accounts[account].flags &= ~AccountFlags.NOTICED;
        _times[account].noticeAt = 0;
    }

    // --- conditions

    function _accountInState(uint256 account, State state) internal view returns (Account storage self) {
        self = _accounts[account];
        if (self.state != state) revert WrongState(account, self.state);
    }

    function _requireOwner(uint256 account) internal view {
        if (msg.sender != _accounts[account].owner) revert NotOwner(account, msg.sender);
    }

    function _ownAccount(uint256 account) internal view returns (Account storage self) {
        self = _accountInState(account, State.Open);
        _requireOwner(account);
    }

    function _requireNotPaused(uint256 groups) internal view {
        if (_guardian.isPaused(groups)) revert Paused(groups);
    }

    function _requireCalm() internal view {
        uint256 cooldown = _parameters.cooldown;
        if (_feed.calmFor(cooldown)) return;
        // While a market keeps falling, each trip would extend the cool-down.
        if (block.timestamp - _feed.unrestSince() <= UNREST_BOUND) revert NotCalm(cooldown);
    }

    function _requireNoneFrozen() internal view {
        uint256 frozen = _standing.frozen;
        if (frozen != 0) revert Frozen(frozen);
    }

    function _requireFresh(uint256 time) internal view {
        uint256 maxAge = _parameters.maxSnapshotAge;
        if (block.timestamp - time > maxAge) revert NoFreshSnapshot(time, maxAge);
    }

    /// @dev The latest snapshot, or its predecessor for the time that proofs take. A breaker between them ends that: a
    /// venue could let somebody trade under the prices before a crash.
    function _recentSnapshotTime(bytes32 root) internal view returns (uint256) {
        (bytes32 latest, uint256 time) = _feed.latest();
        if (root == latest) return time;
        (bytes32 previous, uint256 previousTime, uint256 publishedAt) = _feed.previous();
        bool recent = root == previous && block.timestamp < publishedAt + PREDECESSOR_TIME;
        if (!recent || _feed.breakerSnapshotTime() > previousTime) revert NotARecentSnapshot(root, latest);
        return previousTime;
    }

    function _noticeOf(uint256 account) private view returns (uint256 from, uint256 until) {
        from = _times[account].noticeAt + WITHDRAWAL_NOTICE;
        until = from + WITHDRAWAL_WINDOW;
    }
}
