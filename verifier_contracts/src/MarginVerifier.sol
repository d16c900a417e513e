// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "./interfaces/IGroth16Verifier.sol";
import {IMarginVerifier} from "./interfaces/IMarginVerifier.sol";
import {ISnapshotRegistry} from "./interfaces/ISnapshotRegistry.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title Verification of margin proofs
/// @dev There is no owner and no setter: registry and circuits are fixed at deployment. One contract serves all
/// circuits, so that a context is consumed once even if the account could use several circuits.
contract MarginVerifier is IMarginVerifier {
    using PublicSignals for uint256[5];

    /// @dev The gas that must be left for a verification. It uses about 215 000, and a call passes on 63/64 of the gas
    /// left.
    uint256 private constant VERIFICATION_GAS = 250_000;

    /// @inheritdoc IMarginVerifier
    address public immutable registry;
    /// @inheritdoc IMarginVerifier
    mapping(uint256 circuit => address) public verifierOf;
    /// @inheritdoc IMarginVerifier
    mapping(uint256 context => bool) public isConsumed;

    /// @param registry_ The registry of accepted snapshots
    /// @param verifiers The generated verifiers by circuit; the zero address leaves a circuit out
    constructor(address registry_, address[] memory verifiers) {
        _requireCode(registry_);
        // slither-disable-next-line missing-zero-check: there is no code at the zero address
        registry = registry_;
        for (uint256 i = 0; i < verifiers.length; ++i) {
            if (verifiers[i] != address(0)) _requireCode(verifiers[i]);
            verifierOf[i] = verifiers[i];
        }
    }

    /// @inheritdoc IMarginVerifier
    function consumeHealth(Claim calldata claim, Proof calldata proof) external {
        _consume(claim);
        checkHealth(claim, proof);
    }

    /// @inheritdoc IMarginVerifier
    function consumeDefault(Claim calldata claim, Proof calldata proof) external {
        _consume(claim);
        checkDefault(claim, proof);
    }

    /// @inheritdoc IMarginVerifier
    function checkHealth(Claim calldata claim, Proof calldata proof) public view {
        uint256 healthy = proof.signals.healthy();
        if (healthy != 1) revert NotHealthy(healthy);
        uint256 proven = proof.signals.requirementBps();
        if (proven < claim.requirementBps) revert RequirementTooLow(proven, claim.requirementBps);
        _check(claim, proof);
    }

    /// @inheritdoc IMarginVerifier
    function checkDefault(Claim calldata claim, Proof calldata proof) public view {
        uint256 healthy = proof.signals.healthy();
        if (healthy != 0) revert NotInDefault(healthy);
        // Equity below a part of the requirement is below all of it; the converse does not hold.
        uint256 proven = proof.signals.requirementBps();
        if (proven > claim.requirementBps) revert RequirementTooHigh(proven, claim.requirementBps);
        _check(claim, proof);
    }

    /// @inheritdoc IMarginVerifier
    function contextOf(address consumer, Claim calldata claim) public view returns (uint256) {
        bytes memory parts = abi.encode(block.chainid, consumer, claim.accountCommitment, claim.action, claim.deadline);
        return uint256(keccak256(parts)) % PublicSignals.FIELD;
    }

    function _consume(Claim calldata claim) private {
        uint256 context = contextOf(msg.sender, claim);
        if (isConsumed[context]) revert ContextConsumed(context);
        isConsumed[context] = true;
        emit ProofConsumed(msg.sender, claim.accountCommitment, context);
    }

    function _check(Claim calldata claim, Proof calldata proof) private view {
        if (block.timestamp > claim.deadline) revert DeadlinePassed(claim.deadline, block.timestamp);
        uint256 excess = proof.signals.outOfRange();
        if (excess != 0) revert SignalOutOfRange(excess);
        bytes32 account = proof.signals.accountCommitment();
        if (account != claim.accountCommitment) revert WrongAccount(account, claim.accountCommitment);
        uint256 context = contextOf(msg.sender, claim);
        if (proof.signals.context() != context) revert WrongContext(proof.signals.context(), context);
        _checkSnapshot(proof.signals.snapshotRoot(), claim.maxAge);
        _verify(proof);
    }

    function _checkSnapshot(bytes32 root, uint256 maxAge) private view {
        uint256 publishedAt = ISnapshotRegistry(registry).publishedAt(root);
        if (publishedAt == 0) revert UnknownSnapshot(root);
        if (publishedAt > block.timestamp || block.timestamp - publishedAt > maxAge) {
            revert StaleSnapshot(root, publishedAt, maxAge);
        }
    }

    function _verify(Proof calldata proof) private view {
        address verifier = verifierOf[proof.circuit];
        if (verifier == address(0)) revert UnknownCircuit(proof.circuit);
        // Without enough gas the generated verifier returns false, which must not look like an invalid proof.
        if (gasleft() < VERIFICATION_GAS) revert NotEnoughGas(gasleft(), VERIFICATION_GAS);
        bool valid = IGroth16Verifier(verifier).verifyProof(proof.a, proof.b, proof.c, proof.signals);
        if (!valid) revert InvalidProof(proof.circuit);
    }

    function _requireCode(address account) private view {
        if (account.code.length == 0) revert NotAContract(account);
    }
}
