// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Prices, and bounds on the fall of the cash factor. Carol wins every auction but those of the prices' tests.
contract HouseLossesTest is HouseFixture {
    uint256 private constant DAY = 1 days;
    uint256 private constant LEAST = 0.8e18;

    uint256 private a;
    uint256 private b;

    function setUp() public {
        _deploy();
        (a, b) = _tradedPair();
        _endow(b, CASH, 1000 * ONE);
    }

    // --- bounds on the fall of the factor

    function test_twoLossesOfADayAreAFiftiethTogether() public {
        _lose(12 * ONE);
        assertEq(house.cashFactor(), 0.988e18);
        assertEq(house.socialisable(), 8 * ONE);
        vm.warp(NOW + DAY - 1);
        assertEq(house.socialisable(), 8 * ONE);
        // In credits of 0.988.
        _refuseLoss(9 * ONE, 8_892_000, 8 * ONE);
        _lose(8_097_166);
        assertEq(house.cashFactor(), 0.98e18);
        assertEq(house.socialisable(), 0);
        _refuseLoss(2, 1, 0);
    }

    function test_aDayLaterItMayFallByAnotherFiftieth() public {
        _lose(20 * ONE);
        vm.warp(NOW + DAY - 1);
        assertEq(house.socialisable(), 0);
        vm.warp(NOW + DAY);
        assertEq(house.socialisable(), 19.6e6);
        _refuseLoss(20 * ONE + 2, 19.6e6 + 1, 19.6e6);
        _lose(20 * ONE);
        assertEq(house.cashFactor(), 0.9604e18);
        // The second loss falls into another day than the first.
        vm.warp(NOW + DAY + DAY - 1);
        assertEq(house.socialisable(), 0);
    }

    /// @dev The bound of a new day does not depend on earlier days or days without losses.
    function test_aDayBeginsWithItsFirstLoss() public {
        vm.warp(NOW + 10 * DAY);
        _lose(ONE);
        vm.warp(NOW + 11 * DAY - 1);
        assertEq(house.socialisable(), 19 * ONE);
        vm.warp(NOW + 13 * DAY);
        assertEq(house.socialisable(), 999 * ONE / 50);
    }

    /// @dev Losses at any times, at most as large as allowed: the factor never falls by more than a fiftieth from the
    /// first loss of a day, so by at most two fiftieths in any 24 hours. The remaining bound can always be taken.
    /// @custom:property F3
    function testFuzz_theFactorFallsByAFiftiethADay(uint64[10] memory losses, uint32[10] memory waits) public {
        uint256[11] memory times;
        uint256[11] memory factors;
        (uint256 anchor, uint256 since) = (WAD, 0);
        factors[0] = WAD;
        for (uint256 i = 1; i <= 10; ++i) {
            vm.warp(block.timestamp + waits[i - 1] % (DAY / 2));
            uint256 credits = house.socialisable() * WAD / factors[i - 1];
            credits = losses[i - 1] % 3 == 0 ? credits : losses[i - 1] % (credits + 1);
            _lose(credits);
            (times[i], factors[i]) = (block.timestamp, house.cashFactor());
            if (factors[i] < factors[i - 1] && times[i] - since >= DAY) (anchor, since) = (factors[i - 1], times[i]);
            assertGe(factors[i] * 50, anchor * 49);
            assertGe(factors[i], LEAST);
            for (uint256 j = 1; j < i; ++j) {
                if (times[i] - times[j] < DAY) assertGe(factors[i] * 2500, factors[j - 1] * 2401);
            }
        }
    }

    /// @custom:property F3
    function test_theBoundIsForTheLifeOfTheMarket() public {
        uint256 waiting = house.waitingTotal(CASH);
        for (uint256 i = 0; i < 12; ++i) {
            uint256 factor = house.cashFactor();
            _lose((house.socialisable() * WAD + factor - 1) / factor);
            vm.warp(block.timestamp + DAY);
        }
        // A fifth of 1000 waits for the winner; the bond was hers.
        assertEq(house.waitingTotal(CASH), waiting - BOND + 200 * ONE);
        assertGe(house.cashFactor(), LEAST);
        assertLt(house.cashFactor(), LEAST + 1e12);
        vm.warp(block.timestamp + 365 days);
        assertEq(house.socialisable(), 0);
        // Only credits that are worth a unit or more.
        _refuseLoss(2, 1, 0);
        _lose(0);
    }

    function test_withoutCashNothingIsSocialised() public {
        _deploy();
        (a, b) = _tradedPair();
        assertEq(house.socialisable(), 0);
        _refuseLoss(1, 1, 0);
    }

    function testFuzz_collateralDoesNotKnowTheFactor(uint64 loss, uint64 amount) public {
        amount = 1 + amount % (type(uint64).max - 1);
        _lose(loss % (20 * ONE + 1));
        _endow(b, COIN, amount);
        assertEq(vault.assetOf(COIN).total, amount);
        _announceWithdrawal(b);
        _wait(10 minutes);
        _withdrawNow(b, COIN, amount, CAROL);
        assertEq(vault.assetOf(COIN).total, 0);
        assertEq(coin.balanceOf(CAROL), amount * COIN_SCALE);
    }

    // --- prices

    /// @dev A positive price does not depend on the factor, since the account may hold collateral.
    function testFuzz_aPriceAndItsFeeAreInTheQuoteToken(uint64 loss, uint64 price, uint64 fee) public {
        vm.assume(price != 0);
        fee %= price;
        _lose(loss % (20 * ONE + 1));
        (uint256 cash, uint256 factor, uint256 before) = (_cash(), house.cashFactor(), usd.balanceOf(CAROL));
        _fundWith(STRANGER, CASH, price);
        _seize(a);
        _takeOver(a, STRANGER, int256(uint256(price)), fee);
        assertEq(usd.balanceOf(STRANGER), 0);
        assertEq(usd.balanceOf(CAROL) - before, price - fee);
        assertEq(fund.balanceOf(address(house)), fee);
        assertEq(_cash(), cash);
        assertEq(house.cashFactor(), factor);
        assertEq(usd.balanceOf(address(house)), 0);
        assertEq(usd.allowance(address(house), address(fund)), 0);
    }

    function test_theWholePriceMayBeTheFee() public {
        _fundWith(CAROL, CASH, 100);
        _seize(a);
        _takeOver(a, CAROL, 100, 100);
        assertEq(fund.balanceOf(address(house)), 100);
    }

    function test_aWinnerPays() public {
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert();
        house.takeOver(a, CAROL, 100, 10, keys);
        assertEq(house.accountOf(a).owner, alice);
    }

    function test_aFeeThatCannotReachTheFundStopsTheTakeover() public {
        _fundWith(CAROL, CASH, 100);
        usd.freeze(address(house), true);
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.FeeRefused.selector, 10));
        house.takeOver(a, CAROL, 100, 10, keys);
        // Without a fee the fund is not involved.
        _takeOver(a, CAROL, 100, 0);
    }

    // --- helpers

    /// @dev An account defaults, and the holders of cash pay the given number of credits.
    function _lose(uint256 credits) private {
        _seize(a);
        _takeOver(a, CAROL, -int256(credits), 0);
    }

    function _refuseLoss(uint256 credits, uint256 loss, uint256 bound) private {
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.LossExceedsBound.selector, loss, bound));
        house.takeOver(a, CAROL, -int256(credits), 0, keys);
        _giveBack(a, NOW);
    }
}
