// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FirstLoss} from "../../src/clearing/FirstLoss.sol";
import {IFirstLoss} from "../../src/clearing/IFirstLoss.sol";
import {IWindDown} from "../../src/clearing/IWindDown.sol";
import {ExactTransfer} from "../../src/libraries/ExactTransfer.sol";
import {FeeToken} from "../tokens/FeeToken.sol";
import {TestToken} from "../tokens/TestToken.sol";
import {WindDownFixture} from "./fixtures/WindDownFixture.sol";

contract FirstLossTest is WindDownFixture {
    uint256 private constant NOTICE = 16 days;

    function setUp() public {
        _deploy();
        _fillTranche(100e6);
    }

    function test_depositAndPayment() public {
        _pay(usd, ALICE, address(tranche), 50e6);
        vm.expectEmit(address(tranche));
        emit IFirstLoss.Deposited(ALICE, 50e6);
        vm.prank(ALICE);
        tranche.deposit(50e6);
        assertEq(tranche.balance(), 150e6);
        vm.expectEmit(address(tranche));
        emit IFirstLoss.Paid(BOB, 150e6);
        house.payFromTranche(BOB, 150e6);
        assertEq(usd.balanceOf(BOB), 150e6);
        assertEq(tranche.balance(), 0);
    }

    /// @custom:property M7
    function test_onlyTheHousePaysAndNoMoreThanTheBalance() public {
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotHouse.selector, VENUE));
        vm.prank(VENUE);
        tranche.pay(VENUE, 1);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.BalanceExceeded.selector, 100e6 + 1, 100e6));
        house.payFromTranche(BOB, 100e6 + 1);
    }

    function test_theVenueWithdrawsAfterTheNotice() public {
        _announce(60e6);
        feed.advance(NOTICE - 1);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NoticeRunning.selector, NOW + NOTICE));
        _withdraw();
        feed.advance(1);
        vm.expectEmit(address(tranche));
        emit IFirstLoss.Withdrawn(VENUE, 60e6);
        _withdraw();
        assertEq(usd.balanceOf(VENUE), 60e6);
        assertEq(tranche.balance(), 40e6);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NoNotice.selector));
        _withdraw();
    }

    /// @dev The notice is live time: block time alone does not end it.
    /// @custom:property F5
    function test_theNoticeStandsStillWithTheLiveClock() public {
        _announce(60e6);
        vm.warp(NOW + 365 days);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NoticeRunning.selector, NOW + NOTICE));
        _withdraw();
    }

    function test_onlyTheVenueAnnouncesAndWithdraws() public {
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotVenue.selector, STRANGER));
        vm.prank(STRANGER);
        tranche.announceWithdrawal(1);
        _announce(60e6);
        feed.advance(NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotVenue.selector, STRANGER));
        vm.prank(STRANGER);
        tranche.withdraw(STRANGER);
    }

    /// @dev (r) The tranche does not leave in a crash.
    /// @custom:property F5
    function test_Attack_theTrancheLeavesWhileDefaultsStand() public {
        _announce(60e6);
        feed.advance(NOTICE);
        house.setStanding(1, 0, uint40(NOW));
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.DefaultsStand.selector, 1, 0, false));
        _withdraw();
        house.setStanding(0, 2, uint40(NOW));
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.DefaultsStand.selector, 0, 2, false));
        _withdraw();
        house.setStanding(0, 0, uint40(NOW));
        _withdraw();
    }

    /// @dev (r) The notice is announced before a crash, and an account is late when it ends.
    function test_Attack_theTrancheLeavesWhileAnAccountIsLate() public {
        _announce(60e6);
        feed.advance(NOTICE);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotLate.selector, 7));
        tranche.dispute(7);
        house.setLateFor(7, 1);
        vm.expectEmit(address(tranche));
        emit IFirstLoss.NoticeRestarted(7, NOW + 2 * NOTICE);
        vm.prank(STRANGER);
        tranche.dispute(7);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NoticeRunning.selector, NOW + 2 * NOTICE));
        _withdraw();
    }

    function test_withoutANoticeThereIsNothingToDispute() public {
        house.setLateFor(7, 1);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NoNotice.selector));
        tranche.dispute(7);
    }

    function test_defaultsDuringTheNoticeComeFirst() public {
        _announce(60e6);
        house.payFromTranche(BOB, 70e6);
        feed.advance(NOTICE);
        _withdraw();
        assertEq(usd.balanceOf(VENUE), 30e6);
    }

    /// @dev After the end, claims take their part first.
    function test_afterTheEndTheTrancheLeavesOnceClaimsAreFixed() public {
        _announce(100e6);
        feed.advance(NOTICE);
        _back(CASH, 10e6);
        _end();
        _claim(1, ALICE, 40e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.DefaultsStand.selector, 0, 0, true));
        _withdraw();
        vm.warp(NOW + 3 days + 15 days);
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.DefaultsStand.selector, 0, 0, true));
        _withdraw();
        windDown.finalise();
        _withdraw();
        assertEq(usd.balanceOf(VENUE), 70e6);
    }

    function test_receivers() public {
        _announce(1);
        feed.advance(NOTICE);
        address[3] memory refused = [address(0), address(tranche), address(house)];
        for (uint256 i = 0; i < 3; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IFirstLoss.InvalidReceiver.selector, refused[i]));
            vm.prank(VENUE);
            tranche.withdraw(refused[i]);
        }
    }

    /// @custom:property R3
    function test_theHouseIsSetOnceByTheDeployer() public {
        FirstLoss other = new FirstLoss(address(usd));
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotDeployer.selector, STRANGER));
        vm.prank(STRANGER);
        other.setHouse(address(house));
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.NotAContract.selector, STRANGER));
        other.setHouse(STRANGER);
        other.setHouse(address(house));
        vm.expectRevert(abi.encodeWithSelector(IFirstLoss.AlreadySet.selector, address(house)));
        other.setHouse(address(house));
    }

    function test_tokens() public {
        TestToken odd = new TestToken(5);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, address(odd), 5));
        new FirstLoss(address(odd));
        FeeToken fee = new FeeToken(6);
        FirstLoss other = new FirstLoss(address(fee));
        _pay(fee, ALICE, address(other), 2e6);
        fee.setFee(100, false);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, 0, 0.99e6, 1e6));
        vm.prank(ALICE);
        other.deposit(1e6);
        fee.setFee(0, false);
        vm.prank(ALICE);
        other.deposit(1e6);
    }

    function _announce(uint128 amount) private {
        vm.prank(VENUE);
        tranche.announceWithdrawal(amount);
    }

    function _withdraw() private {
        vm.prank(VENUE);
        tranche.withdraw(VENUE);
    }
}
