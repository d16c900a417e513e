// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ISnapshotRegistry} from "../../src/interfaces/ISnapshotRegistry.sol";

/// @dev A registry with any times that a test sets, even in the future.
contract MockRegistry is ISnapshotRegistry {
    mapping(bytes32 root => uint256) public publishedAt;

    function set(bytes32 root, uint256 time) external {
        publishedAt[root] = time;
    }
}
