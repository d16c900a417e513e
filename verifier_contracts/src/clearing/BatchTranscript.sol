// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {BatchField} from "./BatchField.sol";
import {BatchStates} from "./BatchStates.sol";
import {IBatches} from "./IBatches.sol";
import {Words} from "./Words.sol";

/// @title The points z of batches and of attestations: hashes of all that is public in them
/// @dev As zkmargin.clearing.BatchContent.challenge and AttestationContent.challenge: keccak256 of words, every list
/// after its length, mod r. Places of proofs of health must exist.
library BatchTranscript {
    using BatchStates for BatchStates.States;
    using Words for uint256;

    /// @dev The first word of an attestation. It is not a field element, and a batch begins with its domain, which is.
    uint256 internal constant ATTESTATION = uint256(bytes32("zkmargin attestation"));

    /// @dev What the proofs of a batch or an attestation have in common.
    struct Claim {
        uint256 domain;
        uint256 requirementBps;
        uint256 snapshotRoot;
        uint256 z;
    }

    /// @notice The point of a batch.
    /// @param firsts The commitments before the batch, one for each account
    function challengeOf(IBatches.Batch calldata batch, Claim memory claim, uint256[] calldata firsts)
        internal
        pure
        returns (uint256)
    {
        // Before anything is written, as it allocates.
        BatchStates.States memory states = BatchStates.lastOf(batch.accounts);
        uint256 start = Words.free();
        uint256 ptr = start.put(claim.domain).put(batch.time).put(batch.reduceOnly ? 1 : 0).put(claim.snapshotRoot);
        ptr = _putAccounts(ptr.put(claim.requirementBps), batch.accounts, firsts);
        ptr = _putOperations(ptr, batch.fills);
        ptr = _putOperations(ptr, batch.upkeep);
        ptr = ptr.put(batch.requests.length);
        for (uint256 i = 0; i < batch.requests.length; ++i) {
            IBatches.Request calldata one = batch.requests[i];
            ptr = ptr.put(one.account).put(one.tag).put(one.value);
        }
        ptr = _putHealth(ptr, batch.health, states);
        return _hash(start, ptr);
    }

    /// @notice The point of an attestation.
    function challengeOf(Claim memory claim, BatchStates.States memory states, IBatches.Health[] calldata health)
        internal
        pure
        returns (uint256)
    {
        uint256 start = Words.free();
        uint256 ptr = start.put(ATTESTATION).put(claim.domain).put(claim.requirementBps).put(claim.snapshotRoot);
        (uint256 length, uint256 size) = (states.length, 32 * states.length);
        ptr = ptr.put(length).putSlice(states.numbers, size).put(length).putSlice(states.commitments, size);
        return _hash(start, _putHealth(ptr, health, states));
    }

    /// @dev Of each account number, first and last state.
    function _putAccounts(uint256 ptr, IBatches.Touched[] calldata accounts, uint256[] calldata firsts)
        private
        pure
        returns (uint256 next)
    {
        next = ptr.put(firsts.length);
        assembly {
            let account := accounts.offset
            let first := firsts.offset
            for { let end := add(first, shl(5, firsts.length)) } lt(first, end) { first := add(first, 32) } {
                mstore(next, calldataload(account))
                mstore(add(next, 32), calldataload(first))
                mstore(add(next, 64), calldataload(add(account, 32)))
                account := add(account, 64)
                next := add(next, 96)
            }
        }
    }

    function _putOperations(uint256 ptr, IBatches.Operations[] calldata parts) private pure returns (uint256) {
        ptr = ptr.put(parts.length);
        for (uint256 i = 0; i < parts.length; ++i) {
            IBatches.Operations calldata part = parts[i];
            ptr = ptr.put(uint256(part.circuit)).put(part.digest).putList(part.elements);
        }
        return ptr;
    }

    function _putHealth(uint256 ptr, IBatches.Health[] calldata parts, BatchStates.States memory states)
        private
        pure
        returns (uint256)
    {
        ptr = ptr.put(parts.length);
        for (uint256 i = 0; i < parts.length; ++i) {
            IBatches.Health calldata part = parts[i];
            uint256[] calldata places = part.places;
            ptr = ptr.put(uint256(part.circuit)).put(part.digest).put(places.length);
            ptr = states.putNumbers(ptr, places);
        }
        return ptr;
    }

    function _hash(uint256 start, uint256 end) private pure returns (uint256 z) {
        assembly {
            z := keccak256(start, sub(end, start))
        }
        return z % BatchField.FIELD;
    }
}
