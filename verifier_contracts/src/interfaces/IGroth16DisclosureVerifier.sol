// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title The verifier of one circuit, as snarkjs generates it for seven public signals
interface IGroth16DisclosureVerifier {
    /// @notice Verifies a proof.
    /// @dev Behaves like IGroth16Verifier: false does not show that the proof is invalid, since gas may have run out.
    /// @param a The point A of G1
    /// @param b The point B of G2, the imaginary part of each coordinate first
    /// @param c The point C of G1
    /// @param signals The public signals
    /// @return Whether the proof verifies
    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[7] calldata signals
    ) external view returns (bool);
}
