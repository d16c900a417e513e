// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {IERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/IERC20Permit.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {HouseRecords} from "./HouseRecords.sol";
import {ICollateralVault} from "../interfaces/ICollateralVault.sol";
import {CashFactor} from "../libraries/CashFactor.sol";

/// @title The funds of a market: what waits, what backs accounts, fees and losses
/// @dev The vault's total of an asset is what backs accounts, unpaid fees included, and what is *reserved*: waiting
/// funds and bonds. Only the first part bears losses. Callers move tokens last, after all other effects.
abstract contract HouseFunds is HouseRecords {
    using CashFactor for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    /// @notice The time from the notice of a refund to the refund, in seconds: longer than a batch takes.
    uint256 internal constant REFUND_NOTICE = 10 minutes;

    /// @dev The window that began with a loss at `since`, and the factor before that loss.
    struct Window {
        uint40 since;
        uint64 factor;
    }

    uint256 internal _cashFactor = CashFactor.ONE;
    mapping(uint256 asset => uint256) internal _reserved;
    Window private _window;
    mapping(address owner => mapping(uint256 account => mapping(uint256 asset => Waiting))) internal _waiting;

    // --- what waits

    function _deposit(uint256 account, uint256 asset, uint64 amount) internal {
        _requireOwner(account);
        if (amount == 0) revert NothingMoved();
        if (asset > CASH) revert NoSuchAsset(asset);
        _waitingOf(account, asset).amount += amount;
        _reserved[asset] += amount;
        emit Deposited(account, asset, msg.sender, amount);
        // A full cap must not stop a cure.
        if (_accounts[account].state == State.Seized || _isCalled(account)) {
            _vault.pullUncapped(asset, msg.sender, amount);
        } else {
            _vault.pull(asset, msg.sender, amount);
        }
    }

    /// @dev A failing permit is ignored, and a succeeding one authorises nothing: see ICollateralVault.pullWithPermit.
    function _permit(uint256 asset, uint64 amount, Permit calldata permit) internal {
        ICollateralVault.Asset memory slot = _vault.assetOf(asset);
        uint256 value = uint256(amount) * slot.scale;
        try IERC20Permit(slot.token)
            .permit(msg.sender, address(_vault), value, permit.deadline, permit.v, permit.r, permit.s) {}
            catch {}
    }

    function _announceRefund(uint256 account, uint256 asset, uint64 amount) internal {
        Waiting storage waiting = _waiting[msg.sender][account][asset];
        uint64 free = waiting.amount - waiting.counted;
        if (amount > free) revert NotWaiting(account, asset, amount, free);
        uint256 from = block.timestamp + REFUND_NOTICE;
        (waiting.leaving, waiting.leavesAt) = (amount, uint40(from));
        emit RefundAnnounced(account, asset, amount, from);
    }

    function _refund(uint256 account, uint256 asset, uint64 amount, address to) internal {
        if (amount == 0) revert NothingMoved();
        _requireReceiver(to);
        Waiting storage waiting = _waiting[msg.sender][account][asset];
        uint64 free = waiting.amount - waiting.counted;
        if (!_standing.ended) {
            if (block.timestamp < waiting.leavesAt) revert NoticeRunning(account, waiting.leavesAt);
            free = waiting.leaving;
        }
        if (amount > free) revert NotWaiting(account, asset, amount, free);
        waiting.amount -= amount;
        waiting.leaving -= uint64(Math.min(waiting.leaving, amount));
        _reserved[asset] -= amount;
        emit Refunded(account, asset, to, amount);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        _vault.release(asset, to, amount);
    }

    function _credit(uint256 account, uint256 asset, uint256 amount) internal {
        Waiting storage waiting = _waitingOf(account, asset);
        uint256 cost = asset == CASH ? _cashFactor.valueUp(amount) : amount;
        uint64 waits = waiting.amount;
        if (cost > waits || amount > type(uint64).max) revert NotWaiting(account, asset, amount, waits);
        uint64 left = waits - uint64(cost);
        uint64 counted = waiting.counted;
        counted -= uint64(Math.min(counted, cost));
        waiting.leaving = uint64(Math.min(waiting.leaving, left - counted));
        (waiting.amount, waiting.counted) = (left, counted);
        _reserved[asset] -= cost;
        emit Credited(account, asset, uint64(amount), uint64(cost));
    }

    function _count(uint256 account) internal {
        Waiting storage waiting = _waitingOf(account, CASH);
        (waiting.counted, waiting.leaving) = (waiting.amount, 0);
        emit Counted(account, waiting.amount);
    }

    function _takeCounted(uint256 account) internal returns (uint64 value) {
        Waiting storage waiting = _waitingOf(account, CASH);
        uint64 counted = waiting.counted;
        (waiting.amount, waiting.counted) = (waiting.amount - counted, 0);
        value = counted + _times[account].bond;
        _times[account].bond = 0;
        _reserved[CASH] -= value;
    }

    /// @dev Counted cash is part of what the winner has bid for. The rest stays the former owner's.
    function _moveCounted(uint256 account, address from, address to, uint256 added) internal {
        Waiting storage old = _waiting[from][account][CASH];
        uint64 counted = old.counted;
        (old.amount, old.counted) = (old.amount - counted, 0);
        Waiting storage next = _waiting[to][account][CASH];
        uint64 moved = SafeCast.toUint64(counted + added);
        (next.amount, next.counted) = (next.amount + moved, next.counted + moved);
        if (moved != 0) emit Counted(account, next.counted);
    }

    // --- bonds

    function _pullBond(uint256 account, uint64 bond) internal {
        _times[account].bond += bond;
        _reserved[CASH] += bond;
        emit BondPosted(account, bond);
        _vault.pullUncapped(CASH, msg.sender, bond);
    }

    function _payBond(uint256 account, address to) internal {
        uint64 bond = _times[account].bond;
        // slither-disable-next-line incorrect-equality: there is no bond
        if (bond == 0) return;
        _times[account].bond = 0;
        _reserved[CASH] -= bond;
        emit BondPaid(account, to, bond);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        _vault.release(CASH, to, bond);
    }

    // --- what backs accounts

    function _payOut(uint256 asset, address to, uint128 value) internal {
        uint256 backing = _backing(asset);
        if (value > backing) revert NotBacked(asset, value, backing);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        _vault.release(asset, to, value);
    }

    function _collectFees() internal {
        uint256 fees = _standing.unpaidFees;
        uint128 value = _cashFactor.valueDown(fees).toUint128();
        // slither-disable-next-line incorrect-equality: there are no fees
        if (value == 0) revert NothingMoved();
        uint256 backing = _backing(CASH);
        if (value > backing) revert NotBacked(CASH, value, backing);
        _standing.unpaidFees = 0;
        emit FeesCollected(fees, value);
        _takeOut(value, address(_firstLoss));
        _firstLoss.deposit(value);
    }

    /// @dev The former owner's part is released, so a token that refuses the payment does not stop the takeover.
    function _payPrice(address winner, address formerOwner, int256 price, uint256 fee_) internal {
        uint128 value = uint256(price).toUint128();
        uint128 fee = fee_.toUint128();
        _vault.pullUncapped(CASH, winner, value);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        if (value != fee) _vault.release(CASH, formerOwner, value - fee);
        if (fee == 0) return;
        _takeOut(fee, address(_fund));
        _fund.deposit(address(this), fee);
    }

    /// @dev Splits a loss into parts of tranche, fund and holders of cash, and lowers the factor by the last.
    function _shareLoss(uint256 account, uint256 value) internal returns (uint256 tranche, uint256 insured) {
        (tranche, insured) = _cover(value);
        uint256 loss = value - tranche - insured;
        // slither-disable-next-line incorrect-equality: nothing is left for holders of cash
        if (loss == 0) return (tranche, insured);
        (uint256 factor, uint256 backing) = (_cashFactor, _backing(CASH));
        if (_isWindowOver()) _window = Window(uint40(block.timestamp), uint64(factor));
        uint256 bound = factor.lossBoundDown(_window.factor, backing);
        if (loss > bound) revert LossExceedsBound(loss, bound);
        _cashFactor = factor.afterLossDown(backing, loss);
        emit LossSocialised(account, loss, _cashFactor);
    }

    /// @return tranche What the first-loss tranche pays of `value`
    /// @return insured What the insurance fund pays of the rest
    function _cover(uint256 value) internal view returns (uint256 tranche, uint256 insured) {
        tranche = Math.min(value, _firstLoss.balance());
        insured = Math.min(value - tranche, _fund.balanceOf(address(this)));
    }

    /// @dev Moves cash of tranche and fund into the vault.
    function _pullCover(uint256 tranche, uint256 insured) internal returns (uint128 covered) {
        if (tranche != 0) _firstLoss.pay(address(this), tranche.toUint128());
        if (insured != 0) _fund.pay(address(this), insured.toUint128());
        covered = (tranche + insured).toUint128();
        // slither-disable-next-line incorrect-equality: there is nothing to move
        if (covered == 0) return 0;
        _approve(covered, address(_vault));
        _vault.pullUncapped(CASH, address(this), covered);
    }

    /// @dev Tokens for the house or a contract that counts its own deposits would be lost.
    function _requireReceiver(address to) internal view {
        bool lost = to == address(0) || to == address(this) || to == address(_vault);
        if (lost || to == address(_fund) || to == address(_firstLoss)) revert InvalidReceiver(to);
    }

    function _takeOut(uint128 value, address spender) private {
        if (!_vault.release(CASH, address(this), value)) revert FeeRefused(value);
        _approve(value, spender);
    }

    function _approve(uint128 value, address spender) private {
        ICollateralVault.Asset memory cash = _vault.assetOf(CASH);
        IERC20(cash.token).forceApprove(spender, uint256(value) * cash.scale);
    }

    function _backing(uint256 asset) internal view returns (uint256) {
        return _vault.assetOf(asset).total - _reserved[asset];
    }

    function _waitingOf(uint256 account, uint256 asset) internal view returns (Waiting storage) {
        return _waiting[_accounts[account].owner][account][asset];
    }

    function _socialisable() internal view returns (uint256) {
        uint256 factor = _cashFactor;
        return factor.lossBoundDown(_isWindowOver() ? factor : _window.factor, _backing(CASH));
    }

    function _isWindowOver() private view returns (bool) {
        return block.timestamp - _window.since >= CashFactor.WINDOW;
    }
}
