// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IHouseTypes} from "./IHouseTypes.sol";

/// @title An account's first slot as one number, for lists of accounts
/// @dev Reading and writing the slot once instead of each member saves 700 gas an account.
library AccountHead {
    uint256 private constant HEALTH_MASK = (2 ** 80 - 1) << 160;
    uint256 private constant FLAGS_MASK = 0xff << 248;

    function load(IHouseTypes.Account storage self) internal view returns (uint256 head) {
        assembly ("memory-safe") {
            head := sload(self.slot)
        }
    }

    function store(IHouseTypes.Account storage self, uint256 head) internal {
        assembly ("memory-safe") {
            sstore(self.slot, head)
        }
    }

    function lastHealthyAt(uint256 head) internal pure returns (uint256) {
        return uint40(head >> 160);
    }

    function state(uint256 head) internal pure returns (IHouseTypes.State) {
        return IHouseTypes.State(uint8(head >> 240));
    }

    function flags(uint256 head) internal pure returns (uint8) {
        return uint8(head >> 248);
    }

    function withHealth(uint256 head, uint256 time, uint256 live) internal pure returns (uint256) {
        return head & ~HEALTH_MASK | uint256(uint40(time)) << 160 | uint256(uint40(live)) << 200;
    }

    function withFlags(uint256 head, uint8 flags_) internal pure returns (uint256) {
        return head & ~FLAGS_MASK | uint256(flags_) << 248;
    }
}
