// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {OracleFeed} from "../src/OracleFeed.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {ISignerQuorum} from "../src/interfaces/ISignerQuorum.sol";
import {DelayedChange} from "../src/libraries/DelayedChange.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @dev Removing a signer is immediate, adding one is not.
contract SignerRemovalTest is OracleFixture {
    uint256 private constant ROOT = 0x5009;

    function setUp() public {
        _deploy();
    }

    // --- attacks: no pause bridges the delay of a change of signers

    function test_attack_aStolenQuorumIsRemovedInOneBlock() public {
        OracleFeed two = _feed(_settings(), _signers(0, 3), 2, _limits(3));
        // The thief holds keys 0 and 1. This snapshot is signed and not yet published.
        IOracleFeed.RiskSnapshot memory stolen = _snapshot(ROOT, 50_000);
        bytes[] memory signatures = new bytes[](2);
        for (uint256 i = 0; i < 2; ++i) {
            signatures[i] = _signature(keys[i], two.digestOf(stolen));
        }
        (address first, address second) = (vm.addr(keys[0]), vm.addr(keys[1]));
        vm.prank(WATCH);
        two.removeSigner(first);
        vm.prank(WATCH);
        two.removeSigner(second);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotASigner.selector, first));
        two.publish(stolen, signatures);
        // The threshold stays, so the signer that is left cannot publish alone either.
        bytes[] memory alone = new bytes[](1);
        alone[0] = _signature(keys[2], two.digestOf(stolen));
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, 1, 2));
        two.publish(stolen, alone);
        (bytes32 latest,) = two.latest();
        assertEq(latest, 0);
        // New signers need the delay, whoever asks for them.
        two.scheduleSigners(_signers(2, 3), 2);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + DELAY, NOW));
        two.applySigners(_signers(2, 3), 2);
        vm.warp(NOW + DELAY);
        two.applySigners(_signers(2, 3), 2);
        IOracleFeed.RiskSnapshot memory honest = _snapshot(ROOT);
        for (uint256 i = 0; i < 2; ++i) {
            signatures[i] = _signature(keys[2 + i], two.digestOf(honest));
        }
        two.publish(honest, signatures);
    }

    function test_attack_aScheduledChangeWouldBringTheSignerBack() public {
        bytes32 change = keccak256(abi.encode(_signers(0, 6), 4));
        feed.scheduleSigners(_signers(0, 6), 4);
        (address removed, address added) = (vm.addr(keys[3]), vm.addr(keys[5]));
        vm.expectEmit(address(feed));
        emit ISignerQuorum.SignersCancelled(change);
        vm.prank(WATCH);
        feed.removeSigner(removed);
        (bytes32 pending,) = feed.pendingSigners();
        assertEq(pending, 0);
        vm.warp(NOW + DELAY);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applySigners(_signers(0, 6), 4);
        assertFalse(feed.isSigner(removed) || feed.isSigner(added));
    }

    function testFuzz_attack_aChangeIsCancelledJustIfItContainsTheSigner(uint256 first, uint256 count, uint256 which)
        public
    {
        count = 2 + count % 5;
        (first, which) = (first % (8 - count), which % 5);
        feed.scheduleSigners(_signers(first, count), 2);
        address removed = vm.addr(keys[which]);
        vm.prank(WATCH);
        feed.removeSigner(removed);
        bool contained = which >= first && which < first + count;
        (bytes32 pending,) = feed.pendingSigners();
        assertEq(pending == 0, contained);
        vm.warp(NOW + DELAY);
        if (contained) {
            bytes32 change = keccak256(abi.encode(_signers(first, count), 2));
            vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        }
        feed.applySigners(_signers(first, count), 2);
        assertFalse(feed.isSigner(removed));
    }

    /// @dev A cancelled change that contained the signer says nothing about the one that is pending now.
    function test_aChangeWithoutTheSignerStaysAlthoughAnEarlierOneHadIt() public {
        feed.scheduleSigners(_signers(0, 5), 4);
        feed.cancelSigners();
        feed.scheduleSigners(_signers(1, 5), 4);
        address removed = vm.addr(keys[0]);
        vm.prank(WATCH);
        feed.removeSigner(removed);
        vm.warp(NOW + DELAY);
        feed.applySigners(_signers(1, 5), 4);
        assertEq(feed.signers().length, 5);
    }

    function test_theAdminBringsASignerBackWithTheDelay() public {
        address removed = vm.addr(keys[0]);
        feed.removeSigner(removed);
        feed.scheduleSigners(_signers(0, 5), 3);
        vm.warp(NOW + DELAY);
        feed.applySigners(_signers(0, 5), 3);
        assertTrue(feed.isSigner(removed));
    }

    // --- the list

    function testFuzz_theOthersStaySignersInTheirOrder(uint256 first, uint256 second) public {
        (first, second) = (first % 5, second % 5);
        vm.assume(first != second);
        vm.expectEmit(address(feed));
        emit ISignerQuorum.SignerRemoved(vm.addr(keys[first]), address(this), 4);
        feed.removeSigner(vm.addr(keys[first]));
        feed.removeSigner(vm.addr(keys[second]));
        address[] memory left = feed.signers();
        assertEq(left.length, 3);
        for ((uint256 i, uint256 j) = (0, 0); i < 5; ++i) {
            bool removed = i == first || i == second;
            assertEq(feed.isSigner(vm.addr(keys[i])), !removed);
            if (!removed) assertEq(left[j++], vm.addr(keys[i]));
        }
        assertEq(feed.threshold(), THRESHOLD);
    }

    function test_aQuorumOfThoseThatAreLeftPublishes() public {
        feed.removeSigner(vm.addr(keys[0]));
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        feed.publish(snapshot, _sign(snapshot, 1, 3));
        assertEq(feed.publishedAt(bytes32(ROOT)), NOW);
    }

    function test_theLastSignerCanBeRemovedToo() public {
        for (uint256 i = 0; i < 5; ++i) {
            feed.removeSigner(vm.addr(keys[i]));
        }
        assertEq(feed.signers().length, 0);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotASigner.selector, vm.addr(keys[0])));
        feed.publish(snapshot, signatures);
    }

    // --- rights

    function testFuzz_nobodyElseRemovesASigner(address sender) public {
        vm.assume(sender != WATCH && sender != address(this));
        address signer = vm.addr(keys[0]);
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotGuardianNorAdmin.selector, sender));
        feed.removeSigner(signer);
    }

    function test_theGuardianIsTheOneThatItsContractNamesNow() public {
        address signer = vm.addr(keys[0]);
        address timelock = guardian.timelock();
        vm.prank(timelock);
        guardian.setGuardian(STRANGER, "test");
        vm.prank(WATCH);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotGuardianNorAdmin.selector, WATCH));
        feed.removeSigner(signer);
        vm.prank(STRANGER);
        feed.removeSigner(signer);
        assertFalse(feed.isSigner(signer));
    }

    function testFuzz_onlyASignerCanBeRemoved(address account) public {
        for (uint256 i = 0; i < 5; ++i) {
            vm.assume(account != vm.addr(keys[i]));
        }
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotASigner.selector, account));
        feed.removeSigner(account);
    }

    /// @dev The guardian's other powers over the feed: none.
    function test_theGuardianSchedulesNothing() public {
        bytes[4] memory calls = [
            abi.encodeCall(feed.scheduleSigners, (_signers(2, 5), 4)),
            abi.encodeCall(feed.scheduleLimits, (_limits(4))),
            abi.encodeCall(feed.scheduleCollateral, (_assets())),
            abi.encodeCall(feed.cancelSigners, ())
        ];
        for (uint256 i = 0; i < 4; ++i) {
            vm.prank(WATCH);
            (bool done, bytes memory answer) = address(feed).call(calls[i]);
            assertFalse(done);
            assertEq(answer, abi.encodeWithSelector(ISignerQuorum.NotAdmin.selector, WATCH));
        }
    }

    function test_gasOfARemoval() public {
        feed.scheduleSigners(_signers(0, 5), 4);
        address signer = vm.addr(keys[0]);
        vm.prank(WATCH);
        feed.removeSigner(signer);
        vm.snapshotGasLastCall("OracleFeed", "removeSigner, the first of 5, with a change that has it");
    }
}
