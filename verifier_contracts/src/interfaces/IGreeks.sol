// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Black76} from "../libraries/Black76.sol";

/// @title Prices and Greeks of options on chain
/// @notice European options on a forward by Black's model of 1976, undiscounted. Nothing is read from the chain: who
/// calls says the forward and the volatility, and the answer is as good as they are.
/// @dev Every function reverts with an error of Black76 unless forward and strike are from 1e-9 to 1e9, the volatility
/// is at most 100 (10 000 %) and the time to expiry at most 100 years of 365 days. Within these bounds none reverts.
interface IGreeks {
    /// @notice What the option is worth.
    /// @dev From the intrinsic value to the forward (call) or the strike (put). Put-call parity holds exactly.
    /// @return In units of 1e-18. Off by at most 3e-17 of the lesser of forward and strike, plus one unit
    function price(Black76.Option calldata option) external pure returns (uint256);

    /// @notice How the price moves with the forward.
    /// @dev Without time or volatility it is 1 in the money, 0 out of it, and 1/2 where the forward is the strike.
    /// @return 0 to 1e18 for a call, -1e18 to 0 for a put. Off by at most 2e-17 + 2e-18 / deviation, the deviation
    /// being volatility * sqrt(years)
    function delta(Black76.Option calldata option) external pure returns (int256);

    /// @notice How the delta moves with the forward, for a call and a put alike.
    /// @dev Without time or volatility it is 0, and type(uint256).max, for infinite, where the forward is the strike.
    /// @return In units of 1e-18. Times the forward it is off by at most (5e-18 + 1e-18 / deviation) / deviation, plus
    /// one unit times the forward
    function gamma(Black76.Option calldata option) external pure returns (uint256);

    /// @notice Price, delta and gamma in one call.
    function greeks(Black76.Option calldata option)
        external
        pure
        returns (uint256 price_, int256 delta_, uint256 gamma_);
}
