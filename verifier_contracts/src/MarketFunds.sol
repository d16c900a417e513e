// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {MarketSettings} from "./MarketSettings.sol";
import {IClearingHouse} from "./interfaces/IClearingHouse.sol";
import {ICollateralVault} from "./interfaces/ICollateralVault.sol";
import {IInsuranceFund} from "./interfaces/IInsuranceFund.sol";
import {CashFactor} from "./libraries/CashFactor.sol";
import {TransitionSignals} from "./libraries/TransitionSignals.sol";

/// @title Movements of a market's funds
/// @dev The functions trust the amounts that they are given. Callers move tokens last, after all other effects.
abstract contract MarketFunds is MarketSettings {
    using CashFactor for uint256;
    using SafeCast for uint256;
    using SafeERC20 for IERC20;

    uint256 internal constant CASH = TransitionSignals.CASH;

    /// @dev The window that began with a loss at `since`, and the factor before that loss.
    struct Window {
        uint40 since;
        uint64 factor;
    }

    /// @inheritdoc IClearingHouse
    uint256 public cashFactor = CashFactor.ONE;
    Window private _window;

    /// @inheritdoc IClearingHouse
    function socialisable() external view returns (uint256) {
        uint256 factor = cashFactor;
        return factor.lossBoundDown(_isWindowOver() ? factor : _window.factor, _totalCash());
    }

    function _pull(uint256 account, uint256 asset, address from, uint64 amount) internal {
        ICollateralVault(vault).pull(asset, from, _recordDeposit(account, asset, amount));
    }

    /// @dev Neither the price nor added cash is subject to the cap: otherwise a full cap would stop every takeover.
    /// Added collateral is, or a holder could bypass the cap by buying back its own account.
    function _pullAdded(Takeover calldata added) internal {
        if (added.asset != CASH) return _pull(added.account, added.asset, added.winner, added.amount);
        uint128 value = _recordDeposit(added.account, CASH, added.amount);
        ICollateralVault(vault).pullUncapped(CASH, added.winner, value);
    }

    function _pullWithPermit(uint256 account, uint256 asset, address from, uint64 amount, Permit calldata permit)
        internal
    {
        uint128 value = _recordDeposit(account, asset, amount);
        ICollateralVault(vault).pullWithPermit(asset, from, value, permit.deadline, permit.v, permit.r, permit.s);
    }

    function _release(uint256 account, uint256 asset, address to, uint64 amount) internal {
        uint128 value = asset == CASH ? uint128(cashFactor.valueDown(amount)) : amount;
        emit Withdrawn(account, asset, to, amount, value);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        ICollateralVault(vault).release(asset, to, value);
    }

    /// @dev The former holder's part is released, so a token that refuses the payment does not stop the takeover.
    function _payPrice(Takeover calldata takeover, address formerOwner) internal {
        uint128 price = uint256(takeover.price).toUint128();
        if (takeover.fee > price) revert FeeExceedsPrice(takeover.fee, takeover.price);
        uint128 fee = uint128(takeover.fee);
        ICollateralVault(vault).pullUncapped(CASH, takeover.winner, price);
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        if (price != fee) ICollateralVault(vault).release(CASH, formerOwner, price - fee);
        if (fee != 0) _payFund(fee);
    }

    function _payWinner(Takeover calldata takeover) internal {
        if (takeover.fee != 0) revert FeeExceedsPrice(takeover.fee, takeover.price);
        uint256 value = cashFactor.valueDown(uint256(-takeover.price));
        uint256 covered = Math.min(value, IInsuranceFund(insuranceFund).balanceOf(address(this)));
        uint256 loss = value - covered;
        if (loss != 0) _socialise(takeover.account, loss);
        if (covered != 0) IInsuranceFund(insuranceFund).pay(takeover.winner, covered.toUint128());
        // slither-disable-next-line unused-return: a refused payment becomes a claim
        if (loss != 0) ICollateralVault(vault).release(CASH, takeover.winner, loss.toUint128());
    }

    function _payFund(uint128 fee) private {
        ICollateralVault.Asset memory cash = ICollateralVault(vault).assetOf(CASH);
        bool paid = ICollateralVault(vault).release(CASH, address(this), fee);
        if (!paid) revert FeeRefused(fee);
        IERC20(cash.token).forceApprove(insuranceFund, uint256(fee) * cash.scale);
        IInsuranceFund(insuranceFund).deposit(address(this), fee);
    }

    function _socialise(uint256 account, uint256 loss) private {
        (uint256 factor, uint256 total) = (cashFactor, _totalCash());
        if (_isWindowOver()) _window = Window(uint40(block.timestamp), uint64(factor));
        uint256 bound = factor.lossBoundDown(_window.factor, total);
        if (loss > bound) revert LossExceedsBound(loss, bound);
        cashFactor = factor.afterLossDown(total, loss);
        emit LossSocialised(account, loss, cashFactor);
    }

    /// @return value The cost of `amount`, at most 2^64 since the factor is at most 1
    function _recordDeposit(uint256 account, uint256 asset, uint64 amount) private returns (uint128 value) {
        value = asset == CASH ? uint128(cashFactor.valueUp(amount)) : amount;
        emit Deposited(account, asset, amount, value);
    }

    function _isWindowOver() private view returns (bool) {
        return block.timestamp - _window.since >= CashFactor.WINDOW;
    }

    function _totalCash() private view returns (uint256) {
        return ICollateralVault(vault).assetOf(CASH).total;
    }
}
