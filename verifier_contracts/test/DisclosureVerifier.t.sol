// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {DisclosureVerifier} from "../src/DisclosureVerifier.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {MockGroth16Verifier} from "./mocks/MockGroth16Verifier.sol";
import {MockRegistry} from "./mocks/MockRegistry.sol";
import {Test} from "./Vm.sol";

contract DisclosureVerifierTest is Test {
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant HOUR = 3600;
    uint256 private constant BPS = 10_000;
    uint256 private constant EQUITY = 380_000_000;
    uint256 private constant REQUIREMENT = 369;
    address private constant STRANGER = address(0xBAD);
    bytes32 private constant ACCOUNT = bytes32(uint256(0xACC));
    bytes32 private constant ROOT = bytes32(uint256(0x5009));

    MockRegistry private snapshots;
    MockGroth16Verifier private small;
    MockGroth16Verifier private large;
    DisclosureVerifier private verifier;

    function setUp() public {
        vm.warp(NOW);
        snapshots = new MockRegistry();
        snapshots.set(ROOT, NOW - 5);
        small = new MockGroth16Verifier();
        large = new MockGroth16Verifier();
        verifier = new DisclosureVerifier(address(snapshots), _addresses(address(small), address(large)));
    }

    // --- disclosed values

    function test_tellsWhatIsProven() public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        IDisclosureVerifier.Disclosure memory told = verifier.disclose(claim, proof);
        vm.snapshotGasLastCall("DisclosureVerifier", "disclose, mock circuit");
        assertTrue(told.healthy);
        assertEqInt(told.equity, int256(EQUITY));
        assertEq(told.requirement, REQUIREMENT);
        assertEq(told.publishedAt, NOW - 5);
    }

    function test_tellsOfDefaultAndNegativeEquity() public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(FIELD - 1);
        IDisclosureVerifier.Disclosure memory told = verifier.disclose(claim, proof);
        assertFalse(told.healthy);
        assertEqInt(told.equity, -1);
    }

    function testFuzz_equityIsSigned(int256 equity) public {
        equity = equity % int256(2 ** 132);
        uint256 signal = equity < 0 ? FIELD - uint256(-equity) : uint256(equity);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(signal);
        assertEqInt(verifier.disclose(claim, proof).equity, equity);
    }

    function test_acceptsAProofOfAnyCircuit() public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
        proof.circuit = 1;
        large.accept(proof.a, proof.b, proof.c, proof.signals);
        verifier.disclose(claim, proof);
        proof.circuit = 0;
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
    }

    // --- the signals' range

    function testFuzz_attack_1_rejectsEverySignalThatIsNotReduced(uint256 excess) public {
        excess = FIELD + excess % (type(uint256).max - FIELD);
        for (uint256 i = 0; i < 7; ++i) {
            (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
            proof.signals[i] = excess;
            _accept(proof);
            _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.SignalOutOfRange.selector, excess));
        }
    }

    function testFuzz_rejectsWhatNoCircuitDiscloses(uint256 equity, uint256 requirement) public {
        equity = 2 ** 132 + equity % (FIELD - 2 ** 133);
        requirement = 2 ** 87 + requirement % (FIELD - 2 ** 87);
        _expectRange(2, equity);
        _expectRange(3, requirement);
    }

    function test_attack_8_atTheBoundsAndOneBeyond() public {
        uint256[4] memory good = [2 ** 132 - 1, FIELD - 2 ** 132 + 1, 0, 1];
        for (uint256 i = 0; i < 4; ++i) {
            (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(good[i]);
            verifier.disclose(claim, proof);
        }
        _expectRange(2, 2 ** 132);
        _expectRange(2, FIELD - 2 ** 132);
        _expectRange(3, 2 ** 87);
        (IMarginVerifier.Claim memory claim_, IDisclosureVerifier.Proof memory proof_) = _claimAndProof(EQUITY);
        proof_.signals[3] = 2 ** 87 - 1;
        _accept(proof_);
        assertEq(verifier.disclose(claim_, proof_).requirement, 2 ** 87 - 1);
    }

    // --- the claim

    function testFuzz_attack_2_rejectsAnyOtherSignal(uint256 which, uint256 value) public {
        which %= 7;
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        vm.assume(proof.signals[which] != value);
        proof.signals[which] = value;
        (bool done,) = address(verifier).staticcall(abi.encodeCall(verifier.disclose, (claim, proof)));
        assertFalse(done);
    }

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

    function testFuzz_rejectsAnotherContext(uint256 context) public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
        uint256 asked = proof.signals[5];
        context %= FIELD;
        vm.assume(context != asked);
        proof.signals[5] = context;
        _accept(proof);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, context, asked));
    }

    function testFuzz_attack_20_rejectsAnotherSender(address sender) public {
        vm.assume(sender != address(this));
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        uint256 asked = verifier.contextOf(sender, claim);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.WrongContext.selector, proof.signals[5], asked));
        vm.prank(sender);
        verifier.disclose(claim, proof);
    }

    function testFuzz_attack_20_rejectsAfterTheDeadline(uint64 late) public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        claim.maxAge = type(uint256).max;
        vm.warp(claim.deadline);
        verifier.disclose(claim, proof);
        uint256 time = claim.deadline + 1 + late;
        vm.warp(time);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.DeadlinePassed.selector, claim.deadline, time));
    }

    function testFuzz_attack_20_rejectsAnotherAccount(uint256 account) public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
        account %= FIELD;
        vm.assume(bytes32(account) != ACCOUNT);
        proof.signals[0] = account;
        _accept(proof);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.WrongAccount.selector, account, ACCOUNT));
    }

    /// @dev 380 000 000 pico-quote are 10 298.1 / 10 000 of 369 micro-quote: the worked example of docs/statement.md.
    function test_healthFollowsFromTheDisclosedValuesAtTheClaimsLevel() public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        claim.requirementBps = 10_298;
        assertTrue(verifier.disclose(claim, proof).healthy);
        claim.requirementBps = 10_299;
        assertFalse(verifier.disclose(claim, proof).healthy);
        // No level wraps around to a small one.
        claim.requirementBps = type(uint256).max;
        (bool done,) = address(verifier).staticcall(abi.encodeCall(verifier.disclose, (claim, proof)));
        assertFalse(done);
    }

    function testFuzz_healthIsThatOfTheStatement(int256 equity, uint256 requirement, uint256 bps) public {
        equity = equity % int256(2 ** 132);
        requirement %= 2 ** 87;
        bps %= 2 ** 20;
        // Every other time about as much as is needed.
        if (bps % 2 == 0) equity = int256(requirement * 100 * bps) + equity % 3;
        uint256 signal = equity < 0 ? FIELD - uint256(-equity) : uint256(equity);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(signal);
        claim.requirementBps = bps;
        proof.signals[3] = requirement;
        _accept(proof);
        bool expected = 10_000 * equity - int256(bps * requirement * 1e6) >= 0;
        assertEq(verifier.disclose(claim, proof).healthy, expected);
    }

    function test_anAccountWithoutRequirementIsHealthyUnlessItOwes() public {
        for (uint256 i = 0; i < 2; ++i) {
            (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) =
                _claimAndProof(i == 0 ? 0 : FIELD - 1);
            proof.signals[3] = 0;
            _accept(proof);
            assertEq(verifier.disclose(claim, proof).healthy, i == 0);
        }
    }

    // --- the snapshot

    function testFuzz_attack_21_rejectsAnUnknownSnapshot(uint256 root) public {
        root %= FIELD;
        vm.assume(bytes32(root) != ROOT);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
        proof.signals[1] = root;
        _accept(proof);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownSnapshot.selector, root));
    }

    function testFuzz_attack_21_acceptsASnapshotUpToItsAge(uint256 published, uint256 maxAge) public {
        vm.assume(published != 0);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        snapshots.set(ROOT, published);
        claim.maxAge = maxAge;
        if (published > NOW || NOW - published > maxAge) {
            _expect(
                claim, proof, abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, published, maxAge)
            );
        } else {
            assertEq(verifier.disclose(claim, proof).publishedAt, published);
        }
    }

    function test_attack_21_aboutOneSecondOfAge() public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        snapshots.set(ROOT, NOW - HOUR);
        verifier.disclose(claim, proof);
        uint256[2] memory wrong = [NOW - HOUR - 1, NOW + 1];
        for (uint256 i = 0; i < 2; ++i) {
            snapshots.set(ROOT, wrong[i]);
            _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.StaleSnapshot.selector, ROOT, wrong[i], HOUR));
        }
    }

    // --- circuit, proof and gas

    function testFuzz_rejectsAnUnknownCircuit(uint256 circuit) public {
        vm.assume(circuit > 1);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        proof.circuit = circuit;
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownCircuit.selector, circuit));
    }

    function testFuzz_rejectsEveryChangeOfTheProof(uint256 word, uint256 change) public {
        vm.assume(change != 0);
        word %= 8;
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        if (word < 2) proof.a[word] ^= change;
        else if (word < 6) proof.b[(word - 2) / 2][word % 2] ^= change;
        else proof.c[word - 6] ^= change;
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.InvalidProof.selector, 0));
    }

    function testFuzz_attack_7_shortOfGasAValidProofIsNotCalledInvalid(uint256 gas_) public {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        gas_ = gas_ % 320_000;
        (bool done, bytes memory answer) =
            address(verifier).staticcall{gas: gas_}(abi.encodeCall(verifier.disclose, (claim, proof)));
        if (!done && answer.length != 0) {
            assertEq(bytes32(bytes4(answer)), bytes32(IMarginVerifier.NotEnoughGas.selector));
        }
    }

    // --- deployment

    function test_refusesAddressesWithoutCode() public {
        bytes memory expected = abi.encodeWithSelector(IMarginVerifier.NotAContract.selector, STRANGER);
        vm.expectRevert(expected);
        new DisclosureVerifier(STRANGER, _addresses(address(small), address(large)));
        vm.expectRevert(expected);
        new DisclosureVerifier(address(snapshots), _addresses(address(small), STRANGER));
    }

    function test_namesRegistryAndCircuitsAndLeavesOneOut() public {
        verifier = new DisclosureVerifier(address(snapshots), _addresses(address(0), address(large)));
        assertEq(verifier.registry(), address(snapshots));
        assertEq(verifier.verifierOf(0), address(0));
        assertEq(verifier.verifierOf(1), address(large));
        vm.snapshotValue("DisclosureVerifier", "bytes of code", address(verifier).code.length);
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _accepted(EQUITY);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.UnknownCircuit.selector, 0));
    }

    // --- helpers

    function _claimAndProof(uint256 equity)
        private
        view
        returns (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof)
    {
        claim = IMarginVerifier.Claim(ACCOUNT, keccak256("liquidate"), NOW + HOUR, BPS, HOUR);
        (proof.a, proof.b, proof.c) = ([uint256(1), 2], [[uint256(3), 4], [uint256(5), 6]], [uint256(7), 8]);
        uint256 context = verifier.contextOf(address(this), claim);
        proof.signals = [uint256(ACCOUNT), uint256(ROOT), equity, REQUIREMENT, 8, context, 9];
    }

    function _accepted(uint256 equity)
        private
        returns (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof)
    {
        (claim, proof) = _claimAndProof(equity);
        _accept(proof);
    }

    function _accept(IDisclosureVerifier.Proof memory proof) private {
        small.accept(proof.a, proof.b, proof.c, proof.signals);
    }

    function _expectRange(uint256 which, uint256 value) private {
        (IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof) = _claimAndProof(EQUITY);
        proof.signals[which] = value;
        _accept(proof);
        _expect(claim, proof, abi.encodeWithSelector(IMarginVerifier.SignalOutOfRange.selector, value));
    }

    function _expect(IMarginVerifier.Claim memory claim, IDisclosureVerifier.Proof memory proof, bytes memory expected)
        private
    {
        vm.expectRevert(expected);
        verifier.disclose(claim, proof);
    }

    function _addresses(address first, address second) private pure returns (address[] memory both) {
        both = new address[](2);
        (both[0], both[1]) = (first, second);
    }
}
