// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

/// @dev In place of OpenZeppelin's library in the sources under proof (profile `halmos`). OpenZeppelin's mulDiv returns
/// the same for every product below 2^256; its path for larger products cannot be proven unreachable in time. Here a
/// larger product reverts.
library Math {
    enum Rounding {
        Floor,
        Ceil
    }

    function mulDiv(uint256 x, uint256 y, uint256 denominator) internal pure returns (uint256) {
        return x * y / denominator;
    }

    function mulDiv(uint256 x, uint256 y, uint256 denominator, Rounding rounding) internal pure returns (uint256) {
        uint256 rest = x * y % denominator;
        return x * y / denominator + (rounding == Rounding.Ceil && rest != 0 ? 1 : 0);
    }

    function min(uint256 a, uint256 b) internal pure returns (uint256) {
        return a < b ? a : b;
    }

    function max(uint256 a, uint256 b) internal pure returns (uint256) {
        return a > b ? a : b;
    }
}
