// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {OracleFeed} from "../src/OracleFeed.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @dev Calls the feed in any order, with valid and invalid arguments. It is the feed's admin.
contract OracleFeedHandler is OracleFixture {
    bytes32[] public roots;
    uint256 public highestTimestamp;
    uint256 public firstPublishedAt;
    /// @dev Whether a snapshot was published without a quorum of the signers at that time.
    bool public forged;
    /// @dev Whether signers changed too early, or a removed one came back by a change from before its removal.
    bool public hasty;
    /// @dev Whether the live clock fell, or was faster than block time.
    bool public unsteady;
    /// @dev What the live clock must have counted at the latest publication.
    uint256 public counted = NOW;
    uint256 public countedSince;
    /// @dev Events that must happen from time to time.
    uint256 public accepted;
    uint256 public refused;
    uint256 public applied;
    uint256 public removed;

    uint256 private _lastLive = NOW;
    uint256 private _lastTime = NOW;
    bool[7] private _isRemoved;
    bool private _scheduledVoid;
    uint256 private _nextRoot = 1;
    uint256 private _first;
    uint256 private _count = 5;
    uint256 private _signersReadyAt;
    uint256 private _scheduledFirst;
    uint256 private _scheduledCount;
    uint256 private _scheduledThreshold;

    constructor() {
        _deploy();
    }

    function publish(uint256 age, uint256 price, uint256 signedBy) external {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(_nextRoot, 1 + price % (MAX * 2));
        snapshot.timestamp -= uint64(age % (MAX_AGE * 2));
        (bytes[] memory signatures, bool good) = _signedBy(snapshot, signedBy);
        if (!_accepts(feed, snapshot, signatures)) {
            ++refused;
            return;
        }
        ++accepted;
        if (!good) forged = true;
        _published(snapshot.timestamp);
    }

    function publishSoundly(uint256 time, uint256 price) external {
        vm.warp(block.timestamp + 1 + time % PERIOD);
        _look();
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(_nextRoot, MIN + price % (MAX - MIN));
        feed.publish(snapshot, _signedByThoseLeft(snapshot));
        _published(snapshot.timestamp);
    }

    function publishAgain(uint256 which) external {
        if (roots.length == 0) return;
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(uint256(roots[which % roots.length]));
        if (_accepts(feed, snapshot, _signedByThoseLeft(snapshot))) forged = true;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % (2 * DELAY));
        _look();
    }

    function removeSigner(uint256 which, bool byTheGuardian) external {
        // Rarely, or too few signers would be left most of the time.
        if (which % 8 != 0) return;
        which = (which >> 8) % 7;
        address signer = vm.addr(keys[which]);
        if (byTheGuardian) vm.prank(WATCH);
        feed.removeSigner(signer);
        _isRemoved[which] = true;
        if (which >= _scheduledFirst && which < _scheduledFirst + _scheduledCount) _scheduledVoid = true;
        ++removed;
    }

    function scheduleSigners(uint256 first, uint256 count, uint256 threshold) external {
        count = 1 + count % 7;
        (first, threshold) = (first % (8 - count), threshold % (count + 2));
        feed.scheduleSigners(_signers(first, count), threshold);
        _signersReadyAt = block.timestamp + DELAY;
        (_scheduledFirst, _scheduledCount, _scheduledThreshold, _scheduledVoid) = (first, count, threshold, false);
    }

    function applySigners() external {
        feed.applySigners(_signers(_scheduledFirst, _scheduledCount), _scheduledThreshold);
        if (block.timestamp < _signersReadyAt || _scheduledVoid) hasty = true;
        (_first, _count) = (_scheduledFirst, _scheduledCount);
        delete _isRemoved;
        ++applied;
    }

    function cancelSigners(uint256 seed) external {
        if (seed % 8 == 0) feed.cancelSigners();
    }

    function asked() external view returns (OracleFeed) {
        return feed;
    }

    function rootCount() external view returns (uint256) {
        return roots.length;
    }

    function _published(uint256 timestamp) private {
        if (roots.length == 0) firstPublishedAt = block.timestamp;
        roots.push(bytes32(_nextRoot++));
        if (timestamp > highestTimestamp) highestTimestamp = timestamp;
        uint256 gap = countedSince == 0 ? 0 : block.timestamp - countedSince;
        (counted, countedSince) = (counted + (gap < MAX_GAP ? gap : MAX_GAP), block.timestamp);
        _look();
    }

    function _look() private {
        (uint256 live, uint256 time) = (feed.liveTime(), block.timestamp);
        if (live < _lastLive || live - _lastLive > time - _lastTime) unsteady = true;
        (_lastLive, _lastTime) = (live, time);
    }

    function _counts(uint256 key) private view returns (bool) {
        return key >= _first && key < _first + _count && !_isRemoved[key];
    }

    function _signedByThoseLeft(IOracleFeed.RiskSnapshot memory snapshot)
        private
        view
        returns (bytes[] memory signatures)
    {
        signatures = new bytes[](feed.signers().length);
        uint256 next = 0;
        for (uint256 i = 0; i < 7; ++i) {
            if (_counts(i)) signatures[next++] = _signature(keys[i], feed.digestOf(snapshot));
        }
    }

    /// @dev Signatures by consecutive keys of the seven, one of them perhaps twice, and whether they are a quorum.
    function _signedBy(IOracleFeed.RiskSnapshot memory snapshot, uint256 seed)
        private
        view
        returns (bytes[] memory signatures, bool good)
    {
        if ((seed >> 24) % 2 == 0) {
            signatures = _signedByThoseLeft(snapshot);
            return (signatures, signatures.length >= feed.threshold());
        }
        uint256 count = seed % 8;
        uint256 first = (seed >> 8) % (8 - count);
        signatures = _sign(snapshot, first, count);
        good = count >= feed.threshold();
        for (uint256 i = first; i < first + count; ++i) {
            if (!_counts(i)) good = false;
        }
        if (count > 1 && (seed >> 16) % 4 == 0) (signatures[1], good) = (signatures[0], false);
    }
}

