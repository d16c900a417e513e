// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title A price that halves again and again
/// @notice Nobody needs to know what a coin is worth: the price begins above any worth, falls through every scale, and
/// is linear between two halvings. In micro-quote for UNIT micro of a coin.
library HalvingPrice {
    uint256 internal constant UNIT = 1e18;
    /// @dev A coin is worth less than 2^40 quote.
    uint256 internal constant FIRST = 2 ** 40 * UNIT;
    uint256 internal constant HALVING = 15 minutes;

    /// @notice The price `elapsed` seconds after the start, rounded up.
    function priceUp(uint256 elapsed) internal pure returns (uint256) {
        uint256 halvings = elapsed / HALVING;
        if (halvings > 128) return 0;
        uint256 from = FIRST >> halvings;
        // slither-disable-next-line divide-before-multiply: both divisions round the price up
        return from - (from / 2) * (elapsed % HALVING) / HALVING;
    }
}
