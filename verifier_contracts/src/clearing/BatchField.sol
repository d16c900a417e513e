// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @title Arithmetic of batches in the scalar field
/// @dev zkmargin.spec.batch and zkmargin.spec.digest define the same functions. Inputs need not be reduced unless a
/// function says so.
library BatchField {
    /// @dev The order r of BN254's scalar field.
    uint256 internal constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @dev r - 1.
    uint256 private constant LARGEST = 21888242871839275222246405745257275088548364400416034343698204186575808495616;

    /// @notice y = z^65536, which stands before an account's number: 65 536 is 2^16.
    /// @param z The point
    /// @return y The power
    function power(uint256 z) internal pure returns (uint256 y) {
        y = z;
        for (uint256 i = 0; i < 16; ++i) {
            y = mulmod(y, y, FIELD);
        }
    }

    /// @notice The factor z - value - y * number.
    /// @param value A commitment, or the value of a request
    /// @param number The account's number, or that of a request with its tag
    /// @param z The point
    /// @param y Its power
    function factor(uint256 value, uint256 number, uint256 z, uint256 y) internal pure returns (uint256) {
        return addmod(z, FIELD - addmod(value, mulmod(y, number, FIELD), FIELD), FIELD);
    }

    /// @notice The polynomial with `values` as coefficients, the constant one first, at z.
    /// @dev Sums are not reduced: a product below r and a coefficient below r add up to less than 2^255. Four
    /// coefficients a round save a third of the gas.
    /// @param values The coefficients
    /// @param z The point
    /// @return result The value; any number if there is an excess
    /// @return excess Whether a coefficient is not below r
    function horner(uint256[] calldata values, uint256 z) internal pure returns (uint256 result, bool excess) {
        assembly ("memory-safe") {
            let first := values.offset
            let ptr := add(first, shl(5, values.length))
            for { let end := add(first, and(shl(5, values.length), not(127))) } gt(ptr, end) {} {
                ptr := sub(ptr, 32)
                let value := calldataload(ptr)
                excess := or(excess, gt(value, LARGEST))
                result := add(mulmod(result, z, FIELD), value)
            }
            for {} gt(ptr, first) {} {
                let value := calldataload(sub(ptr, 32))
                excess := or(excess, gt(value, LARGEST))
                result := add(mulmod(result, z, FIELD), value)
                value := calldataload(sub(ptr, 64))
                excess := or(excess, gt(value, LARGEST))
                result := add(mulmod(result, z, FIELD), value)
                value := calldataload(sub(ptr, 96))
                excess := or(excess, gt(value, LARGEST))
                result := add(mulmod(result, z, FIELD), value)
                ptr := sub(ptr, 128)
                value := calldataload(ptr)
                excess := or(excess, gt(value, LARGEST))
                result := add(mulmod(result, z, FIELD), value)
            }
            result := mod(result, FIELD)
        }
    }
}
