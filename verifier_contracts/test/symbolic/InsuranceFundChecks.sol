// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {InsuranceFund} from "../../src/InsuranceFund.sol";
import {Test} from "../Vm.sol";
import {TestToken} from "../tokens/TestToken.sol";

/// @dev For every amount below 2^64, and every other address: a deposit after a deposit, or a payment after it.
contract InsuranceFundChecks is Test {
    uint256 private constant SCALE = 100;

    TestToken private _token;
    InsuranceFund private _fund;

    function setUp() public {
        _token = new TestToken(8);
        _fund = new InsuranceFund(address(_token));
        _token.mint(address(this), type(uint128).max);
        _token.approve(address(_fund), type(uint256).max);
    }

    /// @custom:property M7
    function check_aDepositAddsExactlyToOneMarket(uint64 first, uint64 second, address other) external {
        _deposit(first);
        vm.assume(other != address(this) && other != address(_fund));
        uint256 others = _fund.balanceOf(other);
        uint256 tokens = _token.balanceOf(other);
        _deposit(second);
        assert(_fund.balanceOf(address(this)) == uint256(first) + second);
        assert(_fund.balanceOf(other) == others && _token.balanceOf(other) == tokens);
        assert(_token.balanceOf(address(_fund)) == (uint256(first) + second) * SCALE);
    }

    /// @dev A market pays at most its own balance, and no other market's changes.
    /// @custom:property M7
    function check_aMarketPaysItsOwn(uint64 own, uint64 amount, address other) external {
        vm.assume(other != address(this));
        _deposit(own);
        try _fund.pay(address(0xA1), amount) {
            assert(amount <= own && _fund.balanceOf(address(this)) == own - amount);
        } catch {
            assert(amount > own && _fund.balanceOf(address(this)) == own);
        }
        assert(_fund.balanceOf(other) == 0);
        assert(_token.balanceOf(address(_fund)) == _fund.balanceOf(address(this)) * SCALE);
    }

    function _deposit(uint64 amount) private {
        _fund.deposit(address(this), amount);
    }
}
