// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SSTORE2} from "solady/src/utils/SSTORE2.sol";
import {IBatchVerifier} from "./interfaces/IBatchVerifier.sol";
import {BatchKeys} from "./libraries/BatchKeys.sol";

/// @title Verification of many Groth16 proofs of several circuits at once
/// @dev There is no owner and no setter: the keys are fixed at deployment. With c_i the coefficient of proof i,
/// X_i = IC[0] + sum of signal j * IC[j], and all terms on one side, a batch is valid if
///
///     product over proofs of e(c_i A_i, B_i)
///       * product over groups of e(sum of c_i C_i, -delta)
///       * product over phases of e(sum of c_i X_i, -gamma) * e(sum of c_i alpha, -beta)  =  1
///
/// **Coefficients.** They are 1, rho, rho^2 and so on, each for one proof, and rho is a hash of circuits, signals and
/// proofs. The equation of a proof says that an element of a group of the prime order r is neutral. If some equations are
/// false, rho passes only as a root of a polynomial that is not zero and has a degree below the number of proofs n: at
/// most n - 1 of r values. rho is only known when all else is chosen, so each try passes with a probability below
/// n / 2^253. Coefficients of 128 bits would give 2^-128 for the same gas, as the precompile has one price for every
/// scalar. The 1, which saves multiplications, goes to the first group of one proof, where it saves most, or to the first
/// proof; the others have the rest in their order.
///
/// **Gas.** Precompiles get all gas that is left, not their present price, which a fork may raise: no batch could be
/// verified then. So a malformed point costs nearly all gas of its transaction.
contract BatchVerifier is IBatchVerifier {
    /// @dev The order of the scalar field.
    uint256 private constant FIELD = 21888242871839275222246405745257275088548364400416034343698204186575808495617;

    /// @dev A pair of points for the precompile.
    uint256 private constant PAIR_BYTES = 0xc0;
    /// @dev A sum of points: the sum, and room behind it for a point and its scalar.
    uint256 private constant SUM_BYTES = 0xa0;
    /// @dev What is known of a phase: the sum of its coefficients c_i, and the sum of its points c_i X_i.
    uint256 private constant PHASE_BYTES = 0xc0;

    // What a verification uses, rounded up, at the prices of EIP-1108. A precompile gets at most 63/64 of what is left.
    uint256 private constant BASE_GAS = 56_000;
    uint256 private constant PAIR_GAS = 34_700;
    uint256 private constant POINT_GAS = 6_800;
    uint256 private constant SIGNAL_GAS = 150;

    /// @dev The contract whose code holds the keys; see BatchKeys.
    address private immutable _keys;
    uint256 private immutable _phases;
    /// @dev The bytes before the index of the keys, and those before the keys.
    uint256 private immutable _indexStart;
    uint256 private immutable _indexEnd;

    /// @dev The state of a verification.
    struct Run {
        uint256 rho; // 0x00: the ratio of coefficients
        uint256 coefficient; // 0x20: that of the next proof
        uint256 pair; // 0x40: the next pair of points, in memory
        uint256 proof; // 0x60: the next proof, in calldata
        uint256 signal; // 0x80: the next signal, in calldata
        uint256 sum; // 0xa0: the sum of a group's points c_i C_i, in memory
        uint256 phases; // 0xc0: what is known of the phases, in memory
        uint256 firstPair; // 0xe0: the first pair
        uint256 one; // 0x100: 1 as long as the coefficient 1 waits for a group of one proof
    }

    /// @param keys The verification keys
    constructor(Key[] memory keys) {
        uint256[] memory words;
        (words, _phases) = BatchKeys.pack(keys);
        _indexStart = _phases * BatchKeys.PHASE_WORDS * 32;
        _indexEnd = _indexStart + keys.length * BatchKeys.ENTRY_WORDS * 32;
        bytes memory data;
        // Words are bytes once the length says so.
        assembly ("memory-safe") {
            mstore(words, shl(5, mload(words)))
            data := words
        }
        _keys = SSTORE2.write(data);
    }

    /// @inheritdoc IBatchVerifier
    function verify(Group[] calldata groups, uint256[] calldata signals, Proof[] calldata proofs) external view {
        if (proofs.length == 0) revert EmptyBatch();
        uint256 head = _head();
        Run memory run;
        (uint256 list, uint256 pairs) = _find(run, head, groups, signals.length, proofs.length);
        run.sum = _allocate(SUM_BYTES);
        run.phases = _allocate(_phases * PHASE_BYTES);
        run.rho = _challenge(groups, signals, proofs);
        run.coefficient = run.one == 1 ? run.rho : 1;
        run.pair = run.firstPair = _allocate(pairs * PAIR_BYTES);
        assembly ("memory-safe") {
            mstore(add(run, 0x60), proofs.offset)
            mstore(add(run, 0x80), signals.offset)
        }
        (bool onCurves, bool inRange) = _addGroups(run, list, list + (groups.length << 6));
        if (!inRange) _blameSignal(signals);
        if (!onCurves || !_addPhases(run, head)) _blamePoint(proofs);
        (bool valid, bool neutral) = _isNeutral(run);
        if (!valid) _blamePoint(proofs);
        if (!neutral) revert InvalidBatch();
    }

    /// @inheritdoc IBatchVerifier
    function signalsOf(bytes32 circuit) external view returns (uint256) {
        return _placeOf(circuit, _head()) >> 128;
    }

    /// @dev Reads phases and index of the keys. Behind the index is an entry of zeros.
    function _head() private view returns (uint256 head) {
        (address keys, uint256 size) = (_keys, _indexEnd);
        head = _allocate(size + 0x40);
        assembly ("memory-safe") {
            extcodecopy(keys, head, 1, size)
        }
    }

    function _placeOf(bytes32 circuit, uint256 head) private view returns (uint256 place) {
        (uint256 start, uint256 end) = (_indexStart, _indexEnd);
        assembly ("memory-safe") {
            // With the circuit in the entry of zeros, the search ends there at the latest.
            mstore(add(head, end), circuit)
            let entry := add(head, start)
            for {} sub(mload(entry), circuit) {} { entry := add(entry, 0x40) }
            place := mload(add(entry, 0x20))
        }
        // The words of a key come after the index, so its place is not 0.
        if (place == 0) revert UnknownCircuit(circuit);
    }

    /// @dev Finds the keys of the groups, and checks lengths and gas. Notes in `run` if a group has one proof.
    /// @return list Two words of each group, in memory: the number of its proofs, and the key's place
    /// @return pairs The number of pairs of points, or more
    function _find(Run memory run, uint256 head, Group[] calldata groups, uint256 signals, uint256 proofs)
        private
        view
        returns (uint256 list, uint256 pairs)
    {
        uint256 counted;
        uint256 expected;
        uint256 points;
        (list, counted, expected, points) = _list(run, head, groups, proofs);
        if (counted != proofs) revert WrongNumberOfProofs(proofs, counted);
        if (expected != signals) revert WrongNumberOfSignals(signals, expected);
        pairs = _requireGas(groups.length, signals, proofs, points);
    }

    /// @dev Lists the keys of the groups, and adds up what they need.
    /// @param proofs The number of proofs that are there
    /// @return list Two words of each group, in memory: the number of its proofs, and the key's place
    /// @return counted The number of the groups' proofs
    /// @return signals The number of the groups' signals
    /// @return points The number of points of IC
    function _list(Run memory run, uint256 head, Group[] calldata groups, uint256 proofs)
        private
        view
        returns (uint256 list, uint256 counted, uint256 signals, uint256 points)
    {
        uint256 end = groups.length << 6;
        list = _allocate(end);
        // No sum wraps: no count is above the number of proofs that are there.
        unchecked {
            for (uint256 offset = 0; offset < end; offset += 64) {
                bytes32 circuit;
                uint256 count;
                // The compiler would check the bounds of each access.
                assembly ("memory-safe") {
                    circuit := calldataload(add(groups.offset, offset))
                    count := calldataload(add(add(groups.offset, offset), 0x20))
                }
                uint256 place = _placeOf(circuit, head);
                counted += count;
                if (count - 1 >= proofs) {
                    if (count == 0) revert EmptyGroup(circuit);
                    revert WrongNumberOfProofs(proofs, counted);
                }
                if (count == 1) run.one = 1;
                signals += count * (place >> 128);
                points += (place >> 128) + 1;
                assembly ("memory-safe") {
                    mstore(add(list, offset), count)
                    mstore(add(add(list, offset), 0x20), place)
                }
            }
        }
    }

    /// @dev Requires the gas that a verification uses. Returns the number of its pairs of points, or more.
    function _requireGas(uint256 groups, uint256 signals, uint256 proofs, uint256 points)
        private
        view
        returns (uint256 pairs)
    {
        unchecked {
            uint256 phases = groups < _phases ? groups : _phases;
            pairs = proofs + groups + 2 * phases;
            points += 2 * proofs + phases;
            uint256 needed = BASE_GAS + PAIR_GAS * pairs + POINT_GAS * points + SIGNAL_GAS * signals;
            uint256 left = gasleft();
            if (left < needed) revert NotEnoughGas(left, needed);
        }
    }

    /// @dev Returns rho. Lengths of groups, signals and proofs follow from their number and content.
    function _challenge(Group[] calldata groups, uint256[] calldata signals, Proof[] calldata proofs)
        private
        pure
        returns (uint256 rho)
    {
        assembly ("memory-safe") {
            // In two parts, as memory is dearer than another hash.
            let free := mload(0x40)
            let groupsSize := shl(6, groups.length)
            let signalsSize := shl(5, signals.length)
            calldatacopy(free, groups.offset, groupsSize)
            calldatacopy(add(free, groupsSize), signals.offset, signalsSize)
            mstore(0, keccak256(free, add(groupsSize, signalsSize)))
            calldatacopy(free, proofs.offset, shl(8, proofs.length))
            mstore(0x20, keccak256(free, shl(8, proofs.length)))
            rho := mod(keccak256(0, 0x40), FIELD)
        }
    }

    /// @dev Adds all pairs but those of the phases. Returns whether points are valid and signals in range.
    /// @param group Where the list of `_find` is, in memory
    /// @param end Its end
    function _addGroups(Run memory run, uint256 group, uint256 end) private view returns (bool onCurves, bool inRange) {
        while (true) {
            uint256 count;
            uint256 place;
            assembly ("memory-safe") {
                count := mload(group)
                place := mload(add(group, 0x20))
                group := add(group, 0x40)
            }
            if (count == 1) (onCurves, inRange) = _addOne(run, place);
            else (onCurves, inRange) = _addMany(run, place, count);
            if (group == end || !inRange || !onCurves) return (onCurves, inRange);
        }
    }

    /// @dev Adds the pairs (c A, B) and (c C, -delta) of a group's only proof, and c and c X to its phase.
    /// @param place The key's place
    function _addOne(Run memory run, uint256 place) private view returns (bool onCurves, bool inRange) {
        (address keys, uint256 field) = (_keys, FIELD);
        assembly ("memory-safe") {
            let coefficient := 1
            switch mload(add(run, 0x100))
            case 0 {
                coefficient := mload(add(run, 0x20))
                mstore(add(run, 0x20), mulmod(coefficient, mload(run), field))
            }
            default { mstore(add(run, 0x100), 0) }
            let pair := mload(add(run, 0x40))
            let ic := add(pair, 0xc0)
            onCurves := 1
            inRange := 1
            {
                // In a block, as the stack has no room for more variables.
                let proof := mload(add(run, 0x60))
                mstore(add(run, 0x60), add(proof, 0x100))
                calldatacopy(pair, proof, 0x40)
                calldatacopy(ic, add(proof, 0xc0), 0x40)
                if sub(coefficient, 1) {
                    mstore(add(pair, 0x40), coefficient)
                    mstore(add(ic, 0x40), coefficient)
                    onCurves := staticcall(gas(), 7, pair, 0x60, pair, 0x40)
                    if onCurves { onCurves := staticcall(gas(), 7, ic, 0x60, ic, 0x40) }
                }
                calldatacopy(add(pair, 0x40), add(proof, 0x40), 0x80)
            }
            if onCurves {
                // IC stands behind -delta. Its points are used before the next pair overwrites them.
                let stride := shl(5, shr(128, place))
                let size := shl(1, stride)
                extcodecopy(keys, add(ic, 0x40), add(1, shl(5, and(place, 0xffffffffffffffff))), add(0xc0, size))
                ic := add(ic, 0xc0)
                mstore(add(run, 0x40), ic)
                let signal := add(mload(add(run, 0x80)), stride)
                mstore(add(run, 0x80), signal)
                // X, from the last signal to the first, as a signal is written over the point behind its own.
                let x := add(add(ic, size), 0x60)
                mcopy(x, ic, 0x40)
                for { let point := add(ic, size) } gt(point, ic) { point := sub(point, 0x40) } {
                    signal := sub(signal, 0x20)
                    let value := calldataload(signal)
                    inRange := and(inRange, lt(value, field))
                    mstore(add(point, 0x40), value)
                    inRange := and(inRange, staticcall(gas(), 7, point, 0x60, add(x, 0x40), 0x40))
                    inRange := and(inRange, staticcall(gas(), 6, x, 0x80, x, 0x40))
                }
                let sum := add(mload(add(run, 0xc0)), mul(PHASE_BYTES, and(shr(64, place), 0xffffffffffffffff)))
                mstore(sum, addmod(mload(sum), coefficient, field))
                sum := add(sum, 0x20)
                mcopy(add(sum, 0x40), x, 0x40)
                if sub(coefficient, 1) {
                    mstore(add(sum, 0x80), coefficient)
                    inRange := and(inRange, staticcall(gas(), 7, add(sum, 0x40), 0x60, add(sum, 0x40), 0x40))
                }
                inRange := and(inRange, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            }
        }
    }

    /// @dev The same of a group of two proofs or more.
    /// @param count The number of proofs
    function _addMany(Run memory run, uint256 place, uint256 count) private view returns (bool onCurves, bool inRange) {
        uint256 coefficient = run.coefficient;
        uint256 total = _addProofs(run, count);
        if (total == 0) return (false, true);
        return (true, _addSignals(run, place, _addDelta(run, place), count, coefficient, total));
    }

    /// @dev Adds the pairs (c_i A_i, B_i) of a group's proofs, and writes the sum of c_i C_i into the next pair.
    /// @return total The sum of c_i; 0 if a point is invalid
    function _addProofs(Run memory run, uint256 count) private view returns (uint256 total) {
        // Inside the loop, a constant of 32 bytes would be copied from the code each time.
        uint256 field = FIELD;
        assembly ("memory-safe") {
            let rho := mload(run)
            let coefficient := mload(add(run, 0x20))
            let pair := mload(add(run, 0x40))
            let proof := mload(add(run, 0x60))
            let end := add(proof, shl(8, count))
            let sum := mload(add(run, 0xa0))
            let point := add(sum, 0x40)
            let valid := 1
            // The first proof of the group begins the sum; the first of the batch has the coefficient 1.
            calldatacopy(pair, proof, 0x40)
            calldatacopy(sum, add(proof, 0xc0), 0x40)
            if sub(coefficient, 1) {
                mstore(add(pair, 0x40), coefficient)
                valid := staticcall(gas(), 7, pair, 0x60, pair, 0x40)
                mstore(point, coefficient)
                if valid { valid := staticcall(gas(), 7, sum, 0x60, sum, 0x40) }
                // The loop ends at once if a point is invalid.
                end := mul(end, valid)
            }
            for {} 1 {} {
                calldatacopy(add(pair, 0x40), add(proof, 0x40), 0x80)
                total := addmod(total, coefficient, field)
                coefficient := mulmod(coefficient, rho, field)
                pair := add(pair, PAIR_BYTES)
                proof := add(proof, 0x100)
                if iszero(lt(proof, end)) { break }
                calldatacopy(point, proof, 0x40)
                mstore(add(point, 0x40), coefficient)
                if iszero(staticcall(gas(), 7, point, 0x60, pair, 0x40)) {
                    valid := 0
                    break
                }
                calldatacopy(point, add(proof, 0xc0), 0x40)
                if iszero(staticcall(gas(), 7, point, 0x60, point, 0x40)) {
                    valid := 0
                    break
                }
                if iszero(staticcall(gas(), 6, sum, 0x80, sum, 0x40)) {
                    valid := 0
                    break
                }
            }
            // Otherwise it is 0 for one rho of r only.
            total := mul(total, valid)
            mcopy(pair, sum, 0x40)
            mstore(add(run, 0x20), coefficient)
            mstore(add(run, 0x40), pair)
            mstore(add(run, 0x60), proof)
        }
    }

    /// @dev Completes the pair (sum of c_i C_i, -delta), and returns IC, which stands behind it in memory. Its points
    /// are used before the next pair overwrites them.
    function _addDelta(Run memory run, uint256 place) private view returns (uint256 ic) {
        address keys = _keys;
        assembly ("memory-safe") {
            let pair := mload(add(run, 0x40))
            ic := add(pair, 0xc0)
            mstore(add(run, 0x40), ic)
            let words := add(6, shl(1, shr(128, place)))
            extcodecopy(keys, add(pair, 0x40), add(1, shl(5, and(place, 0xffffffffffffffff))), shl(5, words))
        }
    }

    /// @dev Adds the sum of c_i X_i of a group's proofs to its phase.
    /// @param place The key's place
    /// @param ic The points of IC, in memory
    /// @param count The number of proofs
    /// @param coefficient The first proof's coefficient
    /// @param scalar The sum of the coefficients
    /// @return valid Whether all signals are in range
    function _addSignals(Run memory run, uint256 place, uint256 ic, uint256 count, uint256 coefficient, uint256 scalar)
        private
        view
        returns (bool valid)
    {
        uint256 field = FIELD;
        assembly ("memory-safe") {
            // Returns the sum of a signal of all proofs times rho^i, from the last proof to the first, two at a time.
            function combined(signal, stride, left, rho, modulus) -> inRange, total {
                inRange := 1
                if and(left, 1) {
                    total := calldataload(signal)
                    inRange := lt(total, modulus)
                    signal := sub(signal, stride)
                    left := sub(left, 1)
                }
                for {} left { left := sub(left, 2) } {
                    let value := calldataload(signal)
                    signal := sub(signal, stride)
                    let next := calldataload(signal)
                    signal := sub(signal, stride)
                    inRange := and(inRange, and(lt(value, modulus), lt(next, modulus)))
                    total := add(mulmod(add(mulmod(total, rho, modulus), value), rho, modulus), next)
                }
            }
            let sum := add(mload(add(run, 0xc0)), mul(PHASE_BYTES, and(shr(64, place), 0xffffffffffffffff)))
            mstore(sum, addmod(mload(sum), scalar, field))
            sum := add(sum, 0x20)
            let stride := shl(5, shr(128, place))
            let signal := add(mload(add(run, 0x80)), mul(stride, count))
            mstore(add(run, 0x80), signal)
            mcopy(add(sum, 0x40), ic, 0x40)
            mstore(add(sum, 0x80), scalar)
            valid := staticcall(gas(), 7, add(sum, 0x40), 0x60, add(sum, 0x40), 0x40)
            valid := and(valid, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            for { let point := add(ic, shl(1, stride)) } gt(point, ic) { point := sub(point, 0x40) } {
                signal := sub(signal, 0x20)
                let inRange
                inRange, scalar := combined(signal, stride, count, mload(run), field)
                mstore(add(point, 0x40), mulmod(scalar, coefficient, field))
                valid := and(valid, inRange)
                valid := and(valid, staticcall(gas(), 7, point, 0x60, add(sum, 0x40), 0x40))
                valid := and(valid, staticcall(gas(), 6, sum, 0x80, sum, 0x40))
            }
        }
    }

    /// @dev Adds (sum of c_i alpha, -beta) and (sum of c_i X_i, -gamma) of each phase with proofs.
    function _addPhases(Run memory run, uint256 head) private view returns (bool valid) {
        uint256 phases = _phases;
        assembly ("memory-safe") {
            valid := 1
            let pair := mload(add(run, 0x40))
            let phase := mload(add(run, 0xc0))
            for {} phases { phases := sub(phases, 1) } {
                // A phase without proofs has three zeros here, and both pairs would be neutral.
                if or(mload(phase), or(mload(add(phase, 0x20)), mload(add(phase, 0x40)))) {
                    mcopy(pair, head, 0x40)
                    let total := mload(phase)
                    if sub(total, 1) {
                        mstore(add(pair, 0x40), total)
                        valid := and(valid, staticcall(gas(), 7, pair, 0x60, pair, 0x40))
                    }
                    mcopy(add(pair, 0x40), add(head, 0x40), 0x80)
                    mcopy(add(pair, 0xc0), add(phase, 0x20), 0x40)
                    mcopy(add(pair, 0x100), add(head, 0xc0), 0x80)
                    pair := add(pair, 0x180)
                }
                phase := add(phase, PHASE_BYTES)
                head := add(head, 0x140)
            }
            mstore(add(run, 0x40), pair)
        }
    }

    function _isNeutral(Run memory run) private view returns (bool valid, bool neutral) {
        (uint256 first, uint256 end) = (run.firstPair, run.pair);
        assembly ("memory-safe") {
            valid := staticcall(gas(), 8, first, sub(end, first), 0, 0x20)
            neutral := and(valid, mload(0))
        }
    }

    /// @dev Reverts with the signal that is out of range.
    function _blameSignal(uint256[] calldata signals) private pure {
        for (uint256 i = 0; i < signals.length; ++i) {
            if (signals[i] >= FIELD) revert SignalOutOfRange(signals[i]);
        }
        // The gas ran out, as the points of keys are valid.
        revert InvalidPoint();
    }

    /// @dev Reverts with the reason for which a precompile refused a point. It takes less gas than the precompile
    /// leaves: 1/64 of what the verification of so many proofs needs.
    function _blamePoint(Proof[] calldata proofs) private pure {
        uint256 modulus = BatchKeys.BASE_MODULUS;
        unchecked {
            for (uint256 i = 0; i < proofs.length; ++i) {
                Proof calldata proof = proofs[i];
                bool a = proof.a[0] < modulus && proof.a[1] < modulus;
                bool b0 = proof.b[0][0] < modulus && proof.b[0][1] < modulus;
                bool b1 = proof.b[1][0] < modulus && proof.b[1][1] < modulus;
                bool c = proof.c[0] < modulus && proof.c[1] < modulus;
                if (!(a && b0 && b1 && c)) revert CoordinateOutOfRange(i);
            }
        }
        revert InvalidPoint();
    }

    /// @dev Reserves memory. It is zero until `_challenge` has used the memory that is not reserved.
    function _allocate(uint256 size) private pure returns (uint256 place) {
        assembly ("memory-safe") {
            place := mload(0x40)
            mstore(0x40, add(place, size))
        }
    }
}
