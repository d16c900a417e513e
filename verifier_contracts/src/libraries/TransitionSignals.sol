// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PublicSignals} from "./PublicSignals.sol";

/// @title The public signals of a transition proof, as a contract that knows the account computes them
/// @dev circuits/account/transition.circom reads them: each part has its bits there, so no two changes have one signal.
library TransitionSignals {
    /// @param newOwner The owner after it
    /// @param asset 0 to 7 a collateral, CASH or TRADE
    /// @param delta What is added, in micro; -2^64 <= delta < 2^64
    /// @param context See `context`
    struct Change {
        address newOwner;
        uint256 asset;
        int256 delta;
        uint256 context;
    }

    uint256 internal constant CASH = 8;
    /// @dev Positions and cash change, and no funds come or go: delta is 0.
    uint256 internal constant TRADE = 9;

    /// @param commitments The present one, 0 where the account begins, and the next one, which is below r
    /// @param owner The present owner
    /// @param nonce The number of the present state
    function pack(bytes32[2] memory commitments, address owner, uint64 nonce, Change memory change)
        internal
        pure
        returns (uint256[5] memory)
    {
        uint256 actors = uint160(owner) | uint256(nonce) << 160;
        uint256 shifted = uint256(change.delta + 2 ** 64);
        uint256 what = uint160(change.newOwner) | change.asset << 160 | shifted << 164;
        return [uint256(commitments[0]), uint256(commitments[1]), actors, what, change.context];
    }

    /// @notice What a proof for the calling contract is for.
    /// @param name The entry's name
    /// @param account Its number, 0 before it has one
    /// @param receiver Whoever benefits
    function context(string memory name, uint256 account, address receiver) internal view returns (uint256) {
        bytes memory parts = abi.encode(block.chainid, address(this), account, keccak256(bytes(name)), receiver);
        return uint256(keccak256(parts)) % PublicSignals.FIELD;
    }
}
