// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {MarginVerifier} from "../src/MarginVerifier.sol";
import {DemoSnapshotRegistry} from "../src/demo/DemoSnapshotRegistry.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {MockGroth16Verifier} from "./mocks/MockGroth16Verifier.sol";
import {MockRegistry} from "./mocks/MockRegistry.sol";
import {Test} from "./Vm.sol";

contract MarginVerifierTest is Test {
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant HOUR = 3600;
    address private constant STRANGER = address(0xBAD);
    bytes32 private constant ACCOUNT = bytes32(uint256(0xACC));
    bytes32 private constant ROOT = bytes32(uint256(0x5009));
    uint256 private constant BPS = 12_500;

    MockRegistry private snapshots;
    MockGroth16Verifier private small;
    MockGroth16Verifier private large;
    MarginVerifier private verifier;

    function setUp() public {
        vm.warp(NOW);
        snapshots = new MockRegistry();
        snapshots.set(ROOT, NOW);
        small = new MockGroth16Verifier();
        large = new MockGroth16Verifier();
        verifier = new MarginVerifier(address(snapshots), _addresses(address(small), address(large)));
    }

    // --- accepted proofs

    function test_acceptsAProofOfHealth() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        verifier.checkHealth(claim, proof);
        vm.snapshotGasLastCall("MarginVerifier", "checkHealth, mock circuit");
    }

    function test_acceptsAProofOfDefault() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(0);
        verifier.checkDefault(claim, proof);
        vm.snapshotGasLastCall("MarginVerifier", "checkDefault, mock circuit");
    }

    function test_acceptsAProofOfAnyCircuit() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        proof.circuit = 1;
        large.accept(proof.a, proof.b, proof.c, proof.signals);
        verifier.checkHealth(claim, proof);
        proof.circuit = 0;
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
        verifier.checkHealth(claim, proof);
    }

    function test_consumesOnce() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        uint256 context = verifier.contextOf(address(this), claim);
        assertFalse(verifier.isConsumed(context));
        vm.expectEmit(address(verifier));
        emit IMarginVerifier.ProofConsumed(address(this), ACCOUNT, context);
        verifier.consumeHealth(claim, proof);
        vm.snapshotGasLastCall("MarginVerifier", "consumeHealth, mock circuit");
        assertTrue(verifier.isConsumed(context));
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.ContextConsumed.selector, context));
        verifier.consumeHealth(claim, proof);
        verifier.checkHealth(claim, proof);
    }

    function test_consumesAProofOfDefaultOnce() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(0);
        verifier.consumeDefault(claim, proof);
        vm.snapshotGasLastCall("MarginVerifier", "consumeDefault, mock circuit");
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.ContextConsumed.selector, proof.signals[4]));
        verifier.consumeDefault(claim, proof);
    }

    function testFuzz_consumesWhateverItAcceptsOnce(
        address sender,
        uint256 account,
        bytes32 action,
        uint64 left,
        bool ok
    ) public {
        bytes32 commitment = bytes32(account % FIELD);
        IMarginVerifier.Claim memory claim = IMarginVerifier.Claim(commitment, action, NOW + left, BPS, HOUR);
        IMarginVerifier.Proof memory proof;
        uint256 context = verifier.contextOf(sender, claim);
        proof.signals = [ok ? 1 : 0, uint256(commitment), uint256(ROOT), BPS, context];
        _accept(proof);
        vm.prank(sender);
        if (ok) verifier.consumeHealth(claim, proof);
        else verifier.consumeDefault(claim, proof);
        assertTrue(verifier.isConsumed(context));
        vm.prank(sender);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.ContextConsumed.selector, context));
        if (ok) verifier.consumeHealth(claim, proof);
        else verifier.consumeDefault(claim, proof);
    }

    function test_consumesOneContextForAllCircuitsAndProofs() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        verifier.consumeHealth(claim, proof);
        proof.circuit = 1;
        proof.a[0] += 1;
        large.accept(proof.a, proof.b, proof.c, proof.signals);
        verifier.checkHealth(claim, proof);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.ContextConsumed.selector, proof.signals[4]));
        verifier.consumeHealth(claim, proof);
    }

    function test_aFailedConsumptionConsumesNothing() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
        verifier.consumeHealth(claim, proof);
        assertFalse(verifier.isConsumed(proof.signals[4]));
        proof.signals[0] = 0;
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
        verifier.consumeDefault(claim, proof);
        assertFalse(verifier.isConsumed(proof.signals[4]));
    }

    // --- the claim

    function testFuzz_contextBindsChainConsumerAccountActionAndDeadline(
        uint64 chain,
        address consumer,
        IMarginVerifier.Claim memory claim
    ) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        bytes memory parts = abi.encode(uint256(chain), consumer, claim.accountCommitment, claim.action, claim.deadline);
        assertEq(verifier.contextOf(consumer, claim), uint256(keccak256(parts)) % FIELD);
    }

    /// @dev test_context.py has the same number.
    function test_contextOfTheVector() public {
        vm.chainId(31337);
        IMarginVerifier.Claim memory claim;
        claim.accountCommitment = bytes32(uint256(7));
        claim.action = keccak256("withdraw");
        claim.deadline = 1_700_000_000;
        assertEq(
            verifier.contextOf(0x5FbDB2315678afecb367f032d93F642f64180aa3, claim),
            4882235262635677705847619433757448010361032676374910652292649713399372782153
        );
    }

    function testFuzz_rejectsAnotherContext(uint256 context) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        uint256 asked = proof.signals[4];
        context %= FIELD;
        vm.assume(context != asked);
        proof.signals[4] = context;
        _accept(proof);
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, context, asked));
    }

    function testFuzz_rejectsAnotherSender(address sender) public {
        vm.assume(sender != address(this));
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        uint256 asked = verifier.contextOf(sender, claim);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, proof.signals[4], asked));
        vm.prank(sender);
        verifier.checkHealth(claim, proof);
    }

    function testFuzz_rejectsAfterTheDeadline(uint64 late) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        claim.maxAge = type(uint256).max;
        vm.warp(claim.deadline);
        verifier.checkHealth(claim, proof);
        uint256 time = claim.deadline + 1 + late;
        vm.warp(time);
        bytes memory expected = abi.encodeWithSelector(IMarginVerifier.DeadlinePassed.selector, claim.deadline, time);
        _expectHealth(claim, proof, expected);
    }

    function testFuzz_rejectsAnotherAccount(uint256 account) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        account %= FIELD;
        vm.assume(bytes32(account) != ACCOUNT);
        proof.signals[1] = account;
        _accept(proof);
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, account, ACCOUNT));
    }

    // --- health, default, requirement

    function testFuzz_healthIsExactlyOne(uint256 healthy) public {
        vm.assume(healthy != 1);
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(healthy);
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.NotHealthy.selector, healthy));
    }

    function testFuzz_defaultIsExactlyZero(uint256 healthy) public {
        vm.assume(healthy != 0);
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(healthy);
        _expectDefault(claim, proof, abi.encodeWithSelector(IMarginVerifier.NotInDefault.selector, healthy));
    }

    function testFuzz_healthIsProvenForAsMuchOrMore(uint256 bps, uint256 asked) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        (proof.signals[3], claim.requirementBps) = (bps % FIELD, asked);
        _accept(proof);
        if (bps % FIELD < asked) {
            bytes memory expected =
                abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, bps % FIELD, asked);
            _expectHealth(claim, proof, expected);
        } else {
            verifier.checkHealth(claim, proof);
        }
    }

    function testFuzz_defaultIsProvenForAsMuchOrLess(uint256 bps, uint256 asked) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(0);
        (proof.signals[3], claim.requirementBps) = (bps % FIELD, asked);
        _accept(proof);
        if (bps % FIELD > asked) {
            bytes memory expected =
                abi.encodeWithSelector(IMarginVerifier.RequirementTooHigh.selector, bps % FIELD, asked);
            _expectDefault(claim, proof, expected);
        } else {
            verifier.checkDefault(claim, proof);
        }
    }

    function test_aboutOneBasisPoint() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        claim.requirementBps = BPS + 1;
        bytes memory expected = abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, BPS, BPS + 1);
        _expectHealth(claim, proof, expected);
        (claim, proof) = _accepted(0);
        claim.requirementBps = BPS - 1;
        expected = abi.encodeWithSelector(IMarginVerifier.RequirementTooHigh.selector, BPS, BPS - 1);
        _expectDefault(claim, proof, expected);
    }

    // --- the signals' range

    function testFuzz_rejectsEverySignalThatIsNotReduced(uint256 excess) public {
        excess = FIELD + excess % (type(uint256).max - FIELD);
        for (uint256 i = 1; i < 5; ++i) {
            (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
            proof.signals[i] = excess;
            _accept(proof);
            bytes memory expected = abi.encodeWithSelector(IMarginVerifier.SignalOutOfRange.selector, excess);
            _expectHealth(claim, proof, expected);
        }
    }

    // --- the snapshot

    function testFuzz_rejectsAnUnknownSnapshot(uint256 root) public {
        root %= FIELD;
        vm.assume(bytes32(root) != ROOT);
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _claimAndProof(1);
        proof.signals[2] = root;
        _accept(proof);
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownSnapshot.selector, root));
    }

    function testFuzz_acceptsASnapshotUpToItsAge(uint256 published, uint256 maxAge) public {
        vm.assume(published != 0);
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        snapshots.set(ROOT, published);
        claim.maxAge = maxAge;
        if (published > NOW || NOW - published > maxAge) {
            bytes memory expected =
                abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, published, maxAge);
            _expectHealth(claim, proof, expected);
        } else {
            verifier.checkHealth(claim, proof);
        }
    }

    function test_aboutOneSecondOfAge() public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        snapshots.set(ROOT, NOW - HOUR);
        verifier.checkHealth(claim, proof);
        snapshots.set(ROOT, NOW - HOUR - 1);
        bytes memory expected =
            abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW - HOUR - 1, HOUR);
        _expectHealth(claim, proof, expected);
        snapshots.set(ROOT, NOW + 1);
        expected = abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, NOW + 1, HOUR);
        _expectHealth(claim, proof, expected);
    }

    // --- circuit, proof and gas

    function testFuzz_rejectsAnUnknownCircuit(uint256 circuit) public {
        vm.assume(circuit > 1);
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        proof.circuit = circuit;
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownCircuit.selector, circuit));
    }

    function testFuzz_rejectsEveryChangeOfTheProof(uint256 word, uint256 change) public {
        vm.assume(change != 0);
        word %= 8;
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        if (word < 2) proof.a[word] ^= change;
        else if (word < 6) proof.b[(word - 2) / 2][word % 2] ^= change;
        else proof.c[word - 6] ^= change;
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
    }

    function testFuzz_shortOfGasAValidProofIsNotCalledInvalid(uint256 gas_) public {
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        gas_ = gas_ % 300_000;
        (bool done, bytes memory answer) =
            address(verifier).call{gas: gas_}(abi.encodeCall(verifier.consumeHealth, (claim, proof)));
        assertEq(done, verifier.isConsumed(proof.signals[4]));
        if (!done && answer.length != 0) {
            assertEq(bytes32(bytes4(answer)), bytes32(IMarginVerifier.NotEnoughGas.selector));
        }
    }

    // --- deployment

    function test_refusesAddressesWithoutCode() public {
        bytes memory expected = abi.encodeWithSelector(IMarginVerifier.NotAContract.selector, STRANGER);
        vm.expectRevert(expected);
        new MarginVerifier(STRANGER, _addresses(address(small), address(large)));
        vm.expectRevert(expected);
        new MarginVerifier(address(snapshots), _addresses(address(small), STRANGER));
    }

    function test_namesRegistryAndCircuits() public {
        assertEq(verifier.registry(), address(snapshots));
        assertEq(verifier.verifierOf(0), address(small));
        assertEq(verifier.verifierOf(1), address(large));
        assertEq(verifier.verifierOf(2), address(0));
        vm.snapshotValue("MarginVerifier", "bytes of code", address(verifier).code.length);
    }

    function test_leavesACircuitOut() public {
        verifier = new MarginVerifier(address(snapshots), _addresses(address(0), address(large)));
        assertEq(verifier.verifierOf(1), address(large));
        (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof) = _accepted(1);
        _expectHealth(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownCircuit.selector, 0));
    }

    function testFuzz_theDemoRegistryPublishesOnceAndForItsOwner(bytes32 root, address stranger, uint32 later) public {
        vm.assume(stranger != address(this));
        DemoSnapshotRegistry demo = new DemoSnapshotRegistry();
        vm.expectRevert(abi.encodeWithSelector(DemoSnapshotRegistry.NotOwner.selector, stranger));
        vm.prank(stranger);
        demo.publish(root);
        vm.expectEmit(address(demo));
        emit DemoSnapshotRegistry.SnapshotPublished(root);
        demo.publish(root);
        vm.warp(NOW + later);
        vm.expectRevert(abi.encodeWithSelector(DemoSnapshotRegistry.AlreadyPublished.selector, root));
        demo.publish(root);
        assertEq(demo.publishedAt(root), NOW);
    }

    // --- helpers

    function _claimAndProof(uint256 healthy)
        private
        view
        returns (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof)
    {
        claim = IMarginVerifier.Claim(ACCOUNT, keccak256("withdraw"), NOW + HOUR, BPS, HOUR);
        (proof.a, proof.b, proof.c) = ([uint256(1), 2], [[uint256(3), 4], [uint256(5), 6]], [uint256(7), 8]);
        uint256 context = verifier.contextOf(address(this), claim);
        proof.signals = [healthy, uint256(ACCOUNT), uint256(ROOT), BPS, context];
    }

    function _accepted(uint256 healthy)
        private
        returns (IMarginVerifier.Claim memory claim, IMarginVerifier.Proof memory proof)
    {
        (claim, proof) = _claimAndProof(healthy);
        _accept(proof);
    }

    function _accept(IMarginVerifier.Proof memory proof) private {
        small.accept(proof.a, proof.b, proof.c, proof.signals);
    }

    function _expectHealth(
        IMarginVerifier.Claim memory claim,
        IMarginVerifier.Proof memory proof,
        bytes memory expected
    ) private {
        vm.expectRevert(expected);
        verifier.checkHealth(claim, proof);
    }

    function _expectDefault(
        IMarginVerifier.Claim memory claim,
        IMarginVerifier.Proof memory proof,
        bytes memory expected
    ) private {
        vm.expectRevert(expected);
        verifier.checkDefault(claim, proof);
    }

    function _addresses(address first, address second) private pure returns (address[] memory both) {
        both = new address[](2);
        (both[0], both[1]) = (first, second);
    }
}
