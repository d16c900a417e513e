// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ISnapshotRegistry} from "../interfaces/ISnapshotRegistry.sol";

/// @title A registry that believes its owner, for tests and demonstrations only
/// @dev Whoever publishes the snapshots decides who is healthy: money needs a quorum of signers in this place.
contract DemoSnapshotRegistry is ISnapshotRegistry {
    /// @notice Only the owner publishes.
    error NotOwner(address caller);
    /// @notice A root is published once; otherwise an old snapshot could be made to look fresh.
    error AlreadyPublished(bytes32 root);

    /// @notice A snapshot was published.
    event SnapshotPublished(bytes32 indexed root);

    address public immutable owner = msg.sender;

    /// @inheritdoc ISnapshotRegistry
    mapping(bytes32 root => uint256) public publishedAt;

    /// @notice Publishes a snapshot, as of now.
    function publish(bytes32 root) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        if (publishedAt[root] != 0) revert AlreadyPublished(root);
        publishedAt[root] = block.timestamp;
        emit SnapshotPublished(root);
    }
}
