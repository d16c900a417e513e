// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAuctions} from "../../src/clearing/IAuctions.sol";
import {AuctionFixture} from "./fixtures/AuctionFixture.sol";

/// @dev Prices over all equities, requirements, reserves and times.
contract AuctionPricesTest is AuctionFixture {
    uint256 private constant REQUIREMENT = 1000e6;
    int256 private constant EQUITY = 600e12;

    function setUp() public {
        _deploy();
    }

    /// @dev The example of docs/liquidation.md.
    function test_thePriceFallsAsInTheExample() public {
        _reserve(100e6, 200e6);
        house.setCash(1e18, 200_000e6);
        _start(EQUITY, REQUIREMENT);
        int256[8] memory wanted = [int256(570e6), 285e6, 0, -150e6, -300e6, -350e6, -400e6, -400e6];
        for (uint256 i = 0; i < 8; ++i) {
            assertEqInt(auctions.priceOf(ACCOUNT), wanted[i]);
            _wait(STAGE / 2);
        }
    }

    function test_equityIsRoundedDownToMicro() public {
        _start(-1, REQUIREMENT);
        assertEqInt(auctions.auctionOf(ACCOUNT).equity, -1);
    }

    function test_positiveEquityIsRoundedDownToMicro() public {
        _start(1_999_999, REQUIREMENT);
        assertEqInt(auctions.auctionOf(ACCOUNT).equity, 1);
    }

    /// @dev The circuit proves equities below 2^132 pico and requirements below 2^87 micro.
    function testFuzz_everyEquityAndRequirementHasAPrice(int256 equity, uint256 requirement, uint256 wait) public {
        equity %= int256(2 ** 132);
        requirement %= 2 ** 87;
        if (equity >= int256(requirement * 1e6)) house.setLateFor(ACCOUNT, 1);
        if (requirement == 0 && equity >= 0) requirement = 1;
        _reserve(100e6, 200e6);
        house.setCash(1e18, 100e6);
        _start(equity, requirement);
        _wait(wait % (4 * STAGE));
        assertGeInt(auctions.priceOf(ACCOUNT), -400e6);
    }

    /// @custom:property A2
    function testFuzz_attack_24_thePriceNeverRises(int256 equity, uint256 requirement, uint256 first, uint256 second)
        public
    {
        requirement = 1 + requirement % 2 ** 87;
        equity = int256(requirement * 1e6) - 1 - int256(uint256(equity) % 2 ** 100);
        _reserve(100e6, 200e6);
        house.setCash(0.9e18, 100e6);
        _start(equity, requirement);
        _wait(first % (4 * STAGE));
        int256 price = auctions.priceOf(ACCOUNT);
        _wait(second % (4 * STAGE - first % (4 * STAGE)));
        assertLeInt(auctions.priceOf(ACCOUNT), price);
    }

    /// @custom:property A3
    function testFuzz_aBidderPaysNoMoreThanItsLimit(int256 limit, uint256 wait) public {
        limit %= 1000e6;
        _reserve(100e6, 200e6);
        _start(EQUITY, REQUIREMENT);
        _wait(wait % (4 * STAGE));
        int256 price = auctions.priceOf(ACCOUNT);
        if (price > limit) {
            vm.expectRevert(abi.encodeWithSelector(IAuctions.PriceAboveLimit.selector, price, limit));
        }
        _bid(limit);
        (uint256 account,, int256 paid,,) = house.sale();
        assertEq(account, price > limit ? 0 : ACCOUNT);
        if (price <= limit) assertEqInt(paid, price);
    }

    /// @custom:property A3
    function test_attack_24_aBidAfterTheEndReverts() public {
        _start(EQUITY, REQUIREMENT);
        _wait(4 * STAGE + 1);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.AuctionOver.selector, ACCOUNT, 4 * STAGE + 1));
        _bid(type(int256).max);
    }

    function test_aBidAtTheEndIsInTime() public {
        _start(EQUITY, REQUIREMENT);
        _wait(4 * STAGE);
        _bid(type(int256).max);
        (uint256 account,,,,) = house.sale();
        assertEq(account, ACCOUNT);
    }
}
