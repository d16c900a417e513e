// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Cash that stands in for defaults, market by market
/// @notice A market is the address of its clearing house. Whatever is deposited is for one market, and that market alone
/// has it paid out. There is no way from one market's balance to another's, and no owner who could make one.
/// @dev Amounts are in micro, 1e-6 of the token; a value is in the token's own unit, amount * scale. The token's
/// balance of this contract is at least the sum of all markets' balances, times scale.
interface IInsuranceFund {
    /// @notice More is to be paid than the market has.
    error BalanceExceeded(address market, uint256 amount, uint256 balance);
    /// @notice The fund's balance did not change by the transfer's value.
    error InexactTransfer(uint256 balanceBefore, uint256 balanceAfter, uint256 value);
    /// @notice Nobody can be paid at this address.
    error InvalidReceiver(address to);
    /// @notice There is no such market: it has no code.
    error NotAMarket(address market);
    /// @notice The token does not have 6 to 18 decimals; 0 also stands for one that does not say.
    error UnsupportedDecimals(address token, uint256 decimals);

    /// @notice A market's balance grew.
    event Deposited(address indexed market, address indexed from, uint256 amount);
    /// @notice A market had somebody paid.
    event Paid(address indexed market, address indexed to, uint256 amount);

    /// @notice Takes tokens that the caller has approved, for a market, for good. Anybody may.
    /// @dev Reverts unless the fund's balance grows by exactly the value.
    function deposit(address market, uint128 amount) external;

    /// @notice Pays from the caller's own balance: the caller is the market.
    /// @dev Reverts if the token refuses. The receiver is a bidder's choice; one that cannot be paid loses its bid, and
    /// nobody else does.
    function pay(address to, uint128 amount) external;

    /// @notice What a market has.
    function balanceOf(address market) external view returns (uint256 amount);

    /// @notice The token.
    function token() external view returns (address);

    /// @notice Units of the token in one micro: 10^(decimals - 6).
    function scale() external view returns (uint256);
}
