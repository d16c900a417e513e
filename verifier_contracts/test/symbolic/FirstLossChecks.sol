// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FirstLoss} from "../../src/clearing/FirstLoss.sol";
import {Test} from "../Vm.sol";
import {TestToken} from "../tokens/TestToken.sol";

/// @dev This contract is the house. For every caller, and amounts below 2^64.
contract FirstLossChecks is Test {
    uint256 private constant SCALE = 100;
    address private constant ALICE = address(0xA1);

    TestToken private _token;
    FirstLoss private _tranche;

    function setUp() public {
        _token = new TestToken(8);
        _tranche = new FirstLoss(address(_token));
        _tranche.setHouse(address(this));
        _token.mint(address(this), type(uint128).max);
        _token.approve(address(_tranche), type(uint256).max);
    }

    /// @custom:property M7
    function check_depositsAddExactly(uint64 first, uint64 second) external {
        _tranche.deposit(first);
        _tranche.deposit(second);
        assert(_tranche.balance() == uint256(first) + second);
        assert(_token.balanceOf(address(_tranche)) == _tranche.balance() * SCALE);
    }

    /// @dev The house alone takes at most the balance.
    /// @custom:property M7
    function check_theHouseAloneTakesAtMostTheBalance(uint64 before, uint64 amount, address caller) external {
        _tranche.deposit(before);
        vm.prank(caller);
        try _tranche.pay(ALICE, amount) {
            assert(caller == address(this) && amount <= before);
            assert(_tranche.balance() == before - amount && _token.balanceOf(ALICE) == amount * SCALE);
        } catch {
            assert(caller != address(this) || amount > before);
            assert(_tranche.balance() == before);
        }
        assert(_token.balanceOf(address(_tranche)) == _tranche.balance() * SCALE);
    }
}
