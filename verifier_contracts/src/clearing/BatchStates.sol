// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "./IBatches.sol";

/// @title Accounts and their commitments in calldata, and loops over them
/// @dev The loops are in assembly, as bounds checks would cost more than what they do. A *place* is an index into the
/// accounts; places must have been checked by `cover`.
library BatchStates {
    /// @dev BatchField.FIELD, as assembly takes only numbers.
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @dev The commitment of the account whose values are all 0: spec.BLANK_COMMITMENT. It fills empty places.
    uint256 private constant BLANK = 19518143364659709318405042830161785805735603966137915937581513069766672330208;

    /// @param numbers Where the number of the first account is
    /// @param commitments Where its commitment is
    /// @param step The bytes from an account to the next one, of both
    /// @param length The number of accounts
    struct States {
        uint256 numbers;
        uint256 commitments;
        uint256 step;
        uint256 length;
    }

    /// @notice The last states of a batch.
    function lastOf(IBatches.Touched[] calldata accounts) internal pure returns (States memory) {
        uint256 start;
        assembly ("memory-safe") {
            start := accounts.offset
        }
        return States(start, start + 32, 64, accounts.length);
    }

    /// @notice States in two lists of equal length.
    function listed(uint256[] calldata accounts, uint256[] calldata commitments) internal pure returns (States memory) {
        (uint256 numbers, uint256 values) = (0, 0);
        assembly ("memory-safe") {
            numbers := accounts.offset
            values := commitments.offset
        }
        return States(numbers, values, 32, accounts.length);
    }

    /// @notice The account at a place.
    function numberAt(States memory states, uint256 place) internal pure returns (uint256 account) {
        uint256 ptr = states.numbers + states.step * place;
        assembly ("memory-safe") {
            account := calldataload(ptr)
        }
    }

    /// @notice The commitment at a place.
    function commitmentAt(States memory states, uint256 place) internal pure returns (uint256 commitment) {
        uint256 ptr = states.commitments + states.step * place;
        assembly ("memory-safe") {
            commitment := calldataload(ptr)
        }
    }

    /// @notice Whether the accounts ascend strictly, and all states are field elements.
    /// @param accounts The accounts
    /// @param firsts Their first states
    function areInOrder(IBatches.Touched[] calldata accounts, uint256[] calldata firsts)
        internal
        pure
        returns (bool fine)
    {
        fine = true;
        assembly ("memory-safe") {
            let previous := 0
            let first := firsts.offset
            let start := accounts.offset
            let end := add(start, shl(6, accounts.length))
            for { let ptr := start } lt(ptr, end) { ptr := add(ptr, 64) } {
                let account := calldataload(ptr)
                fine := and(fine, or(gt(account, previous), eq(ptr, start)))
                fine := and(fine, and(lt(calldataload(add(ptr, 32)), FIELD), lt(calldataload(first), FIELD)))
                previous := account
                first := add(first, 32)
            }
        }
    }

    /// @notice The products of the factors of all last and of all first states, which are field elements.
    /// @param accounts The accounts
    /// @param firsts Their first states
    /// @param z The point
    /// @param y Its power
    function products(IBatches.Touched[] calldata accounts, uint256[] calldata firsts, uint256 z, uint256 y)
        internal
        pure
        returns (uint256 made, uint256 consumed)
    {
        (made, consumed) = (1, 1);
        assembly ("memory-safe") {
            let first := firsts.offset
            let ptr := accounts.offset
            for { let end := add(ptr, shl(6, accounts.length)) } lt(ptr, end) { ptr := add(ptr, 64) } {
                let base := addmod(z, sub(FIELD, mulmod(y, calldataload(ptr), FIELD)), FIELD)
                made := mulmod(made, addmod(base, sub(FIELD, calldataload(add(ptr, 32))), FIELD), FIELD)
                consumed := mulmod(consumed, addmod(base, sub(FIELD, calldataload(first)), FIELD), FIELD)
                first := add(first, 32)
            }
        }
    }

    /// @notice Notes places as covered, as long as they exist and were not.
    /// @param covered A bit for each place
    /// @param places The places
    /// @param length The number of accounts
    /// @return fine Whether all are noted
    /// @return place The first that is not
    function cover(uint256[] memory covered, uint256[] calldata places, uint256 length)
        internal
        pure
        returns (bool fine, uint256 place)
    {
        fine = true;
        assembly ("memory-safe") {
            let ptr := places.offset
            for { let end := add(ptr, shl(5, places.length)) } lt(ptr, end) { ptr := add(ptr, 32) } {
                place := calldataload(ptr)
                fine := lt(place, length)
                if iszero(fine) { break }
                let word := add(add(covered, 32), shl(5, shr(8, place)))
                // slither-disable-next-line incorrect-shift: in assembly the distance comes first
                let bit := shl(and(place, 255), 1)
                let known := mload(word)
                fine := iszero(and(known, bit))
                if iszero(fine) { break }
                mstore(word, or(known, bit))
            }
        }
    }

    /// @notice Writes the numbers of accounts into memory.
    /// @param states The accounts
    /// @param ptr The place in memory
    /// @param places The places of the accounts
    /// @return next The place in memory behind them
    function putNumbers(States memory states, uint256 ptr, uint256[] calldata places)
        internal
        pure
        returns (uint256 next)
    {
        (uint256 numbers, uint256 step) = (states.numbers, states.step);
        assembly {
            next := ptr
            let from := places.offset
            for { let end := add(from, shl(5, places.length)) } lt(from, end) { from := add(from, 32) } {
                mstore(next, calldataload(add(numbers, mul(step, calldataload(from)))))
                next := add(next, 32)
            }
        }
    }

    /// @notice The polynomial whose coefficients are the commitments in a circuit's places, at z. Blanks are behind those
    /// of accounts.
    /// @param states The accounts
    /// @param places The places of the accounts
    /// @param blanks The number of blanks
    /// @param z The point
    /// @return result The value
    function horner(States memory states, uint256[] calldata places, uint256 blanks, uint256 z)
        internal
        pure
        returns (uint256 result)
    {
        (uint256 commitments, uint256 step) = (states.commitments, states.step);
        assembly ("memory-safe") {
            for {} blanks { blanks := sub(blanks, 1) } {
                result := addmod(mulmod(result, z, FIELD), BLANK, FIELD)
            }
            for { let ptr := add(places.offset, shl(5, places.length)) } gt(ptr, places.offset) {} {
                ptr := sub(ptr, 32)
                let commitment := calldataload(add(commitments, mul(step, calldataload(ptr))))
                result := addmod(mulmod(result, z, FIELD), commitment, FIELD)
            }
        }
    }
}
