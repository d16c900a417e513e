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
    /// @dev Whether signers or limits changed too early.
    bool public hasty;
    /// @dev Events that must happen from time to time.
    uint256 public accepted;
    uint256 public refused;
    uint256 public applied;

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
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(_nextRoot, MIN + price % (MAX - MIN));
        feed.publish(snapshot, _sign(snapshot, _first, feed.threshold()));
        _published(snapshot.timestamp);
    }

    function publishAgain(uint256 which) external {
        if (roots.length == 0) return;
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(uint256(roots[which % roots.length]));
        if (_accepts(feed, snapshot, _sign(snapshot, _first, _count))) forged = true;
    }

    function wait(uint256 time) external {
        vm.warp(block.timestamp + time % (2 * DELAY));
    }

    function scheduleSigners(uint256 first, uint256 count, uint256 threshold) external {
        count = 1 + count % 7;
        (first, threshold) = (first % (8 - count), threshold % (count + 2));
        feed.scheduleSigners(_signers(first, count), threshold);
        _signersReadyAt = block.timestamp + DELAY;
        (_scheduledFirst, _scheduledCount, _scheduledThreshold) = (first, count, threshold);
    }

    function applySigners() external {
        feed.applySigners(_signers(_scheduledFirst, _scheduledCount), _scheduledThreshold);
        if (block.timestamp < _signersReadyAt) hasty = true;
        (_first, _count) = (_scheduledFirst, _scheduledCount);
        ++applied;
    }

    function cancelSigners(uint256 seed) external {
        if (seed % 4 == 0) feed.cancelSigners();
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
    }

    /// @dev Signatures by consecutive keys of the seven, one of them perhaps twice, and whether they are a quorum.
    function _signedBy(IOracleFeed.RiskSnapshot memory snapshot, uint256 seed)
        private
        view
        returns (bytes[] memory signatures, bool good)
    {
        uint256 count = seed % 8;
        uint256 first = (seed >> 8) % (8 - count);
        signatures = _sign(snapshot, first, count);
        good = count >= feed.threshold() && first >= _first && first + count <= _first + _count;
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

    function invariant_thresholdIsFromTwoToTheNumberOfSigners() public view {
        address[] memory signers = feed.signers();
        assertGe(feed.threshold(), 2);
        assertLe(feed.threshold(), signers.length);
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
        assertTrue(feed.breakerTrippedAt() != 0);
    }

    function _call(uint256 i) private view returns (bytes memory) {
        (uint256 a, uint256 b, uint256 c) = (_dice(i, 1), _dice(i, 2), _dice(i, 3));
        i = _dice(i, 0) % 7;
        if (i == 0) return abi.encodeCall(handler.publish, (a, b, c));
        if (i == 1) return abi.encodeCall(handler.publishSoundly, (a, b));
        if (i == 2) return abi.encodeCall(handler.publishAgain, (a));
        if (i == 3) return abi.encodeCall(handler.wait, (a));
        if (i == 4) return abi.encodeCall(handler.scheduleSigners, (a, b, c));
        if (i == 5) return abi.encodeCall(handler.applySigners, ());
        return abi.encodeCall(handler.cancelSigners, (a));
    }
}
