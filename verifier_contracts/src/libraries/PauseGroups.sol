// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The groups of functions that a guardian can pause, as flags
/// @dev A group is one of the flags; groups are any of them together. What is in no group can never be paused:
/// deposits, attestations, the answer to a margin call, and claims on what the vault already owes.
library PauseGroups {
    /// @dev Whatever takes on risk that nobody carried before. A bid in an auction is not: it belongs to LIQUIDATE,
    /// or the longer pauses of trading would stop liquidations too.
    uint256 internal constant TRADE = 1;
    /// @dev Whatever takes collateral out of an account.
    uint256 internal constant WITHDRAW = 2;
    /// @dev Margin calls, the start of auctions, and bids.
    uint256 internal constant LIQUIDATE = 4;

    uint256 internal constant ALL = 7;
}
