// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICollateralList} from "./ICollateralList.sol";
import {ISignerQuorum} from "./ISignerQuorum.sol";
import {ISnapshotRegistry} from "./ISnapshotRegistry.sol";

/// @title Snapshots of risk data, signed by a quorum of oracle signers
/// @notice The feed accepts a snapshot on its signatures alone. It reads no market on chain, so nothing within a
/// transaction can move a price. docs/formats/signatures.md describes the signed message, docs/oracle.md the checks.
interface IOracleFeed is ISnapshotRegistry, ISignerQuorum, ICollateralList {
    /// @notice The message that is signed by EIP-712.
    /// @param root The root of the snapshot
    /// @param timestamp The time of the venue data, in seconds since 1970
    /// @param paramsHash The hash of model, collateral and listings
    /// @param collateralHash The hash of the collateral assets' names in their order
    /// @param indexPrices The index price of each underlying by number, in micro-quote per unit
    struct RiskSnapshot {
        uint256 root;
        uint64 timestamp;
        uint256 paramsHash;
        bytes32 collateralHash;
        uint256[] indexPrices;
    }

    /// @notice The limits of an underlying's index price.
    /// @param minPrice The lowest accepted price, at least 1
    /// @param maxPrice The highest accepted price
    /// @param maxMoveBps The largest move that does not trip the breaker, in 1/10 000 of the earlier price
    struct Limits {
        uint64 minPrice;
        uint64 maxPrice;
        uint16 maxMoveBps;
    }

    /// @notice The publication of a snapshot, in one slot; all zero if it was not published.
    /// @param timestamp The snapshot's own timestamp
    /// @param publishedIn The time of the block that published it
    /// @param previousIn The time of the block that published the snapshot before; 0 if it was the first
    struct Publication {
        uint64 timestamp;
        uint64 publishedIn;
        uint64 previousIn;
    }

    /// @notice The settings, fixed at deployment.
    /// @param admin The address that schedules changes
    /// @param guardian The contract that names the guardian, who may remove signers
    /// @param delay The time from the schedule of a change to its effect, in seconds
    /// @param maxAge The maximum age of a snapshot at publication, in seconds
    /// @param maxGap The most that the live clock counts of the time between two snapshots, in seconds
    /// @param breakerPeriod The time for which later prices are compared with one price, in seconds
    struct Settings {
        address admin;
        address guardian;
        uint256 delay;
        uint256 maxAge;
        uint256 maxGap;
        uint256 breakerPeriod;
    }

    /// @notice A setting is out of range.
    error SettingOutOfRange(uint256 value, uint256 least, uint256 most);
    /// @notice The root is zero or not a field element, so no proof can refer to it.
    error RootOutOfRange(uint256 root);
    /// @notice The root was already published. Publishing it again would make an old snapshot look fresh.
    error AlreadyPublished(uint256 root);
    /// @notice The snapshot's timestamp is in the future.
    error FutureSnapshot(uint256 timestamp, uint256 blockTimestamp);
    /// @notice The snapshot is older than `maxAge`.
    error SnapshotTooOld(uint256 timestamp, uint256 maxAge);
    /// @notice The snapshot is not newer than the latest one.
    error SnapshotOutOfOrder(uint256 timestamp, uint256 latest);
    /// @notice The number of prices is not the number of underlyings.
    error WrongNumberOfPrices(uint256 given, uint256 underlyings);
    /// @notice A price is outside the limits of its underlying.
    error PriceOutOfBounds(uint256 underlying, uint256 price, uint256 minPrice, uint256 maxPrice);
    /// @notice The limits of an underlying allow a price of zero, no price, or no move.
    error LimitsOutOfRange(uint256 underlying);
    /// @notice There are too many underlyings, or fewer than before.
    error WrongNumberOfUnderlyings(uint256 given, uint256 least, uint256 most);
    /// @notice The underlying has no price.
    error NoPrice(uint256 underlying);

    /// @notice A snapshot was accepted.
    event SnapshotPublished(bytes32 indexed root, uint256 timestamp, uint256 paramsHash, uint256[] indexPrices);
    /// @notice Model, collateral or listings differ from those of the previous snapshot.
    event ParametersChanged(uint256 previous, uint256 current);
    /// @notice A price moved beyond its limit.
    /// @param underlying The underlying
    /// @param last The previous price
    /// @param anchor The price at the beginning of the breaker's period
    /// @param price The new price
    event BreakerTripped(uint256 indexed underlying, uint256 last, uint256 anchor, uint256 price);
    /// @notice Limits were scheduled.
    event LimitsScheduled(Limits[] limits, uint256 readyAt);
    /// @notice Scheduled limits were cancelled.
    event LimitsCancelled(bytes32 indexed change);
    /// @notice Limits took effect.
    event LimitsChanged(Limits[] limits);

