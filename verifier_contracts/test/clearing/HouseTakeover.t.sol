// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Seizures, returns and takeovers, with the money to the last micro.
contract HouseTakeoverTest is HouseFixture {
    uint256 private a;
    uint256 private b;

    function setUp() public {
        _deploy();
        (a, b) = _tradedPair();
        _endow(b, CASH, 1000 * ONE);
    }

    /// @custom:property R1
    function test_onlyTheEngine() public {
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.NotEngine.selector, address(this));
        vm.expectRevert(reason);
        house.seize(a);
        vm.expectRevert(reason);
        house.count(a);
        vm.expectRevert(reason);
        house.giveBack(a, NOW);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.expectRevert(reason);
        house.takeOver(a, CAROL, 0, 0, keys);
    }

    function test_seizes() public {
        _announceWithdrawal(a);
        vm.expectEmit(address(house));
        emit IHouseTypes.Seized(a);
        _seize(a);
        assertTrue(house.accountOf(a).state == IHouseTypes.State.Seized);
        assertEq(_flags(a), TRADED | BONDED | EXPOSED);
        assertEq(house.standing().seized, 1);
        assertEq(house.timesOf(a).noticeAt, 0);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Seized));
        house.seize(a);
    }

    /// @dev Its owner can do nothing but deposit and take back what waits and is not counted.
    /// @custom:property S4
    function test_aSeizedAccountIsClosed() public {
        _seize(a);
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Seized);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.announceWithdrawal(a);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.requestKey(a, [uint256(1), 2], 3);
        IHouse.NewKeys memory keys = _newKeys(a, alice);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.renewKeys(a, keys);
        vm.prank(alice);
        vm.expectRevert(reason);
        house.postBond(a);
        _deposit(a, CASH, ONE);
        _announceRefund(a, CASH, ONE);
        _wait(10 minutes);
        _refund(a, CASH, ONE, alice);
    }

    function test_givesBack() public {
        _wait(1 hours);
        _seize(a);
        vm.expectEmit(address(house));
        emit IHouseTypes.Returned(a);
        _giveBack(a, block.timestamp);
        IHouse.Account memory found = house.accountOf(a);
        assertTrue(found.state == IHouseTypes.State.Open);
        assertEq(found.owner, alice);
        assertEq(found.lastHealthyAt, NOW + 1 hours);
        assertEq(found.lastHealthyLive, feed.liveTime());
        assertEq(house.standing().seized, 0);
        assertEq(house.timesOf(a).bond, BOND);
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.KeysExposed.selector, a));
        _settle(_batch(_one(a), false));
        _seize(a);
        _giveBack(a, NOW);
        assertEq(house.accountOf(a).lastHealthyAt, NOW + 1 hours);
    }

    // --- takeovers

    function test_theWinnerIsTheOwner() public {
        _seize(a);
        _wait(1 hours);
        _fundWith(CAROL, CASH, 100 * ONE);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.expectEmit(address(house));
        emit IHouseTypes.TakenOver(a, alice, CAROL, 100 * int256(uint256(ONE)), ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.KeysRenewed(a, keys.step.commitment, keys.key, keys.viewKey);
        vm.expectEmit(address(house));
        emit IHouseTypes.Called(a, block.timestamp);
        vm.expectEmit(address(house));
        emit IHouseTypes.BondPaid(a, CAROL, BOND);
        vm.prank(address(engine));
        house.takeOver(a, CAROL, 100 * int256(uint256(ONE)), ONE, keys);
        IHouse.Account memory found = house.accountOf(a);
        assertEq(found.owner, CAROL);
        assertEq(found.commitment, keys.step.commitment);
        assertTrue(found.state == IHouseTypes.State.Open);
        assertEq(found.flags, TRADED);
        assertEq(found.lastHealthyAt, NOW);
        assertEq(house.standing().seized, 0);
        // 100 come in, 1 goes to the fund and 99 to Alice; the bond goes to Carol.
        assertEq(usd.balanceOf(CAROL), BOND);
        assertEq(usd.balanceOf(alice), 99 * ONE);
        assertEq(fund.balanceOf(address(house)), ONE);
        assertEq(_cash(), 1000 * ONE + BOND);
        assertEq(house.waitingTotal(CASH), BOND);
        assertEq(house.timesOf(a).bond, 0);
    }

    function test_theWinnerMustProveHealth() public {
        _seize(a);
        _takeOver(a, CAROL, 0, 0);
        assertTrue(house.isCalled(a));
        // The latest snapshot is the last proof's, so a newer one answers.
        assertEq(house.timesOf(a).calledSince, NOW + 1);
        assertEq(house.timesOf(a).grace, GRACE);
        _wait(GRACE + 1);
        assertEq(house.lateFor(a), 1);
        _attest(a);
        assertFalse(house.isCalled(a));
    }

    function test_theWinnerLeavesABondOfItsOwn() public {
        _seize(a);
        _takeOver(a, CAROL, 0, 0);
        vm.warp(NOW + 1);
        _publish();
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.NoBond.selector, a, BOND));
        _postBond(a);
        _trade(a, b);
    }

    function test_attack_anOpenAccountIsNotTakenOver() public {
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Open));
        house.takeOver(a, CAROL, 0, 0, keys);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, a, IHouseTypes.State.Open));
        house.giveBack(a, NOW);
    }

    function test_attack_keysOfAnotherBidderAreOfNoUse() public {
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert();
        house.takeOver(a, BOB, 0, 0, keys);
    }

    function testFuzz_theFeeIsPartOfThePrice(int64 price, uint64 fee) public {
        if (price < 0) price = price / 1e6;
        if (fee <= uint64(price < 0 ? int64(0) : price)) fee = uint64(price < 0 ? int64(0) : price) + 1;
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.FeeExceedsPrice.selector, fee, price));
        house.takeOver(a, CAROL, price, fee, keys);
    }

    /// @dev A token that refuses the former owner does not stop the takeover.
    function test_aFormerOwnerThatCannotBePaidHasAClaim() public {
        _seize(a);
        _fundWith(CAROL, CASH, 100 * ONE);
        usd.freeze(alice, true);
        _takeOver(a, CAROL, 100 * int256(uint256(ONE)), 0);
        assertEq(vault.claimOf(CASH, alice), 100 * ONE);
    }

    /// @dev Waiting funds that were not counted stay the former owner's, of every asset.
    /// @custom:property W4
    function test_attack_theWinnerTakesNoWaitingFunds() public {
        _deposit(a, CASH, 10 * ONE);
        _count(a);
        _deposit(a, CASH, 3 * ONE);
        _deposit(a, COIN, 5 * ONE);
        _seize(a);
        _takeOver(a, CAROL, 0, 0);
        _waits(a, CASH, 10 * ONE, 10 * ONE, 0);
        _waits(a, COIN, 0, 0, 0);
        assertEq(house.waitingFor(alice, a, CASH).amount, 3 * ONE);
        assertEq(house.waitingFor(alice, a, CASH).counted, 0);
        assertEq(house.waitingTotal(CASH), 13 * ONE + BOND);
        vm.prank(alice);
        house.announceRefund(a, CASH, 3 * ONE);
        vm.prank(alice);
        house.announceRefund(a, COIN, 5 * ONE);
        _wait(10 minutes);
        vm.prank(alice);
        house.refund(a, CASH, 3 * ONE, alice);
        vm.prank(alice);
        house.refund(a, COIN, 5 * ONE, alice);
        assertEq(usd.balanceOf(alice), 3 * ONE);
        assertEq(coin.balanceOf(alice), 5 * ONE * COIN_SCALE);
    }

    function test_aFormerOwnerBuysItsAccount() public {
        _deposit(a, CASH, 10 * ONE);
        _count(a);
        _deposit(a, CASH, 3 * ONE);
        _seize(a);
        _takeOver(a, alice, 0, 0);
        _waits(a, CASH, 13 * ONE, 10 * ONE, 0);
        assertEq(house.waitingTotal(CASH), 13 * ONE + BOND);
    }

    // --- losses

    /// @dev The tranche pays first, then the fund, then holders of cash. All of it waits, counted.
    /// @custom:property F1
    function test_theWaterfall() public {
        _insure(5 * ONE, 7 * ONE);
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.expectEmit(address(house));
        emit IHouseTypes.LossSocialised(a, 10 * ONE, 0.99e18);
        vm.expectEmit(address(house));
        emit IHouseTypes.Counted(a, 22 * ONE);
        vm.prank(address(engine));
        house.takeOver(a, CAROL, -22 * int256(uint256(ONE)), 0, keys);
        assertEq(tranche.balance(), 0);
        assertEq(fund.balanceOf(address(house)), 0);
        assertEq(house.cashFactor(), 0.99e18);
        _waits(a, CASH, 22 * ONE, 22 * ONE, 0);
        assertEq(house.waitingTotal(CASH), 22 * ONE + BOND);
        assertEq(_cash(), 1012 * ONE + BOND);
        assertEq(usd.balanceOf(address(house)), 0);
        // 990 back 1000 credits, and 980 remain within the window.
        assertEq(house.socialisable(), 10 * ONE);
    }

    /// @custom:property F1
    function testFuzz_whatTheTrancheLacksTheFundPays(uint64 first, uint64 second, uint64 loss) public {
        (first, second) = (first % (50 * ONE), second % (50 * ONE));
        loss = loss % (first + second + 1);
        _insure(first, second);
        _seize(a);
        _takeOver(a, CAROL, -int256(uint256(loss)), 0);
        uint256 ofFirst = loss < first ? loss : first;
        assertEq(tranche.balance(), first - ofFirst);
        assertEq(fund.balanceOf(address(house)), second - (loss - ofFirst));
        assertEq(house.cashFactor(), WAD);
        _waits(a, CASH, loss, loss, 0);
    }

    /// @dev Counted cash cannot leave before it is credited, so a winner does not walk away with its pay.
    function test_attack_theWinnersPayCannotLeave() public {
        _insure(5 * ONE, 0);
        _seize(a);
        _takeOver(a, CAROL, -5 * int256(uint256(ONE)), 0);
        vm.prank(CAROL);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, a, CASH, 1, 0));
        house.announceRefund(a, CASH, 1);
        _credit(a, CASH, 5 * ONE);
        _waits(a, CASH, 0, 0, 0);
    }

    function test_aLossIsBounded() public {
        _seize(a);
        assertEq(house.socialisable(), 20 * ONE);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        vm.prank(address(engine));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.LossExceedsBound.selector, 20 * ONE + 1, 20 * ONE));
        house.takeOver(a, CAROL, -20 * int256(uint256(ONE)) - 1, 0, keys);
        _takeOver(a, CAROL, -20 * int256(uint256(ONE)), 0);
        assertEq(house.cashFactor(), 0.98e18);
        assertEq(house.socialisable(), 0);
        // Another window begins a day later.
        _wait(1 days);
        assertEq(house.socialisable(), 19_600_000);
    }

    /// @dev Neither waiting funds nor bonds bear losses.
    /// @custom:property F2
    function test_attack_waitingFundsBearNoLoss() public {
        _deposit(b, CASH, 9000 * ONE);
        assertEq(house.socialisable(), 20 * ONE);
        _seize(a);
        _takeOver(a, CAROL, -20 * int256(uint256(ONE)), 0);
        _announceRefund(b, CASH, 9000 * ONE);
        _wait(10 minutes);
        _refund(b, CASH, 9000 * ONE, BOB);
        assertEq(usd.balanceOf(BOB), 9000 * ONE);
        assertEq(_cash(), 1000 * ONE + 2 * BOND - BOND);
    }

    /// @dev A negative price is in credits, so after a loss it is worth less.
    function test_aNegativePriceIsInCredits() public {
        _seize(a);
        _takeOver(a, CAROL, -20 * int256(uint256(ONE)), 0);
        _insure(100 * ONE, 0);
        _seize(b);
        _takeOver(b, CAROL, -10 * int256(uint256(ONE)), 0);
        _waits(b, CASH, 9_800_000, 9_800_000, 0);
        assertEq(tranche.balance(), 90_200_000);
    }

    /// @dev After a loss a withdrawal pays the factor, rounded down, and a price stays in tokens.
    /// @custom:property M4
    function test_cashIsWorthTheFactor() public {
        _seize(a);
        _takeOver(a, CAROL, -20 * int256(uint256(ONE)), 0);
        _announceWithdrawal(b);
        _wait(10 minutes);
        _withdrawNow(b, CASH, 1, CAROL);
        assertEq(usd.balanceOf(CAROL), BOND);
        _announceWithdrawal(b);
        _wait(10 minutes);
        _withdrawNow(b, CASH, 100 * ONE + 1, CAROL);
        assertEq(usd.balanceOf(CAROL), BOND + 98_000_000);
    }
}
