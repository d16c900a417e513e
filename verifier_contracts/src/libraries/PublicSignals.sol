// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The public signals of a margin proof by name, in the order of circuits/instances.json
library PublicSignals {
    /// @dev The order r of BN254's scalar field. Signals are numbers modulo r.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @notice The first signal that is not below r. A proof does not distinguish s from s + r.
    /// @return The signal; 0 if there is none
    function outOfRange(uint256[5] calldata signals) internal pure returns (uint256) {
        for (uint256 i = 0; i < 5; ++i) {
            if (signals[i] >= FIELD) return signals[i];
        }
        return 0;
    }

    /// @notice Whether the account meets the requirement.
    /// @return 1 if it does, 0 if it does not
    function healthy(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[0];
    }

    /// @notice The commitment to the account.
    function accountCommitment(uint256[5] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[1]);
    }

    /// @notice The root of the snapshot.
    function snapshotRoot(uint256[5] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[2]);
    }

    /// @notice The level that `healthy` refers to, in 1/10 000 of the requirement.
    function requirementBps(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[3];
    }

    /// @notice The context that the proof is bound to.
    function context(uint256[5] calldata signals) internal pure returns (uint256) {
        return signals[4];
    }
}
