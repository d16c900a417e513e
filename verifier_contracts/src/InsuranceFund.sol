// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {ExactTransfer} from "./libraries/ExactTransfer.sol";

/// @title Insurance against defaults, with a separate balance for each market
/// @dev There is no owner, no setter and no list of markets. Balances are keyed by the market's address, and a payment
/// comes from the caller's own balance, so no permission needs to be checked.
contract InsuranceFund is IInsuranceFund, ReentrancyGuardTransient {
    /// @inheritdoc IInsuranceFund
    address public immutable token;
    /// @inheritdoc IInsuranceFund
    uint256 public immutable scale;
    /// @inheritdoc IInsuranceFund
    mapping(address market => uint256) public balanceOf;

    /// @param token_ The quote token, whose decimals are read once
    constructor(address token_) {
        // slither-disable-next-line missing-zero-check: the zero address has no decimals
        token = token_;
        scale = ExactTransfer.scaleOf(token_);
    }

    /// @inheritdoc IInsuranceFund
    function deposit(address market, uint128 amount) external nonReentrant {
        // An address without code could not spend the deposit.
        if (market.code.length == 0) revert NotAMarket(market);
        balanceOf[market] += amount;
        emit Deposited(market, msg.sender, amount);
        uint256 value = amount * scale;
        ExactTransfer.pull(token, value);
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
        ExactTransfer.push(token, to, value);
    }
}
