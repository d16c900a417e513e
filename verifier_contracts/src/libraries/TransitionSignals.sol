// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {PublicSignals} from "./PublicSignals.sol";

/// @title The public signals of a transition proof, computed from the account and the change
/// @dev circuits/account/transition.circom unpacks them. Each part has its own bits, so no two changes share a signal.
library TransitionSignals {
    /// @notice A change of an account.
    /// @param newOwner The holder after the change
    /// @param asset A collateral from 0 to 7, CASH or TRADE
    /// @param delta The added amount, in micro; -2^64 <= delta < 2^64
    /// @param context See `context`
    struct Change {
        address newOwner;
        uint256 asset;
        int256 delta;
        uint256 context;
    }

    /// @dev The number of cash among the assets.
    uint256 internal constant CASH = 8;
    /// @dev In place of an asset: positions and cash change without a deposit or withdrawal, and delta is 0.
    uint256 internal constant TRADE = 9;

    /// @notice The public signals.
    /// @param commitments The present one, 0 for a new account, and the next one, which is below r
    /// @param owner The present holder
    /// @param nonce The number of the present state
    /// @param change The change
    /// @return The signals in the order of circuits/instances.json
    function pack(bytes32[2] memory commitments, address owner, uint64 nonce, Change memory change)
        internal
        pure
        returns (uint256[5] memory)
    {
        uint256 actors = uint160(owner) | uint256(nonce) << 160;
        uint256 shifted = uint256(change.delta + 2 ** 64);
        uint256 packedChange = uint160(change.newOwner) | change.asset << 160 | shifted << 164;
        return [uint256(commitments[0]), uint256(commitments[1]), actors, packedChange, change.context];
    }

    /// @notice The context that binds a proof to this contract and its purpose.
    /// @param name The name of the function
    /// @param account The number of the account; 0 for "open"
    /// @param receiver The beneficiary
    function context(string memory name, uint256 account, address receiver) internal view returns (uint256) {
        bytes memory parts = abi.encode(block.chainid, address(this), account, keccak256(bytes(name)), receiver);
        return uint256(keccak256(parts)) % PublicSignals.FIELD;
    }
}
