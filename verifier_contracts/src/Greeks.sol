// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGreeks} from "./interfaces/IGreeks.sol";
import {Black76} from "./libraries/Black76.sol";

/// @title Prices and Greeks of options on chain; IGreeks says what each function promises
/// @dev No state, no owner. Contracts that need the numbers in their own code use the library Black76.
contract Greeks is IGreeks {
    function price(Black76.Option calldata option) external pure returns (uint256) {
        return Black76.price(option);
    }

    function delta(Black76.Option calldata option) external pure returns (int256) {
        return Black76.delta(option);
    }

    function gamma(Black76.Option calldata option) external pure returns (uint256) {
        return Black76.gamma(option);
    }

    function greeks(Black76.Option calldata option) external pure returns (uint256, int256, uint256) {
        return Black76.greeks(option);
    }
}
