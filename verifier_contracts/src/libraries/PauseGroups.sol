// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The groups of functions that the guardian can pause, as flags
/// @dev A *group* is one flag, *groups* are any flags together. Functions in no group can never be paused: deposits,
/// attestations (so also answers to margin calls), and claims against the vault.
library PauseGroups {
    /// @dev Functions that create new risk. A bid in an auction belongs to LIQUIDATE instead, or the longer pauses of
    /// trading would stop liquidations too.
    uint256 internal constant TRADE = 1;
    /// @dev Withdrawals from an account.
    uint256 internal constant WITHDRAW = 2;
    /// @dev Margin calls, and the start, bids and returns of auctions.
    uint256 internal constant LIQUIDATE = 4;
    /// @dev All groups.
    uint256 internal constant ALL = 7;
}
