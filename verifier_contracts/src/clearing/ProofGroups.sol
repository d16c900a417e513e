// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";
import {IBatches} from "./IBatches.sol";
import {Words} from "./Words.sol";

/// @title Proofs of several circuits, as one call of IBatchVerifier.verify
/// @dev Proofs come in any order, and each circuit is one group. So proofs are counted first (`count`); then the call's
/// data is laid out (`layOut`), and signals and proofs are written into it (`put`). A circuit is known by its number: a
/// small positive integer.
library ProofGroups {
    using Words for uint256;

    uint256 private constant PROOF_SIZE = 256;
    /// @dev The size of a circuit's record, in which are
    /// - the number of its proofs,
    /// - the number of the public signals of all its proofs,
    /// - the circuit; once the call is laid out, where in memory the signals of its next proof go,
    /// - where in memory its next proof goes.
    uint256 private constant RECORD_SIZE = 128;

    /// @dev A call.
    /// @param records Where in memory the circuits' records begin, by number
    /// @param end Where they end
    /// @param start Where in memory the call's data begins
    /// @param size Its size in bytes
    struct Groups {
        uint256 records;
        uint256 end;
        uint256 start;
        uint256 size;
    }

    /// @notice No proofs.
    /// @param circuits The largest number of a circuit; larger ones must not be counted
    /// @return groups The call
    function none(uint256 circuits) internal pure returns (Groups memory groups) {
        bytes memory records = new bytes(RECORD_SIZE * (circuits + 1));
        assembly ("memory-safe") {
            mstore(groups, add(records, 32))
            mstore(add(groups, 32), add(add(records, 32), mload(records)))
        }
    }

    /// @notice Counts a proof.
    /// @param index The circuit's number
    /// @param circuit The circuit
    /// @param signals The number of its public signals
    function count(Groups memory groups, uint256 index, bytes32 circuit, uint256 signals) internal pure {
        assembly ("memory-safe") {
            let record := add(mload(groups), mul(index, RECORD_SIZE))
            mstore(record, add(mload(record), 1))
            mstore(add(record, 32), add(mload(add(record, 32)), signals))
            mstore(add(record, 64), circuit)
        }
    }

    /// @notice Writes the call with a group for each circuit and for each of `others`; signals and proofs of the former
    /// are still missing.
    /// @param others Proofs with their signals
    function layOut(Groups memory groups, IBatches.Statement[] calldata others) internal pure {
        groups.start = Words.free();
        // The arguments begin behind the selector.
        uint256 head = groups.start.put(uint256(bytes32(IBatchVerifier.verify.selector))) - 28;
        (uint256 ptr, uint256 proofs, uint256 signals) = _putGroups(groups, head + 96, others);
        // slither-disable-next-line unused-return: nothing is written behind it
        head.put(96).put(ptr - head).put(ptr - head + 32 + 32 * signals);
        ptr = ptr.put(signals);
        uint256 end = (ptr + 32 * signals).put(proofs);
        for (uint256 record = groups.records; record < groups.end; record += RECORD_SIZE) {
            if (record.read() == 0) continue;
            // slither-disable-next-line unused-return: nothing is written behind it
            (record + 64).put(ptr).put(end);
            ptr += 32 * (record + 32).read();
            end += PROOF_SIZE * record.read();
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

    /// @notice Writes the circuit's next proof.
    /// @param index The circuit's number
    /// @param signals The number of its public signals
    /// @param proof The proof
    /// @return ptr The place in memory for its signals
    function put(Groups memory groups, uint256 index, uint256 signals, IBatchVerifier.Proof calldata proof)
        internal
        pure
        returns (uint256 ptr)
    {
        assembly ("memory-safe") {
            let record := add(mload(groups), mul(index, RECORD_SIZE))
            ptr := mload(add(record, 64))
            mstore(add(record, 64), add(ptr, shl(5, signals)))
            let place := mload(add(record, 96))
            mstore(add(record, 96), add(place, PROOF_SIZE))
            calldatacopy(place, proof, PROOF_SIZE)
        }
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
        for (uint256 record = groups.records; record < groups.end; record += RECORD_SIZE) {
            uint256 one = record.read();
            if (one == 0) continue;
            ptr = ptr.put((record + 64).read()).put(one);
            proofs += one;
            signals += (record + 32).read();
        }
        for (uint256 i = 0; i < others.length; ++i) {
            ptr = ptr.put(uint256(others[i].circuit)).put(1);
            signals += others[i].signals.length;
        }
        proofs += others.length;
        // slither-disable-next-line unused-return: nothing is written behind it
        start.put((ptr - start) / 64);
    }

    function _copy(uint256 ptr, IBatchVerifier.Proof calldata proof) private pure {
        assembly {
            calldatacopy(ptr, proof, PROOF_SIZE)
        }
    }
}
