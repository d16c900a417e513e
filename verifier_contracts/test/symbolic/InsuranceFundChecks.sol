// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {InsuranceFund} from "../../src/InsuranceFund.sol";
import {Test} from "../Vm.sol";
import {TestToken} from "../tokens/TestToken.sol";

/// @dev For every amount below 2^64 and every other address, with one market: a deposit after a deposit.
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

    function _deposit(uint64 amount) private {
        _fund.deposit(address(this), amount);
    }
}
