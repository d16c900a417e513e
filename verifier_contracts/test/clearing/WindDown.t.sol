// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../../src/interfaces/IBatchVerifier.sol";
import {IWindDown} from "../../src/clearing/IWindDown.sol";
import {WindDownFixture} from "./fixtures/WindDownFixture.sol";

contract WindDownTest is WindDownFixture {
    uint256 private constant BOUND = 3 days;
    bytes32 private constant LATER = bytes32(uint256(0xC));

    function setUp() public {
        _deploy();
    }

    // --- causes

    /// @custom:property D1
    function test_anybodyEndsTheMarketWhenTheVenueIsGone() public {
        vm.warp(NOW + BOUND - 1);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotYet.selector, NOW + BOUND));
        windDown.end(IWindDown.Cause.VenueGone, 0);
        vm.warp(NOW + BOUND);
        vm.expectEmit(address(windDown));
        emit IWindDown.Ended(IWindDown.Cause.VenueGone, 0, NOW, NOW + BOUND);
        vm.prank(STRANGER);
        windDown.end(IWindDown.Cause.VenueGone, 0);
        assertTrue(house.standing().ended);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.WrongStage.selector, IWindDown.Stage.Ending));
        windDown.end(IWindDown.Cause.VenueGone, 0);
    }

    /// @dev Longer than new signers need, or a guardian that removes signers could end the market alone.
    function test_Attack_theGuardianEndsTheMarketByRemovingSigners() public {
        uint256 bound = 7 days + 2 days;
        house.setStanding(0, 0, uint40(NOW + 30 days));
        vm.warp(NOW + 1 days);
        feed.publish(LATER);
        vm.warp(NOW + 1 days + bound - 1);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotYet.selector, NOW + 1 days + bound));
        windDown.end(IWindDown.Cause.OracleGone, 0);
        vm.warp(NOW + 1 days + bound);
        windDown.end(IWindDown.Cause.OracleGone, 0);
        assertEq(windDown.valuedFrom(), NOW + 1 days + bound);
    }

    /// @custom:property D1
    function test_aDefaultCannotBeSold() public {
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NoCause.selector, IWindDown.Cause.Unsaleable, 5));
        windDown.end(IWindDown.Cause.Unsaleable, 5);
        auctions.set(5, NOW + 100, NOW);
        feed.advance(BOUND);
        vm.warp(NOW + 100 + BOUND - 1);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotYet.selector, NOW + 100 + BOUND));
        windDown.end(IWindDown.Cause.Unsaleable, 5);
        vm.warp(NOW + 100 + BOUND);
        windDown.end(IWindDown.Cause.Unsaleable, 5);
    }

    /// @custom:property D1
    function test_aFreezeStands() public {
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NoCause.selector, IWindDown.Cause.FrozenTooLong, 5));
        windDown.end(IWindDown.Cause.FrozenTooLong, 5);
        house.setFrozenSince(5, NOW + 50, NOW);
        feed.advance(BOUND);
        vm.warp(NOW + 50 + BOUND);
        windDown.end(IWindDown.Cause.FrozenTooLong, 5);
    }

    /// @dev Nobody can buy or cure an account while a guardian keeps the feed silent.
    function test_Attack_aSilencedFeedTurnsAFreezeIntoTheEnd() public {
        house.setFrozenSince(5, NOW, NOW);
        auctions.set(6, NOW, NOW);
        feed.advance(BOUND - 1);
        vm.warp(NOW + 8 days);
        bytes memory reason = abi.encodeWithSelector(IWindDown.NotLongEnough.selector, NOW + BOUND);
        vm.expectRevert(reason);
        windDown.end(IWindDown.Cause.FrozenTooLong, 5);
        vm.expectRevert(reason);
        windDown.end(IWindDown.Cause.Unsaleable, 6);
        feed.advance(1);
        windDown.end(IWindDown.Cause.FrozenTooLong, 5);
    }

    /// @custom:property D1
    function test_noCauseIsNone() public {
        vm.warp(NOW + 365 days);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NoCause.selector, IWindDown.Cause.None, 0));
        windDown.end(IWindDown.Cause.None, 0);
    }

    // --- valuation

    /// @dev (r) Nobody chooses the moment, whenever the end is called.
    /// @custom:property D2
    function test_Attack_theValuationIsTheFirstSnapshotAfterTheBound() public {
        vm.warp(NOW + BOUND - 1);
        feed.publish(LATER);
        vm.warp(NOW + BOUND);
        feed.publish(ROOT);
        vm.warp(NOW + BOUND + 9 days);
        feed.publish(bytes32(uint256(0xD)));
        windDown.end(IWindDown.Cause.VenueGone, 0);
        bytes32[4] memory others = [LATER, BEFORE, bytes32(uint256(0xD)), bytes32(uint256(0xE))];
        for (uint256 i = 0; i < 4; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IWindDown.NotTheValuation.selector, others[i]));
            windDown.fixValuation(others[i]);
        }
        vm.expectEmit(address(windDown));
        emit IWindDown.Valued(ROOT, NOW + BOUND + 9 days + 14 days);
        windDown.fixValuation(ROOT);
        assertEq(windDown.valuation(), ROOT);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.WrongStage.selector, IWindDown.Stage.Claiming));
        windDown.fixValuation(ROOT);
    }

    /// @custom:property D2
    function test_withoutALaterSnapshotTheLastOneValuesTheMarketAfterADay() public {
        uint256 ended = NOW + 9 days;
        vm.warp(ended);
        windDown.end(IWindDown.Cause.OracleGone, 0);
        vm.warp(ended + 1 days - 1);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotYet.selector, ended + 1 days));
        windDown.fixValuation(BEFORE);
        vm.warp(ended + 1 days);
        windDown.fixValuation(BEFORE);
    }

    function test_beforeTheEndNothingIsValuedClaimedSoldOrPaid() public {
        bytes memory running = abi.encodeWithSelector(IWindDown.WrongStage.selector, IWindDown.Stage.Running);
        vm.expectRevert(running);
        windDown.fixValuation(BEFORE);
        IWindDown.Claim memory claimed = _claimOf(1, ALICE, 1, 0);
        vm.expectRevert(running);
        windDown.claim(1, ALICE, claimed);
        vm.expectRevert(running);
        windDown.buy(COIN, 1, 1, ALICE);
        vm.expectRevert(running);
        windDown.finalise();
        vm.expectRevert(running);
        windDown.pay(1);
    }

    // --- claims

    function test_marksAddToZeroSoEverybodyIsPaidInFullInAnyOrder() public {
        _back(CASH, 100e6);
        _back(COIN, 9e6);
        _end();
        _pay(usd, CAROL, address(vault), 30e6);
        _claim(1, ALICE, 110e6, 0);
        _claim(3, CAROL, -30e6, 9e6);
        _claim(2, BOB, 20e6, 0);
        assertEq(coin.balanceOf(CAROL), 9e6);
        assertEq(usd.balanceOf(CAROL), 0);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.WrongStage.selector, IWindDown.Stage.Claiming));
        windDown.pay(1);
        vm.warp(block.timestamp + 15 days);
        windDown.pay(2);
        windDown.pay(1);
        assertEq(usd.balanceOf(ALICE), 110e6);
        assertEq(usd.balanceOf(BOB), 20e6);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NothingOwed.selector, 1));
        windDown.pay(1);
    }

    function test_aDeficitIsSharedInProportion() public {
        _back(CASH, 100e6);
        _end();
        _claim(1, ALICE, 150e6, 0);
        _claim(2, BOB, 50e6, 0);
        vm.warp(block.timestamp + 15 days);
        windDown.pay(1);
        windDown.pay(2);
        assertEq(usd.balanceOf(ALICE), 75e6);
        assertEq(usd.balanceOf(BOB), 25e6);
    }

    function test_trancheThenFundCoverTheDeficit() public {
        _back(CASH, 100e6);
        _fillTranche(40e6);
        _fillFund(50e6);
        _end();
        _claim(1, ALICE, 160e6, 0);
        vm.warp(block.timestamp + 15 days);
        windDown.finalise();
        assertEq(tranche.balance(), 0);
        assertEq(fund.balanceOf(address(house)), 30e6);
        windDown.pay(1);
        assertEq(usd.balanceOf(ALICE), 160e6);
    }

    function test_waitingCashIsNotPartOfThePool() public {
        _back(CASH, 100e6);
        house.setCounted(9, 60e6);
        _end();
        _claim(1, ALICE, 50e6, 0);
        vm.warp(block.timestamp + 15 days);
        windDown.finalise();
        assertEq(windDown.pool(), 40e6);
    }

    /// @dev Cash that has been counted against a requirement pays the account's debt first.
    /// @custom:property W5
    function test_countedCashBelongsToTheFunds() public {
        _back(CASH, 100e6);
        house.setCounted(1, 40e6);
        _end();
        _claim(1, ALICE, -30e6, 0);
        assertEq(windDown.entryOf(1).value, 10e6);
        assertEq(house.waitingTotal(CASH), 0);
    }

    function test_creditsAreWorthTheFactor() public {
        _back(CASH, 100e6);
        house.setCashFactor(0.9e18);
        _end();
        _pay(usd, BOB, address(vault), 9e6 + 1);
        _claim(1, ALICE, 100e6 + 1, 0);
        _claim(2, BOB, -int256(10e6 + 1), 0);
        assertEq(windDown.entryOf(1).value, 90e6);
        assertEq(usd.balanceOf(BOB), 0);
    }

    /// @custom:property D5
    function test_onlyTheOwnerClaimsAndOnce() public {
        _back(CASH, 100e6);
        _end();
        house.setAccount(1, ALICE, 1001, 0);
        IWindDown.Claim memory claimed = _claimOf(1, BOB, 40e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotOwner.selector, 1, BOB));
        vm.prank(BOB);
        windDown.claim(1, BOB, claimed);
        _claim(1, ALICE, 40e6, 0);
        claimed = _claimOf(1, ALICE, 40e6, 0);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.AlreadyClaimed.selector, 1));
        vm.prank(ALICE);
        windDown.claim(1, ALICE, claimed);
    }

    function test_Attack_aClaimOfOtherFundsAmountsReceiverOrCircuit() public {
        _back(CASH, 100e6);
        _end();
        house.setAccount(1, ALICE, 1001, 0);
        IWindDown.Claim memory good = _claimOf(1, ALICE, 40e6, 5);
        IWindDown.Claim memory bad = _copy(good);
        bad.funds += 1;
        _expectRefused(bad, ALICE);
        bad = _copy(good);
        bad.amounts[0] = 6;
        _expectRefused(bad, ALICE);
        bad = _copy(good);
        bad.amounts[7] = 1;
        _expectRefused(bad, ALICE);
        _expectRefused(good, BOB);
        bad = _copy(good);
        bad.circuit = keccak256("health_1x12");
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotACircuitOfClaims.selector, bad.circuit));
        vm.prank(ALICE);
        windDown.claim(1, ALICE, bad);
    }

    function test_anAccountWithoutAStateHasNoClaim() public {
        _end();
        house.setAccount(1, ALICE, 0, 0);
        IWindDown.Claim memory claimed = _claimOf(1, ALICE, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NothingOwed.selector, 1));
        vm.prank(ALICE);
        windDown.claim(1, ALICE, claimed);
    }

    function test_receivers() public {
        _end();
        address[3] memory refused = [address(0), address(house), address(vault)];
        for (uint256 i = 0; i < 3; ++i) {
            IWindDown.Claim memory claimed = _claimOf(1, refused[i], 1, 0);
            vm.expectRevert(abi.encodeWithSelector(IWindDown.InvalidReceiver.selector, refused[i]));
            windDown.claim(1, refused[i], claimed);
        }
    }

    // --- the sale of coins, and late claims

    function test_coinsOfAnUnpaidDebtAreSoldForThePool() public {
        _back(CASH, 100e6);
        _back(COIN, 10e6);
        _end();
        _claim(1, ALICE, 130e6, 0);
        vm.warp(windDown.claimsUntil());
        assertEq(windDown.priceOf(), 2 ** 40 * 1e18);
        vm.warp(windDown.claimsUntil() + 37 * 15 minutes);
        assertEq(windDown.priceOf(), 8e18);
        _pay(usd, BOB, address(vault), 40e6);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.PriceAboveLimit.selector, 8e6, 8e6 - 1));
        vm.prank(BOB);
        windDown.buy(COIN, 1e6, 8e6 - 1, BOB);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.MoreThanMissing.selector, 32e6, 30e6));
        vm.prank(BOB);
        windDown.buy(COIN, 4e6, 40e6, BOB);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.NotACoin.selector, CASH));
        vm.prank(BOB);
        windDown.buy(CASH, 1, 40e6, BOB);
        vm.expectEmit(address(windDown));
        emit IWindDown.CoinsSold(COIN, BOB, 3.75e6, 30e6);
        vm.prank(BOB);
        windDown.buy(COIN, 3.75e6, 40e6, BOB);
        assertEq(coin.balanceOf(BOB), 3.75e6);
        vm.warp(windDown.claimsUntil() + 1 days);
        windDown.pay(1);
        assertEq(usd.balanceOf(ALICE), 130e6);
    }

    /// @custom:property D6
    function test_nothingIsSoldWhileNothingIsMissing() public {
        _back(CASH, 100e6);
        _back(COIN, 10e6);
        _end();
        _claim(1, ALICE, 100e6, 0);
        vm.warp(windDown.claimsUntil() + 37 * 15 minutes);
        _pay(usd, BOB, address(vault), 40e6);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.MoreThanMissing.selector, 8e6, 0));
        vm.prank(BOB);
        windDown.buy(COIN, 1e6, type(uint256).max, BOB);
    }

    /// @custom:property D4
    function test_aLateClaimGetsTheOthersShareOfWhatRemains() public {
        _back(CASH, 90e6);
        _back(COIN, 10e6);
        _end();
        _claim(1, ALICE, 60e6, 0);
        vm.warp(windDown.claimsUntil() + 1 days);
        _claim(2, BOB, 50e6, 4e6);
        assertEq(usd.balanceOf(BOB), 30e6);
        assertEq(coin.balanceOf(BOB), 4e6);
        windDown.pay(1);
        assertEq(usd.balanceOf(ALICE), 60e6);
    }

    /// @dev Between the window and the end of the sale there are no claims: the pool's needs are known to buyers.
    function test_noClaimsDuringTheSale() public {
        _end();
        house.setAccount(1, ALICE, 1001, 0);
        vm.warp(windDown.claimsUntil());
        IWindDown.Claim memory claimed = _claimOf(1, ALICE, 1, 0);
        vm.expectRevert(abi.encodeWithSelector(IWindDown.WrongStage.selector, IWindDown.Stage.Selling));
        vm.prank(ALICE);
        windDown.claim(1, ALICE, claimed);
    }

    /// @dev Whatever the claims and their order: nobody gets more than the claim, and the pool never runs dry.
    /// @custom:property D3
    function testFuzz_everybodyIsPaidByRule(uint256 seed) public {
        uint256 count = 2 + _dice(seed, 99) % 6;
        uint128 backing = uint128(_dice(seed, 100) % 200e6);
        _back(CASH, backing);
        _fillTranche(uint128(1 + _dice(seed, 101) % 30e6));
        _fillFund(uint128(1 + _dice(seed, 102) % 30e6));
        _end();
        uint256[] memory values = new uint256[](count);
        uint256 sum = 0;
        for (uint256 i = 0; i < count; ++i) {
            values[i] = _dice(seed, i) % 80e6;
            _claim(i + 1, address(uint160(0x1000 + i)), int256(values[i]), 0);
            sum += values[i];
        }
        vm.warp(windDown.claimsUntil() + 1 days);
        windDown.finalise();
        uint256 pool = windDown.pool();
        for (uint256 k = 0; k < count; ++k) {
            uint256 i = (k * 5 + _dice(seed, 103)) % count;
            if (count % 5 == 0) i = k;
            uint256 due = sum <= pool ? values[i] : values[i] * pool / sum;
            if (due == 0) continue;
            windDown.pay(i + 1);
            assertEq(usd.balanceOf(address(uint160(0x1000 + i))), due);
        }
    }

    function _copy(IWindDown.Claim memory from) private pure returns (IWindDown.Claim memory) {
        return abi.decode(abi.encode(from), (IWindDown.Claim));
    }

    function _expectRefused(IWindDown.Claim memory claimed, address to) private {
        vm.expectRevert();
        vm.prank(ALICE);
        windDown.claim(1, to, claimed);
    }
}
