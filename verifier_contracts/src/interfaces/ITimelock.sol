// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The part of OpenZeppelin's TimelockController that its administered contracts read
interface ITimelock {
    /// @notice The minimum time from the schedule of an operation to its execution.
    /// @return In seconds
    function getMinDelay() external view returns (uint256);
}
