// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "./IBatches.sol";
import {IHouseTypes} from "./IHouseTypes.sol";

/// @title The event of a settled batch, copied from calldata
/// @dev A batch of 128 accounts has 80 kB of sealed elements. The event is written behind the memory in use, which it
/// leaves as it is: encoding it as usual would cost as much as 50 proofs. IHouseTypes.Settled describes the words.
library BatchLog {
    /// @notice Emits `Settled`.
    /// @param batch The batch
    /// @param batchNumber Its number
    function write(IBatches.Batch calldata batch, uint256 batchNumber) internal {
        bytes32 topic = IHouseTypes.Settled.selector;
        (bytes32 root, uint256 time) = (batch.snapshotRoot, batch.time);
        uint256 start;
        assembly ("memory-safe") {
            start := mload(0x40)
        }
        uint256 end = _writeAccounts(batch.accounts, start + 96);
        end = _writeOperations(batch.fills, end);
        end = _writeOperations(batch.upkeep, end);
        end = _writeRequests(batch.requests, end);
        assembly ("memory-safe") {
            mstore(start, time)
            mstore(add(start, 32), 64)
            mstore(add(start, 64), sub(end, add(start, 96)))
            log3(start, sub(end, start), topic, batchNumber, root)
        }
    }

    function _writeAccounts(IBatches.Touched[] calldata list, uint256 from) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            let size := mul(list.length, 64)
            mstore(from, list.length)
            calldatacopy(add(from, 32), list.offset, size)
            end := add(add(from, 32), size)
        }
    }

    function _writeRequests(IBatches.Request[] calldata list, uint256 from) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            let size := mul(list.length, 96)
            mstore(from, list.length)
            calldatacopy(add(from, 32), list.offset, size)
            end := add(add(from, 32), size)
        }
    }

    function _writeOperations(IBatches.Operations[] calldata list, uint256 from) private pure returns (uint256 end) {
        assembly ("memory-safe") {
            mstore(from, list.length)
        }
        end = from + 32;
        for (uint256 i = 0; i < list.length; ++i) {
            end = _writeOperation(list[i], end);
        }
    }

    function _writeOperation(IBatches.Operations calldata part, uint256 from) private pure returns (uint256 end) {
        uint256[] calldata elements = part.elements;
        (bytes32 circuit, uint256 digest, uint256 total) = (part.circuit, part.digest, part.total);
        assembly ("memory-safe") {
            let size := mul(elements.length, 32)
            mstore(from, circuit)
            mstore(add(from, 32), digest)
            mstore(add(from, 64), total)
            mstore(add(from, 96), elements.length)
            calldatacopy(add(from, 128), elements.offset, size)
            end := add(add(from, 128), size)
        }
    }
}
