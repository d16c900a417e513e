// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Flags in an account's first slot
/// @dev They tell whether a further slot must be read: a batch reads two slots of an account.
library AccountFlags {
    /// @dev The account has been in a fill: it owes proofs of health.
    uint8 internal constant TRADED = 1;
    /// @dev Fills and withdrawals of the market wait for this account.
    uint8 internal constant FROZEN = 2;
    /// @dev The opening has been published; the account takes no fills until its owner has new keys.
    uint8 internal constant EXPOSED = 4;
    /// @dev A notice of a withdrawal was given; see IHouse.Times.
    uint8 internal constant NOTICED = 8;
    /// @dev The bond has been left.
    uint8 internal constant BONDED = 16;
}
