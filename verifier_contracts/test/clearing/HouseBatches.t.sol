// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";
import {MockBatches} from "./mocks/MockBatches.sol";

/// @dev Batches: who, when, under which snapshot, at which level, and what they change.
contract HouseBatchesTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_settlesFills() public {
        (uint256 a, uint256 b) = (_bonded(alice), _bonded(BOB));
        vm.warp(NOW + 1 minutes);
        bytes32 root = _publish();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        uint256[] memory firsts = _commitments(_two(a, b));
        batches.acceptBatch(batch, _domain(), INITIAL, firsts, 7);
        bytes memory accounts = abi.encodePacked(uint256(2), a, batch.accounts[0].last, b, batch.accounts[1].last);
        IBatches.Operations memory part = batch.fills[0];
        bytes memory parts = abi.encodePacked(
            uint256(1), part.circuit, part.digest, part.total, uint256(2), part.elements[0], part.elements[1]
        );
        // No upkeep and no requests.
        bytes memory content = abi.encodePacked(accounts, parts, uint256(0), uint256(0));
        vm.expectEmit(address(house));
        emit IHouseTypes.Settled(1, root, NOW + 1 minutes, content);
        vm.prank(VENUE);
        house.settle(batch);
        IHouse.Account[] memory found = house.accountsOf(_two(a, b));
        for (uint256 i = 0; i < 2; ++i) {
            assertEq(found[i].commitment, batch.accounts[i].last);
            assertEq(found[i].lastHealthyAt, NOW + 1 minutes);
            assertEq(found[i].lastHealthyLive, feed.liveTime());
            assertEq(found[i].flags, TRADED | BONDED);
        }
        assertEq(house.unpaidFees(), 7);
        assertEq(house.standing().batches, 1);
        assertEq(house.standing().lastBatchAt, NOW + 1 minutes);
    }

    function test_logsUpkeepAndRequests() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, ONE);
        IBatches.Batch memory batch = _creditBatch(account, CASH, ONE);
        _accept(batch, 0);
        IBatches.Operations memory part = batch.upkeep[0];
        bytes memory content = abi.encodePacked(uint256(1), account, batch.accounts[0].last, uint256(0), uint256(1));
        content = abi.encodePacked(content, part.circuit, part.digest, part.total, uint256(1), part.elements[0]);
        content = abi.encodePacked(content, uint256(1), account, uint256(1), CASH + 16 * uint256(ONE));
        vm.expectEmit(address(house));
        emit IHouseTypes.Settled(1, ROOT, NOW, content);
        vm.prank(VENUE);
        house.settle(batch);
    }

    /// @custom:property R1
    function test_onlyTheVenueSettlesAndIsAlive() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotVenue.selector, address(this)));
        house.settle(batch);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotVenue.selector, address(this)));
        house.alive();
        vm.warp(NOW + 1 days);
        vm.expectEmit(address(house));
        emit IHouseTypes.Alive(NOW + 1 days);
        vm.prank(VENUE);
        house.alive();
        assertEq(house.standing().lastBatchAt, NOW + 1 days);
        assertEq(house.standing().batches, 1);
    }

    /// @custom:property S2
    function test_aRefusedBatchChangesNothing() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        uint256[] memory before = _commitments(_two(a, b));
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
        assertEq(_commitments(_two(a, b))[0], before[0]);
    }

    /// @dev The first states come from storage: a batch is proven from the present ones and is used once.
    /// @custom:property S1
    function test_attack_aBatchIsUsedOnce() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _settle(batch);
        vm.prank(VENUE);
        vm.expectRevert();
        house.settle(batch);
    }

    function test_theTimeIsCloseToTheBlocks() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.time = NOW + 1;
        _expectSettle(
            batch, abi.encodeWithSelector(IHouseTypes.TimeOutOfRange.selector, NOW + 1, NOW - 10 minutes, NOW)
        );
        batch.time = NOW - 10 minutes - 1;
        _expectSettle(
            batch, abi.encodeWithSelector(IHouseTypes.TimeOutOfRange.selector, batch.time, NOW - 10 minutes, NOW)
        );
        batch.time = NOW - 10 minutes;
        _settle(batch);
    }

    function test_accountsAreOpen() public {
        (uint256 a, uint256 b) = _tradedPair();
        _seize(b);
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.WrongState.selector, b, IHouseTypes.State.Seized);
        _expectSettle(_batch(_two(a, b), true), reason);
        _expectSettle(_batch(_one(b), false), reason);
        _expectSettle(
            _batch(_one(99), false), abi.encodeWithSelector(IHouseTypes.WrongState.selector, 99, IHouseTypes.State.None)
        );
    }

    function test_fillsNeedABond() public {
        (uint256 a, uint256 b) = (_bonded(alice), _open(BOB));
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.NoBond.selector, b, BOND));
        _settle(_batch(_two(a, b), false));
        _postBond(b);
        _trade(a, b);
    }

    // --- snapshots

    function test_thePredecessorCountsForFiveMinutes() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + 1 minutes);
        bytes32 next = _publish();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.snapshotRoot = ROOT;
        vm.warp(NOW + 6 minutes - 1);
        _settle(batch);
        batch = _batch(_two(a, b), true);
        batch.snapshotRoot = ROOT;
        vm.warp(NOW + 6 minutes);
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, ROOT, next));
    }

    function test_onlyTheDirectPredecessorCounts() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + 1);
        _publish();
        vm.warp(NOW + 2);
        bytes32 latest = _publish();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        batch.snapshotRoot = ROOT;
        _expectSettle(batch, abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, ROOT, latest));
    }

    function test_fillsNeedAFreshSnapshotAndUpkeepDoesNot() public {
        (uint256 a, uint256 b) = _tradedPair();
        vm.warp(NOW + MAX_AGE + 1);
        _expectSettle(
            _batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.NoFreshSnapshot.selector, NOW, MAX_AGE)
        );
        _settle(_batch(_two(a, b), false));
    }

    // --- pauses and breakers

    function test_upkeepAndReducingFillsGoOn() public {
        (uint256 a, uint256 b) = _tradedPair();
        _pause(5, 1 hours);
        _goesOn(a, b, abi.encodeWithSelector(IHouseTypes.Paused.selector, 5));
        _wait(1 hours);
        feed.trip();
        _goesOn(a, b, abi.encodeWithSelector(IHouseTypes.NotCalm.selector, COOLDOWN));
        _wait(COOLDOWN);
        _trade(a, b);
    }

    /// @dev A batch without fills proves no health and records none.
    function test_upkeepIsNoProofOfHealth() public {
        (uint256 a,) = _tradedPair();
        _wait(1 hours);
        _settle(_batch(_one(a), false));
        assertEq(house.accountOf(a).lastHealthyAt, NOW);
    }

    // --- notices

    function test_anAccountIsInNoBatchWhileItsOwnerMayWithdraw() public {
        (uint256 a, uint256 b) = _tradedPair();
        _announceWithdrawal(a);
        vm.warp(NOW + 10 minutes - 1);
        _publish();
        _trade(a, b);
        vm.warp(NOW + 10 minutes);
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.InNotice.selector, a, NOW + 70 minutes);
        _expectSettle(_batch(_two(a, b), true), reason);
        _expectSettle(_batch(_one(a), false), reason);
        vm.warp(NOW + 70 minutes - 1);
        _publish();
        _expectSettle(_batch(_two(a, b), true), reason);
        assertEq(_flags(a), TRADED | BONDED | NOTICED);
        vm.warp(NOW + 70 minutes);
        _trade(a, b);
        assertEq(_flags(a), TRADED | BONDED);
        assertEq(house.timesOf(a).noticeAt, 0);
    }

    function test_aLapsedNoticeEndsWithUpkeepToo() public {
        uint256 account = _open(alice);
        _announceWithdrawal(account);
        vm.warp(NOW + 70 minutes);
        _settle(_batch(_one(account), false));
        assertEq(_flags(account), 0);
    }

    function test_aWithdrawalEndsTheNotice() public {
        (uint256 a, uint256 b) = _tradedPair();
        _endow(a, CASH, ONE);
        _announceWithdrawal(a);
        _wait(10 minutes);
        _withdrawNow(a, CASH, ONE, alice);
        _trade(a, b);
    }

    // --- keys

    function test_aKeyRequestIsGrantedOnce() public {
        uint256 account = _open(alice);
        vm.prank(alice);
        house.requestKey(account, [uint256(1), 2], 3);
        _expectSettle(_keyBatch(account, 4), abi.encodeWithSelector(IHouseTypes.NoSuchRequest.selector, account, 2, 4));
        _settle(_keyBatch(account, 3));
        assertEq(house.keyRequestOf(account), 0);
        _expectSettle(_keyBatch(account, 3), abi.encodeWithSelector(IHouseTypes.NoSuchRequest.selector, account, 2, 3));
        _expectSettle(_keyBatch(account, 0), abi.encodeWithSelector(IHouseTypes.NoSuchRequest.selector, account, 2, 0));
    }

    // --- helpers

    function _keyBatch(uint256 account, uint256 value) private returns (IBatches.Batch memory batch) {
        batch = _batch(_one(account), false);
        batch.requests = new IBatches.Request[](1);
        batch.requests[0] = IBatches.Request(account, 2, value);
    }

    function _goesOn(uint256 a, uint256 b, bytes memory reason) private {
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _expectSettle(batch, reason);
        batch.reduceOnly = true;
        _settle(batch);
        _settle(_batch(_two(a, b), false));
    }
}
