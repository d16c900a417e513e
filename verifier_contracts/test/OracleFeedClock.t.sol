// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @dev The live clock, and the snapshot before the latest.
contract OracleFeedClockTest is OracleFixture {
    uint256 private constant ROOT = 0x5009;

    function setUp() public {
        _deploy();
    }

    // --- attacks: no deadline passes while nobody can answer

    function testFuzz_attack_aSilentOracleRunsNobodyDown(uint64 silence) public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + silence);
        assertEq(feed.liveTime(), NOW + (silence < MAX_GAP ? silence : MAX_GAP));
    }

    /// @dev The first block after the outage may hold other transactions before and after the first snapshot.
    function testFuzz_attack_aStoppedChainRunsNobodyDown(uint32 before, uint32 outage) public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1 + before % MAX_GAP);
        _publish(ROOT + 1, 100_000);
        uint256 live = feed.liveTime();
        vm.warp(block.timestamp + MAX_GAP + outage);
        assertEq(feed.liveTime(), live + MAX_GAP);
        _publish(ROOT + 2, 100_000);
        assertEq(feed.liveTime(), live + MAX_GAP);
        vm.warp(block.timestamp + 1);
        assertEq(feed.liveTime(), live + MAX_GAP + 1);
    }

    function test_attack_aGapOfOneSecondMore() public {
        for (uint256 i = 0; i < 3; ++i) {
            _deploy();
            _publish(ROOT, 100_000);
            vm.warp(NOW + MAX_GAP - 1 + i);
            _publish(ROOT + 1, 100_000);
            assertEq(feed.liveTime(), NOW + MAX_GAP - (i == 0 ? 1 : 0));
        }
    }

    // --- properties: it never falls, it is never faster than block time, an outage counts at most one gap

    /// @custom:property C1
    function testFuzz_theClockCountsEachGapOnceAndNeverFalls(uint32[12] memory waits, uint256 published) public {
        (uint256 counted, uint256 since, uint256 last) = (NOW, 0, NOW);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 wait = waits[i] % (3 * MAX_GAP);
            vm.warp(block.timestamp + wait);
            uint256 gap = since == 0 ? 0 : block.timestamp - since;
            uint256 live = feed.liveTime();
            assertEq(live, counted + (gap < MAX_GAP ? gap : MAX_GAP));
            assertGe(live, last);
            assertLe(live - last, wait);
            assertLe(live, block.timestamp);
            if (wait != 0 && (published >> i) % 2 == 1) {
                _publish(ROOT + i, 100_000);
                (counted, since) = (live, block.timestamp);
                // A publication moves nothing.
                assertEq(feed.liveTime(), live);
            }
            last = live;
        }
    }

    function testFuzz_theClockStandsStillBeforeTheFirstSnapshot(uint32 wait) public {
        assertEq(feed.liveTime(), NOW);
        vm.warp(NOW + wait);
        assertEq(feed.liveTime(), NOW);
        _publish(ROOT, 100_000);
        assertEq(feed.liveTime(), NOW);
        vm.warp(block.timestamp + 1);
        assertEq(feed.liveTime(), NOW + 1);
    }

    /// @dev Whoever publishes chooses among signed snapshots, but not the time of the block.
    function testFuzz_theClockCountsBlockTimeAndNotTheTimesOfSnapshots(uint64 age, uint64 gap) public {
        (age, gap) = (age % uint64(MAX_AGE), 1 + gap % uint64(MAX_GAP));
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= age;
        feed.publish(snapshot, _sign(snapshot));
        vm.warp(NOW + gap);
        _publish(ROOT + 1, 100_000);
        assertEq(feed.liveTime(), NOW + gap);
    }

    function test_gasOfTheClock() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1);
        assertEq(feed.liveTime(), NOW + 1);
        vm.snapshotGasLastCall("OracleFeed", "liveTime");
    }

    // --- the snapshot before the latest

    function test_thereIsNoPreviousSnapshotBeforeTheSecond() public {
        _isPrevious(0, 0, 0);
        _publish(ROOT, 100_000);
        _isPrevious(0, 0, NOW);
    }

    function testFuzz_theSnapshotBeforeTheLatestIsKept(uint64 age, uint64 wait) public {
        (age, wait) = (age % uint64(MAX_AGE), 1 + wait % 1 days);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= age;
        feed.publish(snapshot, _sign(snapshot));
        vm.warp(NOW + wait);
        _publish(ROOT + 1, 100_000);
        _isPrevious(ROOT, NOW - age, NOW + wait);
        vm.warp(NOW + wait + 7);
        _publish(ROOT + 2, 100_000);
        _isPrevious(ROOT + 1, NOW + wait, NOW + wait + 7);
    }

    /// @dev A trip by the latest snapshot has the block time of its publication, so consumers see that it came between.
    function test_aTripBetweenThePreviousAndTheLatestIsVisible() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 10);
        _publish(ROOT + 1, 50_000);
        _isPrevious(ROOT, NOW, NOW + 10);
        assertEq(feed.breakerTrippedAt(), NOW + 10);
    }

    function test_twoSnapshotsInOneBlock() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= 5;
        feed.publish(snapshot, _sign(snapshot));
        _publish(ROOT + 1, 100_000);
        _isPrevious(ROOT, NOW - 5, NOW);
        assertEq(feed.liveTime(), NOW);
    }

    /// @dev The first snapshot at or after a time is the one whose predecessor was published before it.
    function test_publicationsFormAChainOfBlockTimes() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 30);
        _publish(ROOT + 1, 100_000);
        _isPublication(ROOT, NOW, NOW, 0);
        _isPublication(ROOT + 1, NOW + 30, NOW + 30, NOW);
        _isPublication(ROOT + 2, 0, 0, 0);
        assertEq(feed.publishedAt(bytes32(ROOT + 1)), NOW + 30);
    }

    function _isPublication(uint256 root, uint256 timestamp, uint256 publishedIn, uint256 previousIn) private view {
        IOracleFeed.Publication memory found = feed.publicationOf(bytes32(root));
        assertEq(found.timestamp, timestamp);
        assertEq(found.publishedIn, publishedIn);
        assertEq(found.previousIn, previousIn);
    }

    function _isPrevious(uint256 root, uint256 timestamp, uint256 latestPublishedAt) private view {
        (bytes32 foundRoot, uint256 foundTimestamp, uint256 foundPublishedAt) = feed.previous();
        assertEq(foundRoot, bytes32(root));
        assertEq(foundTimestamp, timestamp);
        assertEq(foundPublishedAt, latestPublishedAt);
    }
}
