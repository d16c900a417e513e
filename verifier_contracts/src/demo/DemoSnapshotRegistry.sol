// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ISnapshotRegistry} from "../interfaces/ISnapshotRegistry.sol";

/// @title A registry with a single publisher, for tests and demonstrations only
/// @dev The publisher of snapshots decides which accounts are healthy. With real funds, use OracleFeed instead.
contract DemoSnapshotRegistry is ISnapshotRegistry {
    /// @notice The caller is not the owner.
    error NotOwner(address caller);
    /// @notice The root was already published. Publishing it again would make an old snapshot look fresh.
    error AlreadyPublished(bytes32 root);

    /// @notice A snapshot was published.
    event SnapshotPublished(bytes32 indexed root);

    /// @notice The address that publishes: the deployer.
    address public immutable owner = msg.sender;

    /// @inheritdoc ISnapshotRegistry
    mapping(bytes32 root => uint256) public publishedAt;

    /// @notice Publishes a snapshot as of now. Only for the owner.
    /// @param root The root of the snapshot
    function publish(bytes32 root) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        if (publishedAt[root] != 0) revert AlreadyPublished(root);
        publishedAt[root] = block.timestamp;
        emit SnapshotPublished(root);
    }
}
