// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IDisclosureVerifier} from "./interfaces/IDisclosureVerifier.sol";
import {IGroth16DisclosureVerifier} from "./interfaces/IGroth16DisclosureVerifier.sol";
import {IMarginVerifier} from "./interfaces/IMarginVerifier.sol";
import {ISnapshotRegistry} from "./interfaces/ISnapshotRegistry.sol";
import {DisclosureSignals} from "./libraries/DisclosureSignals.sol";
import {PublicSignals} from "./libraries/PublicSignals.sol";

/// @title Verification of disclosures
/// @dev There is no owner and no setter: registry and circuits are fixed at deployment.
contract DisclosureVerifier is IDisclosureVerifier {
    using DisclosureSignals for uint256[7];

    /// @dev The gas that must be left for a verification. It uses about 230 000, two scalar multiplications more than
    /// for a margin proof, and a call passes on 63/64 of the gas left.
    uint256 private constant VERIFICATION_GAS = 265_000;

    /// @inheritdoc IDisclosureVerifier
    address public immutable registry;
    /// @inheritdoc IDisclosureVerifier
    mapping(uint256 circuit => address) public verifierOf;

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

    /// @inheritdoc IDisclosureVerifier
    function disclose(IMarginVerifier.Claim calldata claim, Proof calldata proof)
        external
        view
        returns (Disclosure memory)
    {
        if (block.timestamp > claim.deadline) {
            revert IMarginVerifier.DeadlinePassed(claim.deadline, block.timestamp);
        }
        uint256 excess = proof.signals.outOfRange();
        if (excess != 0) revert IMarginVerifier.SignalOutOfRange(excess);
        bytes32 account = proof.signals.accountCommitment();
        if (account != claim.accountCommitment) revert IMarginVerifier.WrongAccount(account, claim.accountCommitment);
        uint256 context = contextOf(msg.sender, claim);
        if (proof.signals.context() != context) {
            revert IMarginVerifier.WrongContext(proof.signals.context(), context);
        }
        uint256 publishedAt = _checkSnapshot(proof.signals.snapshotRoot(), claim.maxAge);
        _verify(proof);
        bool healthy = proof.signals.healthy(claim.requirementBps);
        return Disclosure(healthy, proof.signals.equity(), proof.signals.requirement(), publishedAt);
    }

    /// @inheritdoc IDisclosureVerifier
    function contextOf(address consumer, IMarginVerifier.Claim calldata claim) public view returns (uint256) {
        bytes memory parts = abi.encode(block.chainid, consumer, claim.accountCommitment, claim.action, claim.deadline);
        return uint256(keccak256(parts)) % PublicSignals.FIELD;
    }

    function _checkSnapshot(bytes32 root, uint256 maxAge) private view returns (uint256 publishedAt) {
        publishedAt = ISnapshotRegistry(registry).publishedAt(root);
        if (publishedAt == 0) revert IMarginVerifier.UnknownSnapshot(root);
        if (publishedAt > block.timestamp || block.timestamp - publishedAt > maxAge) {
            revert IMarginVerifier.StaleSnapshot(root, publishedAt, maxAge);
        }
    }

    function _verify(Proof calldata proof) private view {
        address verifier = verifierOf[proof.circuit];
        if (verifier == address(0)) revert IMarginVerifier.UnknownCircuit(proof.circuit);
        // Without enough gas the generated verifier returns false, which must not look like an invalid proof.
        if (gasleft() < VERIFICATION_GAS) revert IMarginVerifier.NotEnoughGas(gasleft(), VERIFICATION_GAS);
        bool valid = IGroth16DisclosureVerifier(verifier).verifyProof(proof.a, proof.b, proof.c, proof.signals);
        if (!valid) revert IMarginVerifier.InvalidProof(proof.circuit);
    }

    function _requireCode(address account) private view {
        if (account.code.length == 0) revert IMarginVerifier.NotAContract(account);
    }
}
