// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ISignerQuorum} from "./ISignerQuorum.sol";
import {ISnapshotRegistry} from "./ISnapshotRegistry.sol";

/// @title Snapshots that a quorum of oracle signers vouches for
/// @notice A snapshot is accepted for its signatures alone. No market is read, so nothing that happens within a
/// transaction moves a price. What the signatures say is in docs/formats/signatures.md, what is refused in
/// docs/oracle.md.
interface IOracleFeed is ISnapshotRegistry, ISignerQuorum {
    /// @notice What is signed, by EIP-712.
    /// @param root The snapshot's root
    /// @param timestamp The market's time, in seconds since 1970
    /// @param paramsHash Of model, collateral and listings
    /// @param indexPrices In micro-quote per unit of each underlying, by number
    struct RiskSnapshot {
        uint256 root;
        uint64 timestamp;
        uint256 paramsHash;
        uint256[] indexPrices;
    }

    /// @notice What is accepted of one underlying's index price.
    /// @param minPrice The lowest price, at least 1
    /// @param maxPrice The highest price
    /// @param maxMoveBps The largest move that does not trip the breaker, in 1/10 000 of the earlier price
    struct Limits {
        uint64 minPrice;
        uint64 maxPrice;
        uint16 maxMoveBps;
    }

    /// @notice What is fixed at deployment.
    /// @param admin Who schedules changes
    /// @param delay The seconds between the schedule of a change and its effect
    /// @param maxAge How old a snapshot may be when it is published, in seconds
    /// @param breakerPeriod For how long a price is what later ones are compared with, in seconds
    struct Settings {
        address admin;
        uint256 delay;
        uint256 maxAge;
        uint256 breakerPeriod;
    }

    /// @notice A setting is zero or too large.
    error SettingOutOfRange(uint256 value, uint256 most);
    /// @notice The root is zero, or no field element, which no proof could name.
    error RootOutOfRange(uint256 root);
    /// @notice A root is published once; otherwise an old snapshot could be made to look fresh.
    error AlreadyPublished(uint256 root);
    /// @notice The snapshot is of a time to come.
    error FutureSnapshot(uint256 timestamp, uint256 blockTimestamp);
    /// @notice The snapshot is too old to be published.
    error SnapshotTooOld(uint256 timestamp, uint256 maxAge);
    /// @notice The snapshot is not newer than the latest one.
    error SnapshotOutOfOrder(uint256 timestamp, uint256 latest);
    /// @notice There is not one price for each underlying.
    error WrongNumberOfPrices(uint256 given, uint256 underlyings);
    /// @notice A price is zero, or not within its underlying's limits.
    error PriceOutOfBounds(uint256 underlying, uint256 price, uint256 minPrice, uint256 maxPrice);
    /// @notice An underlying's limits allow a price of zero or none at all, or no move.
    error LimitsOutOfRange(uint256 underlying);
    /// @notice There are too many underlyings, or fewer than before.
    error WrongNumberOfUnderlyings(uint256 given, uint256 least, uint256 most);
    /// @notice There is no price of the underlying.
    error NoPrice(uint256 underlying);

    /// @notice A snapshot was accepted.
    event SnapshotPublished(bytes32 indexed root, uint256 timestamp, uint256 paramsHash, uint256[] indexPrices);
    /// @notice The model, the collateral or the listings are others than in the snapshot before.
    event ParametersChanged(uint256 previous, uint256 current);
    /// @notice A price moved beyond its limit.
    /// @param underlying Whose price
    /// @param last The price accepted before
    /// @param anchor The price at the beginning of the breaker's period
    /// @param price The price now
    event BreakerTripped(uint256 indexed underlying, uint256 last, uint256 anchor, uint256 price);
    /// @notice New limits were scheduled.
    event LimitsScheduled(Limits[] limits, uint256 readyAt);
    /// @notice Scheduled limits were cancelled.
    event LimitsCancelled(bytes32 indexed change);
    /// @notice Limits took effect.
    event LimitsChanged(Limits[] limits);

    /// @notice Publishes a snapshot. Anybody may who has the signatures.
    /// @param snapshot What was signed
    /// @param signatures 65 bytes each: r, s in the lower half of the group's order, v. At least the threshold, each by
    /// a signer, in rising order of the signers
    function publish(RiskSnapshot calldata snapshot, bytes[] calldata signatures) external;

    /// @notice Schedules limits, to replace all of the present ones.
    /// @param limits By underlying number; there can be more underlyings than before, not fewer
    function scheduleLimits(Limits[] calldata limits) external;

    /// @notice Lets the scheduled limits take effect. Anybody may, once `delay` has passed.
    function applyLimits(Limits[] calldata limits) external;

    /// @notice Cancels the scheduled limits.
    function cancelLimits() external;

    /// @notice The freshest snapshot.
    /// @return root Its root, 0 before the first
    /// @return timestamp Its own timestamp, which is what `publishedAt` says of it
    function latest() external view returns (bytes32 root, uint256 timestamp);

    /// @notice The parameters' hash of the freshest snapshot.
    function paramsHash() external view returns (uint256);

    /// @notice The index price of the freshest snapshot, in micro-quote. It may have been published in this very
    /// transaction: for value to move by a price, see `averagePrice`.
    function indexPrice(uint256 underlying) external view returns (uint256);

    /// @notice The time-weighted average of an index price from `window` seconds ago until now, rounded down.
    /// @dev A price counts from the block that accepted it until the next one: what the current block accepted does not
    /// count yet. Without news the last price goes on to count; how old it is, `latest` says.
    function averagePrice(uint256 underlying, uint256 window) external view returns (uint256);

    /// @notice The time of the block in which the breaker tripped last; 0 for never. A margin call begins then.
    function breakerTrippedAt() external view returns (uint256);

    /// @notice The timestamp of the snapshot that tripped the breaker last; 0 for never. An account that is proven healthy
    /// with this snapshot or a later one has been valued after the move.
    function breakerSnapshotTime() external view returns (uint256);

    /// @notice When the last run of trips began, each at most `breakerPeriod` after the one before; 0 for never. What a
    /// breaker stops needs a bound, and each trip alone would extend it.
    function unrestSince() external view returns (uint256);

    /// @notice Whether the breaker has not tripped within the last `duration` seconds.
    function calmFor(uint256 duration) external view returns (bool);

    /// @notice How many underlyings a snapshot has a price of.
    function underlyings() external view returns (uint256);

    /// @notice What is accepted of an underlying's index price.
    function limitsOf(uint256 underlying) external view returns (Limits memory);

    /// @notice What is scheduled.
    /// @return change keccak256(abi.encode(limits)), or 0 for nothing
    /// @return readyAt From when on it can be applied
    function pendingLimits() external view returns (bytes32 change, uint256 readyAt);

    /// @notice What the signers sign, for this chain and contract.
    function digestOf(RiskSnapshot calldata snapshot) external view returns (bytes32);

    /// @notice How old a snapshot may be when it is published, in seconds.
    function maxAge() external view returns (uint256);

    /// @notice For how long a price is what later ones are compared with, in seconds.
    function breakerPeriod() external view returns (uint256);
}
