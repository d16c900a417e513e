// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {DutchAuction} from "../../src/libraries/DutchAuction.sol";
import {Test} from "../Vm.sol";

contract DutchAuctionTest is Test {
    using DutchAuction for DutchAuction.Terms;

    uint256 private constant NONE = 0;
    uint256 private constant PLENTY = type(uint128).max;

    // --- the example of docs/liquidation.md, computed by hand

    function test_theExampleByHand() public pure {
        DutchAuction.Terms memory terms = DutchAuction.Terms(600e6, 1000e6, 500, 10_000, 900);
        (uint256 fund, uint256 cash) = (300e6, 1_000_000e6);
        _expect(terms.priceUp(0, fund, cash), 570e6);
        _expect(terms.priceUp(450, fund, cash), 285e6);
        _expect(terms.priceUp(900, fund, cash), 0);
        _expect(terms.priceUp(1350, fund, cash), -150e6);
        _expect(terms.priceUp(1800, fund, cash), -300e6);
        _expect(terms.priceUp(2250, fund, cash), -350e6);
        _expect(terms.priceUp(2700, fund, cash), -400e6);
        _expect(terms.priceUp(3600, fund, cash), -400e6);
    }

    function test_anAccountThatIsHealthyButSilent() public pure {
        // Equity 5000 and requirement 1000: the price never falls below 4000, and nobody else pays.
        DutchAuction.Terms memory terms = DutchAuction.Terms(5000e6, 1000e6, 500, 10_000, 900);
        _expect(terms.priceUp(0, PLENTY, PLENTY), 4750e6);
        _expect(terms.priceUp(450, PLENTY, PLENTY), 4375e6);
        _expect(terms.priceUp(900, PLENTY, PLENTY), 4000e6);
        _expect(terms.priceUp(3600, PLENTY, PLENTY), 4000e6);
    }

    function test_anAccountThatOwesMoreThanItHas() public pure {
        DutchAuction.Terms memory terms = DutchAuction.Terms(-200e6, 1000e6, 500, 10_000, 900);
        _expect(terms.priceUp(0, 900e6, 100e6), 0);
        _expect(terms.priceUp(899, 900e6, 100e6), 0);
        _expect(terms.priceUp(1800, 900e6, 100e6), -900e6);
        // 1200 are needed, but only 1000 are available.
        _expect(terms.priceUp(2700, 900e6, 100e6), -1000e6);
    }

    function test_roundsAgainstTheWinner() public pure {
        DutchAuction.Terms memory terms = DutchAuction.Terms(9, 9, 1000, 9999, 7);
        // A discount of 0.9 rounds to 0, a gain of 8.9991 to 8, and 8/7 per second to 1 after the first second.
        _expect(terms.openingPriceUp(), 9);
        assertEq(terms.largestGainDown(), 8);
        _expect(terms.priceUp(1, NONE, NONE), 8);
        terms = DutchAuction.Terms(-1, 9, 1000, 9999, 7);
        // The second stage ends at -9; after its first second, -9/7 rounds to -1.
        _expect(terms.priceUp(8, PLENTY, NONE), -1);
        _expect(terms.priceUp(14, PLENTY, NONE), -9);
    }

    // --- for all terms

    /// @custom:property A2
    function testFuzz_neverRises(
        DutchAuction.Terms memory terms,
        uint32 elapsed,
        uint32 more,
        uint128 fund,
        uint128 cash
    ) public pure {
        _bound(terms);
        uint256 time = elapsed % (5 * uint256(terms.fallTime));
        int256 price = terms.priceUp(time, fund, cash);
        assertLeInt(terms.priceUp(time + more, fund, cash), price);
        assertLeInt(terms.priceUp(time + 1, fund, cash), price);
    }

    function testFuzz_neverRisesWithWhatThereIs(
        DutchAuction.Terms memory terms,
        uint32 elapsed,
        uint128[2] memory fund,
        uint128[2] memory cash
    ) public pure {
        _bound(terms);
        uint256 time = elapsed % (5 * uint256(terms.fallTime));
        int256 price = terms.priceUp(time, fund[0], cash[0]);
        int256 richer = terms.priceUp(time, uint256(fund[0]) + fund[1], uint256(cash[0]) + cash[1]);
        assertLeInt(richer, price);
    }

    function testFuzz_staysBetweenFloorAndEquity(
        DutchAuction.Terms memory terms,
        uint32 elapsed,
        uint128 fund,
        uint128 cash
    ) public pure {
        _bound(terms);
        int256 price = terms.priceUp(elapsed, fund, cash);
        int256 equity = terms.equity;
        assertLeInt(price, equity > 0 ? equity : int256(0));
        // The winner's gain and the part that others pay are bounded.
        assertLeInt(equity - price, int256(terms.largestGainDown()));
        assertGeInt(price, -int256(uint256(fund) + cash));
    }

    function testFuzz_theFundPaysFirstAndCashOnlyAfterIt(
        DutchAuction.Terms memory terms,
        uint32 elapsed,
        uint128 fund,
        uint128 cash
    ) public pure {
        _bound(terms);
        uint256 time = elapsed % (5 * uint256(terms.fallTime));
        int256 price = terms.priceUp(time, fund, cash);
        if (time <= terms.fallTime) assertGeInt(price, 0);
        if (time <= 2 * uint256(terms.fallTime)) assertGeInt(price, -int256(uint256(fund)));
        if (price < -int256(uint256(fund))) assertGt(time, 2 * uint256(terms.fallTime));
    }

    function testFuzz_isContinuousAndReachesItsEnd(DutchAuction.Terms memory terms, uint128 fund, uint128 cash)
        public
        pure
    {
        _bound(terms);
        int256 last = terms.priceUp(3 * uint256(terms.fallTime), fund, cash);
        _expect(terms.priceUp(4 * uint256(terms.fallTime), fund, cash), last);
        int256 floor = int256(terms.equity) - int256(terms.largestGainDown());
        int256 most = -int256(uint256(fund) + cash);
        int256 wanted = floor >= 0 ? floor : (floor > most ? floor : most);
        _expect(last, wanted);
        _expect(terms.priceUp(0, fund, cash), terms.openingPriceUp());
    }

    function testFuzz_isOverAfterFourStages(DutchAuction.Terms memory terms, uint64 elapsed) public pure {
        _bound(terms);
        assertEq(terms.isOver(elapsed), elapsed > 4 * uint256(terms.fallTime));
        assertFalse(terms.isOver(4 * uint256(terms.fallTime)));
        assertTrue(terms.isOver(4 * uint256(terms.fallTime) + 1));
    }

    /// @dev Compares with linear interpolation between the prices at the ends of the stage.
    function testFuzz_isTheLineBetweenTheStages(
        DutchAuction.Terms memory terms,
        uint32 elapsed,
        uint128 fund,
        uint128 cash
    ) public pure {
        _bound(terms);
        uint256 time = elapsed % (3 * uint256(terms.fallTime));
        uint256 stage = time / terms.fallTime;
        int256 from = terms.priceUp(stage * terms.fallTime, fund, cash);
        int256 to = terms.priceUp((stage + 1) * terms.fallTime, fund, cash);
        int256 price = terms.priceUp(time, fund, cash);
        int256 duration = int256(uint256(terms.fallTime));
        int256 exact = from * duration - (from - to) * int256(time % terms.fallTime);
        // The price is rounded up, by less than one micro-quote.
        assertGeInt(price * duration, exact);
        assertLeInt(price * duration - exact, duration - 1);
    }

    function testFuzz_theLargestNumbersDoNotOverflow(uint32 elapsed, uint256 fund, uint256 cash) public pure {
        uint32 most = type(uint32).max;
        DutchAuction.Terms[2] memory largest = [
            DutchAuction.Terms(type(int128).max, type(uint128).max, 10_000, most, most),
            DutchAuction.Terms(type(int128).min, type(uint128).max, 10_000, most, most)
        ];
        for (uint256 i = 0; i < 2; ++i) {
            largest[i].priceUp(elapsed, fund, cash);
            largest[i].priceUp(uint256(elapsed) * 3, fund, cash);
        }
    }

    // --- helpers

    /// @dev Maps the parameters into their valid range, and leaves the amounts as they are.
    function _bound(DutchAuction.Terms memory terms) private pure {
        terms.discountBps %= 10_001;
        terms.gainBps %= 20_001;
        terms.fallTime = 1 + terms.fallTime % 1 days;
    }

    function _expect(int256 found, int256 wanted) private pure {
        assertEqInt(found, wanted);
    }
}
