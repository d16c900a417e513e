// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16DisclosureVerifier} from "../src/interfaces/IGroth16DisclosureVerifier.sol";

/// @dev Accepts what it was told to accept, and like the generated verifier says false when gas runs short.
contract MockGroth16DisclosureVerifier is IGroth16DisclosureVerifier {
    uint256 private constant NEEDED = 235_000;

    mapping(bytes32 call => bool) private _accepted;

    function accept(uint256[2] calldata a, uint256[2][2] calldata b, uint256[2] calldata c, uint256[7] calldata signals)
        external
    {
        _accepted[keccak256(abi.encode(a, b, c, signals))] = true;
    }

    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[7] calldata signals
    ) external view returns (bool) {
        return gasleft() >= NEEDED && _accepted[keccak256(abi.encode(a, b, c, signals))];
    }
}
