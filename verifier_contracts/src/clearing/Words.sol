// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Words written one after the other into memory
/// @dev For data that is hashed or sent at once: encoders of the compiler would copy every element several times. Each
/// function returns the place behind what it has written. It does not allocate, so its caller allocates nothing until
/// the data has been used, or has allocated enough before.
library Words {
    /// @notice Where free memory begins.
    function free() internal pure returns (uint256 ptr) {
        assembly {
            ptr := mload(0x40)
        }
    }

    /// @notice Reads a word.
    /// @param ptr The place in memory
    /// @return value The word
    function read(uint256 ptr) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := mload(ptr)
        }
    }

    /// @notice Writes a word.
    /// @param ptr The place in memory
    /// @param value The word
    /// @return next The place behind it
    function put(uint256 ptr, uint256 value) internal pure returns (uint256 next) {
        assembly {
            mstore(ptr, value)
            next := add(ptr, 32)
        }
    }

    /// @notice Writes a slice of calldata.
    /// @param ptr The place in memory
    /// @param start Where in calldata the slice begins
    /// @param size Its size in bytes
    /// @return next The place behind it
    function putSlice(uint256 ptr, uint256 start, uint256 size) internal pure returns (uint256 next) {
        assembly {
            calldatacopy(ptr, start, size)
            next := add(ptr, size)
        }
    }

    /// @notice Writes the elements of a list.
    /// @param ptr The place in memory
    /// @param values The list
    /// @return The place behind them
    function putAll(uint256 ptr, uint256[] calldata values) internal pure returns (uint256) {
        uint256 start;
        assembly ("memory-safe") {
            start := values.offset
        }
        return putSlice(ptr, start, 32 * values.length);
    }

    /// @notice Writes a list after its length.
    /// @param ptr The place in memory
    /// @param values The list
    /// @return The place behind it
    function putList(uint256 ptr, uint256[] calldata values) internal pure returns (uint256) {
        return putAll(put(ptr, values.length), values);
    }
}
