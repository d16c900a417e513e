// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {ILiquidationEngine} from "../src/interfaces/ILiquidationEngine.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {MarketFixture} from "./fixtures/MarketFixture.sol";

/// @dev Engine, clearing house, vault and fund together. Only the circuits and the feed are mocks.
contract LiquidationMarketTest is MarketFixture {
    uint64 private constant DEPOSIT = 1000e6;
    uint256 private constant RICH = 1e30;

    uint256 private account;

    function setUp() public {
        _deployMarket();
        account = _open(alice, CASH, DEPOSIT);
        _fundWith(BOB, CASH, RICH);
        _later(60);
    }

    function test_aDefaultIsSoldAndItsOwnerPaid() public {
        _start(600e12, 1000e6);
        vm.snapshotGasLastCall("LiquidationMarket", "start, mock circuits");
        _bid(BOB, 570e6, 800e6);
        vm.snapshotGasLastCall("LiquidationMarket", "bid at a positive price, mock circuits");
        assertEq(usd.balanceOf(alice), 558.6e6);
        assertEq(fund.balanceOf(address(house)), 11.4e6);
        assertEq(usd.balanceOf(BOB), RICH - 570e6 - 800e6);
        assertEq(vault.assetOf(CASH).total, DEPOSIT + 800e6);
        IClearingHouse.Account memory known = house.accountOf(account);
        assertEq(known.owner, BOB);
        assertEq(uint256(known.state), uint256(IClearingHouse.State.Open));
        assertEq(known.lastHealthyAt, block.timestamp);
    }

    function test_aShortfallIsPaidByTheFundAndThenByAllCash() public {
        _insure(300e6);
        _open(BOB, CASH, DEPOSIT);
        _start(-200e12, 140e6);
        _later(3 * STAGE);
        uint256 before = usd.balanceOf(BOB);
        _bid(BOB, -340e6, 0);
        vm.snapshotGasLastCall("LiquidationMarket", "bid at a negative price, mock circuits");
        assertEq(usd.balanceOf(BOB), before + 340e6);
        assertEq(fund.balanceOf(address(house)), 0);
        // 40 of 2000 are 2 %, the bound of the day.
        assertEq(house.cashFactor(), 0.98e18);
        assertEq(vault.assetOf(CASH).total, 1960e6);
    }

    /// @dev A loss in one auction lowers the bound that another one counts on, until the next day.
    function test_thePricePromisesNoMoreThanIsLeftOfTheDay() public {
        uint256 other = _open(BOB, CASH, DEPOSIT);
        _later(60);
        _start(-200e12, 400e6);
        (uint256 first, IDisclosureVerifier.Proof memory proof) = (account, _disclosure(other, -200e12, 400e6));
        liquidation.start(other, _deadline(), proof);
        _later(3 * STAGE);
        assertEqInt(liquidation.priceOf(other), -40e6);
        _bid(first, BOB, -40e6, 0);
        assertEq(house.cashFactor(), 0.98e18);
        assertEqInt(liquidation.priceOf(other), 0);
        _bid(other, BOB, 0, 0);
        _later(1 days);
        liquidation.start(other, _deadline(), _disclosure(other, -200e12, 400e6));
        _later(3 * STAGE);
        // 2 % of 1960, in credits of 0.98.
        assertEqInt(liquidation.priceOf(other), -40e6);
        _bid(other, BOB, -40e6, 0);
        assertEq(house.cashFactor(), 0.9604e18);
    }

    /// @dev Borrowers withdraw nearly all cash, and a dust account defaults. Little cash is left, so a small loss is a
    /// large part of it, and lowers the debts too: by a fiftieth a day, not by a fifth at once.
    function test_aDustDefaultLowersTheFactorByAFiftiethADay() public {
        uint256 big = _open(alice, COIN, 10_000e6);
        _trade(big, ALICE_KEY);
        _withdraw(big, CASH, 990e6, alice);
        assertEq(vault.assetOf(CASH).total, 10e6);
        uint256 dust = _open(BOB, CASH, 3e6);
        _later(60);
        liquidation.start(dust, _deadline(), _disclosure(dust, 0.5e12, 4e6));
        _later(3 * STAGE);
        _bid(dust, BOB, 0, 0);
        assertGe(house.cashFactor(), 0.98e18);
        assertLt(house.cashFactor(), 0.98e18 + 1e12);
    }

    /// @dev A positive price is in the quote token, not in credits.
    function test_afterALossTheWinnerPaysThePriceInTheQuoteToken() public {
        uint256 other = _open(BOB, CASH, DEPOSIT);
        uint256 coins = _open(alice, COIN, 100e6);
        _later(60);
        _settle(other, -800e12, 3 * STAGE);
        assertEq(house.cashFactor(), 0.98e18);
        _later(60);
        account = coins;
        _start(100e12, 101e6);
        uint256 before = usd.balanceOf(BOB);
        _bid(BOB, 95e6, 0);
        assertEq(before - usd.balanceOf(BOB), 95e6);
        assertEq(usd.balanceOf(alice), 93.1e6);
        assertEq(fund.balanceOf(address(house)), 1.9e6);
    }

    /// @dev So a takeover need not track the cash of accounts that have never traded: their requirement is 0 and their
    /// equity is not negative, whatever they hold.
    function testFuzz_anAccountThatNeverTradedIsNotSeized(uint64 equity) public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        _refuse(_disclosure(int256(uint256(equity)), 0), type(uint256).max);
        house.marginCall(account);
        _later(GRACE + 1);
        IDisclosureVerifier.Proof memory proof = _disclosure(int256(uint256(equity)), 0);
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NothingAtStake.selector, account));
        liquidation.start(account, _deadline(), proof);
    }

    /// @dev With any balances, earlier losses and times, the clearing house can settle the price.
    function testFuzz_thePriceCanBeSettled(uint64 insured, uint64 cash, int256 equity, uint256 wait) public {
        if (insured != 0) _insure(insured);
        uint256 other = _open(BOB, CASH, 1 + cash % (type(uint64).max - 1));
        _later(60);
        _settle(other, -int256(uint256(cash) * 1e6), 3 * STAGE);
        _later(60);
        _settle(account, equity % 2 ** 90, wait % (4 * STAGE + 1));
        assertEq(house.accountOf(account).owner, BOB);
        assertGe(house.cashFactor(), 0.8e18);
    }

    function test_attack_24_aSilentAccountIsCalledAndThenSold() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        IDisclosureVerifier.Proof memory proof = _disclosure(5000e12, 1000e6);
        _refuse(proof, type(uint256).max);
        house.marginCall(account);
        uint256 deadline = block.timestamp + GRACE;
        vm.warp(deadline - 1);
        _later(1);
        proof = _disclosure(5000e12, 1000e6);
        _refuse(proof, deadline);
        _later(1);
        _start(5000e12, 1000e6);
        _bid(BOB, 4750e6, 0);
        assertEq(usd.balanceOf(alice), 4655e6);
    }

    /// @dev A margin call of an hour, of which 20 minutes were paused.
    function test_attack_24_theClockOfACallStandsStillDuringAPause() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        house.marginCall(account);
        uint256 calledAt = block.timestamp;
        _later(30 minutes);
        _pause(PauseGroups.LIQUIDATE, 20 minutes);
        vm.warp(calledAt + 80 minutes - 1);
        _later(1);
        _refuse(_disclosure(5000e12, 1000e6), calledAt + 80 minutes);
        _later(1);
        _start(5000e12, 1000e6);
    }

    /// @dev Each deposit invalidates a pending disclosure. After one deposit there is time for another disclosure.
    function test_attack_24_dustInFrontOfStartHelpsOncePerInterval() public {
        IDisclosureVerifier.Proof memory proof = _disclosure(600e12, 1000e6);
        bytes32 before = house.accountOf(account).commitment;
        _deposit(account, CASH, 1);
        bytes32 after_ = house.accountOf(account).commitment;
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, before, after_));
        liquidation.start(account, _deadline(), proof);

        uint256 from = block.timestamp + 5 minutes;
        for (uint256 wait = 1; wait < 5 minutes; wait += 149) {
            vm.warp(from - 5 minutes + wait);
            IClearingHouse.Next memory next = _nextDeposit(account, CASH, 1, _seed(account));
            vm.expectRevert(abi.encodeWithSelector(IClearingHouse.DepositTooSoon.selector, account, from));
            vm.prank(alice);
            house.deposit(account, CASH, 1, next);
        }
        _start(600e12, 1000e6);
    }

    /// @dev Otherwise a full or lowered cap of cash would keep a default in place.
    function test_attack_24_aFullCapOfCashStopsNoTakeover() public {
        _start(600e12, 1000e6);
        vault.setCap(CASH, DEPOSIT / 2);
        uint256 other = _open(BOB, COIN, 0);
        IClearingHouse.Next memory next = _nextDeposit(other, CASH, 1, 7);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, CASH, 1, 0));
        vm.prank(BOB);
        house.deposit(other, CASH, 1, next);
        _bid(BOB, 570e6, 800e6);
        assertEq(usd.balanceOf(alice), 558.6e6);
        assertEq(vault.assetOf(CASH).total, DEPOSIT + 800e6);
    }

    function test_attack_24_anAccountThatAnswersTheCallIsNotSold() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        house.marginCall(account);
        vm.warp(block.timestamp + GRACE);
        _attest(account);
        _later(1);
        _refuse(_disclosure(5000e12, 1000e6), type(uint256).max);
    }

    function test_attack_25_nothingIsWithdrawnDuringAnAuction() public {
        IClearingHouse.Next memory next = _nextWithdrawal(account, CASH, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        _start(600e12, 1000e6);
        vm.expectRevert(
            abi.encodeWithSelector(IClearingHouse.WrongState.selector, account, IClearingHouse.State.Seized)
        );
        vm.prank(alice);
        house.withdraw(account, CASH, 1, alice, next, health);
    }

    function test_attack_28_aRecoveredAccountWithoutABidLeavesWithEverything() public {
        _start(600e12, 1000e6);
        _later(4 * STAGE + 1);
        liquidation.giveBack(account, _deadline(), _disclosure(1000e12, 1000e6));
        _withdraw(account, CASH, DEPOSIT, alice);
        assertEq(usd.balanceOf(alice), DEPOSIT);
    }

    /// @dev The account was seized for silence. The disclosure for its return shows it healthy, which answers the call.
    function test_anAccountGivenBackIsNoLongerCalled() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        house.marginCall(account);
        _later(GRACE + 1);
        _start(5000e12, 1000e6);
        _later(4 * STAGE + 1);
        assertTrue(house.isCalled(account));
        liquidation.giveBack(account, _deadline(), _disclosure(5000e12, 1000e6));
        assertFalse(house.isCalled(account));
        assertFalse(house.isOverdue(account));
        assertEq(house.accountOf(account).lastHealthyAt, block.timestamp);
        _later(1);
        _refuse(_disclosure(5000e12, 1000e6), type(uint256).max);
    }

    /// @dev The account was seized for silence although healthy. Then the oracle falls silent forever.
    function test_attack_28_anAccountSeizedForSilenceLeavesWhenTheOracleIsSilent() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        house.marginCall(account);
        _later(GRACE + 1);
        _start(5000e12, 1000e6);
        vm.warp(block.timestamp + house.silence() + 1);
        liquidation.giveBack(account, _deadline(), _disclosure(5000e12, 1000e6));
        IClearingHouse.Next memory next = _nextWithdrawal(account, CASH, DEPOSIT, alice, 98);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, 40_000);
        vm.prank(alice);
        house.withdraw(account, CASH, DEPOSIT, alice, next, health);
        assertEq(usd.balanceOf(alice), DEPOSIT);
    }

    function test_aTokenThatRefusesTheFormerOwnerDoesNotStopASale() public {
        _start(600e12, 1000e6);
        usd.freeze(alice, true);
        _bid(BOB, 570e6, 0);
        assertEq(vault.claimOf(CASH, alice), 558.6e6);
    }

    // --- helpers

    function _settle(uint256 which, int256 equity, uint256 wait) private {
        (uint256 kept, uint256 requirement) = (account, 1e18);
        account = which;
        // An account must be in default, however much it holds.
        if (equity >= int256(requirement * 1e6)) equity = 0;
        _start(equity, requirement);
        _later(wait);
        _bid(BOB, type(int256).max, 0);
        account = kept;
    }

    function _start(int256 equity, uint256 requirement) private {
        liquidation.start(account, _deadline(), _disclosure(equity, requirement));
    }

    function _bid(address bidder, int256 limit, uint64 amount) private {
        _bid(account, bidder, limit, amount);
    }

    function _disclosure(int256 equity, uint256 requirement) private returns (IDisclosureVerifier.Proof memory) {
        return _disclosure(account, equity, requirement);
    }

    function _refuse(IDisclosureVerifier.Proof memory proof, uint256 deadline) private {
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, deadline));
        liquidation.start(account, _deadline(), proof);
    }
}
