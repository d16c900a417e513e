// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Registry of the snapshots that proofs may refer to
interface ISnapshotRegistry {
    /// @notice The time from which the age of a snapshot counts. OracleFeed returns the snapshot's own timestamp. A
    /// registry that knows only roots returns the time of the block that published it.
    /// @param root The root of the snapshot
    /// @return In seconds since 1970, never after the current block; 0 if the snapshot is not accepted
    function publishedAt(bytes32 root) external view returns (uint256);
}
