// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IOracleFeed} from "../interfaces/IOracleFeed.sol";

/// @title An oracle feed with a live clock and the times of publication
interface ILiveFeed is IOracleFeed {
    /// @notice A clock that runs only while snapshots arrive.
    function liveTime() external view returns (uint256);

    /// @notice The snapshot before the latest one, and the block time of the latest one's publication.
    function previous() external view returns (bytes32 root, uint256 timestamp, uint256 latestPublishedAt);

    /// @notice The publication of a snapshot.
    /// @return timestamp The snapshot's own time; 0 if it was not published
    /// @return publishedIn The block time of its publication
    /// @return previousIn The block time of the publication before it
    function publicationOf(bytes32 root)
        external
        view
        returns (uint256 timestamp, uint256 publishedIn, uint256 previousIn);
}
