// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @dev Takes a fee on every transfer, either from the receiver or from the sender on top of the value.
contract FeeToken is TestToken {
    uint256 public feeBps;
    bool public onTop;

    constructor(uint8 decimals_) TestToken(decimals_) {}

    function setFee(uint256 bps, bool onTop_) external {
        (feeBps, onTop) = (bps, onTop_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (from == address(0) || to == address(0)) return;
        super._update(onTop ? from : to, address(0xFEE), value * feeBps / 10_000);
    }
}
