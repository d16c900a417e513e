// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title What a contract that is administered by OpenZeppelin's TimelockController asks of it
interface ITimelock {
    /// @notice How long before its execution an operation has to be scheduled at least, in seconds.
    function getMinDelay() external view returns (uint256);
}
