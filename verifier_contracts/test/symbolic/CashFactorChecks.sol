// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CashFactor} from "../../src/libraries/CashFactor.sol";
import {Test} from "../Vm.sol";

/// @dev For every factor up to 1, and amounts below 2^64.
contract CashFactorChecks is Test {
    using CashFactor for uint256;

    uint256 private constant ONE = CashFactor.ONE;

    /// @custom:property F4
    function check_valuesDifferByTheRounding(uint256 factor, uint64 amount) external pure {
        vm.assume(factor <= ONE);
        uint256 up = factor.valueUp(amount);
        uint256 down = factor.valueDown(amount);
        assert(down <= up && up <= down + 1 && up <= amount);
    }

    /// @dev A credit costs at least its worth, and a withdrawal pays at most its worth.
    /// @custom:property M4
    function check_creditsCostAndPayNoLessAndNoMoreThanTheirWorth(uint64 factor, uint64 amount) external pure {
        vm.assume(factor <= ONE);
        uint256 cost = uint256(factor).valueUp(amount);
        uint256 paid = uint256(factor).valueDown(amount);
        unchecked {
            uint256 worth = uint256(amount) * factor;
            assert(cost * ONE >= worth && paid * ONE <= worth);
        }
    }
}
