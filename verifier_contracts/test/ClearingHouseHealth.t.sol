// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";

/// @dev Proofs of health, and the consequences of a missing one.
contract ClearingHouseHealthTest is ClearingHouseFixture {
    bytes32 private constant LATER = bytes32(uint256(0x5010));

    function setUp() public {
        _deploy();
    }

    // --- attest

    function testFuzz_anybodyAttests(address caller, uint16 age) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 1 + age % MAX_AGE);
        feed.publish(LATER, NOW + 1);
        IClearingHouse.Health memory health = _attestation(account);
        vm.expectEmit(address(house));
        emit IClearingHouse.Attested(account, NOW + 1);
        vm.prank(caller);
        house.attest(account, health);
        assertEq(house.accountOf(account).lastHealthyAt, NOW + 1);
        assertEq(house.accountOf(account).nonce, 1);
    }

    function testFuzz_attestingNeedsMaintenanceMargin(uint32 bps) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 1);
        _publish(uint256(LATER));
        IClearingHouse.Health memory health =
            _health("attest", account, alice, house.accountOf(account).commitment, bps);
        if (bps < 10_000) _expect(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps, 10_000));
        house.attest(account, health);
    }

    /// @dev Rows 5 and 20: a second proof with the same snapshot is not newer, whatever its bytes.
    function testFuzz_attack_5_20_theSameSnapshotIsAttestedOnce(uint256 a) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 1);
        _publish(uint256(LATER));
        IClearingHouse.Health memory health = _attestation(account);
        house.attest(account, health);
        health.proof.a[0] = a;
        _acceptHealth(health);
        _expect(abi.encodeWithSelector(IClearingHouse.NothingNewer.selector, NOW + 1, NOW + 1));
        house.attest(account, health);
    }

    function testFuzz_attack_21_noAttestationByAnOlderUnknownOrStaleSnapshot(uint256 root, uint16 age) public {
        root %= FIELD;
        vm.assume(root != 0 && bytes32(root) != ROOT);
        uint256 account = _open(alice, COIN, ONE);
        bytes32 commitment = house.accountOf(account).commitment;
        IClearingHouse.Health memory health = _healthBy(bytes32(root), "attest", account, alice, commitment, 10_000);
        _expect(abi.encodeWithSelector(IMarginVerifier.UnknownSnapshot.selector, root));
        house.attest(account, health);

        feed.publish(bytes32(root), NOW - age);
        _expect(abi.encodeWithSelector(IClearingHouse.NothingNewer.selector, NOW - age, NOW));
        house.attest(account, health);

        vm.warp(NOW + 1 + MAX_AGE + 1 + age);
        feed.publish(bytes32(root), NOW + 1);
        health = _healthBy(bytes32(root), "attest", account, alice, commitment, 10_000);
        _expect(abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, root, NOW + 1, MAX_AGE));
        house.attest(account, health);
    }

    function test_attack_20_aProofForAnotherPurposeOrAccountAttestsNothing() public {
        (uint256 account, uint256 other) = (_open(alice, COIN, ONE), _open(alice, COIN, ONE));
        vm.warp(NOW + 1);
        _publish(uint256(LATER));
        bytes32 commitment = house.accountOf(account).commitment;
        uint256 asked = _attestation(account).proof.signals[4];
        IClearingHouse.Health memory health = _health("withdraw", account, alice, commitment, INITIAL);
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, health.proof.signals[4], asked));
        house.attest(account, health);
        health = _health("attest", other, alice, commitment, INITIAL);
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, health.proof.signals[4], asked));
        house.attest(account, health);
        health = _attestation(account);
        bytes32 others = house.accountOf(other).commitment;
        _expect(abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, commitment, others));
        house.attest(other, health);
    }

    // --- margin calls

    function testFuzz_anAccountIsOverdueAfterItsHeartbeat(uint32 later) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + later);
        _publish(uint256(LATER));
        assertEq(house.isOverdue(account), later > HEARTBEAT);
        if (later <= HEARTBEAT) {
            _expect(abi.encodeWithSelector(IClearingHouse.NotOverdue.selector, account));
            house.marginCall(account);
        } else {
            _call(account);
        }
    }

    function testFuzz_aBreakerMakesEveryAccountOverdue(uint16 later) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 1 + later);
        _publish(uint256(LATER));
        feed.trip();
        assertTrue(house.isOverdue(account));
        _call(account);
        _attest(account);
        assertFalse(house.isOverdue(account));
        assertFalse(house.isCalled(account));
    }

    /// @dev The snapshot that trips the breaker is older than its block. A proof with it takes the move into account.
    function test_theSnapshotThatTripsAnswersTheBreaker() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + 60);
        feed.publish(LATER, NOW + 30);
        feed.trip();
        assertTrue(house.isOverdue(account));
        _attest(account);
        assertEq(house.accountOf(account).lastHealthyAt, NOW + 30);
        assertFalse(house.isOverdue(account));
    }

    function test_aCallRunsForTheGraceAndIsAnsweredByAProof() public {
        uint256 account = _open(alice, COIN, ONE);
        assertEq(house.deadlineOf(account), type(uint256).max);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _call(account);
        assertEq(house.deadlineOf(account), block.timestamp + GRACE);
        _expect(abi.encodeWithSelector(IClearingHouse.AlreadyCalled.selector, account, block.timestamp + GRACE));
        house.marginCall(account);
        _deposit(account, COIN, 1);
        assertTrue(house.isCalled(account));
        _attest(account);
        assertFalse(house.isCalled(account));
        assertEq(house.deadlineOf(account), type(uint256).max);
    }

    /// @dev A pause overlaps with the call in any way. The time runs only without a pause.
    function testFuzz_attack_24_theClockOfACallStandsStillDuringAPause(uint256 before, uint256 pause, uint256 wait)
        public
    {
        pause = 1 + pause % 2 hours;
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _call(account);
        uint256 calledAt = block.timestamp;
        vm.warp(calledAt + before % 2 hours);
        uint256 pausedAt = block.timestamp;
        _pause(PauseGroups.LIQUIDATE, pause);
        vm.warp(pausedAt + wait % 4 hours);
        uint256 paused = block.timestamp - pausedAt;
        if (paused > pause) paused = pause;
        assertEq(house.deadlineOf(account), calledAt + GRACE + paused);
        vm.warp(pausedAt + 4 hours);
        _publish(0x5011);
        _expect(abi.encodeWithSelector(IClearingHouse.AlreadyCalled.selector, account, calledAt + GRACE + pause));
        house.marginCall(account);
    }

    function test_aCallMakesNoRoomForADeposit() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _deposit(account, COIN, 1);
        vm.warp(NOW + HEARTBEAT + 2);
        _call(account);
        IClearingHouse.Next memory next = _nextDeposit(account, COIN, 1, 7);
        _expect(abi.encodeWithSelector(IClearingHouse.DepositTooSoon.selector, account, NOW + HEARTBEAT + 301));
        vm.prank(alice);
        house.deposit(account, COIN, 1, next);
    }

    /// @dev Neither the deadline nor the counted pauses change.
    function testFuzz_aCallKeepsItsGrace(uint32 grace) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT - 1 hours);
        _pause(PauseGroups.LIQUIDATE, 1 hours);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _call(account);
        vm.prank(timelock);
        grace = 30 minutes + grace % (7 days - 30 minutes + 1);
        house.setParameters(IClearingHouse.Parameters(INITIAL, MAX_AGE, HEARTBEAT, grace, COOLDOWN));
        assertEq(house.deadlineOf(account), NOW + HEARTBEAT + 1 + GRACE);
    }

    function test_aWithdrawalAnswersACall() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _call(account);
        _withdraw(account, COIN, 1, alice);
        assertFalse(house.isCalled(account));
    }

    function testFuzz_aCallNeedsASnapshotToAnswerWith(uint32 later) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        vm.warp(block.timestamp + MAX_AGE + 1 + later);
        _expect(abi.encodeWithSelector(IClearingHouse.NoFreshSnapshot.selector, NOW + HEARTBEAT + 1, MAX_AGE));
        house.marginCall(account);
    }

    function test_nobodyIsCalledForAProofThatCannotBeMade() public {
        uint256 account = _open(alice, COIN, ONE);
        // With extreme parameters, a snapshot can stay fresh for longer than a proof of health is valid.
        vm.prank(timelock);
        house.setParameters(IClearingHouse.Parameters(INITIAL, 1 days, 1 hours, GRACE, COOLDOWN));
        vm.warp(NOW + 1 hours + 1);
        assertTrue(house.isOverdue(account));
        _expect(abi.encodeWithSelector(IClearingHouse.NothingNewer.selector, NOW, NOW));
        house.marginCall(account);
    }

    /// @dev The feed falls silent right after a call. The holder can still answer with the snapshot of the call, but
    /// not with an older one.
    function testFuzz_aCallIsAnsweredWithItsSnapshotHoweverOld(uint32 later) public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        feed.publish(bytes32(uint256(0x500f)), NOW + HEARTBEAT);
        _publish(uint256(LATER));
        _call(account);
        vm.warp(block.timestamp + MAX_AGE + 1 + later);
        bytes32 commitment = house.accountOf(account).commitment;
        IClearingHouse.Health memory health =
            _healthBy(bytes32(uint256(0x500f)), "attest", account, alice, commitment, 10_000);
        _expect(
            abi.encodeWithSelector(
                IMarginVerifier.StaleSnapshot.selector, 0x500f, NOW + HEARTBEAT, MAX_AGE + 1 + uint256(later)
            )
        );
        house.attest(account, health);
        _attest(account);
        assertFalse(house.isCalled(account));
    }

    function test_noCallWhileLiquidationsArePausedNorOfASeizedAccount() public {
        uint256 account = _open(alice, COIN, ONE);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(uint256(LATER));
        _pause(PauseGroups.LIQUIDATE, 1);
        _expect(abi.encodeWithSelector(IClearingHouse.Paused.selector, PauseGroups.LIQUIDATE));
        house.marginCall(account);
        vm.warp(NOW + HEARTBEAT + 2);
        _seize(account);
        _expect(_wrongState(account, IClearingHouse.State.Seized));
        house.marginCall(account);
    }

    // --- helpers

    function _expect(bytes memory expected) private {
        vm.expectRevert(expected);
    }

    function _wrongState(uint256 account, IClearingHouse.State state) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IClearingHouse.WrongState.selector, account, state);
    }

    function _call(uint256 account) private {
        (, uint256 since) = feed.latest();
        vm.expectEmit(address(house));
        emit IClearingHouse.Called(account, since, block.timestamp + GRACE);
        vm.prank(STRANGER);
        house.marginCall(account);
        assertTrue(house.isCalled(account));
    }
}
