// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PublicSignals} from "./PublicSignals.sol";

/// @title The public signals of a disclosure by name, in the order of circuits/instances.json
library DisclosureSignals {
    /// @dev The bounds that docs/statement.md derives. The circuit already guarantees them. Checking them here means
    /// that consumers need not trust the circuit to avoid overflows.
    uint256 internal constant EQUITY_BOUND = 2 ** 132;
    uint256 internal constant REQUIREMENT_BOUND = 2 ** 87;

    /// @notice The first signal that is not below r, or is beyond its own bound.
    /// @return The signal; 0 if there is none
    function outOfRange(uint256[7] calldata signals) internal pure returns (uint256) {
        for (uint256 i = 0; i < 7; ++i) {
            if (signals[i] >= PublicSignals.FIELD) return signals[i];
        }
        if (_size(signals[2]) >= EQUITY_BOUND) return signals[2];
        if (signals[3] >= REQUIREMENT_BOUND) return signals[3];
        return 0;
    }

    /// @notice The commitment to the account.
    function accountCommitment(uint256[7] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[0]);
    }

    /// @notice The root of the snapshot.
    function snapshotRoot(uint256[7] calldata signals) internal pure returns (bytes32) {
        return bytes32(signals[1]);
    }

    /// @notice The equity, in pico-quote, for signals that are in range.
    function equity(uint256[7] calldata signals) internal pure returns (int256) {
        return _isNegative(signals[2]) ? -int256(_size(signals[2])) : int256(signals[2]);
    }

    /// @notice The margin requirement at 10 000 bps, in micro-quote.
    function requirement(uint256[7] calldata signals) internal pure returns (uint256) {
        return signals[3];
    }

    /// @notice Whether the equity is at least `requirementBps` / 10 000 of the requirement, for signals in range.
    /// @dev Both sides are in 1e-16 of the quote currency. Levels from 2^149 on overflow, which reverts.
    function healthy(uint256[7] calldata signals, uint256 requirementBps) internal pure returns (bool) {
        int256 own = equity(signals);
        return own >= 0 && uint256(own) * 10_000 >= requirement(signals) * 1e6 * requirementBps;
    }

    /// @notice The value of the opening's elements at `z`; see the library Horner.
    function opening(uint256[7] calldata signals) internal pure returns (uint256) {
        return signals[4];
    }

    /// @notice The context that the proof is bound to.
    function context(uint256[7] calldata signals) internal pure returns (uint256) {
        return signals[5];
    }

    /// @notice The point at which `opening` is the value of the opening's elements.
    function z(uint256[7] calldata signals) internal pure returns (uint256) {
        return signals[6];
    }

    /// @dev A negative x is encoded as r + x.
    function _isNegative(uint256 signal) private pure returns (bool) {
        return signal > PublicSignals.FIELD / 2;
    }

    function _size(uint256 signal) private pure returns (uint256) {
        return _isNegative(signal) ? PublicSignals.FIELD - signal : signal;
    }
}
