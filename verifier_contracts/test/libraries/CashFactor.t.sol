// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CashFactor} from "../../src/libraries/CashFactor.sol";
import {Test} from "../Vm.sol";

contract CashFactorTest is Test {
    using CashFactor for uint256;

    uint256 private constant WAD = 1e18;
    uint256 private constant LEAST = 0.8e18;

    /// @dev Over all valid inputs.
    /// @custom:property F3
    function testFuzz_theFactorFallsToItsBoundAndCoversAllCredits(
        uint256 factor,
        uint256 anchor,
        uint128 total,
        uint128 loss
    ) public pure {
        anchor = LEAST + anchor % (WAD - LEAST + 1);
        uint256 least = (anchor * 98 + 99) / 100;
        if (least < LEAST) least = LEAST;
        factor = least + factor % (anchor - least + 1);
        vm.assume(total != 0);
        uint256 bound = factor.lossBoundDown(anchor, total);
        assertLe(bound, total);
        uint256 part = uint256(loss) % (bound + 1);
        uint256 next = factor.afterLossDown(total, part);
        assertLe(next, factor);
        assertGe(next, least);
        if (bound < total) assertLt(factor.afterLossDown(total, bound + 1), least);
        // The total still covers the same number of credits.
        uint256 credits = uint256(total) * WAD / factor;
        assertLe(next.valueDown(credits), total - part);
    }

    /// @custom:property F4
    function testFuzz_creditsCostNoLessThanTheyAreWorth(uint256 factor, uint128 amount) public pure {
        factor = LEAST + factor % (WAD - LEAST + 1);
        assertEq(factor.valueUp(amount), (uint256(amount) * factor + WAD - 1) / WAD);
        assertEq(factor.valueDown(amount), uint256(amount) * factor / WAD);
    }
}