    /// @notice Publishes a snapshot. Anybody who has the signatures may call this.
    /// @param snapshot The signed message
    /// @param signatures At least `threshold` signatures, in ascending order of their signers; 65 bytes each: r, s in
    /// the lower half of the group's order, v
    function publish(RiskSnapshot calldata snapshot, bytes[] calldata signatures) external;

    /// @notice Schedules limits that replace all present ones. Only for the admin.
    /// @param limits The limits by underlying; there may be more underlyings than before, not fewer
    function scheduleLimits(Limits[] calldata limits) external;

    /// @notice Applies the scheduled limits. Anybody may call this once `delay` has passed.
    /// @param limits The scheduled limits
    function applyLimits(Limits[] calldata limits) external;

    /// @notice Cancels the scheduled limits. Only for the admin.
    function cancelLimits() external;

    /// @notice The latest snapshot.
    /// @return root Its root; 0 before the first
    /// @return timestamp Its own timestamp, which `publishedAt` returns too
    function latest() external view returns (bytes32 root, uint256 timestamp);

    /// @notice The snapshot before the latest one.
    /// @return root Its root; 0 before the second snapshot
    /// @return timestamp Its own timestamp; 0 before the second snapshot
    /// @return latestPublishedAt The block time of the latest snapshot's publication, until which this one was the
    /// latest; 0 before the first snapshot
    function previous() external view returns (bytes32 root, uint256 timestamp, uint256 latestPublishedAt);

    /// @notice The publication of a snapshot. It shows which one was the first at or after a time.
    /// @param root The root of the snapshot
    /// @return The publication
    function publicationOf(bytes32 root) external view returns (Publication memory);

    /// @notice A clock that runs only while snapshots arrive. Between two publications it counts their distance in
    /// block time, but at most `maxGap`; since the last one, the time until now, but at most `maxGap`. So neither a
    /// silent oracle nor a stopped chain lets a deadline pass.
    /// @dev It starts at the deployment's block time, so it is never 0, and stands still until the first snapshot. It
    /// never falls and is never faster than block time. Compare it only with its own earlier values.
    /// @return In seconds
    function liveTime() external view returns (uint256);

    /// @notice The parameters' hash of the latest snapshot.
    /// @return The hash of model, collateral and listings
    function paramsHash() external view returns (uint256);

    /// @notice The index price in the latest snapshot, which may have been published in this very transaction. Use
    /// `averagePrice` if funds move by a price.
    /// @param underlying The number of the underlying
    /// @return In micro-quote per unit
    function indexPrice(uint256 underlying) external view returns (uint256);

    /// @notice The time-weighted average of an index price over the last `window` seconds.
    /// @dev A price counts from the block that accepted it until the next price, so a price of the current block does
    /// not count yet. Without a new snapshot the last price continues to count; `latest` tells its age.
    /// @param underlying The number of the underlying
    /// @param window In seconds
    /// @return In micro-quote per unit, rounded down
    function averagePrice(uint256 underlying, uint256 window) external view returns (uint256);

    /// @notice The block time of the latest breaker trip, from which margin calls are possible.
    /// @return In seconds since 1970; 0 if the breaker has never tripped
    function breakerTrippedAt() external view returns (uint256);

    /// @notice The timestamp of the snapshot that last tripped the breaker. An account that is proven healthy with this
    /// snapshot or a later one has been valued after the move.
    /// @return In seconds since 1970; 0 if the breaker has never tripped
    function breakerSnapshotTime() external view returns (uint256);

    /// @notice The start of the latest run of trips, in which each follows the last within `breakerPeriod`. Consumers
    /// use it to bound a stop that each further trip would extend.
    /// @return In seconds since 1970; 0 if the breaker has never tripped
    function unrestSince() external view returns (uint256);

    /// @notice Whether the breaker has not tripped recently.
    /// @param duration In seconds
    /// @return Whether there was no trip within the last `duration` seconds
    function calmFor(uint256 duration) external view returns (bool);

    /// @notice The number of underlyings that a snapshot has prices for.
    /// @return The count
    function underlyings() external view returns (uint256);

    /// @notice The limits of an underlying's index price.
    /// @param underlying The number of the underlying
    /// @return The limits in force
    function limitsOf(uint256 underlying) external view returns (Limits memory);

    /// @notice The scheduled limits.
    /// @return change keccak256(abi.encode(limits)); 0 if nothing is scheduled
    /// @return readyAt The earliest time at which they can be applied
    function pendingLimits() external view returns (bytes32 change, uint256 readyAt);

    /// @notice The EIP-712 digest that the signers sign, for this chain and contract.
    /// @param snapshot The message
    /// @return The digest
    function digestOf(RiskSnapshot calldata snapshot) external view returns (bytes32);

    /// @notice The maximum age of a snapshot at publication.
    /// @return In seconds
    function maxAge() external view returns (uint256);

    /// @notice The most that the live clock counts of the time between two snapshots.
    /// @return In seconds
    function maxGap() external view returns (uint256);

    /// @notice The time for which later prices are compared with one price.
    /// @return In seconds
    function breakerPeriod() external view returns (uint256);
}
