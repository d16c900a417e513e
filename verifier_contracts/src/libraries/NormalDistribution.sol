// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";

/// @title The standard normal distribution, in units of 1e-18
/// @dev For x >= 0, the probability above x is the product of two factors, from which everything else follows:
///
///     bell(x) = exp(-x^2 / 2),    tail(x) = (1 - cdf(x)) / bell(x)
///
/// The bell vanishes quickly. The tail falls slowly, from 1/2 at 0 to about 1 / (x sqrt(2 pi)) for large x. An option's
/// price is a difference of large multiples of the cdf: factoring out the bell loses no digits.
///
/// docs/greeks-on-chain.md derives the error bounds, and tests check them.
library NormalDistribution {
    /// @notice The argument exceeds LARGEST, where the polynomials of `tail` would overflow.
    error ArgumentTooLarge(uint256 x, uint256 largest);

    /// @dev The largest argument of `tail`.
    uint256 internal constant LARGEST = 1024e18;
    /// @dev `bell` is 0 from here on: exp(-50) is far below 1e-18.
    uint256 internal constant FLAT = 10e18;

    uint256 private constant WAD = 1e18;
    uint256 private constant INVERSE_ROOT_TWO_PI = 0.398942280401432678e18;

    /// @notice The probability below x. The error is at most 1e-17 for every x, and cdf(x) + cdf(-x) is exactly 1.
    function cdf(int256 x) internal pure returns (uint256) {
        uint256 size = FixedPointMathLib.abs(x);
        uint256 above = size < FLAT ? bell(size) * tail(size) / WAD : 0;
        return x < 0 ? above : WAD - above;
    }

    /// @notice The density at x. The error is at most 3e-18 for every x.
    function pdf(int256 x) internal pure returns (uint256) {
        return bell(FixedPointMathLib.abs(x)) * INVERSE_ROOT_TWO_PI / WAD;
    }

    /// @notice exp(-x^2 / 2). The error is at most 3e-18 for every x.
    function bell(uint256 x) internal pure returns (uint256) {
        if (x >= FLAT) return 0;
        return uint256(FixedPointMathLib.expWad(-int256(x * x / (2 * WAD))));
    }

    /// @notice (1 - cdf(x)) exp(x^2 / 2), at most 1/2. The error is at most 5e-18 up to LARGEST.
    /// @dev A rational function of degree 10 over 11, derived by tests/vectors/generate_normal.py. It equals the tail
    /// at 22 points and differs from it by less than 3e-18 elsewhere. All coefficients are positive, so nothing
    /// cancels: each step rounds a number above 1e18 down by less than 1, and the relative error only shrinks in the
    /// following sums. Up to LARGEST every product is below 2^231, so the arithmetic is unchecked.
    function tail(uint256 x) internal pure returns (uint256) {
        if (x > LARGEST) revert ArgumentTooLarge(x, LARGEST);
        unchecked {
            uint256 numerator = 0.398942280401433664e18;
            numerator = numerator * x / WAD + 12.609953155428365747e18;
            numerator = numerator * x / WAD + 194.810009027048550107e18;
            numerator = numerator * x / WAD + 1916.650593881913270951e18;
            numerator = numerator * x / WAD + 13216.801586160499221338e18;
            numerator = numerator * x / WAD + 66525.982119465109417837e18;
            numerator = numerator * x / WAD + 247304.103512317573530488e18;
            numerator = numerator * x / WAD + 671477.383915940745435314e18;
            numerator = numerator * x / WAD + 1280448.635024985991028565e18;
            numerator = numerator * x / WAD + 1563244.34091506556664611e18;
            numerator = numerator * x / WAD + 945618.745125583605784023e18;
            uint256 denominator = 1e18;
            denominator = denominator * x / WAD + 31.608465121171459671e18;
            denominator = denominator * x / WAD + 489.316276807694354756e18;
            denominator = denominator * x / WAD + 4835.939036411906628501e18;
            denominator = denominator * x / WAD + 33615.924827338590382536e18;
            denominator = denominator * x / WAD + 171497.021670360221361042e18;
            denominator = denominator * x / WAD + 652062.426372247062083845e18;
            denominator = denominator * x / WAD + 1840607.711398448654836338e18;
            denominator = denominator * x / WAD + 3768054.894609335201125351e18;
            denominator = denominator * x / WAD + 5313854.754218285727054109e18;
            denominator = denominator * x / WAD + 4635477.876113097035819581e18;
            denominator = denominator * x / WAD + 1891237.490251167211568046e18;
            return numerator * WAD / denominator;
        }
    }
}
