// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @dev Attacks its holder in the way that a test sets. The last mode is only unusual.
contract HostileToken is TestToken {
    enum Mode {
        Honest,
        BurnsGas,
        BombsOnFailure,
        BombsOnSuccess,
        HidesBalances,
        BombsBalances,
        ReturnsGarbage,
        WantsGas
    }

    /// @dev About the largest return data that the gas of a push pays for twice: here, and where it is passed on.
    uint256 private constant BOMB = 179_200;

    Mode public mode;

    constructor(uint8 decimals_) TestToken(decimals_) {}

    function turn(Mode mode_) external {
        mode = mode_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        if (mode == Mode.BurnsGas) while (true) {}
        if (mode == Mode.BombsOnFailure) _bomb(true);
        if (mode == Mode.WantsGas && gasleft() < 150_000) revert();
        bool done = super.transfer(to, value);
        if (mode == Mode.BombsOnSuccess) _bomb(false);
        if (mode == Mode.ReturnsGarbage) _answer(2);
        return done;
    }

    function balanceOf(address account) public view override returns (uint256) {
        if (mode == Mode.HidesBalances) revert();
        if (mode == Mode.BombsBalances) _bomb(true);
        return super.balanceOf(account);
    }

    function _bomb(bool failing) private pure {
        assembly ("memory-safe") {
            if failing { revert(0, BOMB) }
            return(0, BOMB)
        }
    }

    function _answer(uint256 word) private pure {
        assembly ("memory-safe") {
            mstore(0, word)
            return(0, 32)
        }
    }
}
