// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title The worth of a credit of cash after socialised losses
/// @dev The factor is in 1e-18 and at most 1. The cash that backs accounts is at least the sum of all credits times the
/// factor: crediting is rounded up, withdrawals are rounded down, and a loss lowers both sides in proportion.
library CashFactor {
    uint256 internal constant ONE = 1e18;
    /// @dev Holders of cash lose at most a fifth over the life of a market.
    uint256 internal constant LEAST = 0.8e18;

    /// @dev They lose at most a fiftieth in a window that begins with a loss; docs/liquidation.md gives the reason.
    uint256 internal constant WINDOW = 1 days;
    uint256 internal constant LEAST_OF_WINDOW = 0.98e18;

    /// @notice The cost of credits.
    /// @return The value of `amount` credits, rounded up
    function valueUp(uint256 factor, uint256 amount) internal pure returns (uint256) {
        return Math.mulDiv(amount, factor, ONE, Math.Rounding.Ceil);
    }

    /// @notice The proceeds of credits.
    /// @return The value of `amount` credits, rounded down
    function valueDown(uint256 factor, uint256 amount) internal pure returns (uint256) {
        return Math.mulDiv(amount, factor, ONE);
    }

    /// @notice The factor after a loss.
    /// @param factor The factor before
    /// @param total The cash that backs accounts before
    /// @param loss At most `lossBoundDown`
    /// @return The factor, rounded down
    function afterLossDown(uint256 factor, uint256 total, uint256 loss) internal pure returns (uint256) {
        return Math.mulDiv(factor, total - loss, total);
    }

    /// @notice The largest loss that holders of cash can bear now.
    /// @param factor The factor, within the bound of the window
    /// @param anchor The factor at the beginning of the window
    /// @param total The cash that backs accounts
    /// @return The largest loss that keeps the factor at LEAST or above and within the bound of the window
    function lossBoundDown(uint256 factor, uint256 anchor, uint256 total) internal pure returns (uint256) {
        uint256 least = Math.max(LEAST, Math.mulDiv(anchor, LEAST_OF_WINDOW, ONE, Math.Rounding.Ceil));
        return total - Math.mulDiv(total, least, factor, Math.Rounding.Ceil);
    }
}
