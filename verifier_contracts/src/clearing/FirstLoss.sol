// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IOracleFeed} from "../interfaces/IOracleFeed.sol";
import {ExactTransfer} from "../libraries/ExactTransfer.sol";
import {IFirstLoss} from "./IFirstLoss.sol";
import {IHouse} from "./IHouse.sol";
import {IWindDown} from "./IWindDown.sol";

/// @title The venue's first-loss tranche
/// @dev The notice is live time, so it does not run while the periods that it must exceed stand still.
contract FirstLoss is IFirstLoss, ReentrancyGuardTransient {
    /// @inheritdoc IFirstLoss
    uint256 public constant NOTICE = 16 days;

    /// @inheritdoc IFirstLoss
    address public immutable token;
    uint256 private immutable _scale;
    address private immutable _deployer = msg.sender;

    /// @inheritdoc IFirstLoss
    address public house;
    /// @inheritdoc IFirstLoss
    uint256 public balance;
    Notice private _notice;

    modifier onlyVenue() {
        if (msg.sender != IHouse(house).venue()) revert NotVenue(msg.sender);
        _;
    }

    /// @param token_ The quote token, whose decimals are read once
    constructor(address token_) {
        // slither-disable-next-line missing-zero-check: the zero address has no decimals
        token = token_;
        _scale = ExactTransfer.scaleOf(token_);
    }

    /// @inheritdoc IFirstLoss
    function setHouse(address house_) external {
        if (msg.sender != _deployer) revert NotDeployer(msg.sender);
        if (house != address(0)) revert AlreadySet(house);
        if (house_.code.length == 0) revert NotAContract(house_);
        house = house_;
        emit HouseSet(house_);
    }

    /// @inheritdoc IFirstLoss
    function deposit(uint128 amount) external nonReentrant {
        balance += amount;
        emit Deposited(msg.sender, amount);
        uint256 value = amount * _scale;
        ExactTransfer.pull(token, value);
    }

    /// @inheritdoc IFirstLoss
    function announceWithdrawal(uint128 amount) external onlyVenue {
        uint40 from = _noticeEnd();
        _notice = Notice(amount, from);
        emit WithdrawalAnnounced(amount, from);
    }

    /// @inheritdoc IFirstLoss
    function dispute(uint256 account) external {
        if (IHouse(house).lateFor(account) == 0) revert NotLate(account);
        if (_notice.amount == 0) revert NoNotice();
        uint40 from = _noticeEnd();
        _notice.from = from;
        emit NoticeRestarted(account, from);
    }

    /// @inheritdoc IFirstLoss
    function withdraw(address to) external nonReentrant onlyVenue {
        Notice memory announced = _notice;
        if (announced.amount == 0) revert NoNotice();
        if (_liveTime() < announced.from) revert NoticeRunning(announced.from);
        IHouse.Standing memory standing = IHouse(house).standing();
        // Once claims are fixed, they have taken their part.
        bool settled = standing.ended && IWindDown(IHouse(house).windDown()).finalised();
        if (!settled && (standing.ended || standing.seized != 0 || standing.frozen != 0)) {
            revert DefaultsStand(standing.seized, standing.frozen, standing.ended);
        }
        delete _notice;
        // Defaults during the notice may have taken a part.
        uint128 amount = announced.amount < balance ? announced.amount : uint128(balance);
        emit Withdrawn(to, amount);
        _transfer(to, amount);
    }

    /// @inheritdoc IFirstLoss
    function pay(address to, uint128 amount) external nonReentrant {
        if (msg.sender != house) revert NotHouse(msg.sender);
        emit Paid(to, amount);
        _transfer(to, amount);
    }

    /// @inheritdoc IFirstLoss
    function notice() external view returns (uint128 amount, uint256 from) {
        return (_notice.amount, _notice.from);
    }

    function _transfer(address to, uint128 amount) private {
        if (to == address(0) || to == address(this) || (to == house && msg.sender != house)) {
            revert InvalidReceiver(to);
        }
        if (amount > balance) revert BalanceExceeded(amount, balance);
        balance -= amount;
        uint256 value = amount * _scale;
        ExactTransfer.push(token, to, value);
    }

    function _noticeEnd() private view returns (uint40) {
        return uint40(_liveTime() + NOTICE);
    }

    function _liveTime() private view returns (uint256) {
        return IOracleFeed(IHouse(house).contracts().feed).liveTime();
    }
}
