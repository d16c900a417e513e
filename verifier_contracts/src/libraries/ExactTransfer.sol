// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";

/// @title Transfers that change the contract's own balance by exactly their value
/// @dev A micro is 1e-6 of a token. A value is in the token's own unit: micro * scale.
library ExactTransfer {
    using SafeERC20 for IERC20;

    /// @notice The contract's balance did not change by exactly the value of the transfer.
    error InexactTransfer(uint256 balanceBefore, uint256 balanceAfter, uint256 value);
    /// @notice The token does not have 6 to 18 decimals; `decimals` is 0 if the token does not report any.
    error UnsupportedDecimals(address token, uint256 decimals);

    /// @notice Takes tokens that the caller has approved.
    function pull(address token, uint256 value) internal {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter != balanceBefore + value) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }

    /// @notice Pays tokens. A token may take a fee from the receiver, but not from the contract.
    function push(address token, address to, uint256 value) internal {
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter + value != balanceBefore) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }

    /// @notice The units of a token in one micro.
    /// @return 10^(decimals - 6)
    function scaleOf(address token) internal view returns (uint64) {
        // slither-disable-next-line unused-return: on failure the decimals are 0, which is rejected below
        (, uint8 decimals) = SafeERC20.tryGetDecimals(IERC20(token));
        if (decimals < 6 || decimals > 18) revert UnsupportedDecimals(token, decimals);
        return uint64(10) ** (decimals - 6);
    }
}
