// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PublicSignals} from "./PublicSignals.sol";

/// @title Values of polynomials whose coefficients are field elements
/// @notice A proof shows the value of its own list at a point. A published list of n elements with that value is the
/// proof's own, except with a probability below n / r, if the point is a hash of both lists.
library Horner {
    /// @notice An element is not below r. Otherwise several lists would have one value.
    /// @param index Its place in the list
    /// @param element The element
    error NotAFieldElement(uint256 index, uint256 element);

    /// @notice The sum of elements[i] * x^i modulo r.
    /// @param elements Field elements, the constant first
    /// @param x The point
    /// @return result The value; 0 for an empty list
    function value(uint256[] calldata elements, uint256 x) internal pure returns (uint256 result) {
        uint256 field = PublicSignals.FIELD;
        uint256 excess;
        // From the last element to the first. Calldata is only read, so nothing can be overwritten.
        assembly ("memory-safe") {
            let first := elements.offset
            for { let next := add(first, shl(5, elements.length)) } gt(next, first) {} {
                next := sub(next, 32)
                let element := calldataload(next)
                excess := or(excess, iszero(lt(element, field)))
                result := addmod(mulmod(result, x, field), element, field)
            }
        }
        if (excess != 0) _refuse(elements);
    }

    /// @notice The point for a published list: keccak256 of a seed and the elements, modulo r.
    /// @param seed The value that determines the proof's own list, such as the commitment to an account
    /// @param elements The published list
    /// @return The point
    function point(bytes32 seed, uint256[] calldata elements) internal pure returns (uint256) {
        return uint256(keccak256(abi.encodePacked(seed, elements))) % PublicSignals.FIELD;
    }

    function _refuse(uint256[] calldata elements) private pure {
        for (uint256 i = 0; i < elements.length; ++i) {
            if (elements[i] >= PublicSignals.FIELD) revert NotAFieldElement(i, elements[i]);
        }
    }
}
