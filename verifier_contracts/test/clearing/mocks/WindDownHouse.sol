// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../../../src/CollateralVault.sol";
import {InsuranceFund} from "../../../src/InsuranceFund.sol";
import {FirstLoss} from "../../../src/clearing/FirstLoss.sol";
import {IHouse} from "../../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../../src/clearing/IHouseTypes.sol";
import {CashFactor} from "../../../src/libraries/CashFactor.sol";

/// @dev The part of the house that first-loss tranche and wind-down use, with the values that a test sets. Funds move
/// through a real vault.
contract WindDownHouse {
    address public venue = address(0xE1);
    address public windDown;
    uint256 public cashFactor = CashFactor.ONE;
    IHouse.Standing private _standing;
    IHouse.Contracts private _contracts;
    mapping(uint256 account => IHouse.Account) private _accounts;
    mapping(uint256 account => IHouseTypes.Moment) private _frozen;
    mapping(uint256 account => uint256) public lateFor;
    mapping(uint256 account => uint64) public counted;
    mapping(uint256 asset => uint256) public waitingTotal;

    function setUp(IHouse.Contracts memory contracts_) external {
        _contracts = contracts_;
    }

    function setWindDown(address windDown_) external {
        windDown = windDown_;
    }

    function setStanding(uint64 seized, uint64 frozen, uint40 lastBatchAt) external {
        (_standing.seized, _standing.frozen, _standing.lastBatchAt) = (seized, frozen, lastBatchAt);
    }

    function setAccount(uint256 account, address owner, uint256 commitment, uint8 flags) external {
        (_accounts[account].owner, _accounts[account].commitment) = (owner, commitment);
        _accounts[account].flags = flags;
    }

    function setFrozenSince(uint256 account, uint256 time, uint256 live) external {
        _frozen[account] = IHouseTypes.Moment(uint40(time), uint40(live));
    }

    function frozenSince(uint256 account) external view returns (IHouseTypes.Moment memory) {
        return _frozen[account];
    }

    function setLateFor(uint256 account, uint256 time) external {
        lateFor[account] = time;
    }

    function setCounted(uint256 account, uint64 amount) external {
        (counted[account], waitingTotal[8]) = (amount, waitingTotal[8] + amount);
    }

    function setCashFactor(uint256 factor) external {
        cashFactor = factor;
    }

    /// @dev Backing that somebody has paid in.
    function fund(uint256 asset, address from, uint128 amount) external {
        _vault().pullUncapped(asset, from, amount);
    }

    function end() external {
        require(msg.sender == windDown, "wind-down only");
        _standing.ended = true;
    }

    function pullForWindDown(address from, uint128 value) external {
        require(msg.sender == windDown, "wind-down only");
        _vault().pullUncapped(8, from, value);
    }

    function releaseForWindDown(uint256 asset, address to, uint128 value) external {
        require(msg.sender == windDown, "wind-down only");
        _vault().release(asset, to, value);
    }

    function takeCounted(uint256 account) external returns (uint64 value) {
        require(msg.sender == windDown, "wind-down only");
        (value, counted[account]) = (counted[account], 0);
        waitingTotal[8] -= value;
    }

    /// @dev The contracts pay this address, and the vault pulls from it.
    function cover(uint128 value) external returns (uint128 covered) {
        require(msg.sender == windDown, "wind-down only");
        FirstLoss tranche = FirstLoss(_contracts.firstLoss);
        InsuranceFund fund_ = InsuranceFund(_contracts.insuranceFund);
        uint128 first = uint128(_least(value, tranche.balance()));
        uint128 second = uint128(_least(value - first, fund_.balanceOf(address(this))));
        if (first != 0) tranche.pay(address(this), first);
        if (second != 0) fund_.pay(address(this), second);
        covered = first + second;
        CollateralVault vault = _vault();
        (bool approved,) =
            fund_.token().call(abi.encodeWithSignature("approve(address,uint256)", address(vault), type(uint256).max));
        require(approved, "approval");
        vault.pullUncapped(8, address(this), covered);
    }

    function payFromTranche(address to, uint128 amount) external {
        FirstLoss(_contracts.firstLoss).pay(to, amount);
    }

    function accountOf(uint256 account) external view returns (IHouse.Account memory) {
        return _accounts[account];
    }

    function standing() external view returns (IHouse.Standing memory) {
        return _standing;
    }

    function contracts() external view returns (IHouse.Contracts memory) {
        return _contracts;
    }

    function _vault() private view returns (CollateralVault) {
        return CollateralVault(_contracts.vault);
    }

    function _least(uint256 a, uint256 b) private pure returns (uint256) {
        return a < b ? a : b;
    }
}
