// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @dev Calls back during every transfer, and stores the result of the call.
contract ReentrantToken is TestToken {
    address public target;
    bytes public data;
    uint256 public calls;
    uint256 public successes;
    bytes public lastAnswer;

    constructor(uint8 decimals_) TestToken(decimals_) {}

    function callBack(address target_, bytes calldata data_) external {
        (target, data) = (target_, data_);
    }

    function _update(address from, address to, uint256 value) internal override {
        super._update(from, to, value);
        if (target == address(0)) return;
        ++calls;
        (bool done, bytes memory answer) = target.call(data);
        if (done) ++successes;
        lastAnswer = answer;
    }
}
