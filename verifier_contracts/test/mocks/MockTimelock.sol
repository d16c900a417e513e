// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev The part of OpenZeppelin's TimelockController that the contracts read.
contract MockTimelock {
    uint256 public immutable getMinDelay;

    constructor(uint256 delay) {
        getMinDelay = delay;
    }
}
