// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The collateral assets that a snapshot must have, in their order
/// @notice An account commits to amounts by place. A snapshot with the assets in another order would value every amount
/// as another asset, so a feed refuses it. The admin schedules another list, and anybody can apply it once the delay of
/// the signers (`ISignerQuorum.delay`) has passed.
interface ICollateralList {
    /// @notice The list has too many assets.
    error TooManyAssets(uint256 given, uint256 most);
    /// @notice An asset's name is empty, too long, or that of an earlier asset.
    error AssetNameRefused(uint256 place);
    /// @notice The snapshot has other collateral assets, or the same in another order.
    error WrongCollateral(bytes32 given, bytes32 expected);

    /// @notice A list was scheduled.
    event CollateralScheduled(string[] assets, uint256 readyAt);
    /// @notice A scheduled list was cancelled.
    event CollateralCancelled(bytes32 indexed change);
    /// @notice A list took effect.
    event CollateralChanged(bytes32 indexed collateralHash, string[] assets);

    /// @notice Schedules a list that replaces the present one. Only for the admin.
    /// @param assets The names as in snapshots, by place; at most 8, of 1 to 64 bytes
    function scheduleCollateral(string[] calldata assets) external;

    /// @notice Applies the scheduled list. Anybody may call this once the delay has passed.
    /// @param assets The scheduled list
    function applyCollateral(string[] calldata assets) external;

    /// @notice Cancels the scheduled list. Only for the admin.
    function cancelCollateral() external;

    /// @notice The list in force.
    /// @return The names as in snapshots, by place
    function collateral() external view returns (string[] memory);

    /// @notice The hash of the list in force, which every snapshot must have: that of EIP-712 for a string[].
    /// @return keccak256(keccak256(name 0), keccak256(name 1), ...)
    function collateralHash() external view returns (bytes32);

    /// @notice The scheduled list.
    /// @return change The hash of the list, as `collateralHash`; 0 if nothing is scheduled
    /// @return readyAt The earliest time at which it can be applied
    function pendingCollateral() external view returns (bytes32 change, uint256 readyAt);
}
