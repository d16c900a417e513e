// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../../src/interfaces/IBatchVerifier.sol";

/// @dev Accepts the proofs that a test names, each for its circuit and signals alone, in one group for each circuit.
contract MockBatchVerifier is IBatchVerifier {
    error InvalidProof(bytes32 circuit);
    error TwoGroupsOf(bytes32 circuit);

    mapping(bytes32 circuit => uint256) public signalsOf;
    mapping(bytes32 proven => bool) private _accepted;

    function accept(bytes32 circuit, uint256[] calldata signals, Proof calldata proof) external {
        signalsOf[circuit] = signals.length;
        _accepted[keccak256(abi.encode(circuit, signals, proof))] = true;
    }

    function verify(Group[] calldata groups, uint256[] calldata signals, Proof[] calldata proofs) external view {
        (uint256 proof, uint256 signal) = (0, 0);
        for (uint256 i = 0; i < groups.length; ++i) {
            bytes32 circuit = groups[i].circuit;
            for (uint256 j = 0; j < i; ++j) {
                if (groups[j].circuit == circuit) revert TwoGroupsOf(circuit);
            }
            if (groups[i].count == 0) revert EmptyGroup(circuit);
            uint256 count = signalsOf[circuit];
            for (uint256 j = 0; j < groups[i].count; ++j) {
                uint256[] calldata own = signals[signal:signal + count];
                if (!_accepted[keccak256(abi.encode(circuit, own, proofs[proof]))]) revert InvalidProof(circuit);
                ++proof;
                signal += count;
            }
        }
        if (proof != proofs.length) revert WrongNumberOfProofs(proofs.length, proof);
        if (signal != signals.length) revert WrongNumberOfSignals(signals.length, signal);
    }
}

/// @dev Accepts everything and costs next to nothing.
contract FreeBatchVerifier is IBatchVerifier {
    function verify(Group[] calldata, uint256[] calldata, Proof[] calldata) external view {}

    function signalsOf(bytes32) external view returns (uint256) {}
}
