// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {SignerQuorum} from "./SignerQuorum.sol";
import {IOracleFeed} from "./interfaces/IOracleFeed.sol";
import {DelayedChange} from "./libraries/DelayedChange.sol";
import {PriceHistory} from "./libraries/PriceHistory.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title Snapshots that a quorum of oracle signers vouches for; IOracleFeed says what each function promises
/// @dev Calls no other contract.
contract OracleFeed is IOracleFeed, SignerQuorum, EIP712 {
    using DelayedChange for DelayedChange.Pending;
    using PriceHistory for PriceHistory.History;

    bytes32 private constant SNAPSHOT_TYPE =
        keccak256("RiskSnapshot(uint256 root,uint64 timestamp,uint256 paramsHash,uint256[] indexPrices)");
    /// @dev As many as the risk table has.
    uint256 private constant MAX_UNDERLYINGS = 8;
    uint256 private constant MAX_SECONDS = 1 days;
    uint256 private constant BPS = 10_000;

    uint256 public immutable maxAge;
    uint256 public immutable breakerPeriod;

    mapping(bytes32 root => uint256) public publishedAt;
    uint256 public paramsHash;
    bytes32 private _latestRoot;
    uint64 private _latestTimestamp;
    uint64 private _trippedAt;
    uint64 private _trippedBy;
    uint64 private _anchoredAt;
    uint64 private _unrestSince;
    /// @dev The prices at the beginning of the breaker's period.
    uint64[MAX_UNDERLYINGS] private _anchors;
    Limits[] private _limits;
    DelayedChange.Pending public pendingLimits;
    mapping(uint256 underlying => PriceHistory.History) private _histories;

    constructor(Settings memory settings, address[] memory signers_, uint256 threshold_, Limits[] memory limits)
        SignerQuorum(settings.admin, settings.delay, signers_, threshold_)
        EIP712("zkmargin", "1")
    {
        (maxAge, breakerPeriod) = (settings.maxAge, settings.breakerPeriod);
        _requireSeconds(settings.maxAge);
        _requireSeconds(settings.breakerPeriod);
        _checkLimits(limits);
        _setLimits(limits);
    }

    function publish(RiskSnapshot calldata snapshot, bytes[] calldata signatures) external {
        _checkTime(snapshot.timestamp);
        bytes32 root = _checkRoot(snapshot.root);
        _requireQuorum(digestOf(snapshot), signatures);

        (_latestRoot, _latestTimestamp) = (root, snapshot.timestamp);
        publishedAt[root] = snapshot.timestamp;
        emit SnapshotPublished(root, snapshot.timestamp, snapshot.paramsHash, snapshot.indexPrices);
        _acceptPrices(snapshot.indexPrices);
        _acceptParameters(snapshot.paramsHash);
    }

    function scheduleLimits(Limits[] calldata limits) external onlyAdmin {
        _checkLimits(limits);
        emit LimitsScheduled(limits, pendingLimits.schedule(keccak256(abi.encode(limits)), delay));
    }

    function applyLimits(Limits[] calldata limits) external {
        pendingLimits.take(keccak256(abi.encode(limits)));
        _setLimits(limits);
    }

    function cancelLimits() external onlyAdmin {
        emit LimitsCancelled(pendingLimits.cancel());
    }

    function latest() external view returns (bytes32 root, uint256 timestamp) {
        return (_latestRoot, _latestTimestamp);
    }

    function indexPrice(uint256 underlying) external view returns (uint256 price) {
        price = _histories[underlying].last();
        if (price == 0) revert NoPrice(underlying);
    }

    function averagePrice(uint256 underlying, uint256 window) external view returns (uint256) {
        return _histories[underlying].average(window);
    }

    function breakerTrippedAt() external view returns (uint256) {
        return _trippedAt;
    }

    function breakerSnapshotTime() external view returns (uint256) {
        return _trippedBy;
    }

    function unrestSince() external view returns (uint256) {
        return _unrestSince;
    }

    function calmFor(uint256 duration) external view returns (bool) {
        // slither-disable-next-line incorrect-equality: 0 is for never, and no time comes near it
        return _trippedAt == 0 || block.timestamp - _trippedAt >= duration;
    }

    function underlyings() external view returns (uint256) {
        return _limits.length;
    }

    function limitsOf(uint256 underlying) external view returns (Limits memory) {
        if (underlying >= _limits.length) revert NoPrice(underlying);
        return _limits[underlying];
    }

    function digestOf(RiskSnapshot calldata snapshot) public view returns (bytes32) {
        bytes32 prices = keccak256(abi.encodePacked(snapshot.indexPrices));
        return _hashTypedDataV4(
            keccak256(abi.encode(SNAPSHOT_TYPE, snapshot.root, snapshot.timestamp, snapshot.paramsHash, prices))
        );
    }

    function _checkTime(uint256 timestamp) private view {
        if (timestamp > block.timestamp) revert FutureSnapshot(timestamp, block.timestamp);
        if (block.timestamp - timestamp > maxAge) revert SnapshotTooOld(timestamp, maxAge);
        if (timestamp <= _latestTimestamp) revert SnapshotOutOfOrder(timestamp, _latestTimestamp);
    }

    function _checkRoot(uint256 number) private view returns (bytes32 root) {
        if (number == 0 || number >= PublicSignals.FIELD) revert RootOutOfRange(number);
        root = bytes32(number);
        if (publishedAt[root] != 0) revert AlreadyPublished(number);
    }

    function _acceptParameters(uint256 current) private {
        uint256 previous = paramsHash;
        if (current == previous) return;
        paramsHash = current;
        emit ParametersChanged(previous, current);
    }

    function _acceptPrices(uint256[] calldata prices) private {
        if (prices.length != _limits.length) revert WrongNumberOfPrices(prices.length, _limits.length);
        bool tripped = false;
        for (uint256 i = 0; i < prices.length; ++i) {
            if (_acceptPrice(i, prices[i])) tripped = true;
        }
        if (tripped) _trip();
        // After a trip the next one is for a further move, not for the same.
        if (tripped || block.timestamp - _anchoredAt >= breakerPeriod) _renewAnchors(prices);
    }

    function _acceptPrice(uint256 underlying, uint256 price) private returns (bool tripped) {
        Limits memory limits = _limits[underlying];
        if (price < limits.minPrice || price > limits.maxPrice) {
            revert PriceOutOfBounds(underlying, price, limits.minPrice, limits.maxPrice);
        }
        (uint256 last, uint256 anchor) = (_histories[underlying].last(), _anchors[underlying]);
        // Many small moves between frequent snapshots would pass a comparison with the last price alone.
        tripped = _exceeds(last, price, limits.maxMoveBps) || _exceeds(anchor, price, limits.maxMoveBps);
        if (tripped) emit BreakerTripped(underlying, last, anchor, price);
        _histories[underlying].record(uint64(price));
    }

    function _trip() private {
        if (block.timestamp - _trippedAt > breakerPeriod) _unrestSince = uint64(block.timestamp);
        (_trippedAt, _trippedBy) = (uint64(block.timestamp), _latestTimestamp);
    }

    function _renewAnchors(uint256[] calldata prices) private {
        _anchoredAt = uint64(block.timestamp);
        for (uint256 i = 0; i < prices.length; ++i) {
            _anchors[i] = uint64(prices[i]);
        }
    }

    /// @dev From 0 there is no move: the underlying is new.
    function _exceeds(uint256 from, uint256 to, uint256 bps) private pure returns (bool) {
        uint256 move = from > to ? from - to : to - from;
        return from != 0 && move * BPS > from * bps;
    }

    function _setLimits(Limits[] memory limits) private {
        delete _limits;
        for (uint256 i = 0; i < limits.length; ++i) {
            _limits.push(limits[i]);
        }
        emit LimitsChanged(limits);
    }

    function _checkLimits(Limits[] memory limits) private view {
        // With one underlying fewer, the numbers of the others would be in doubt.
        uint256 least = _limits.length == 0 ? 1 : _limits.length;
        if (limits.length < least || limits.length > MAX_UNDERLYINGS) {
            revert WrongNumberOfUnderlyings(limits.length, least, MAX_UNDERLYINGS);
        }
        for (uint256 i = 0; i < limits.length; ++i) {
            Limits memory one = limits[i];
            if (one.minPrice == 0 || one.minPrice > one.maxPrice || one.maxMoveBps == 0) revert LimitsOutOfRange(i);
        }
    }

    function _requireSeconds(uint256 value) private pure {
        if (value == 0 || value > MAX_SECONDS) revert SettingOutOfRange(value, MAX_SECONDS);
    }
}
