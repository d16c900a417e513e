// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title One proof, checked by the verifier of batches
library SingleProof {
    /// @notice Reverts unless the proof is valid.
    /// @param verifier The verifier
    /// @param circuit keccak256 of the circuit's name
    /// @param signals Its public signals
    /// @param proof The proof
    function check(
        IBatchVerifier verifier,
        bytes32 circuit,
        uint256[] memory signals,
        IBatchVerifier.Proof calldata proof
    ) internal view {
        IBatchVerifier.Group[] memory groups = new IBatchVerifier.Group[](1);
        IBatchVerifier.Proof[] memory proofs = new IBatchVerifier.Proof[](1);
        (groups[0], proofs[0]) = (IBatchVerifier.Group(circuit, 1), proof);
        verifier.verify(groups, signals, proofs);
    }
}
