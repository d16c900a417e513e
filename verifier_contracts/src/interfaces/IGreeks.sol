// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Black76} from "../libraries/Black76.sol";

/// @title Prices and Greeks of options on chain
/// @notice European options on a forward by Black's model of 1976, undiscounted. Nothing is read from the chain: the
/// caller supplies forward and volatility, and the result is only as good as they are.
/// @dev Every function reverts with an error of Black76 unless forward and strike are from 1e-9 to 1e9, the volatility
/// is at most 100 (10 000 %) and the time to expiry at most 100 years of 365 days. Within these bounds none reverts.
interface IGreeks {
    /// @notice The value of an option.
    /// @dev It lies between the intrinsic value and the forward (call) or the strike (put). Put-call parity is exact.
    /// @param option The option
    /// @return In units of 1e-18. The error is at most 3e-17 of the lesser of forward and strike, plus one unit
    function price(Black76.Option calldata option) external pure returns (uint256);

    /// @notice The derivative of the price by the forward.
    /// @dev Without time or volatility, a call's delta is 1 in the money, 0 out of the money and 1/2 at the money. A
    /// put's is 1 less.
    /// @param option The option
    /// @return 0 to 1e18 for a call, -1e18 to 0 for a put. The error is at most 2e-17 + 2e-18 / deviation, where the
    /// deviation is volatility * sqrt(years)
    function delta(Black76.Option calldata option) external pure returns (int256);

    /// @notice The derivative of the delta by the forward; the same for a call and a put.
    /// @dev Without time or volatility, it is 0, or type(uint256).max (infinite) if the forward equals the strike.
    /// @param option The option
    /// @return In units of 1e-18. The error times the forward is at most (5e-18 + 1e-18 / deviation) / deviation, plus
    /// one unit times the forward
    function gamma(Black76.Option calldata option) external pure returns (uint256);

    /// @notice Price, delta and gamma in one call.
    /// @param option The option
    /// @return price_ As `price`
    /// @return delta_ As `delta`
    /// @return gamma_ As `gamma`
    function greeks(Black76.Option calldata option)
        external
        pure
        returns (uint256 price_, int256 delta_, uint256 gamma_);
}
