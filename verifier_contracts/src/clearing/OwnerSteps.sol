// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouseTypes} from "./IHouseTypes.sol";
import {PublicSignals} from "../libraries/PublicSignals.sol";

/// @title The public signals of an owner's proofs, computed from accounts and calls
/// @dev docs/owner-steps.md has their order. Each part of a packed signal has its own bits, so no two steps share one.
library OwnerSteps {
    bytes32 internal constant OPEN = keccak256("open");
    bytes32 internal constant WITHDRAW = keccak256("withdraw");
    bytes32 internal constant TAKE_OVER = keccak256("take_over");

    /// @notice The signals of `open`.
    function opening(uint256 account, address owner, uint256 commitment) internal view returns (uint256[] memory s) {
        s = new uint256[](3);
        s[0] = _fieldElement(commitment);
        s[1] = _holder(account, owner);
        s[2] = context(keccak256("open"), account, owner);
    }

    /// @notice The signals of `withdraw`.
    /// @param commitments The present and the next commitment
    function withdrawal(
        uint256 account,
        address owner,
        uint256[2] memory commitments,
        uint256 asset,
        uint64 amount,
        address to
    ) internal view returns (uint256[] memory s) {
        s = new uint256[](5);
        (s[0], s[1]) = (commitments[0], _fieldElement(commitments[1]));
        s[2] = _holder(account, owner);
        s[3] = asset | uint256(amount) << 4;
        s[4] = context(keccak256("withdraw"), account, to);
    }

    /// @notice The signals of `take_over`.
    /// @param owner The next owner
    /// @param commitment The present commitment
    /// @param keys The next commitment and keys
    /// @param venueKey The key that the view key is sealed to
    function takeover(
        uint256 account,
        address owner,
        uint256 commitment,
        IHouseTypes.NewKeys calldata keys,
        uint256[2] memory venueKey
    ) internal view returns (uint256[] memory s) {
        s = new uint256[](11);
        (s[0], s[1]) = (commitment, _fieldElement(keys.step.commitment));
        s[2] = keys.viewKey.sealed_;
        (s[3], s[4]) = (keys.viewKey.ephemeral[0], keys.viewKey.ephemeral[1]);
        s[5] = _holder(account, owner);
        (s[6], s[7]) = (keys.key[0], keys.key[1]);
        (s[8], s[9]) = (venueKey[0], venueKey[1]);
        s[10] = context(keccak256("takeOver"), account, owner);
    }

    /// @notice The context that binds a proof to this contract and its purpose.
    /// @param name keccak256 of the name of the function
    /// @param receiver The beneficiary
    function context(bytes32 name, uint256 account, address receiver) internal view returns (uint256) {
        bytes memory parts = abi.encode(block.chainid, address(this), name, account, receiver);
        return uint256(keccak256(parts)) % PublicSignals.FIELD;
    }

    function _holder(uint256 account, address owner) private pure returns (uint256) {
        return uint160(owner) | account << 160;
    }

    function _fieldElement(uint256 commitment) private pure returns (uint256) {
        if (commitment == 0 || commitment >= PublicSignals.FIELD) revert IHouseTypes.CommitmentOutOfRange(commitment);
        return commitment;
    }
}
