// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title What a credit of cash is worth, when holders of cash have paid for defaults
/// @dev The factor is in 1e-18 and at most 1. The vault's total of cash is at least the sum of all credits times the
/// factor: credits come at the value rounded up, go at the value rounded down, and a loss lowers both in proportion.
library CashFactor {
    uint256 internal constant ONE = 1e18;
    /// @dev Holders of cash pay at most a fifth in the life of a market.
    uint256 internal constant LEAST = 0.8e18;

    /// @dev And at most a fiftieth in a window that begins with a loss: docs/liquidation.md says why.
    uint256 internal constant WINDOW = 1 days;
    uint256 internal constant LEAST_OF_WINDOW = 0.98e18;

    /// @return What `amount` credits cost
    function valueUp(uint256 factor, uint256 amount) internal pure returns (uint256) {
        return Math.mulDiv(amount, factor, ONE, Math.Rounding.Ceil);
    }

    /// @return What `amount` credits bring
    function valueDown(uint256 factor, uint256 amount) internal pure returns (uint256) {
        return Math.mulDiv(amount, factor, ONE);
    }

    /// @return The factor when a loss has been taken out of the vault's total; for loss <= lossBound
    function afterLossDown(uint256 factor, uint256 total, uint256 loss) internal pure returns (uint256) {
        return Math.mulDiv(factor, total - loss, total);
    }

    /// @param anchor The factor when the window began; `factor` is not below what the window leaves of it
    /// @return The largest loss that leaves the factor at LEAST or above, and within what the window allows
    function lossBoundDown(uint256 factor, uint256 anchor, uint256 total) internal pure returns (uint256) {
        uint256 least = Math.max(LEAST, Math.mulDiv(anchor, LEAST_OF_WINDOW, ONE, Math.Rounding.Ceil));
        return total - Math.mulDiv(total, least, factor, Math.Rounding.Ceil);
    }
}
