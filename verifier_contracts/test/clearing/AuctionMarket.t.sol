// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IAuctions} from "../../src/clearing/IAuctions.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {AuctionMarketFixture} from "./fixtures/AuctionMarketFixture.sol";

/// @dev Defaults from the margin call to the payments, with the contracts of a market.
contract AuctionMarketTest is AuctionMarketFixture {
    int256 private constant ANY = type(int256).max;

    uint256 private a;
    uint256 private b;

    function setUp() public {
        _deployMarket();
        (a, b) = _tradedPair();
        _endow(b, CASH, 1000 * ONE);
        _wait(60);
    }

    // --- sales

    function test_aDefaultIsSoldAndItsOwnerPaid() public {
        _start(a, 600e12, 1000e6);
        vm.snapshotGasLastCall("Auctions", "start, mock circuits");
        _fundWith(CAROL, CASH, 570e6);
        _bid(a, CAROL, 570e6);
        vm.snapshotGasLastCall("Auctions", "bid at a positive price, mock circuits");
        vm.snapshotValue("Auctions", "bytes of code", address(auctions).code.length);
        assertEq(usd.balanceOf(alice), 558.6e6);
        assertEq(fund.balanceOf(address(house)), 11.4e6);
        assertEq(usd.balanceOf(CAROL), BOND);
        IHouse.Account memory known = house.accountOf(a);
        assertEq(known.owner, CAROL);
        assertTrue(known.state == IHouseTypes.State.Open);
        assertEq(auctions.auctionOf(a).startedAt, 0);
    }

    function test_aShortfallIsPaidByTrancheFundAndThenByAllCash() public {
        _insure(100 * ONE, 200 * ONE);
        _endow(b, CASH, 1000 * ONE);
        _start(a, -200e12, 140e6);
        _wait(3 * STAGE);
        _bid(a, CAROL, -340e6);
        vm.snapshotGasLastCall("Auctions", "bid at a negative price, mock circuits");
        assertEq(tranche.balance(), 0);
        assertEq(fund.balanceOf(address(house)), 0);
        // 40 of 2000 are 2 %, the bound of the day.
        assertEq(house.cashFactor(), 0.98e18);
        _waits(a, CASH, 340e6, 340e6, 0);
    }

    /// @dev A loss in one auction lowers the bound that another one counts on, until the next day.
    function test_thePricePromisesNoMoreThanIsLeftOfTheDay() public {
        _start(a, -200e12, 400e6);
        _start(b, -200e12, 400e6);
        _wait(3 * STAGE);
        assertEqInt(auctions.priceOf(b), -20e6);
        _bid(a, CAROL, -20e6);
        assertEq(house.cashFactor(), 0.98e18);
        assertEqInt(auctions.priceOf(b), 0);
        _bid(b, CAROL, 0);
        _wait(1 days);
        _start(b, -200e12, 400e6);
        _wait(3 * STAGE);
        // 2 % of 980, in credits of 0.98.
        assertEqInt(auctions.priceOf(b), -20e6);
        _bid(b, CAROL, -20e6);
        assertEq(house.cashFactor(), 0.9604e18);
    }

    /// @dev Little cash is left, so a small loss is a large part of it: by a fiftieth a day, not by a fifth at once.
    function test_attack_aDustDefaultLowersTheFactorByAFiftiethADay() public {
        _announceWithdrawal(b);
        _wait(10 minutes);
        _withdrawNow(b, CASH, 990 * ONE, BOB);
        _start(a, 0.5e12, 4e6);
        _wait(3 * STAGE);
        _bid(a, CAROL, 0);
        assertGe(house.cashFactor(), 0.98e18);
        assertLt(house.cashFactor(), 0.98e18 + 1e12);
    }

    /// @dev The first bidder takes the reserves. The limit protects the second one.
    function test_anotherDefaultTakesFromTheReserves() public {
        _insure(0, 300 * ONE);
        _start(a, -200e12, 400e6);
        _start(b, -200e12, 400e6);
        _wait(2 * STAGE);
        _bid(a, CAROL, -300e6);
        IHouse.NewKeys memory keys = _newKeys(b, STRANGER);
        vm.prank(STRANGER);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.PriceAboveLimit.selector, 0, -300e6));
        auctions.bid(b, -300e6, keys);
    }

    /// @custom:property F6
    function test_contagion_aDefaultTakesNothingFromAnotherMarket() public {
        usd.mint(address(this), 900e6);
        usd.approve(address(fund), 900e6);
        fund.deposit(address(closer), 900e6);
        _start(a, -5000e12, 1000e6);
        _wait(4 * STAGE);
        assertEqInt(auctions.priceOf(a), -20e6);
        _bid(a, CAROL, ANY);
        assertEq(fund.balanceOf(address(closer)), 900e6);
    }

    /// @dev With any balances, earlier losses and times, the house can settle the price.
    /// @custom:property A5
    function testFuzz_thePriceCanBeSettled(uint64[3] memory funds, uint64 loss, int256 equity, uint256 wait) public {
        _insure(funds[0] % 2 ** 60, funds[1] % 2 ** 60);
        _endow(b, CASH, 1 + funds[2] % 2 ** 60);
        _settle(a, -int256(uint256(loss) * 1e6), 3 * STAGE);
        _settle(b, equity % 2 ** 90, wait % (4 * STAGE + 1));
        assertEq(house.accountOf(b).owner, CAROL);
        assertGe(house.cashFactor(), 0.8e18);
    }

    function test_aTokenThatRefusesTheFormerOwnerDoesNotStopASale() public {
        _start(a, 600e12, 1000e6);
        usd.freeze(alice, true);
        _fundWith(CAROL, CASH, 570e6);
        _bid(a, CAROL, 570e6);
        assertEq(vault.claimOf(CASH, alice), 558.6e6);
    }

    function test_namesItsHouse() public view {
        assertEq(auctions.house(), address(house));
        assertEq(house.engine(), address(auctions));
    }

    // --- attacks on a liquidation

    function test_attack_24_thereMustBeAnOpenAccount() public {
        IAuctions.Disclosure memory given = _disclosure(99, -1, 1000e6);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, 99, IHouseTypes.State.None));
        auctions.start(99, given);
        uint256 registered = house.register();
        given = _disclosure(registered, -1, 1000e6);
        vm.expectRevert(
            abi.encodeWithSelector(IHouseTypes.WrongState.selector, registered, IHouseTypes.State.Registered)
        );
        auctions.start(registered, given);
    }

    function test_attack_24_aBidWithKeysOfAnotherBidderChangesNothing() public {
        _start(a, 600e12, 1000e6);
        _fundWith(CAROL, CASH, 570e6);
        IHouse.NewKeys memory keys = _newKeys(a, STRANGER);
        vm.prank(CAROL);
        vm.expectRevert();
        auctions.bid(a, ANY, keys);
        _bid(a, CAROL, ANY);
        assertEq(house.accountOf(a).owner, CAROL);
    }

    /// @custom:property H3
    function testFuzz_attack_24_anAccountThatNeverTradedIsNotSeized(uint64 equity) public {
        uint256 account = _open(alice);
        _refuse(account, int256(uint256(equity)), 0);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotTraded.selector, account));
        house.call(_one(account));
    }

    /// @dev A deposit changes no state, so it voids no disclosure.
    function test_attack_24_dustInFrontOfAStartVoidsNothing() public {
        IAuctions.Disclosure memory given = _disclosure(a, 600e12, 1000e6);
        _deposit(a, CASH, 1);
        _announceRefund(a, CASH, 1);
        _announceWithdrawal(a);
        auctions.start(a, given);
        assertTrue(house.accountOf(a).state == IHouseTypes.State.Seized);
    }

    /// @dev Otherwise a full or lowered cap of cash would keep a default in place.
    function test_attack_24_aFullCapOfCashStopsNoTakeover() public {
        _start(a, 600e12, 1000e6);
        vault.setCap(CASH, 0);
        _fundWith(CAROL, CASH, 570e6);
        _bid(a, CAROL, 570e6);
        assertEq(usd.balanceOf(alice), 558.6e6);
    }

    function test_attack_24_aSilentAccountIsCalledAndThenSold() public {
        _wait(HEARTBEAT + 60);
        _refuse(a, 5000e12, 1000e6);
        house.call(_one(a));
        _wait(GRACE);
        _refuse(a, 5000e12, 1000e6);
        _wait(1);
        _start(a, 5000e12, 1000e6);
        _fundWith(CAROL, CASH, 4750e6);
        _bid(a, CAROL, 4750e6);
        assertEq(usd.balanceOf(alice), 4655e6);
    }

    /// @dev A margin call of an hour, of which 20 minutes were paused.
    /// @custom:property C3
    function test_attack_24_theClockOfACallStandsStillDuringAPause() public {
        _wait(HEARTBEAT + 60);
        house.call(_one(a));
        _wait(30 minutes);
        _pause(4, 20 minutes);
        _wait(50 minutes);
        _refuse(a, 5000e12, 1000e6);
        _wait(1);
        _start(a, 5000e12, 1000e6);
    }

    /// @custom:property H4
    function test_attack_24_anAccountThatAnswersTheCallIsNotSold() public {
        _wait(HEARTBEAT + 60);
        house.call(_one(a));
        _wait(GRACE);
        _attest(a);
        _wait(1);
        _refuse(a, 5000e12, 1000e6);
    }

    function test_attack_25_nothingIsWithdrawnDuringAnAuction() public {
        _announceWithdrawal(b);
        _wait(10 minutes);
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(b, CASH, 1, BOB);
        bytes32 root = _latest();
        _start(b, 600e12, 1000e6);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, b, IHouseTypes.State.Seized));
        house.withdraw(b, CASH, 1, BOB, root, step, health);
    }

    // --- accounts that nobody buys

    function test_attack_28_aRecoveredAccountWithoutABidLeavesWithEverything() public {
        _start(b, 600e12, 1000e6);
        _wait(4 * STAGE + 1);
        auctions.giveBackDisclosed(b, _disclosure(b, 1250e12, 1000e6));
        _announceWithdrawal(b);
        _wait(10 minutes);
        _withdrawNow(b, CASH, 1000 * ONE, BOB);
        assertEq(usd.balanceOf(BOB), 1000 * ONE);
    }

    /// @dev The account was seized for silence. The disclosure for its return shows it healthy, which answers the call.
    function test_anAccountGivenBackIsNoLongerCalled() public {
        _wait(HEARTBEAT + 60);
        house.call(_one(a));
        _wait(GRACE + 1);
        _start(a, 5000e12, 1000e6);
        _wait(4 * STAGE + 1);
        assertTrue(house.isCalled(a));
        auctions.giveBackDisclosed(a, _disclosure(a, 5000e12, 1000e6));
        assertFalse(house.isCalled(a));
        assertFalse(house.isOverdue(a));
        assertEq(house.accountOf(a).lastHealthyAt, block.timestamp);
        _wait(1);
        _refuse(a, 5000e12, 1000e6);
    }

    // --- helpers

    function _settle(uint256 account, int256 equity, uint256 wait) private {
        uint256 requirement = 1e18;
        // An account must be in default, however much it holds.
        if (equity >= int256(requirement * 1e6)) equity = 0;
        _start(account, equity, requirement);
        _wait(wait);
        _fundWith(CAROL, CASH, 1e30);
        _bid(account, CAROL, ANY);
        _wait(60);
    }

    function _refuse(uint256 account, int256 equity, uint256 requirement) private {
        IAuctions.Disclosure memory given = _disclosure(account, equity, requirement);
        vm.expectRevert(abi.encodeWithSelector(IAuctions.NotLiquidatable.selector, account));
        auctions.start(account, given);
    }
}
