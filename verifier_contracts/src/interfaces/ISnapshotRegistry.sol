// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The snapshots of risk data that proofs may refer to
interface ISnapshotRegistry {
    /// @notice The time from which a snapshot's age counts: in OracleFeed the snapshot's own, in a registry that knows
    /// roots alone that of the block that published it.
    /// @param root The snapshot's root
    /// @return Seconds since 1970, never after the current block; 0 for a snapshot that is not accepted
    function publishedAt(bytes32 root) external view returns (uint256);
}
