// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A change that is announced before it takes effect, one at a time
/// @dev Only the hash of the change is stored, so the change is passed again when it is applied.
library DelayedChange {
    /// @notice The scheduled change.
    /// @param change Its hash; 0 if nothing is scheduled
    /// @param readyAt The earliest time at which it can be applied
    struct Pending {
        bytes32 change;
        uint256 readyAt;
    }

    /// @notice A change is already scheduled; cancel it first.
    error AlreadyScheduled(bytes32 change);
    /// @notice The change is not the scheduled one.
    error NotScheduled(bytes32 change);
    /// @notice The delay of the change has not passed yet.
    error TooEarly(uint256 readyAt, uint256 blockTimestamp);

    /// @notice Schedules a change.
    /// @return readyAt The earliest time at which it can be applied
    function schedule(Pending storage self, bytes32 change, uint256 delay) internal returns (uint256 readyAt) {
        if (self.change != 0) revert AlreadyScheduled(self.change);
        readyAt = block.timestamp + delay;
        (self.change, self.readyAt) = (change, readyAt);
    }

    /// @notice Removes the scheduled change, to be applied by the caller. Reverts unless it is due.
    function take(Pending storage self, bytes32 change) internal {
        if (self.change != change) revert NotScheduled(change);
        if (block.timestamp < self.readyAt) revert TooEarly(self.readyAt, block.timestamp);
        (self.change, self.readyAt) = (0, 0);
    }

    /// @notice Cancels the scheduled change.
    /// @return change Its hash
    function cancel(Pending storage self) internal returns (bytes32 change) {
        change = self.change;
        if (change == 0) revert NotScheduled(change);
        (self.change, self.readyAt) = (0, 0);
    }
}
