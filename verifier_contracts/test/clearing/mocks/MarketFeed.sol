// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev The part of the oracle feed that a market reads: snapshots, breaker and live clock, without signatures.
contract MarketFeed {
    struct Publication {
        uint256 timestamp;
        uint256 publishedIn;
        uint256 previousIn;
    }

    uint256 public constant delay = 2 days;
    uint256 public immutable maxGap;
    uint256 public breakerPeriod = 12 hours;
    uint256 public breakerTrippedAt;
    uint256 public breakerSnapshotTime;
    uint256 public unrestSince;
    mapping(bytes32 root => Publication) public publicationOf;
    bytes32 private _latest;
    bytes32 private _previous;
    uint256 private _live = block.timestamp;
    uint256 private _liveAt = block.timestamp;

    /// @param maxGap_ The bound of a gap; with 0, live time grows by `advance` alone
    constructor(uint256 maxGap_) {
        maxGap = maxGap_;
    }

    function publish(bytes32 root) external {
        publish(root, block.timestamp);
    }

    /// @dev The latest snapshot trips the breaker.
    function trip() external {
        if (block.timestamp - breakerTrippedAt > breakerPeriod) unrestSince = block.timestamp;
        (breakerTrippedAt, breakerSnapshotTime) = (block.timestamp, publicationOf[_latest].timestamp);
    }

    function setBreakerPeriod(uint256 seconds_) external {
        breakerPeriod = seconds_;
    }

    function advance(uint256 seconds_) external {
        _live += seconds_;
    }

    function latest() external view returns (bytes32, uint256) {
        return (_latest, publicationOf[_latest].timestamp);
    }

    function previous() external view returns (bytes32, uint256, uint256) {
        return (_previous, publicationOf[_previous].timestamp, publicationOf[_latest].publishedIn);
    }

    function publishedAt(bytes32 root) external view returns (uint256) {
        return publicationOf[root].timestamp;
    }

    function calmFor(uint256 duration) external view returns (bool) {
        return breakerTrippedAt == 0 || block.timestamp - breakerTrippedAt >= duration;
    }

    /// @dev A snapshot that is older than its publication.
    function publish(bytes32 root, uint256 timestamp) public {
        (_live, _liveAt) = (liveTime(), block.timestamp);
        publicationOf[root] = Publication(timestamp, block.timestamp, publicationOf[_latest].publishedIn);
        (_previous, _latest) = (_latest, root);
    }

    function liveTime() public view returns (uint256) {
        uint256 gap = block.timestamp - _liveAt;
        return _live + (gap < maxGap ? gap : maxGap);
    }
}
