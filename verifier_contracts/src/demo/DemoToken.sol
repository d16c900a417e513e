// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ERC20} from "@openzeppelin/contracts/token/ERC20/ERC20.sol";
import {ERC20Permit} from "@openzeppelin/contracts/token/ERC20/extensions/ERC20Permit.sol";

/// @title A worthless token that anybody can mint, for tests and demonstrations only
/// @dev It supports permits (ERC-2612) and any number of decimals.
contract DemoToken is ERC20Permit {
    uint8 private immutable _decimals;

    /// @param name_ The name
    /// @param symbol_ The symbol
    /// @param decimals_ The number of decimals
    constructor(string memory name_, string memory symbol_, uint8 decimals_) ERC20(name_, symbol_) ERC20Permit(name_) {
        _decimals = decimals_;
    }

    /// @notice Mints tokens. Anybody may call this.
    /// @param to The receiver
    /// @param value The number of units
    function mint(address to, uint256 value) external {
        _mint(to, value);
    }

    /// @inheritdoc ERC20
    function decimals() public view override returns (uint8) {
        return _decimals;
    }
}
