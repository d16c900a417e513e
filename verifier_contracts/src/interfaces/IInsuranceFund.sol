// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Insurance against defaults, with a separate balance for each market
/// @notice A market is the address of its house. Every deposit is for one market, and only that market can
/// spend it. Balances cannot move between markets, and the contract has no owner.
/// @dev An amount is in micro, 1e-6 of the token. A value is in the token's own unit: amount * scale. The contract's
/// token balance is at least the sum of all markets' balances times scale.
interface IInsuranceFund {
    /// @notice The payment exceeds the market's balance.
    error BalanceExceeded(address market, uint256 amount, uint256 balance);
    /// @notice The receiver is the zero address or the fund.
    error InvalidReceiver(address to);
    /// @notice The market has no code.
    error NotAMarket(address market);

    /// @notice A deposit was made for a market.
    event Deposited(address indexed market, address indexed from, uint256 amount);
    /// @notice A market made a payment.
    event Paid(address indexed market, address indexed to, uint256 amount);

    /// @notice Deposits tokens that the caller has approved for a market, permanently. Anybody may call this.
    /// @dev Reverts unless the fund's balance grows by exactly the value.
    /// @param market The house of the market
    /// @param amount The amount, in micro
    function deposit(address market, uint128 amount) external;

    /// @notice Pays from the caller's own balance: the caller is the market.
    /// @dev Reverts if the token refuses, so a takeover that needs the fund fails.
    /// @param to The receiver
    /// @param amount The amount, in micro
    function pay(address to, uint128 amount) external;

    /// @notice The balance of a market.
    /// @param market The house of the market
    /// @return amount In micro
    function balanceOf(address market) external view returns (uint256 amount);

    /// @notice The quote token.
    /// @return Its address
    function token() external view returns (address);

    /// @notice The units of the token in one micro.
    /// @return 10^(decimals - 6)
    function scale() external view returns (uint256);
}
