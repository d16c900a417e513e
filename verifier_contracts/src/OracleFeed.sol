// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

import {CollateralList} from "./CollateralList.sol";
import {SignerQuorum} from "./SignerQuorum.sol";
import {IOracleFeed} from "./interfaces/IOracleFeed.sol";
import {ISnapshotRegistry} from "./interfaces/ISnapshotRegistry.sol";
import {DelayedChange} from "./libraries/DelayedChange.sol";
import {PriceHistory} from "./libraries/PriceHistory.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title Snapshots of risk data, signed by a quorum of oracle signers
/// @dev The contract calls no other contract, except that `removeSigner` asks who the guardian is.
contract OracleFeed is IOracleFeed, CollateralList, EIP712 {
    using DelayedChange for DelayedChange.Pending;
    using PriceHistory for PriceHistory.History;

    bytes32 private constant SNAPSHOT_TYPE = keccak256(
        "RiskSnapshot(uint256 root,uint64 timestamp,uint256 paramsHash,bytes32 collateralHash,uint256[] indexPrices)"
    );
    /// @dev The number of underlyings in the risk table.
    uint256 private constant MAX_UNDERLYINGS = 8;
    uint256 private constant MAX_SECONDS = 1 days;
    uint256 private constant MIN_GAP = 1 minutes;
    uint256 private constant MAX_GAP = 1 hours;
    uint256 private constant BPS = 10_000;

    /// @inheritdoc IOracleFeed
    uint256 public immutable maxAge;
    /// @inheritdoc IOracleFeed
    uint256 public immutable maxGap;
    /// @inheritdoc IOracleFeed
    uint256 public immutable breakerPeriod;

    mapping(bytes32 root => Publication) private _publications;
    /// @inheritdoc IOracleFeed
    uint256 public paramsHash;
    bytes32 private _latestRoot;
    bytes32 private _previousRoot;
    // One slot: the times that a publication reads and writes.
    uint64 private _latestTimestamp;
    uint64 private _latestPublishedAt;
    /// @dev The live clock at the latest publication.
    uint64 private _liveTime;
    uint64 private _anchoredAt;
    // One slot: the times that a trip writes.
    uint64 private _trippedAt;
    uint64 private _trippedSnapshotTime;
    uint64 private _unrestSince;
    /// @dev The prices at the beginning of the breaker's period.
    uint64[MAX_UNDERLYINGS] private _anchors;
    Limits[] private _limits;
    /// @inheritdoc IOracleFeed
    DelayedChange.Pending public pendingLimits;
    mapping(uint256 underlying => PriceHistory.History) private _histories;

    /// @param settings The settings
    /// @param signers_ The first signers, in ascending order
    /// @param threshold_ The number of signatures that a message needs
    /// @param limits The first limits, by underlying
    /// @param assets The first collateral assets, by place
    constructor(
        Settings memory settings,
        address[] memory signers_,
        uint256 threshold_,
        Limits[] memory limits,
        string[] memory assets
    )
        SignerQuorum(settings.admin, settings.guardian, settings.delay, signers_, threshold_)
        CollateralList(assets)
        EIP712("zkmargin", "1")
    {
        (maxAge, maxGap, breakerPeriod) = (settings.maxAge, settings.maxGap, settings.breakerPeriod);
        _requireRange(settings.maxAge, 1, MAX_SECONDS);
        _requireRange(settings.maxGap, MIN_GAP, MAX_GAP);
        _requireRange(settings.breakerPeriod, 1, MAX_SECONDS);
        _liveTime = uint64(block.timestamp);
        _checkLimits(limits);
        _setLimits(limits);
    }

    /// @inheritdoc IOracleFeed
    function publish(RiskSnapshot calldata snapshot, bytes[] calldata signatures) external {
        _checkTime(snapshot.timestamp);
        bytes32 root = _checkRoot(snapshot.root);
        _requireCollateral(snapshot.collateralHash);
        _requireQuorum(digestOf(snapshot), signatures);

        _publications[root] = Publication(snapshot.timestamp, uint64(block.timestamp), _latestPublishedAt);
        (_liveTime, _latestPublishedAt) = (uint64(liveTime()), uint64(block.timestamp));
        (_previousRoot, _latestRoot, _latestTimestamp) = (_latestRoot, root, snapshot.timestamp);
        emit SnapshotPublished(root, snapshot.timestamp, snapshot.paramsHash, snapshot.indexPrices);
        _acceptPrices(snapshot.indexPrices);
        _acceptParameters(snapshot.paramsHash);
    }

    /// @inheritdoc IOracleFeed
    function scheduleLimits(Limits[] calldata limits) external onlyAdmin {
        _checkLimits(limits);
        emit LimitsScheduled(limits, pendingLimits.schedule(keccak256(abi.encode(limits)), delay));
    }

    /// @inheritdoc IOracleFeed
    function applyLimits(Limits[] calldata limits) external {
        pendingLimits.take(keccak256(abi.encode(limits)));
        _setLimits(limits);
    }

    /// @inheritdoc IOracleFeed
    function cancelLimits() external onlyAdmin {
        emit LimitsCancelled(pendingLimits.cancel());
    }

    /// @inheritdoc IOracleFeed
    function latest() external view returns (bytes32 root, uint256 timestamp) {
        return (_latestRoot, _latestTimestamp);
    }

    /// @inheritdoc IOracleFeed
    function previous() external view returns (bytes32 root, uint256 timestamp, uint256 latestPublishedAt) {
        return (_previousRoot, publishedAt(_previousRoot), _latestPublishedAt);
    }

    /// @inheritdoc IOracleFeed
    function publicationOf(bytes32 root) external view returns (Publication memory) {
        return _publications[root];
    }

    /// @inheritdoc IOracleFeed
    function indexPrice(uint256 underlying) external view returns (uint256 price) {
        price = _histories[underlying].last();
        if (price == 0) revert NoPrice(underlying);
    }

    /// @inheritdoc IOracleFeed
    function averagePrice(uint256 underlying, uint256 window) external view returns (uint256) {
        return _histories[underlying].average(window);
    }

    /// @inheritdoc IOracleFeed
    function breakerTrippedAt() external view returns (uint256) {
        return _trippedAt;
    }

    /// @inheritdoc IOracleFeed
    function breakerSnapshotTime() external view returns (uint256) {
        return _trippedSnapshotTime;
    }

    /// @inheritdoc IOracleFeed
    function unrestSince() external view returns (uint256) {
        return _unrestSince;
    }

    /// @inheritdoc IOracleFeed
    function calmFor(uint256 duration) external view returns (bool) {
        // slither-disable-next-line incorrect-equality: 0 means never; no block has this time
        return _trippedAt == 0 || block.timestamp - _trippedAt >= duration;
    }

    /// @inheritdoc IOracleFeed
    function underlyings() external view returns (uint256) {
        return _limits.length;
    }

    /// @inheritdoc IOracleFeed
    function limitsOf(uint256 underlying) external view returns (Limits memory) {
        if (underlying >= _limits.length) revert NoPrice(underlying);
        return _limits[underlying];
    }

    /// @inheritdoc ISnapshotRegistry
    function publishedAt(bytes32 root) public view returns (uint256) {
        return _publications[root].timestamp;
    }

    /// @inheritdoc IOracleFeed
    function liveTime() public view returns (uint256) {
        (uint256 counted, uint256 since) = (_liveTime, _latestPublishedAt);
        // slither-disable-next-line incorrect-equality: 0 means that there is no snapshot yet
        return since == 0 ? counted : counted + Math.min(block.timestamp - since, maxGap);
    }

    /// @inheritdoc IOracleFeed
    function digestOf(RiskSnapshot calldata snapshot) public view returns (bytes32) {
        bytes32 prices = keccak256(abi.encodePacked(snapshot.indexPrices));
        (uint256 params, bytes32 assets) = (snapshot.paramsHash, snapshot.collateralHash);
        return _hashTypedDataV4(
            keccak256(abi.encode(SNAPSHOT_TYPE, snapshot.root, snapshot.timestamp, params, assets, prices))
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
        if (publishedAt(root) != 0) revert AlreadyPublished(number);
    }

    function _acceptParameters(uint256 current) private {
        uint256 before = paramsHash;
        if (current == before) return;
        paramsHash = current;
        emit ParametersChanged(before, current);
    }

    function _acceptPrices(uint256[] calldata prices) private {
        if (prices.length != _limits.length) revert WrongNumberOfPrices(prices.length, _limits.length);
        bool tripped = false;
        for (uint256 i = 0; i < prices.length; ++i) {
            if (_acceptPrice(i, prices[i])) tripped = true;
        }
        if (tripped) _trip();
        // After a trip only a further move may trip the breaker again.
        if (tripped || block.timestamp - _anchoredAt >= breakerPeriod) _renewAnchors(prices);
    }

    function _acceptPrice(uint256 underlying, uint256 price) private returns (bool tripped) {
        Limits memory limits = _limits[underlying];
        if (price < limits.minPrice || price > limits.maxPrice) {
            revert PriceOutOfBounds(underlying, price, limits.minPrice, limits.maxPrice);
        }
        (uint256 last, uint256 anchor) = (_histories[underlying].last(), _anchors[underlying]);
        // Comparing with the last price alone would miss a large move made of many small ones.
        tripped = _moveExceeds(last, price, limits.maxMoveBps) || _moveExceeds(anchor, price, limits.maxMoveBps);
        if (tripped) emit BreakerTripped(underlying, last, anchor, price);
        _histories[underlying].record(uint64(price));
    }

    function _trip() private {
        if (block.timestamp - _trippedAt > breakerPeriod) _unrestSince = uint64(block.timestamp);
        (_trippedAt, _trippedSnapshotTime) = (uint64(block.timestamp), _latestTimestamp);
    }

    function _renewAnchors(uint256[] calldata prices) private {
        _anchoredAt = uint64(block.timestamp);
        for (uint256 i = 0; i < prices.length; ++i) {
            _anchors[i] = uint64(prices[i]);
        }
    }

    /// @dev A previous price of 0 means that the underlying is new, which is no move.
    function _moveExceeds(uint256 from, uint256 to, uint256 bps) private pure returns (bool) {
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
        // Removing an underlying would make the numbers of the others ambiguous.
        uint256 least = _limits.length == 0 ? 1 : _limits.length;
        if (limits.length < least || limits.length > MAX_UNDERLYINGS) {
            revert WrongNumberOfUnderlyings(limits.length, least, MAX_UNDERLYINGS);
        }
        for (uint256 i = 0; i < limits.length; ++i) {
            Limits memory one = limits[i];
            if (one.minPrice == 0 || one.minPrice > one.maxPrice || one.maxMoveBps == 0) revert LimitsOutOfRange(i);
        }
    }

    function _requireRange(uint256 value, uint256 least, uint256 most) private pure {
        if (value < least || value > most) revert SettingOutOfRange(value, least, most);
    }
}
