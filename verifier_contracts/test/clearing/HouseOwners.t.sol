// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";
import {MockBatches} from "./mocks/MockBatches.sol";
import {NamedProofs} from "./mocks/WindDownMocks.sol";

/// @dev Owners register, open, withdraw and renew keys.
contract HouseOwnersTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_numbersAccountsFromOne() public {
        vm.expectEmit(address(house));
        emit IHouseTypes.Registered(1, alice);
        vm.prank(alice);
        assertEq(house.register(), 1);
        vm.prank(BOB);
        assertEq(house.register(), 2);
        assertEq(house.accounts(), 2);
        IHouse.Account memory found = house.accountOf(2);
        assertEq(found.owner, BOB);
        assertTrue(found.state == IHouseTypes.State.Registered);
        assertEq(found.commitment, 0);
    }

    function test_opensForItsOwnerOnce() public {
        vm.prank(alice);
        uint256 account = house.register();
        IHouse.Step memory step = _openStep(account, alice);
        IHouse.SealedKey memory viewKey = IHouseTypes.SealedKey(1, [uint256(2), 3]);
        uint256[2] memory key = [uint256(4), 5];
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.open(account, step, key, viewKey);
        vm.expectEmit(address(house));
        emit IHouseTypes.Opened(account, step.commitment, key, viewKey);
        vm.prank(alice);
        house.open(account, step, key, viewKey);
        IHouse.Account memory found = house.accountOf(account);
        assertEq(found.commitment, step.commitment);
        assertTrue(found.state == IHouseTypes.State.Open);
        assertEq(found.lastHealthyAt, 0);
        assertEq(found.flags, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, account, IHouseTypes.State.Open));
        house.open(account, step, key, viewKey);
    }

    /// @dev A proof names chain, house, account, owner and the commitment.
    function test_opensWithAProofForThisAccountOnly() public {
        vm.prank(alice);
        uint256 account = house.register();
        IHouse.Step memory step = _openStep(account, BOB);
        vm.prank(alice);
        vm.expectRevert();
        house.open(account, step, [uint256(4), 5], IHouseTypes.SealedKey(1, [uint256(2), 3]));
        step = _openStep(account + 1, alice);
        vm.prank(alice);
        vm.expectRevert();
        house.open(account, step, [uint256(4), 5], IHouseTypes.SealedKey(1, [uint256(2), 3]));
    }

    function testFuzz_aCommitmentIsAFieldElement(uint256 commitment) public {
        vm.prank(alice);
        uint256 account = house.register();
        IHouse.Step memory step = _step();
        step.commitment = commitment % 2 == 0 ? 0 : FIELD + commitment % (type(uint256).max - FIELD);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.CommitmentOutOfRange.selector, step.commitment));
        house.open(account, step, [uint256(4), 5], IHouseTypes.SealedKey(1, [uint256(2), 3]));
    }

    function test_tellsDomainAndContexts() public view {
        assertEq(house.domain(), _domain());
        assertEq(house.contextOf("withdraw", 7, BOB), _context("withdraw", 7, BOB));
    }

    // --- withdrawals

    function test_withdrawsAfterNotice() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.WithdrawalAnnounced(account, NOW + 10 minutes, NOW + 70 minutes);
        _announceWithdrawal(account);
        assertEq(_flags(account), NOTICED);
        _expectWithdraw(
            account,
            CASH,
            ONE,
            BOB,
            abi.encodeWithSelector(IHouseTypes.NoticeRunning.selector, account, NOW + 10 minutes)
        );
        _wait(10 minutes);
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, CASH, 40 * ONE, BOB);
        bytes32 root = _latest();
        vm.expectEmit(address(house));
        emit IHouseTypes.Withdrawn(account, CASH, BOB, 40 * ONE, 40 * ONE, step.commitment);
        vm.prank(alice);
        house.withdraw(account, CASH, 40 * ONE, BOB, root, step, health);
        assertEq(usd.balanceOf(BOB), 40 * ONE);
        assertEq(_cash(), 60 * ONE);
        IHouse.Account memory found = house.accountOf(account);
        assertEq(found.commitment, step.commitment);
        assertEq(found.lastHealthyAt, block.timestamp);
        assertEq(found.flags, 0);
        // A notice is for one withdrawal.
        _expectWithdraw(account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.NoNotice.selector, account));
    }

    function test_withdrawsCollateral() public {
        uint256 account = _open(alice);
        _endow(account, COIN, 3 * ONE);
        _announceWithdrawal(account);
        _wait(10 minutes);
        _withdrawNow(account, COIN, 2 * ONE, BOB);
        assertEq(coin.balanceOf(BOB), 2 * ONE * COIN_SCALE);
        assertEq(vault.assetOf(COIN).total, ONE);
    }

    function test_aNoticeLapsesAndThereIsOneAtATime() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        _announceWithdrawal(account);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoticeRunning.selector, account, NOW + 10 minutes));
        house.announceWithdrawal(account);
        vm.warp(NOW + 70 minutes - 1);
        _publish();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoticeRunning.selector, account, NOW + 10 minutes));
        house.announceWithdrawal(account);
        vm.warp(NOW + 70 minutes);
        _expectWithdraw(account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.NoNotice.selector, account));
        _announceWithdrawal(account);
        assertEq(house.timesOf(account).noticeAt, NOW + 70 minutes);
    }

    function test_onlyTheOwnerWithdraws() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.announceWithdrawal(account);
        _announceWithdrawal(account);
        _wait(10 minutes);
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, CASH, ONE, BOB);
        bytes32 root = _latest();
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.withdraw(account, CASH, ONE, BOB, root, step, health);
        // The proof names the receiver.
        vm.prank(alice);
        vm.expectRevert();
        house.withdraw(account, CASH, ONE, CAROL, root, step, health);
    }

    function test_withdrawsSomethingOfAnAsset() public {
        uint256 account = _open(alice);
        _announceWithdrawal(account);
        _wait(10 minutes);
        _expectWithdraw(account, CASH, 0, BOB, abi.encodeWithSelector(IHouseTypes.NothingMoved.selector));
        _expectWithdraw(account, 9, 1, BOB, abi.encodeWithSelector(IHouseTypes.NoSuchAsset.selector, 9));
    }

    /// @custom:property H5
    function test_withdrawsWithTheLatestSnapshotWhileItIsFresh() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        _announceWithdrawal(account);
        _wait(10 minutes);
        bytes32 before = _latest();
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, CASH, ONE, BOB);
        bytes32 root = _publish();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotARecentSnapshot.selector, before, root));
        house.withdraw(account, CASH, ONE, BOB, before, step, health);
        uint256 time = block.timestamp;
        _silence(MAX_AGE + 1);
        _expectWithdraw(
            account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.NoFreshSnapshot.selector, time, MAX_AGE)
        );
    }

    function test_withdrawsNeitherInAPauseNorInACoolDown() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        _announceWithdrawal(account);
        _wait(10 minutes);
        feed.trip();
        _expectWithdraw(account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.NotCalm.selector, COOLDOWN));
        _wait(COOLDOWN);
        _pause(2, 10 minutes);
        _expectWithdraw(account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.Paused.selector, 2));
        _wait(10 minutes);
        _withdrawNow(account, CASH, ONE, BOB);
    }

    /// @dev A run of trips stops withdrawals for a day at most.
    function test_aRunOfTripsStopsForADay() public {
        uint256 account = _open(alice);
        _endow(account, CASH, 100 * ONE);
        for (uint256 i = 0; i < 5; ++i) {
            feed.trip();
            _wait(6 hours - (i == 3 ? 10 minutes : 0));
            if (i == 3) {
                _announceWithdrawal(account);
                _wait(10 minutes);
                feed.trip();
                _expectWithdraw(account, CASH, ONE, BOB, abi.encodeWithSelector(IHouseTypes.NotCalm.selector, COOLDOWN));
                break;
            }
        }
        _wait(1);
        _withdrawNow(account, CASH, ONE, BOB);
    }

    // --- keys

    /// @custom:property S5
    function test_renewsPublishedKeys() public {
        uint256 account = _open(alice);
        IHouse.NewKeys memory keys = _newKeys(account, alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.KeysNotExposed.selector, account));
        house.renewKeys(account, keys);
        _seize(account);
        _giveBack(account, NOW);
        assertEq(_flags(account), EXPOSED);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.renewKeys(account, keys);
        vm.expectEmit(address(house));
        emit IHouseTypes.KeysRenewed(account, keys.step.commitment, keys.key, keys.viewKey);
        vm.prank(alice);
        house.renewKeys(account, keys);
        assertEq(_flags(account), 0);
        assertEq(house.accountOf(account).commitment, keys.step.commitment);
    }

    /// @dev Each signal of `take_over` is computed by the house.
    function test_attack_aProofForOtherKeysOrAnotherVenueKeyIsOfNoUse() public {
        uint256 account = _open(alice);
        _seize(account);
        _giveBack(account, NOW);
        IHouse.NewKeys memory keys = _newKeys(account, alice);
        keys.viewKey.sealed_ = 0x99;
        _expectRenewal(account, keys);
        keys = _newKeys(account, alice);
        keys.viewKey.ephemeral[1] = 0x99;
        _expectRenewal(account, keys);
        keys = _newKeys(account, alice);
        keys.key[0] = 0x99;
        _expectRenewal(account, keys);
        keys = _newKeys(account, BOB);
        _expectRenewal(account, keys);
        keys = _newKeys(account, alice);
        vm.prank(timelock);
        house.setVenueKey([uint256(0x71), 0x99]);
        _expectRenewal(account, keys);
    }

    function test_requestsAKey() public {
        uint256 account = _open(alice);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.requestKey(account, [uint256(1), 2], 3);
        vm.expectEmit(address(house));
        emit IHouseTypes.KeyRequested(account, [uint256(1), 2], 3);
        vm.prank(alice);
        house.requestKey(account, [uint256(1), 2], 3);
        assertEq(house.keyRequestOf(account), 3);
    }

    function _expectRenewal(uint256 account, IHouse.NewKeys memory keys) private {
        vm.prank(alice);
        vm.expectRevert();
        house.renewKeys(account, keys);
    }
}
