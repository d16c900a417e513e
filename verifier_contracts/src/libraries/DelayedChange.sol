// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A change that is announced some time before it takes effect, one at a time
/// @dev Only its hash is kept; whoever applies it brings it again.
library DelayedChange {
    struct Pending {
        bytes32 change;
        uint256 readyAt;
    }

    /// @notice Another change is scheduled, and would have to be cancelled first.
    error AlreadyScheduled(bytes32 change);
    /// @notice This change is not the scheduled one.
    error NotScheduled(bytes32 change);
    /// @notice The change was scheduled too short a time ago.
    error TooEarly(uint256 readyAt, uint256 blockTimestamp);

    /// @return readyAt From when on the change can be applied
    function schedule(Pending storage self, bytes32 change, uint256 delay) internal returns (uint256 readyAt) {
        if (self.change != 0) revert AlreadyScheduled(self.change);
        readyAt = block.timestamp + delay;
        (self.change, self.readyAt) = (change, readyAt);
    }

    /// @notice Reverts unless this change is due; it is pending no more.
    function take(Pending storage self, bytes32 change) internal {
        if (self.change != change) revert NotScheduled(change);
        if (block.timestamp < self.readyAt) revert TooEarly(self.readyAt, block.timestamp);
        (self.change, self.readyAt) = (0, 0);
    }

    /// @return change What was scheduled
    function cancel(Pending storage self) internal returns (bytes32 change) {
        change = self.change;
        if (change == 0) revert NotScheduled(change);
        (self.change, self.readyAt) = (0, 0);
    }
}
