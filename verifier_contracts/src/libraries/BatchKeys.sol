// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatchVerifier} from "../interfaces/IBatchVerifier.sol";

/// @title Verification keys as BatchVerifier stores them
/// @notice Checks keys and packs them into words:
///
///     phases     alpha, -beta, -gamma      10 words; keys with the same three are of one phase
///     index      circuit, place             2 words a key; see `place`
///     keys       -delta, IC                 4 words a key, and 2 a point of IC
///
/// The signs are those with which the points stand in the verifier's product of pairings.
library BatchKeys {
    uint256 internal constant PHASE_WORDS = 10;
    uint256 internal constant ENTRY_WORDS = 2;
    uint256 internal constant DELTA_WORDS = 4;
    uint256 internal constant BASE_MODULUS =
        21888242871839275222246405745257275088696311157297823662689037894645226208583;

    /// @dev The most words in a contract's code, of 24 576 bytes, less the byte that SSTORE2 puts before the data.
    uint256 private constant MOST_WORDS = 767;

    /// @notice Checks and packs keys.
    /// @param keys The keys
    /// @return words The packed keys
    /// @return phases The number of different (alpha, beta, gamma)
    function pack(IBatchVerifier.Key[] memory keys) internal view returns (uint256[] memory words, uint256 phases) {
        if (keys.length == 0) revert IBatchVerifier.NoKeys();
        uint256[] memory phaseOf;
        uint256[] memory firstOf;
        (phaseOf, firstOf, phases) = _phases(keys);
        uint256 entry = PHASE_WORDS * phases;
        uint256 word = entry + ENTRY_WORDS * keys.length;
        words = new uint256[](_size(keys, word));
        for (uint256 p = 0; p < phases; ++p) {
            IBatchVerifier.Key memory first = keys[firstOf[p]];
            _write(words, PHASE_WORDS * p, first.alpha);
            _writeOpposite(words, PHASE_WORDS * p + 2, first.beta);
            _writeOpposite(words, PHASE_WORDS * p + 6, first.gamma);
        }
        for (uint256 i = 0; i < keys.length; ++i) {
            _checkKey(keys, i);
            words[entry++] = uint256(keys[i].circuit);
            words[entry++] = place(keys[i].ic.length - 1, phaseOf[i], word);
            _writeOpposite(words, word, keys[i].delta);
            word += DELTA_WORDS;
            for (uint256 j = 0; j < keys[i].ic.length; ++j) {
                _write(words, word, keys[i].ic[j]);
                word += 2;
            }
        }
    }

    /// @notice The place of a key: the number of its signals, of its phase, and of its first word, 64 bits each.
    function place(uint256 signals, uint256 phase, uint256 word) internal pure returns (uint256) {
        return signals << 128 | phase << 64 | word;
    }

    /// @dev Returns the phase of each key, the first key of each phase, and the number of phases.
    function _phases(IBatchVerifier.Key[] memory keys)
        private
        view
        returns (uint256[] memory phaseOf, uint256[] memory firstOf, uint256 phases)
    {
        phaseOf = new uint256[](keys.length);
        firstOf = new uint256[](keys.length);
        bytes32[] memory seen = new bytes32[](keys.length);
        for (uint256 i = 0; i < keys.length; ++i) {
            IBatchVerifier.Key memory key = keys[i];
            bytes32 hash = keccak256(abi.encode(key.alpha, key.beta, key.gamma));
            uint256 p = 0;
            while (p < phases && seen[p] != hash) ++p;
            if (p == phases) {
                _checkPhase(key);
                seen[p] = hash;
                firstOf[p] = i;
                ++phases;
            }
            phaseOf[i] = p;
        }
    }

    function _size(IBatchVerifier.Key[] memory keys, uint256 size) private pure returns (uint256) {
        for (uint256 i = 0; i < keys.length; ++i) {
            size += DELTA_WORDS + 2 * keys[i].ic.length;
        }
        if (size > MOST_WORDS) revert IBatchVerifier.TooManyKeys(size, MOST_WORDS);
        return size;
    }

    function _checkPhase(IBatchVerifier.Key memory key) private view {
        bool valid = _isInG1(key.alpha) && _isInG2(key.beta) && _isInG2(key.gamma);
        if (!valid) revert IBatchVerifier.InvalidKey(key.circuit);
        bool zero = (key.alpha[0] | key.alpha[1]) == 0 || _isZero(key.beta) || _isZero(key.gamma);
        if (zero) revert IBatchVerifier.ForgeableKey(key.circuit);
    }

    function _checkKey(IBatchVerifier.Key[] memory keys, uint256 i) private view {
        IBatchVerifier.Key memory key = keys[i];
        for (uint256 j = 0; j < i; ++j) {
            if (keys[j].circuit == key.circuit) revert IBatchVerifier.DuplicateCircuit(key.circuit);
        }
        bool valid = key.ic.length != 0 && _isInG2(key.delta);
        for (uint256 j = 0; valid && j < key.ic.length; ++j) {
            valid = _isInG1(key.ic[j]);
        }
        if (!valid) revert IBatchVerifier.InvalidKey(key.circuit);
        // Points with the same x differ only in sign: (alpha, beta, IC(signals) up to sign) would prove anything.
        bool sameX = key.gamma[0][0] == key.delta[0][0] && key.gamma[0][1] == key.delta[0][1];
        if (sameX || _isZero(key.delta)) revert IBatchVerifier.ForgeableKey(key.circuit);
    }

    function _isZero(uint256[2][2] memory point) private pure returns (bool) {
        return (point[0][0] | point[0][1] | point[1][0] | point[1][1]) == 0;
    }

    /// @dev The precompile of addition refuses coordinates out of range and points off the curve.
    function _isInG1(uint256[2] memory point) private view returns (bool valid) {
        // slither-disable-next-line low-level-calls: a precompile has no interface
        (valid,) = address(6).staticcall(abi.encode(point, [uint256(0), 0]));
    }

    /// @dev The precompile of pairings refuses coordinates out of range and points outside the subgroup.
    function _isInG2(uint256[2][2] memory point) private view returns (bool valid) {
        // slither-disable-next-line low-level-calls: a precompile has no interface
        (valid,) = address(8).staticcall(abi.encode([uint256(0), 0], point));
    }

    function _write(uint256[] memory words, uint256 word, uint256[2] memory point) private pure {
        (words[word], words[word + 1]) = (point[0], point[1]);
    }

    /// @dev Writes the opposite of a point of G2, which is not zero.
    function _writeOpposite(uint256[] memory words, uint256 word, uint256[2][2] memory point) private pure {
        _write(words, word, point[0]);
        for (uint256 i = 0; i < 2; ++i) {
            words[word + 2 + i] = point[1][i] == 0 ? 0 : BASE_MODULUS - point[1][i];
        }
    }
}
