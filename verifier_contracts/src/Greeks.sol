// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IGreeks} from "./interfaces/IGreeks.sol";
import {Black76} from "./libraries/Black76.sol";

/// @title Prices and Greeks of options on chain
/// @dev The contract has no state and no owner. To compute in your own contract, use the library Black76.
contract Greeks is IGreeks {
    /// @inheritdoc IGreeks
    function price(Black76.Option calldata option) external pure returns (uint256) {
        return Black76.price(option);
    }

    /// @inheritdoc IGreeks
    function delta(Black76.Option calldata option) external pure returns (int256) {
        return Black76.delta(option);
    }

    /// @inheritdoc IGreeks
    function gamma(Black76.Option calldata option) external pure returns (uint256) {
        return Black76.gamma(option);
    }

    /// @inheritdoc IGreeks
    function greeks(Black76.Option calldata option) external pure returns (uint256, int256, uint256) {
        return Black76.greeks(option);
    }
}
