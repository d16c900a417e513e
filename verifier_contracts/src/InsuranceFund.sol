// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";

/// @title Cash that stands in for defaults; IInsuranceFund says what each function promises
/// @dev No owner, no setter, no list of markets. A market's balance is under the caller's own address, so there is
/// nothing to check and nothing to get wrong: whoever calls can spend what is its own.
contract InsuranceFund is IInsuranceFund, ReentrancyGuardTransient {
    using SafeERC20 for IERC20;

    address public immutable token;
    uint256 public immutable scale;
    mapping(address market => uint256) public balanceOf;

    /// @param token_ The quote token; its decimals are read once
    constructor(address token_) {
        // slither-disable-next-line unused-return: without an answer decimals are 0, which is refused
        (, uint8 decimals) = SafeERC20.tryGetDecimals(IERC20(token_));
        if (decimals < 6 || decimals > 18) revert UnsupportedDecimals(token_, decimals);
        // slither-disable-next-line missing-zero-check: the zero address has no decimals
        token = token_;
        scale = 10 ** (decimals - 6);
    }

    function deposit(address market, uint128 amount) external nonReentrant {
        // What is deposited for an address that calls nobody would be lost.
        if (market.code.length == 0) revert NotAMarket(market);
        balanceOf[market] += amount;
        emit Deposited(market, msg.sender, amount);

        uint256 value = amount * scale;
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransferFrom(msg.sender, address(this), value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter != balanceBefore + value) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }

    function pay(address to, uint128 amount) external nonReentrant {
        if (to == address(0) || to == address(this)) revert InvalidReceiver(to);
        uint256 balance = balanceOf[msg.sender];
        if (amount > balance) revert BalanceExceeded(msg.sender, amount, balance);
        balanceOf[msg.sender] = balance - amount;
        emit Paid(msg.sender, to, amount);

        // Exact on this side: what the token took beyond the value would be another market's.
        uint256 value = amount * scale;
        uint256 balanceBefore = IERC20(token).balanceOf(address(this));
        IERC20(token).safeTransfer(to, value);
        uint256 balanceAfter = IERC20(token).balanceOf(address(this));
        if (balanceAfter + value != balanceBefore) revert InexactTransfer(balanceBefore, balanceAfter, value);
    }
}
