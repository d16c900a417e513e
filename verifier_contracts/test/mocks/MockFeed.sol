// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev The part of OracleFeed that the market's contracts read, with the values that a test sets.
contract MockFeed {
    uint256 public constant delay = 2 days;
    uint256 public breakerPeriod = 12 hours;

    bytes32 public root;
    uint256 public time;
    uint256 public breakerTrippedAt;
    uint256 public breakerSnapshotTime;
    uint256 public unrestSince;
    mapping(bytes32 root => uint256) public publishedAt;

    function publish(bytes32 root_, uint256 time_) external {
        (root, time) = (root_, time_);
        publishedAt[root_] = time_;
    }

    function trip() external {
        if (block.timestamp - breakerTrippedAt > breakerPeriod) unrestSince = block.timestamp;
        (breakerTrippedAt, breakerSnapshotTime) = (block.timestamp, time);
    }

    function setBreakerPeriod(uint256 seconds_) external {
        breakerPeriod = seconds_;
    }

    function latest() external view returns (bytes32, uint256) {
        return (root, time);
    }

    function calmFor(uint256 duration) external view returns (bool) {
        return breakerTrippedAt == 0 || block.timestamp - breakerTrippedAt >= duration;
    }
}
