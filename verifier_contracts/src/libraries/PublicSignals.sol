// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The public signals of a margin proof by name, in the order of circuits/instances.json
library PublicSignals {
    /// @dev The order of BN254's scalar field, r: signals are numbers modulo r.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @return The first signal that is not below r, or 0: s and s + r are one and the same to a proof
    function outOfRange(uint256[5] calldata signals) internal pure returns (uint256) {
        for (uint256 i = 0; i < 5; ++i) {
            if (signals[i] >= FIELD) return signals[i];
        }
        return 0;
    }

    /// @return 1 when the account meets the requirement, 0 when it does not
    function healthy(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[0];
    }

    function accountCommitment(uint256[5] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[1]);
    }

    function snapshotRoot(uint256[5] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[2]);
    }

    function requirementBps(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[3];
    }

    function context(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[4];
    }
}
