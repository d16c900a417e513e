// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {HouseFunds} from "../../src/clearing/HouseFunds.sol";
import {HouseSettings} from "../../src/clearing/HouseSettings.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {Test} from "../Vm.sol";

/// @dev In place of vault, tranche, fund and batches: the balances that a check sets.
contract Balances {
    uint256 public balance;
    uint256 private _ofFund;
    uint128 private _inVault;

    function set(uint128 inVault, uint256 ofTranche, uint256 ofFund) external {
        (_inVault, balance, _ofFund) = (inVault, ofTranche, ofFund);
    }

    function balanceOf(address) external view returns (uint256) {
        return _ofFund;
    }

    function assetOf(uint256) external view returns (ICollateralVault.Asset memory asset) {
        asset.total = _inVault;
    }

    function verifier() external view returns (address) {
        return address(this);
    }
}

/// @dev The house's own accounting, with the state that a check sets.
contract Funds is HouseFunds {
    constructor(Contracts memory contracts_) HouseSettings(contracts_, address(this)) {}

    function setOwner(uint256 account, address owner) external {
        _accounts[account].owner = owner;
    }

    function setFactor(uint256 factor) external {
        _cashFactor = factor;
    }

    function setWaiting(address owner, uint256 account, uint256 asset, Waiting calldata now_) external {
        _waiting[owner][account][asset] = now_;
        _reserved[asset] += now_.amount;
    }

    function cover(uint256 value) external view returns (uint256 tranche, uint256 insured) {
        return _cover(value);
    }

    function shareLoss(uint256 value) external returns (uint256 tranche, uint256 insured) {
        return _shareLoss(1, value);
    }

    function credit(uint256 account, uint256 asset, uint256 amount) external {
        _credit(account, asset, amount);
    }

    function count(uint256 account) external {
        _count(account);
    }

    function takeCounted(uint256 account) external returns (uint64) {
        return _takeCounted(account);
    }

    function moveCounted(uint256 account, address from, address to, uint256 added) external {
        _moveCounted(account, from, to, added);
        _reserved[CASH] += added;
    }

    function factorNow() external view returns (uint256) {
        return _cashFactor;
    }

    function reserved(uint256 asset) external view returns (uint256) {
        return _reserved[asset];
    }

    function waitingFor(address owner, uint256 account, uint256 asset) external view returns (Waiting memory) {
        return _waiting[owner][account][asset];
    }
}

/// @dev For losses, balances and waiting funds below 2^64.
contract WaterfallChecks is Test {
    uint256 private constant ONE = 1e18;
    uint256 private constant CASH = 8;
    address private constant ALICE = address(0xA1);
    address private constant BOB = address(0xB0B);

    Balances private _balances;
    Funds private _funds;

    function setUp() public {
        vm.warp(1_700_000_000);
        _balances = new Balances();
        address all = address(_balances);
        _funds = new Funds(IHouseTypes.Contracts(all, all, all, all, all, all, all));
        _funds.setOwner(1, ALICE);
    }

    /// @custom:property F1
    function check_trancheThenFundCoverWhatTheyCan(uint64 value, uint64 ofTranche, uint64 ofFund) external {
        _balances.set(0, ofTranche, ofFund);
        (uint256 tranche, uint256 insured) = _funds.cover(value);
        assert(tranche <= ofTranche && insured <= ofFund && tranche + insured <= value);
        // The fund pays only once the tranche is empty, and something is left only once both are.
        assert(insured == 0 || tranche == ofTranche);
        assert(tranche + insured == value || (tranche == ofTranche && insured == ofFund));
    }

    /// @dev What tranche, fund and holders of cash give adds up to the loss, or the call reverts.
    /// @custom:property F1
    function check_thePartsOfALossAddUp(uint64 value, uint64 ofTranche, uint64 ofFund, uint64 backing) external {
        _balances.set(backing, ofTranche, ofFund);
        try _funds.shareLoss(value) returns (uint256 tranche, uint256 insured) {
            uint256 rest = value - tranche - insured;
            assert(tranche == (value < ofTranche ? value : ofTranche));
            assert(rest == 0 || (tranche == ofTranche && insured == ofFund));
            assert(rest <= backing && (rest != 0 || _funds.factorNow() == ONE));
        } catch {
            // The rest is above the bound of the factor.
            assert(value > uint256(ofTranche) + ofFund);
        }
    }

    /// @custom:property W2
    function check_aCreditOfCoinsUsesUpWhatWaits(IHouseTypes.Waiting memory before, uint64 amount) external {
        _check(before, 3, amount, amount);
    }

    /// @custom:property W2
    function check_aCreditOfCashUsesUpItsCost(IHouseTypes.Waiting memory before, uint64 amount, uint64 factor)
        external
    {
        vm.assume(factor <= ONE);
        _funds.setFactor(factor);
        uint256 product = uint256(amount) * factor;
        _check(before, CASH, amount, product / ONE + (product % ONE == 0 ? 0 : 1));
    }

    /// @dev Counted cash and what a winner is paid move to the winner; nothing else of the former owner does.
    /// @custom:property W4
    function check_countedCashMovesToTheWinner(
        IHouseTypes.Waiting memory former,
        IHouseTypes.Waiting memory winner,
        uint64 added
    ) external {
        _assumeValid(former);
        _assumeValid(winner);
        _funds.setWaiting(ALICE, 1, CASH, former);
        _funds.setWaiting(BOB, 1, CASH, winner);
        try _funds.moveCounted(1, ALICE, BOB, added) {
            IHouseTypes.Waiting memory a = _funds.waitingFor(ALICE, 1, CASH);
            IHouseTypes.Waiting memory b = _funds.waitingFor(BOB, 1, CASH);
            assert(a.counted == 0 && a.amount == former.amount - former.counted && a.leaving == former.leaving);
            assert(b.amount == uint256(winner.amount) + former.counted + added);
            assert(b.counted == uint256(winner.counted) + former.counted + added && b.leaving == winner.leaving);
            assert(_funds.reserved(CASH) == uint256(a.amount) + b.amount);
        } catch {
            assert(uint256(winner.amount) + former.counted + added > type(uint64).max);
        }
    }

    /// @custom:property W5
    function check_countedCashIsTakenOnce(IHouseTypes.Waiting memory before) external {
        _assumeValid(before);
        _funds.setWaiting(ALICE, 1, CASH, before);
        assert(_funds.takeCounted(1) == before.counted);
        IHouseTypes.Waiting memory after_ = _funds.waitingFor(ALICE, 1, CASH);
        assert(after_.amount == before.amount - before.counted && after_.leaving == before.leaving);
        assert(_funds.reserved(CASH) == after_.amount);
        assert(_funds.takeCounted(1) == 0);
    }

    function _check(IHouseTypes.Waiting memory before, uint256 asset, uint64 amount, uint256 cost) private {
        _assumeValid(before);
        _funds.setWaiting(ALICE, 1, asset, before);
        try _funds.credit(1, asset, amount) {
            IHouseTypes.Waiting memory after_ = _funds.waitingFor(ALICE, 1, asset);
            assert(after_.amount == before.amount - cost);
            assert(after_.counted == (before.counted > cost ? before.counted - cost : 0));
            assert(after_.leaving <= before.leaving && uint256(after_.counted) + after_.leaving <= after_.amount);
            assert(_funds.reserved(asset) == after_.amount);
        } catch {
            assert(cost > before.amount);
        }
    }

    function _assumeValid(IHouseTypes.Waiting memory waiting) private pure {
        vm.assume(uint256(waiting.counted) + waiting.leaving <= waiting.amount);
    }
}
