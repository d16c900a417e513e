// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @dev Returns false where other tokens revert, or returns true without a transfer.
contract FalseToken is TestToken {
    bool public refusing;
    bool public lying;

    constructor(uint8 decimals_) TestToken(decimals_) {}

    function set(bool refusing_, bool lying_) external {
        (refusing, lying) = (refusing_, lying_);
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (refusing || lying) return lying;
        return super.transfer(to, value);
    }

    function transferFrom(address from, address to, uint256 value) public override returns (bool) {
        if (refusing || lying) return lying;
        return super.transferFrom(from, to, value);
    }
}
