// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {CashFactor} from "../src/libraries/CashFactor.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";

/// @dev Seizures, takeovers, their payment, and the worth of cash afterwards.
contract ClearingHouseTakeoverTest is ClearingHouseFixture {
    using CashFactor for uint256;

    uint256 private constant LEAST = 0.8e18;

    uint256 private account;

    function setUp() public {
        _deploy();
        account = _open(alice, COIN, ONE);
    }

    // --- seizing

    function testFuzz_onlyTheEngineSeizesGivesBackAndSettles(address caller) public {
        vm.assume(caller != engine);
        bytes memory expected = abi.encodeWithSelector(IClearingHouse.NotEngine.selector, caller);
        vm.prank(caller);
        _expect(expected);
        house.seize(account);
        vm.prank(caller);
        _expect(expected);
        house.giveBack(account, NOW);
        IClearingHouse.Takeover memory takeover = _terms(0, 0, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, BOB, next.commitment, INITIAL);
        vm.prank(caller);
        _expect(expected);
        house.takeOver(takeover, next, health);
    }

    function test_aSeizedAccountChangesByNothingElse() public {
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.warp(NOW + 1);
        _publish(0x5010);
        vm.expectEmit(address(house));
        emit IClearingHouse.Seized(account);
        _seize(account);
        bytes memory expected = _wrongState(IClearingHouse.State.Seized);
        vm.prank(VENUE);
        _expect(expected);
        house.trade(account, next, health, signature);
        vm.prank(alice);
        _expect(expected);
        house.deposit(account, COIN, 1, next);
        vm.prank(alice);
        _expect(expected);
        house.depositWithPermit(account, COIN, 1, next, IClearingHouse.Permit(0, 27, 0, 0));
        health = _attestation(account);
        _expect(expected);
        house.attest(account, health);
        vm.prank(engine);
        _expect(expected);
        house.seize(account);
    }

    function test_anAccountThatNobodyWantsGoesBackToItsOwner() public {
        _seize(account);
        vm.expectEmit(address(house));
        emit IClearingHouse.Returned(account);
        vm.prank(engine);
        house.giveBack(account, NOW);
        vm.prank(engine);
        _expect(_wrongState(IClearingHouse.State.Open));
        house.giveBack(account, NOW);
        _withdraw(account, COIN, ONE, alice);
        assertEq(coin.balanceOf(alice), ONE * COIN_SCALE);
    }

    /// @dev The disclosure that the engine accepted counts as an attestation, and never lowers `lastHealthyAt`.
    function testFuzz_givingBackCountsAsAProofOfHealth(uint256 provenAt) public {
        provenAt = NOW - 1000 + provenAt % 2000;
        vm.warp(NOW + 1000);
        _seize(account);
        vm.prank(engine);
        if (provenAt > NOW) {
            vm.expectEmit(address(house));
            emit IClearingHouse.Attested(account, provenAt);
        }
        house.giveBack(account, provenAt);
        assertEq(house.accountOf(account).lastHealthyAt, provenAt > NOW ? provenAt : NOW);
    }

    function test_attack_24_anOpenAccountIsNotTakenOver() public {
        IClearingHouse.Takeover memory takeover = _terms(0, 0, COIN, 0);
        _refuse(takeover, _wrongState(IClearingHouse.State.Open));
    }

    function test_attack_24_ofTwoBiddersTheFirstWins() public {
        _seize(account);
        _takeOver(_terms(0, 0, COIN, 0));
        IClearingHouse.Takeover memory second = _terms(0, 0, COIN, 0);
        second.winner = STRANGER;
        _refuse(second, _wrongState(IClearingHouse.State.Open));
        assertEq(house.accountOf(account).owner, BOB);
    }

    // --- taking over

    function testFuzz_theWinnerIsTheOwner(address winner, bool cash, uint64 amount) public {
        vm.assume(winner != address(0) && winner != alice && winner != address(vault));
        uint256 asset = cash ? CASH : COIN;
        if (!cash) amount %= type(uint64).max - ONE;
        _fundWith(winner, asset, amount);
        _seize(account);
        vm.warp(NOW + 60);
        _publish(0x5010);
        IClearingHouse.Takeover memory takeover = IClearingHouse.Takeover(account, winner, 0, 0, asset, amount);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, winner, next.commitment, INITIAL);
        vm.expectEmit(address(house));
        emit IClearingHouse.Changed(account, 2, next.commitment, next.escrow);
        vm.expectEmit(address(house));
        emit IClearingHouse.Attested(account, NOW + 60);
        vm.expectEmit(address(house));
        emit IClearingHouse.TakenOver(account, alice, winner, 0, 0);
        vm.prank(engine);
        house.takeOver(takeover, next, health);

        IClearingHouse.Account memory known = house.accountOf(account);
        assertEq(known.owner, winner);
        assertEq(known.nonce, 2);
        assertEq(uint256(known.state), uint256(IClearingHouse.State.Open));
        assertEq(vault.assetOf(asset).total, uint256(amount) + (cash ? 0 : ONE));
        // Funds added in a takeover do not count as a deposit.
        vm.warp(NOW + 61);
        _deposit(account, CASH, 1);
    }

    /// @dev Otherwise a holder could bypass the cap by buying back its own silent account. The cap does not apply to
    /// cash: test_attack_24_aFullCapOfCashStopsNoTakeover.
    function testFuzz_aTakeoverIsNoWayPastTheCapOfACollateral(uint64 cap, uint64 amount) public {
        amount = 1 + amount % (type(uint64).max - ONE - 1);
        vault.setCap(COIN, cap);
        uint256 room = cap > ONE ? cap - ONE : 0;
        _fundWith(BOB, COIN, amount);
        _seize(account);
        if (amount > room) {
            bytes memory expected = abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, COIN, amount, room);
            _refuse(_terms(0, 0, COIN, amount), expected);
            return;
        }
        _takeOver(_terms(0, 0, COIN, amount));
        assertEq(vault.assetOf(COIN).total, uint256(ONE) + amount);
    }

    function testFuzz_takingOverNeedsInitialMargin(uint32 bps) public {
        _seize(account);
        IClearingHouse.Takeover memory takeover = _terms(0, 0, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, BOB, next.commitment, bps);
        if (bps < INITIAL) _expect(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps, INITIAL));
        vm.prank(engine);
        house.takeOver(takeover, next, health);
    }

    function test_attack_20_aBidIsOfNoUseToAnotherBidder() public {
        _seize(account);
        IClearingHouse.Takeover memory takeover = _terms(0, 0, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, BOB, next.commitment, INITIAL);
        takeover.winner = STRANGER;
        vm.prank(engine);
        _expect(abi.encodeWithSelector(IClearingHouse.InvalidTransition.selector, account));
        house.takeOver(takeover, next, health);
        next = _nextTakeover(takeover, 7);
        uint256 asked = _health("takeOver", account, STRANGER, next.commitment, INITIAL).proof.signals[4];
        vm.prank(engine);
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, health.proof.signals[4], asked));
        house.takeOver(takeover, next, health);
    }

    function test_attack_21_noTakeoverByAnOlderOrStaleSnapshot() public {
        _seize(account);
        vm.warp(NOW + 1);
        _publish(0x5010);
        IClearingHouse.Takeover memory takeover = _terms(0, 0, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _healthBy(ROOT, "takeOver", account, BOB, next.commitment, INITIAL);
        vm.prank(engine);
        _expect(abi.encodeWithSelector(IClearingHouse.NotTheLatestSnapshot.selector, ROOT, 0x5010));
        house.takeOver(takeover, next, health);
        // The escape applies only to withdrawals.
        vm.warp(NOW + 30 days);
        health = _health("takeOver", account, BOB, next.commitment, 40_000);
        vm.prank(engine);
        _expect(abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, 0x5010, NOW + 1, MAX_AGE));
        house.takeOver(takeover, next, health);
    }

    // --- a price

    function testFuzz_aPriceGoesToTheFundAndTheFormerOwner(uint64 price, uint64 fee) public {
        vm.assume(price != 0);
        fee %= price;
        _fundWith(BOB, CASH, price);
        _seize(account);
        _takeOver(_terms(int256(uint256(price)), fee, COIN, 0));
        assertEq(usd.balanceOf(BOB), 0);
        assertEq(usd.balanceOf(alice), price - fee);
        assertEq(fund.balanceOf(address(house)), fee);
        assertEq(vault.assetOf(CASH).total, 0);
        assertEq(usd.balanceOf(address(house)), 0);
        assertEq(usd.allowance(address(house), address(fund)), 0);
        assertEq(house.cashFactor(), WAD);
    }

    function test_theWholePriceMayBeTheFee() public {
        _fundWith(BOB, CASH, 100);
        _seize(account);
        _takeOver(_terms(100, 100, COIN, 0));
        assertEq(fund.balanceOf(address(house)), 100);
    }

    function testFuzz_theFeeIsPartOfThePrice(int64 price, uint64 fee) public {
        uint256 whole = price > 0 ? uint256(int256(price)) : 0;
        vm.assume(fee > whole);
        _fundWith(BOB, CASH, whole);
        _seize(account);
        _refuse(
            _terms(price, fee, COIN, 0), abi.encodeWithSelector(IClearingHouse.FeeExceedsPrice.selector, fee, price)
        );
    }

    function test_aFormerOwnerThatCannotBePaidHasAClaim() public {
        _fundWith(BOB, CASH, 100);
        usd.freeze(alice, true);
        _seize(account);
        _takeOver(_terms(100, 10, COIN, 0));
        assertEq(vault.claimOf(CASH, alice), 90);
        assertEq(house.accountOf(account).owner, BOB);
    }

    function test_aFeeThatCannotReachTheFundStopsTheTakeover() public {
        _fundWith(BOB, CASH, 100);
        usd.freeze(address(house), true);
        _seize(account);
        _refuse(_terms(100, 10, COIN, 0), abi.encodeWithSelector(IClearingHouse.FeeRefused.selector, 10));
        // Without a fee the fund is not involved.
        _takeOver(_terms(100, 0, COIN, 0));
    }

    function test_aWinnerPays() public {
        _seize(account);
        IClearingHouse.Takeover memory takeover = _terms(100, 10, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, BOB, next.commitment, INITIAL);
        vm.prank(engine);
        vm.expectRevert();
        house.takeOver(takeover, next, health);
        assertEq(house.accountOf(account).owner, alice);
    }

    // --- a loss

    function testFuzz_theFundPaysALossFirst(uint64 loss, uint64 more) public {
        vm.assume(loss != 0);
        uint256 whole = uint256(loss) + more;
        _insure(uint128(whole));
        _seize(account);
        _takeOver(_terms(-int256(uint256(loss)), 0, COIN, 0));
        assertEq(usd.balanceOf(BOB), loss);
        assertEq(fund.balanceOf(address(house)), whole - loss);
        assertEq(house.cashFactor(), WAD);
    }

    /// @dev Holders of cash bear the loss beyond the fund in proportion, up to the bound.
    function testFuzz_whatTheFundLacksIsSocialised(uint64 cash, uint64 insured, uint64 loss) public {
        vm.assume(cash != 0);
        _open(BOB, CASH, cash);
        _insure(insured);
        _seize(account);
        uint256 bound = house.socialisable();
        assertEq(bound, uint256(cash) / 50);
        IClearingHouse.Takeover memory takeover = _terms(-int256(uint256(loss)), 0, COIN, 0);
        if (loss <= insured) {
            _takeOver(takeover);
            assertEq(house.cashFactor(), WAD);
            return;
        }
        uint256 rest = loss - insured;
        if (rest > bound) {
            _refuse(takeover, abi.encodeWithSelector(IClearingHouse.LossExceedsBound.selector, rest, bound));
            return;
        }
        uint256 factor = WAD * (cash - rest) / cash;
        _takeOver(takeover);
        assertEq(house.cashFactor(), factor);
        assertGe(factor, LEAST);
        assertEq(usd.balanceOf(BOB), loss);
        assertEq(vault.assetOf(CASH).total, cash - rest);
        assertEq(fund.balanceOf(address(house)), 0);
    }

    function test_aSocialisedLossIsAnnounced() public {
        _open(BOB, CASH, 100 * ONE);
        _insure(ONE);
        _seize(account);
        IClearingHouse.Takeover memory takeover = _terms(-int256(uint256(2 * ONE)), 0, COIN, 0);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 7);
        IClearingHouse.Health memory health = _health("takeOver", account, BOB, next.commitment, INITIAL);
        vm.expectEmit(address(house));
        emit IClearingHouse.LossSocialised(account, ONE, 0.99e18);
        vm.prank(engine);
        house.takeOver(takeover, next, health);
        assertEq(house.cashFactor(), 0.99e18);
        assertEq(house.socialisable(), ONE);
    }

    function test_theBoundIsForTheLifeOfTheMarket() public {
        _open(BOB, CASH, 100 * ONE);
        uint256 losses = _loseOnDays(12);
        assertEq(losses, 20 * ONE);
        assertGe(house.cashFactor(), LEAST);
        assertLt(house.cashFactor(), LEAST + 1e12);
        vm.warp(block.timestamp + 365 days);
        _publish(block.timestamp);
        assertEq(house.socialisable(), 0);
        _seize(account);
        // Only credits that are worth a unit or more.
        _refuse(_terms(-2, 0, COIN, 0), abi.encodeWithSelector(IClearingHouse.LossExceedsBound.selector, 1, 0));
        _takeOver(_terms(0, 0, COIN, 0));
    }

    function test_withoutCashNothingIsSocialised() public {
        _seize(account);
        assertEq(house.socialisable(), 0);
        _refuse(_terms(-1, 0, COIN, 0), abi.encodeWithSelector(IClearingHouse.LossExceedsBound.selector, 1, 0));
    }

    // --- cash after a loss

    function testFuzz_cashIsWorthTheFactor(uint64 loss, uint64 amount) public {
        vm.assume(amount != 0);
        _lowerFactor(loss);
        uint256 factor = house.cashFactor();
        uint256 total = vault.assetOf(CASH).total;
        uint256 up = (uint256(amount) * factor + WAD - 1) / WAD;
        uint256 down = uint256(amount) * factor / WAD;
        usd.mint(alice, up);
        uint256 before = usd.balanceOf(alice);

        // Exactly the value is approved.
        vm.prank(alice);
        usd.approve(address(vault), up);
        uint256 other = _open(alice, COIN, 0);
        IClearingHouse.Next memory next = _nextDeposit(other, CASH, amount, 8);
        vm.expectEmit(address(house));
        emit IClearingHouse.Changed(other, 2, next.commitment, next.escrow);
        vm.expectEmit(address(house));
        emit IClearingHouse.Deposited(other, CASH, amount, up);
        vm.prank(alice);
        house.deposit(other, CASH, amount, next);
        assertEq(vault.assetOf(CASH).total, total + up);
        _withdraw(other, CASH, amount, alice);
        assertEq(usd.balanceOf(alice), before - up + down);
        assertGe(vault.assetOf(CASH).total, total);
    }

    function testFuzz_collateralDoesNotKnowTheFactor(uint64 loss, uint64 amount) public {
        amount = 1 + amount % (type(uint64).max - ONE - 1);
        _lowerFactor(loss);
        uint256 total = vault.assetOf(COIN).total;
        uint256 other = _open(alice, COIN, amount);
        assertEq(vault.assetOf(COIN).total, total + amount);
        _withdraw(other, COIN, amount, alice);
        assertEq(vault.assetOf(COIN).total, total);
    }

    /// @dev A positive price does not depend on the factor, since the account may hold collateral.
    function testFuzz_aPriceAndItsFeeAreInTheQuoteToken(uint64 loss, uint64 price, uint64 fee) public {
        vm.assume(price != 0);
        fee %= price;
        _lowerFactor(loss);
        uint256 total = vault.assetOf(CASH).total;
        uint256 before = usd.balanceOf(BOB);
        _fundWith(STRANGER, CASH, price);
        _seize(account);
        IClearingHouse.Takeover memory takeover = _terms(int256(uint256(price)), fee, COIN, 0);
        takeover.winner = STRANGER;
        _takeOver(takeover);
        assertEq(usd.balanceOf(STRANGER), 0);
        assertEq(fund.balanceOf(address(house)), fee);
        // The owner is now the winner of the takeover that made the loss.
        assertEq(usd.balanceOf(BOB) - before, price - fee);
        assertEq(vault.assetOf(CASH).total, total);
    }

    /// @dev The winner adds its cash at the factor after the loss, and so bears no part of the loss.
    function test_aWinnersOwnCashHasNoPartInTheLoss() public {
        _open(vm.addr(2), CASH, 100);
        _fundWith(BOB, CASH, 1000);
        _seize(account);
        _takeOver(_terms(-2, 0, CASH, 1000));
        assertEq(house.cashFactor(), 0.98e18);
        assertEq(usd.balanceOf(BOB), 1000 + 2 - 980);
        assertEq(vault.assetOf(CASH).total, 98 + 980);
    }

    /// @dev The library alone, over all valid inputs.
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

    // --- helpers

    function _expect(bytes memory expected) private {
        vm.expectRevert(expected);
    }

    function _terms(int256 price, uint256 fee, uint256 asset, uint64 amount)
        private
        view
        returns (IClearingHouse.Takeover memory)
    {
        return IClearingHouse.Takeover(account, BOB, price, fee, asset, amount);
    }

    function _refuse(IClearingHouse.Takeover memory takeover, bytes memory expected) private {
        IClearingHouse.Next memory next = _nextTakeover(takeover, 77);
        IClearingHouse.Health memory health =
            _health("takeOver", takeover.account, takeover.winner, next.commitment, INITIAL);
        vm.prank(engine);
        vm.expectRevert(expected);
        house.takeOver(takeover, next, health);
    }

    function _wrongState(IClearingHouse.State state) private view returns (bytes memory) {
        return abi.encodeWithSelector(IClearingHouse.WrongState.selector, account, state);
    }

    /// @dev Lowers the factor by losses on 2^64 credits of another account, down to its lower bound.
    function _lowerFactor(uint64 loss) private {
        _open(vm.addr(2), CASH, type(uint64).max);
        _loseOnDays(loss % 13);
        uint256 part = loss % (_allowedCredits() + 1);
        _seize(account);
        _takeOver(_terms(-int256(part), 0, COIN, 0));
    }

    /// @dev The credits that are worth the socialisable loss, up to less than a unit.
    function _allowedCredits() private view returns (uint256) {
        uint256 factor = house.cashFactor();
        return (house.socialisable() * WAD + factor - 1) / factor;
    }

    /// @dev Takes the largest loss of a day, then waits for the next day.
    function _loseOnDays(uint256 days_) private returns (uint256 losses) {
        for (uint256 i = 0; i < days_; ++i) {
            uint256 before = vault.assetOf(CASH).total;
            _seize(account);
            _takeOver(_terms(-int256(_allowedCredits()), 0, COIN, 0));
            losses += before - vault.assetOf(CASH).total;
            vm.warp(block.timestamp + 1 days);
            _publish(block.timestamp);
        }
    }
}
