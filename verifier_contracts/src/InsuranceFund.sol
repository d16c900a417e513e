// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";

/// @title Insurance against defaults, with a separate balance for each market
/// @dev There is no owner, no setter and no list of markets. Balances are keyed by the market's address, and a payment
/// comes from the caller's own balance, so no permission needs to be checked.
contract InsuranceFund is IInsuranceFund, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    /// @inheritdoc IInsuranceFund
    address public immutable token;
    /// @inheritdoc IInsuranceFund
    uint256 public immutable scale;
    /// @inheritdoc IInsuranceFund
    mapping(address market => uint256) public balanceOf;

    /// @param token_ The quote token, whose decimals are read once
    constructor(address token_) {
        // slither-disable-next-line unused-return: on failure the decimals are 0, which is rejected below
        (, uint8 decimals) = SafeERC20.tryGetDecimals(IERC20(token_));
        if (decimals < 6 || decimals > 18) revert UnsupportedDecimals(token_, decimals);
        // slither-disable-next-line missing-zero-check: the zero address has no decimals
        token = token_;
        scale = 10 ** (decimals - 6);
    }

    /// @inheritdoc IInsuranceFund
    function deposit(address market, uint128 amount) external nonReentrant {
        // An address without code could not spend the deposit.
        if (market.code.length == 0) revert NotAMarket(market);
        balanceOf[market] += amount;
        emit Deposited(market, msg.sender, amount);

        uint256 value = amount * scale;
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter != balanceBefore + value) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }

    /// @inheritdoc IInsuranceFund
    function pay(address to, uint128 amount) external nonReentrant {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
        uint256 balance = balanceOf[msg.sender];
        if (amount > balance) revert BalanceExceeded(msg.sender, amount, balance);
        balanceOf[msg.sender] = balance - amount;
        emit Paid(msg.sender, to, amount);

        // A token that takes more than the value from the fund would take another market's balance.
        uint256 value = amount * scale;
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter + value != balanceBefore) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }
}
