// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @dev A token whose issuer can freeze one account or all of them.
contract FreezableToken is TestToken {
    bool public paused;
    mapping(address account => bool) public frozen;

    error Paused();
    error Frozen(address account);

    constructor(uint8 decimals_) TestToken(decimals_) {}

    function pause(bool paused_) external {
        paused = paused_;
    }

    function freeze(address account, bool frozen_) external {
        frozen[account] = frozen_;
    }

    function _update(address from, address to, uint256 value) internal override {
        if (paused) revert Paused();
        if (frozen[from]) revert Frozen(from);
        if (frozen[to]) revert Frozen(to);
        super._update(from, to, value);
    }
}
