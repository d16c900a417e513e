// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {NormalDistribution} from "../../src/libraries/NormalDistribution.sol";
import {Test} from "../Vm.sol";

contract NormalDistributionTest is Test {
    using FixedPointMathLib for uint256;

    uint256 private constant WAD = 1e18;

    // --- against tests/vectors/normal.json

    function test_theTailIsTheTail() public {
        (uint256[] memory x, uint256[] memory tail) = (_column(".x"), _column(".tail"));
        assertGt(x.length, 1_000);
        assertEq(x[x.length - 1], NormalDistribution.LARGEST);
        uint256 worst;
        for (uint256 i = 0; i < x.length; ++i) {
            worst = worst.max(NormalDistribution.tail(x[i]).dist(tail[i]));
        }
        assertLe(worst, 5);
        vm.snapshotValue("NormalDistribution", "off 90 digits, tail, 1e-18", worst);
    }

    function test_theDensityIsTheDensity() public {
        (uint256[] memory x, uint256[] memory pdf) = (_column(".x"), _column(".pdf"));
        uint256 worst;
        for (uint256 i = 0; i < x.length; ++i) {
            worst = worst.max(NormalDistribution.pdf(int256(x[i])).dist(pdf[i]));
            assertEq(NormalDistribution.pdf(-int256(x[i])), NormalDistribution.pdf(int256(x[i])));
        }
        assertLe(worst, 3);
        vm.snapshotValue("NormalDistribution", "off 90 digits, pdf, 1e-18", worst);
    }

    function test_theDistributionIsTheDistribution() public {
        (uint256[] memory x, uint256[] memory below) = (_column(".x"), _column(".below"));
        uint256 worst;
        for (uint256 i = 0; i < x.length; ++i) {
            worst = worst.max(NormalDistribution.cdf(-int256(x[i])).dist(below[i]));
            worst = worst.max(NormalDistribution.cdf(int256(x[i])).dist(WAD - below[i]));
        }
        assertLe(worst, 10);
        vm.snapshotValue("NormalDistribution", "off 90 digits, cdf, 1e-18", worst);
    }

    // --- over the whole range of inputs

    function test_atZero() public pure {
        assertEq(NormalDistribution.cdf(0), 0.5e18);
        assertEq(NormalDistribution.tail(0), 0.5e18);
        assertEq(NormalDistribution.bell(0), 1e18);
        assertEq(NormalDistribution.pdf(0), 0.398942280401432678e18);
    }

    function test_farOut() public pure {
        assertEq(NormalDistribution.cdf(type(int256).max), 1e18);
        assertEq(NormalDistribution.cdf(type(int256).min), 0);
        assertEq(NormalDistribution.pdf(type(int256).max), 0);
        assertEq(NormalDistribution.pdf(type(int256).min), 0);
        assertEq(NormalDistribution.bell(10e18 - 1), 0);
        assertEq(NormalDistribution.bell(type(uint256).max), 0);
    }

    function testFuzz_bothSidesAddUpToOne(int256 x) public pure {
        vm.assume(x != type(int256).min);
        assertEq(NormalDistribution.cdf(x) + NormalDistribution.cdf(-x), 1e18);
        x %= 10e18;
        assertEq(NormalDistribution.cdf(x) + NormalDistribution.cdf(-x), 1e18);
    }

    function testFuzz_theDistributionRises(int256 x, uint256 more) public pure {
        x %= 10e18;
        int256 y = x + int256(more % 2e18);
        assertLe(NormalDistribution.cdf(x), NormalDistribution.cdf(y) + 20);
    }

    function testFuzz_theTailFalls(uint256 x, uint256 more) public pure {
        x %= NormalDistribution.LARGEST;
        uint256 y = x + more % (NormalDistribution.LARGEST - x + 1);
        uint256 tail = NormalDistribution.tail(x);
        assertLe(tail, 0.5e18);
        assertLe(NormalDistribution.tail(y), tail + 10);
    }

    function testFuzz_rejectsTailsThatWouldOverflow(uint256 x) public {
        x = x.max(NormalDistribution.LARGEST + 1);
        vm.expectRevert(
            abi.encodeWithSelector(NormalDistribution.ArgumentTooLarge.selector, x, NormalDistribution.LARGEST)
        );
        this.tailOf(x);
    }

    function tailOf(uint256 x) external pure returns (uint256) {
        return NormalDistribution.tail(x);
    }

    function _column(string memory name) private view returns (uint256[] memory) {
        return vm.parseJsonUintArray(vm.readFile("tests/vectors/normal.json"), name);
    }
}
