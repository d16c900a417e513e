// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGroth16Verifier} from "../../src/interfaces/IGroth16Verifier.sol";

/// @dev Accepts the proofs that a test names. Like the generated verifiers, it returns false when it runs out of gas.
contract MockGroth16Verifier is IGroth16Verifier {
    uint256 private constant GAS = 220_000;

    mapping(bytes32 call => bool) private _accepted;

    function accept(uint256[2] calldata a, uint256[2][2] calldata b, uint256[2] calldata c, uint256[5] calldata signals)
        external
    {
        _accepted[keccak256(abi.encode(a, b, c, signals))] = true;
    }

    function verifyProof(
        uint256[2] calldata a,
        uint256[2][2] calldata b,
        uint256[2] calldata c,
        uint256[5] calldata signals
    ) external view returns (bool) {
        return gasleft() >= GAS && _accepted[keccak256(abi.encode(a, b, c, signals))];
    }
}
