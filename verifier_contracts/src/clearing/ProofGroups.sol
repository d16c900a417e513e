// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {IBatches} from "./IBatches.sol";
import {Words} from "./Words.sol";

/// @title Proofs of several circuits, as one call of IBatchVerifier.verify
/// @dev Proofs come in any order, and each circuit is one group. So proofs are counted first (`count`); then the call's
/// data is laid out (`layOut`), and signals and proofs are written into it (`signalsAt`, `putProof`). A circuit is known
/// by its number: a small positive integer.
library ProofGroups {
    using Words for uint256;

    uint256 private constant PROOF_SIZE = 8 * 32;

    /// @dev A call. Lists are by the circuits' numbers.
    /// @param circuits The circuits
    /// @param proofs The numbers of their proofs
    /// @param signals The numbers of the public signals of all their proofs
    /// @param signalAt Where in memory the signals of the next proof go
    /// @param proofAt Where in memory the next proof goes
    /// @param start Where in memory the call's data begins
    /// @param size Its size in bytes
    struct Groups {
        bytes32[] circuits;
        uint256[] proofs;
        uint256[] signals;
        uint256[] signalAt;
        uint256[] proofAt;
        uint256 start;
        uint256 size;
    }

    /// @notice No proofs.
    /// @param circuits The largest number of a circuit
    /// @return groups The lists
    function none(uint256 circuits) internal pure returns (Groups memory groups) {
        groups.circuits = new bytes32[](circuits + 1);
        groups.proofs = new uint256[](circuits + 1);
        groups.signals = new uint256[](circuits + 1);
        groups.signalAt = new uint256[](circuits + 1);
        groups.proofAt = new uint256[](circuits + 1);
    }

    /// @notice Counts a proof.
    /// @param number The circuit's number
    /// @param circuit The circuit
    /// @param signals The number of its public signals
    function count(Groups memory groups, uint256 number, bytes32 circuit, uint256 signals) internal pure {
        groups.circuits[number] = circuit;
        ++groups.proofs[number];
        groups.signals[number] += signals;
    }

    /// @notice Writes the call with a group for each circuit and for each of `others`; signals and proofs of the former
    /// are still missing.
    /// @param others Proofs with their signals
    function layOut(Groups memory groups, IBatches.Statement[] calldata others) internal pure {
        groups.start = Words.free();
        // The arguments begin behind the selector.
        uint256 head = groups.start.put(uint256(bytes32(IBatchVerifier.verify.selector))) - 28;
        (uint256 ptr, uint256 proofs, uint256 signals) = _putGroups(groups, head + 96, others);
        head.put(96).put(ptr - head).put(ptr - head + 32 + 32 * signals);
        ptr = ptr.put(signals);
        uint256 end = (ptr + 32 * signals).put(proofs);
        for (uint256 i = 0; i < groups.proofs.length; ++i) {
            if (groups.proofs[i] == 0) continue;
            (groups.signalAt[i], groups.proofAt[i]) = (ptr, end);
            ptr += 32 * groups.signals[i];
            end += PROOF_SIZE * groups.proofs[i];
        }
        for (uint256 i = 0; i < others.length; ++i) {
            ptr = ptr.putAll(others[i].signals);
            _copy(end, others[i].proof);
            end += PROOF_SIZE;
        }
        groups.size = end - groups.start;
        assembly ("memory-safe") {
            // The end of an allocation is a multiple of 32.
            mstore(0x40, and(add(end, 31), not(31)))
        }
    }

    /// @notice The place in memory for the signals of the circuit's next proof.
    /// @param number The circuit's number
    /// @param signals The number of its public signals
    /// @return ptr The place
    function signalsAt(Groups memory groups, uint256 number, uint256 signals) internal pure returns (uint256 ptr) {
        ptr = groups.signalAt[number];
        groups.signalAt[number] = ptr + 32 * signals;
    }

    /// @notice Writes the circuit's next proof.
    /// @param number The circuit's number
    /// @param proof The proof
    function putProof(Groups memory groups, uint256 number, IBatchVerifier.Proof calldata proof) internal pure {
        uint256 ptr = groups.proofAt[number];
        groups.proofAt[number] = ptr + PROOF_SIZE;
        _copy(ptr, proof);
    }

    /// @notice Makes the call. Reverts with the verifier's error unless all proofs are valid.
    /// @param verifier A contract
    function verify(Groups memory groups, address verifier) internal view {
        (uint256 start, uint256 size) = (groups.start, groups.size);
        assembly {
            if iszero(staticcall(gas(), verifier, start, size, 0, 0)) {
                returndatacopy(0, 0, returndatasize())
                revert(0, returndatasize())
            }
        }
    }

    /// @dev Writes the list of groups, and returns the place behind it, and the numbers of all proofs and signals.
    function _putGroups(Groups memory groups, uint256 start, IBatches.Statement[] calldata others)
        private
        pure
        returns (uint256 ptr, uint256 proofs, uint256 signals)
    {
        ptr = start + 32;
        for (uint256 i = 0; i < groups.proofs.length; ++i) {
            uint256 one = groups.proofs[i];
            if (one == 0) continue;
            ptr = ptr.put(uint256(groups.circuits[i])).put(one);
            proofs += one;
            signals += groups.signals[i];
        }
        for (uint256 i = 0; i < others.length; ++i) {
            ptr = ptr.put(uint256(others[i].circuit)).put(1);
            signals += others[i].signals.length;
        }
        proofs += others.length;
        start.put((ptr - start) / 64);
    }

    function _copy(uint256 ptr, IBatchVerifier.Proof calldata proof) private pure {
        assembly {
            calldatacopy(ptr, proof, PROOF_SIZE)
        }
    }
}
