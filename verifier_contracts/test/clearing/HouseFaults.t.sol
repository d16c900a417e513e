// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";
import {MockBatches} from "./mocks/MockBatches.sol";

/// @dev Faults of the market before this one, by their numbers, and attacks on the design: docs/security.md. Each test
/// fails when the rule that it is about is removed.
contract HouseFaultsTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    /// @dev A holder who has never traded leaves without any proof, whatever the others have done to the cash.
    /// @custom:property W3
    function test_Fault1_aHolderWhoNeverTradedLeavesAtPar() public {
        uint256 saver = _open(alice);
        _deposit(saver, CASH, 100 * ONE);
        uint256 borrower = _open(BOB);
        _endow(borrower, CASH, 50 * ONE);
        // The mocks accept a proof that takes more cash than there is: the gains of somebody who has not paid yet.
        _announceWithdrawal(borrower);
        _wait(10 minutes);
        _expectWithdraw(
            borrower,
            CASH,
            50 * ONE + 1,
            BOB,
            abi.encodeWithSelector(IHouseTypes.NotBacked.selector, CASH, 50 * ONE + 1, 50 * ONE)
        );
        _withdrawNow(borrower, CASH, 50 * ONE, BOB);
        _announceRefund(saver, CASH, 100 * ONE);
        _wait(10 minutes);
        _refund(saver, CASH, 100 * ONE, alice);
        assertEq(usd.balanceOf(alice), 100 * ONE);
        assertEq(_cash(), 0);
    }

    /// @dev No account changes unless a proof covers the whole batch, with the states that the house has stored.
    /// @custom:property M5 S1
    function test_Fault2_theVenueChangesNoAccountAlone() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _accept(batch, 0);
        // One side of a match.
        IBatches.Touched[] memory both = batch.accounts;
        batch.accounts = new IBatches.Touched[](1);
        batch.accounts[0] = both[0];
        batch.health[0].places = _one(0);
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
        // Another last state.
        batch = _batch(_two(a, b), true);
        _accept(batch, 0);
        batch.accounts[1].last += 1;
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
        // The opened account of nobody else.
        batch = _batch(_two(a, b), true);
        _accept(batch, 0);
        _settle(_batch(_one(a), false));
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
    }

    /// @dev Accounts that never traded owe nothing and are not called, however many there are.
    /// @custom:property H3
    function test_Fault3_emptyAccountsCannotBeCalled() public {
        uint256 account = _open(alice);
        _endow(account, CASH, ONE);
        _wait(HEARTBEAT + 1);
        assertFalse(house.isOverdue(account));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotTraded.selector, account));
        house.call(_one(account));
    }

    /// @dev Neither heartbeat nor grace runs while the oracle is silent or the chain stands still.
    /// @custom:property C2
    function test_Fault4_anOutageRunsNobodyDown() public {
        (uint256 a, uint256 b) = _tradedPair();
        _silence(3 days);
        _publish();
        assertFalse(house.isOverdue(a));
        _wait(HEARTBEAT);
        house.call(_two(a, b));
        _silence(3 days);
        assertEq(house.lateFor(a), 0);
        _publish();
        assertEq(house.lateFor(a), 0);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotFreezable.selector, a));
        house.freeze(a);
        _attest(a);
        _wait(1);
        assertEq(house.lateFor(a), 0);
        assertEq(house.lateFor(b), 1);
    }

    /// @dev Deposits that answer a call or an auction are free of caps, with a permit too. Others are not.
    function test_Fault5_aFullCapStopsNoCure() public {
        (uint256 a, uint256 b) = _tradedPair();
        _fundWith(alice, CASH, 10 * ONE);
        _fundWith(alice, COIN, 10 * ONE);
        vault.setCap(CASH, 0);
        vault.setCap(COIN, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, CASH, ONE, 0));
        house.deposit(a, CASH, ONE);
        _wait(HEARTBEAT + 1);
        house.call(_two(a, b));
        vm.prank(alice);
        house.deposit(a, CASH, ONE);
        vm.prank(alice);
        house.deposit(a, COIN, ONE);
        vm.prank(alice);
        house.depositWithPermit(a, CASH, ONE, IHouseTypes.Permit(0, 0, 0, 0));
        _attest(a);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, CASH, ONE, 0));
        house.deposit(a, CASH, ONE);
        _seize(a);
        vm.prank(alice);
        house.deposit(a, CASH, ONE);
        _waits(a, CASH, 3 * ONE, 0, 0);
    }

    /// @dev A deposit, a refund's notice or a bond between the match and its settlement changes no state.
    function test_Fault7_aDepositOfDustVoidsNothing() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _accept(batch, 0);
        _deposit(a, CASH, 1);
        _announceRefund(a, CASH, 1);
        vm.prank(alice);
        house.requestKey(a, [uint256(1), 2], 3);
        _announceWithdrawal(b);
        vm.prank(VENUE);
        house.settle(batch);
        assertEq(house.accountOf(a).commitment, batch.accounts[0].last);
    }

    /// @dev Fills that reduce only go on in pauses and after a breaker, at maintenance margin.
    function test_Fault8_reducingFillsGoOnInACrash() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + 1);
        _publish();
        feed.trip();
        _pause(1, 1 hours);
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.Paused.selector, 5));
        batch.reduceOnly = true;
        // At maintenance margin: the fixture names this level for them.
        _settle(batch);
        assertEq(house.accountOf(a).lastHealthyAt, NOW + 1);
    }

    /// @dev A venue that shields a loser stops its own market.
    function test_Fault9_aShieldedLoserFreezesTheMarket() public {
        (uint256 loser, uint256 friend) = _tradedPair();
        _endow(friend, CASH, 100 * ONE);
        _wait(HEARTBEAT + 1);
        house.call(_one(loser));
        _wait(GRACE + 1 hours + 1);
        vm.prank(STRANGER);
        house.freeze(loser);
        _attest(friend);
        _announceWithdrawal(friend);
        _wait(10 minutes);
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.Frozen.selector, 1);
        _expectWithdraw(friend, CASH, ONE, BOB, reason);
        (uint256 c, uint256 d) = (_bonded(CAROL), _bonded(CAROL));
        _expectSettle(_batch(_two(c, d), true), reason);
    }

    /// @dev Seized by the venue's friend and not sold: the freeze is possible once the auction is over.
    function test_Fault9_seizedAndWithheld() public {
        (uint256 loser, uint256 other) = _tradedPair();
        _seize(loser);
        engine.set(loser, true);
        house.freeze(loser);
        _expectSettle(_batch(_one(other), true), abi.encodeWithSelector(IHouseTypes.Frozen.selector, 1));
    }

    /// @dev Tokens for the house and the contracts that count their own deposits would be lost.
    function test_Fault12_noPaymentToAContractOfTheMarket() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 10 * ONE);
        _deposit(account, CASH, 10 * ONE);
        _announceWithdrawal(account);
        _announceRefund(account, CASH, 10 * ONE);
        _wait(10 minutes);
        address[5] memory lost = [address(0), address(house), address(vault), address(fund), address(tranche)];
        for (uint256 i = 0; i < 5; ++i) {
            bytes memory reason = abi.encodeWithSelector(IHouseTypes.InvalidReceiver.selector, lost[i]);
            _expectWithdraw(account, CASH, ONE, lost[i], reason);
            vm.prank(alice);
            vm.expectRevert(reason);
            house.refund(account, CASH, ONE, lost[i]);
        }
    }

    /// @dev A takeover needs a proof that both keys are new and sealed to the venue; the same for a returned account.
    /// @custom:property S5
    function test_Fault14_aTakeoverReplacesBothKeys() public {
        (uint256 a, uint256 b) = _tradedPair();
        _seize(a);
        IHouse.NewKeys memory keys = _newKeys(a, CAROL);
        keys.key = [uint256(0x21), 0x22];
        _expectTakeover(a, keys);
        keys = _newKeys(a, CAROL);
        keys.viewKey.sealed_ = 0x23;
        _expectTakeover(a, keys);
        _takeOver(a, CAROL, 0, 0);
        // The opening of an account that went back was published too.
        _seize(b);
        _giveBack(b, NOW);
        _expectSettle(_batch(_one(b), true), abi.encodeWithSelector(IHouseTypes.KeysExposed.selector, b));
        keys = _newKeys(b, BOB);
        vm.prank(BOB);
        house.renewKeys(b, keys);
        _settle(_batch(_one(b), true));
    }

    // --- rules of the design that attacks on paper have found

    /// @dev A key that the former owner requested would be its key for the winner's orders.
    function test_attack_aRequestFromBeforeTheSeizure() public {
        (uint256 a,) = _tradedPair();
        vm.prank(alice);
        house.requestKey(a, [uint256(1), 2], 3);
        _seize(a);
        assertEq(house.keyRequestOf(a), 0);
        _takeOver(a, CAROL, 0, 0);
        IBatches.Batch memory batch = _batch(_one(a), false);
        batch.requests = new IBatches.Request[](1);
        batch.requests[0] = IBatches.Request(a, 2, 3);
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.NoSuchRequest.selector, a, 2, 3));
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, a, alice));
        house.requestKey(a, [uint256(1), 2], 3);
    }

    /// @dev A notice from before the seizure would let the winner out of batches, or withdraw without notice.
    function test_attack_aNoticeFromBeforeTheSeizure() public {
        (uint256 a,) = _tradedPair();
        _announceWithdrawal(a);
        _wait(10 minutes);
        _seize(a);
        _giveBack(a, block.timestamp);
        _expectWithdraw(a, CASH, ONE, alice, abi.encodeWithSelector(IHouseTypes.NoNotice.selector, a));
        _settle(_batch(_one(a), false));
    }

    /// @dev Counted cash has cured an account, so it stays until the account has it.
    /// @custom:property W4
    function test_attack_aCureThatLeavesAgain() public {
        (uint256 a,) = _tradedPair();
        _deposit(a, CASH, 10 * ONE);
        _announceRefund(a, CASH, 10 * ONE);
        _wait(10 minutes);
        _count(a);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, a, CASH, 1, 0));
        house.refund(a, CASH, 1, alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, a, CASH, 1, 0));
        house.announceRefund(a, CASH, 1);
        _credit(a, CASH, 10 * ONE);
        _deposit(a, CASH, ONE);
        _announceRefund(a, CASH, ONE);
    }

    /// @dev The venue is slow: what waits counts, and only what waits.
    function test_attack_aCureWhileTheVenueIsSlow() public {
        (uint256 a,) = _tradedPair();
        _deposit(a, CASH, 10 * ONE);
        _seize(a);
        _deposit(a, CASH, 5 * ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.Counted(a, 15 * ONE);
        _count(a);
        _giveBack(a, NOW);
        _waits(a, CASH, 15 * ONE, 15 * ONE, 0);
    }

    /// @dev A wash trade far from the mark, or a huge fee, leaves an account unfunded: health of every account says so.
    /// Here: with fills, the house passes proofs of health for all of them on, and takes none for granted.
    /// @custom:property H2
    function test_attack_aWashTradeNeedsHealthOfBothSides() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.health[0].places = _one(0);
        _expectSettle(batch, abi.encodeWithSelector(MockBatches.NotCovered.selector, 2, 1));
        batch.health = new IBatches.Health[](0);
        _expectSettle(batch, abi.encodeWithSelector(MockBatches.NotCovered.selector, 2, 0));
        // At maintenance margin it is no proof for fills that raise risk.
        batch = _batch(_two(a, b), true);
        batches.acceptBatch(batch, _domain(), 10_000, _commitments(_two(a, b)), 0);
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
    }

    /// @dev A stale snapshot for a friend: the prices before a crash are over with the breaker, at once.
    function test_attack_theVenueTradesUnderThePricesBeforeACrash() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + 1 minutes);
        bytes32 crash = _publish();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        (batch.snapshotRoot, batch.reduceOnly) = (ROOT, true);
        feed.trip();
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, ROOT, crash));
        // The snapshot that tripped it is a good predecessor.
        vm.warp(NOW + 2 minutes);
        _publish();
        batch = _batch(_two(a, b), true);
        (batch.snapshotRoot, batch.reduceOnly) = (crash, true);
        _settle(batch);
    }

    /// @dev Nobody goes back to prices before its last proof.
    function test_attack_aSnapshotBeforeTheLastProof() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + 1 minutes);
        _publish();
        _attest(b);
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.snapshotRoot = ROOT;
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.OlderThanLastProof.selector, b, NOW, NOW + 1 minutes));
        // Upkeep values nothing but settled rows.
        batch = _batch(_two(a, b), false);
        batch.snapshotRoot = ROOT;
        _settle(batch);
        assertEq(house.accountOf(b).lastHealthyAt, NOW + 1 minutes);
    }

    /// @dev In time, the snapshot of the call answers, however old; after the deadline it does not.
    function test_attack_anOldSnapshotAfterTheDeadline() public {
        (uint256 a, uint256 b) = _tradedPair();
        _wait(HEARTBEAT + 1);
        bytes32 since = _latest();
        uint256 time = block.timestamp;
        house.call(_two(a, b));
        _wait(GRACE);
        _attestWith(since, b);
        _wait(1);
        _expectAttest(since, a, abi.encodeWithSelector(IHouseTypes.SnapshotTooOld.selector, a, time, MAX_AGE));
        _attest(a);
        assertFalse(house.isCalled(a));
    }

    /// @dev Defaults of dust pay the bond to the buyer, every time.
    function test_attack_defaultsOfDustPayWhoClearsThem() public {
        (uint256 a, uint256 b) = _tradedPair();
        _seize(a);
        _takeOver(a, CAROL, 0, 0);
        assertEq(usd.balanceOf(CAROL), BOND);
        // The same account does not trade again without another one.
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.NoBond.selector, a, BOND));
    }

    /// @dev The winner is paid in waiting cash that is counted, and owes a proof of health.
    function test_attack_aWinnerTakesThePayAndGoes() public {
        (uint256 a,) = _tradedPair();
        _insure(10 * ONE, 0);
        _seize(a);
        _takeOver(a, CAROL, -10 * int256(uint256(ONE)), 0);
        vm.prank(CAROL);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, a, CASH, 10 * ONE, 0));
        house.announceRefund(a, CASH, 10 * ONE);
        assertEq(usd.balanceOf(CAROL), BOND);
        _announceWithdrawal(a);
        _wait(GRACE + 1);
        _expectWithdraw(a, CASH, ONE, CAROL, abi.encodeWithSelector(IHouseTypes.CalledLate.selector, a, 1));
    }

    function _expectTakeover(uint256 account, IHouse.NewKeys memory keys) private {
        vm.prank(address(engine));
        vm.expectRevert();
        house.takeOver(account, CAROL, 0, 0, keys);
    }
}