contract OracleFeedInvariants is OracleFixture {
    OracleFeedHandler private handler;

    function setUp() public {
        handler = new OracleFeedHandler();
        feed = handler.asked();
    }

    /// @dev Forge calls this to find the contracts to call.
    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(handler);
    }

    function invariant_theLatestIsTheNewestAndKnownAndTimestampsOnlyGrow() public view {
        uint256 before = 0;
        for (uint256 i = 0; i < handler.rootCount(); ++i) {
            uint256 timestamp_ = feed.publishedAt(handler.roots(i));
            assertGt(timestamp_, before);
            before = timestamp_;
        }
        (bytes32 root, uint256 timestamp) = feed.latest();
        assertEq(timestamp, before);
        assertEq(timestamp, handler.highestTimestamp());
        assertEq(feed.publishedAt(root), timestamp);
        assertLe(timestamp, block.timestamp);
    }

    function invariant_theThresholdIsAtLeastTwoAndTheSignersAscend() public view {
        address[] memory signers = feed.signers();
        assertGe(feed.threshold(), 2);
        address previous = address(0);
        for (uint256 i = 0; i < signers.length; ++i) {
            assertTrue(signers[i] > previous);
            assertTrue(feed.isSigner(signers[i]));
            previous = signers[i];
        }
        uint256 flagged = 0;
        for (uint256 i = 0; i < 7; ++i) {
            if (feed.isSigner(vm.addr(keys[i]))) ++flagged;
        }
        assertEq(flagged, signers.length);
    }

    function invariant_nothingIsAcceptedWithoutAQuorumNorChangedTooEarly() public view {
        assertFalse(handler.forged());
        assertFalse(handler.hasty());
    }

    /// @custom:property C1
    function invariant_theLiveClockCountsEachGapUpToItsBound() public view {
        assertFalse(handler.unsteady());
        uint256 since = handler.countedSince();
        uint256 gap = since == 0 ? 0 : block.timestamp - since;
        assertEq(feed.liveTime(), handler.counted() + (gap < MAX_GAP ? gap : MAX_GAP));
        assertLe(feed.liveTime(), block.timestamp);
    }

    function invariant_thePreviousSnapshotIsTheOneBeforeTheLatest() public view {
        uint256 count = handler.rootCount();
        (bytes32 root, uint256 timestamp, uint256 latestPublishedAt) = feed.previous();
        assertEq(root, count < 2 ? bytes32(0) : handler.roots(count - 2));
        assertEq(timestamp, feed.publishedAt(root));
        assertEq(latestPublishedAt, handler.countedSince());
    }

    function invariant_pricesAndTheirAverageAreWithinTheirLimits() public view {
        if (handler.rootCount() == 0) return;
        uint256 price = feed.indexPrice(2);
        assertGe(price, MIN);
        assertLe(price, MAX);
        assertLe(feed.breakerTrippedAt(), block.timestamp);
        uint256 since = block.timestamp - handler.firstPublishedAt();
        if (since == 0) return;
        uint256 average = feed.averagePrice(2, since);
        assertGe(average, MIN);
        assertLe(average, MAX);
    }

    /// @dev Checks that random sequences reach every action.
    function test_theHandlerPublishesAndChangesSigners() public {
        for (uint256 i = 0; i < 1000; ++i) {
            (bool done,) = address(handler).call(_call(i));
            // Some calls revert: a change is not ready, or not scheduled.
            done;
        }
        assertGt(handler.accepted(), 5);
        assertGt(handler.refused(), 5);
        assertGt(handler.applied(), 5);
        assertGt(handler.removed(), 5);
        assertTrue(feed.breakerTrippedAt() != 0);
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b, uint256 c) = (_dice(i, 1), _dice(i, 2), _dice(i, 3));
        i = _dice(i, 0) % 8;
        if (i == 0) return abi.encodeCall(handler.publish, (a, b, c));
        if (i == 1) return abi.encodeCall(handler.publishSoundly, (a, b));
        if (i == 2) return abi.encodeCall(handler.publishAgain, (a));
        if (i == 3) return abi.encodeCall(handler.wait, (a));
        if (i == 4) return abi.encodeCall(handler.scheduleSigners, (a, b, c));
        if (i == 5) return abi.encodeCall(handler.applySigners, ());
        if (i == 6) return abi.encodeCall(handler.removeSigner, (a, b % 2 == 0));
        return abi.encodeCall(handler.cancelSigners, (a));
    }
}
