// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {SignerQuorum} from "./SignerQuorum.sol";
import {ICollateralList} from "./interfaces/ICollateralList.sol";
import {DelayedChange} from "./libraries/DelayedChange.sol";

/// @title The collateral assets that a snapshot must have, in their order
abstract contract CollateralList is SignerQuorum, ICollateralList {
    using DelayedChange for DelayedChange.Pending;

    /// @dev The number of places for collateral in an account.
    uint256 private constant MAX_ASSETS = 8;
    uint256 private constant MAX_NAME_BYTES = 64;

    /// @inheritdoc ICollateralList
    bytes32 public collateralHash;
    string[] private _assets;
    /// @inheritdoc ICollateralList
    DelayedChange.Pending public pendingCollateral;

    /// @param assets The first list
    constructor(string[] memory assets) {
        _setCollateral(assets, _checkedHash(assets));
    }

    /// @inheritdoc ICollateralList
    function scheduleCollateral(string[] calldata assets) external onlyAdmin {
        emit CollateralScheduled(assets, pendingCollateral.schedule(_checkedHash(assets), delay));
    }

    /// @inheritdoc ICollateralList
    function applyCollateral(string[] calldata assets) external {
        bytes32 change = _checkedHash(assets);
        pendingCollateral.take(change);
        _setCollateral(assets, change);
    }

    /// @inheritdoc ICollateralList
    function cancelCollateral() external onlyAdmin {
        emit CollateralCancelled(pendingCollateral.cancel());
    }

    /// @inheritdoc ICollateralList
    function collateral() external view returns (string[] memory) {
        return _assets;
    }

    function _requireCollateral(bytes32 given) internal view {
        if (given != collateralHash) revert WrongCollateral(given, collateralHash);
    }

    function _setCollateral(string[] memory assets, bytes32 hash) private {
        delete _assets;
        for (uint256 i = 0; i < assets.length; ++i) {
            _assets.push(assets[i]);
        }
        collateralHash = hash;
        emit CollateralChanged(hash, assets);
    }

    function _checkedHash(string[] memory assets) private pure returns (bytes32) {
        if (assets.length > MAX_ASSETS) revert TooManyAssets(assets.length, MAX_ASSETS);
        bytes32[] memory names = new bytes32[](assets.length);
        for (uint256 i = 0; i < assets.length; ++i) {
            bytes memory name = bytes(assets[i]);
            if (name.length == 0 || name.length > MAX_NAME_BYTES) revert AssetNameRefused(i);
            names[i] = keccak256(name);
            for (uint256 j = 0; j < i; ++j) {
                if (names[j] == names[i]) revert AssetNameRefused(i);
            }
        }
        return keccak256(abi.encodePacked(names));
    }
}
