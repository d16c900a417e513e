// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {FixedPointMathLib} from "solady/src/utils/FixedPointMathLib.sol";
import {NormalDistribution} from "./NormalDistribution.sol";

/// @title European options on a forward, undiscounted: F. Black's model of 1976
/// @notice Prices, volatilities and Greeks are in units of 1e-18 and times in seconds. A year has 365 days.
/// @dev The same model as prover/zkmargin/risk/black76.py, including the limits without time or volatility.
/// docs/greeks-on-chain.md derives the error bounds, and tests check them.
library Black76 {
    using FixedPointMathLib for uint256;

    /// @notice An option.
    /// @param forward The price of the forward
    /// @param strike The price at which the option's holder may buy (call) or sell (put)
    /// @param volatility The volatility of the forward in a year; 1e18 is 100 %
    /// @param timeToExpiry The time to expiry, in seconds
    /// @param isCall Whether it is a call; otherwise it is a put
    struct Option {
        uint256 forward;
        uint256 strike;
        uint256 volatility;
        uint256 timeToExpiry;
        bool isCall;
    }

    /// @notice The forward is outside its bounds.
    error ForwardOutOfRange(uint256 forward, uint256 lowest, uint256 highest);
    /// @notice The strike is outside its bounds.
    error StrikeOutOfRange(uint256 strike, uint256 lowest, uint256 highest);
    /// @notice The volatility is above its bound.
    error VolatilityOutOfRange(uint256 volatility, uint256 highest);
    /// @notice The time to expiry is above its bound.
    error TimeOutOfRange(uint256 timeToExpiry, uint256 longest);

    /// @dev Within these bounds the last digit of a price is at most 1e-9 of the forward, and nothing overflows.
    uint256 internal constant LOWEST_PRICE = 1e9;
    uint256 internal constant HIGHEST_PRICE = 1e27;
    uint256 internal constant HIGHEST_VOLATILITY = 100e18;
    uint256 internal constant LONGEST_TIME = 100 * YEAR;
    uint256 internal constant YEAR = 365 days;

    uint256 private constant WAD = 1e18;
    uint256 private constant RAY = 1e27;

    /// @notice The value of an option: its intrinsic value plus a time value that is the same for call and put.
    /// @dev So put-call parity holds to the last digit. The error is at most 3e-17 of the lesser of forward and strike,
    /// plus one unit of 1e-18.
    function price(Option memory option) internal pure returns (uint256) {
        (uint256 deviation, uint256 centre) = _terms(option);
        return _price(option, deviation, centre);
    }

    /// @notice The derivative of the price by the forward: 0 to 1e18 for a call, 1e18 less for a put.
    /// @dev The error is at most 2e-17 + 2e-18 / deviation.
    function delta(Option memory option) internal pure returns (int256) {
        (uint256 deviation, uint256 centre) = _terms(option);
        return _delta(option, deviation, centre);
    }

    /// @notice The derivative of the delta by the forward; the same for a call and a put.
    /// @dev The error of gamma * forward is at most (5e-18 + 1e-18 / deviation) / deviation, plus one unit of 1e-18
    /// times the forward. Without deviation gamma is 0, or type(uint256).max (infinite) if the forward equals the
    /// strike.
    function gamma(Option memory option) internal pure returns (uint256) {
        (uint256 deviation, uint256 centre) = _terms(option);
        return _gamma(option, deviation, centre);
    }

    /// @notice Price, delta and gamma in one call.
    function greeks(Option memory option) internal pure returns (uint256 price_, int256 delta_, uint256 gamma_) {
        (uint256 deviation, uint256 centre) = _terms(option);
        price_ = _price(option, deviation, centre);
        delta_ = _delta(option, deviation, centre);
        gamma_ = _gamma(option, deviation, centre);
    }

    /// @dev By symmetry, the time value is that of a call whose forward is the lower and whose strike is the upper of
    /// the two: lower * (1 - cdf(near)) - upper * (1 - cdf(far)), with near and far = centre -+ deviation / 2. Since
    /// upper * bell(far) = lower * bell(near), this equals lower * bell(near) * (tail(near) - tail(far)). So no large
    /// numbers are subtracted, however far apart forward and strike are.
    function _price(Option memory option, uint256 deviation, uint256 centre) private pure returns (uint256) {
        uint256 half = _halfDeviation(deviation);
        uint256 part = 0;
        if (centre < half) {
            uint256 tails = NormalDistribution.tail(half - centre) + NormalDistribution.tail(centre + half);
            part = WAD - NormalDistribution.bell(half - centre) * tails / WAD;
        } else if (centre - half < NormalDistribution.FLAT) {
            uint256 near = NormalDistribution.tail(centre - half);
            // The tail never rose in any test. If rounding did make it rise, the floor avoids a revert.
            uint256 tails = near.zeroFloorSub(NormalDistribution.tail(centre + half));
            part = NormalDistribution.bell(centre - half) * tails / WAD;
        }
        uint256 timeValue = option.forward.min(option.strike) * part / WAD;
        (uint256 received, uint256 paid) =
            option.isCall ? (option.forward, option.strike) : (option.strike, option.forward);
        return received.zeroFloorSub(paid) + timeValue;
    }

    function _delta(Option memory option, uint256 deviation, uint256 centre) private pure returns (int256) {
        uint256 chance = NormalDistribution.cdf(_d1(option, deviation, centre));
        return option.isCall ? int256(chance) : int256(chance) - int256(WAD);
    }

    function _gamma(Option memory option, uint256 deviation, uint256 centre) private pure returns (uint256) {
        if (deviation == 0) return option.forward == option.strike ? type(uint256).max : 0;
        uint256 density = NormalDistribution.pdf(_d1(option, deviation, centre));
        return density * WAD * RAY / (option.forward * deviation);
    }

    /// @return deviation volatility * sqrt(years), in units of 1e-27
    /// @return centre |ln(forward / strike)| / deviation, in units of 1e-18; without deviation, its limit or FLAT
    function _terms(Option memory option) private pure returns (uint256 deviation, uint256 centre) {
        _check(option);
        (uint256 forward, uint256 strike) = (option.forward, option.strike);
        uint256 variance = option.volatility * option.volatility * option.timeToExpiry * WAD / YEAR;
        deviation = variance.sqrt();
        if (deviation == 0) return (0, forward == strike ? 0 : NormalDistribution.FLAT);
        uint256 ratio = forward.max(strike) * WAD / forward.min(strike);
        centre = uint256(FixedPointMathLib.lnWad(int256(ratio))) * RAY / deviation;
    }

    /// @dev d1 in the usual notation.
    function _d1(Option memory option, uint256 deviation, uint256 centre) private pure returns (int256) {
        int256 half = int256(_halfDeviation(deviation));
        return option.forward < option.strike ? half - int256(centre) : half + int256(centre);
    }

    /// @dev Half the deviation, in units of 1e-18.
    function _halfDeviation(uint256 deviation) private pure returns (uint256) {
        // slither-disable-next-line divide-before-multiply: RAY is a multiple of WAD
        return deviation / (2 * (RAY / WAD));
    }

    function _check(Option memory option) private pure {
        if (option.forward < LOWEST_PRICE || option.forward > HIGHEST_PRICE) {
            revert ForwardOutOfRange(option.forward, LOWEST_PRICE, HIGHEST_PRICE);
        }
        if (option.strike < LOWEST_PRICE || option.strike > HIGHEST_PRICE) {
            revert StrikeOutOfRange(option.strike, LOWEST_PRICE, HIGHEST_PRICE);
        }
        if (option.volatility > HIGHEST_VOLATILITY) {
            revert VolatilityOutOfRange(option.volatility, HIGHEST_VOLATILITY);
        }
        if (option.timeToExpiry > LONGEST_TIME) revert TimeOutOfRange(option.timeToExpiry, LONGEST_TIME);
    }
}
