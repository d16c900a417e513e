// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../../src/CollateralVault.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {Test} from "../Vm.sol";
import {TestToken} from "../tokens/TestToken.sol";

/// @dev A token that refuses every transfer while it is shut.
contract ShuttingToken is TestToken(8) {
    bool public shut;

    function setShut(bool shut_) external {
        shut = shut_;
    }

    function transfer(address to, uint256 value) public override returns (bool) {
        require(!shut);
        return super.transfer(to, value);
    }
}

/// @dev This contract is the operator. For every caller and amounts below 2^64: one pull, release or claim in every state
/// that a pull and a refused payment lead to.
contract CollateralVaultChecks is Test {
    uint256 private constant ASSET = 3;
    uint256 private constant OTHER = 8;
    uint256 private constant SCALE = 100;
    address private constant ALICE = address(0xA1);

    ShuttingToken private _token;
    CollateralVault private _vault;

    function setUp() public {
        _token = new ShuttingToken();
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](2);
        listings[0] = ICollateralVault.Listing(ASSET, address(_token), type(uint128).max);
        listings[1] = ICollateralVault.Listing(OTHER, address(new TestToken(8)), type(uint128).max);
        _vault = new CollateralVault(address(this), listings);
        _vault.setOperator(address(this));
        _token.mint(address(this), type(uint128).max);
        _token.approve(address(_vault), type(uint256).max);
    }

    /// @custom:property M2
    function check_aPullAddsExactly(uint64 before, uint64 refused, uint64 amount, address caller) external {
        _start(before, refused);
        uint256 total = _total();
        vm.prank(caller);
        try _vault.pull(ASSET, address(this), amount) {
            assert(caller == address(this));
            assert(_total() == total + amount);
        } catch {
            assert(_total() == total);
        }
        _requireHeld();
    }

    /// @dev A release takes the amount from the total, and pays it or owes it; above the total nothing happens.
    /// @custom:property M2
    function check_aReleasePaysOrOwesExactly(uint64 before, uint64 amount, bool shut) external {
        _vault.pull(ASSET, address(this), before);
        _token.setShut(shut);
        try _vault.release(ASSET, ALICE, amount) returns (bool paid) {
            assert(amount <= before && _total() == before - amount);
            assert(paid || _vault.claimOf(ASSET, ALICE) == amount);
            assert(_token.balanceOf(ALICE) == (paid ? amount * SCALE : 0) && _owed() == (paid ? 0 : amount));
        } catch {
            assert(_total() == before && _owed() == 0);
        }
        _requireHeld();
    }

    /// @dev A claim is paid once, in full, and leaves all credits alone.
    /// @custom:property M3
    function check_aClaimIsPaidOnceInFull(uint64 before, uint64 refused) external {
        _start(before, refused);
        vm.assume(refused != 0);
        vm.prank(ALICE);
        assert(_vault.claim(ASSET, ALICE) == refused);
        assert(_token.balanceOf(ALICE) == refused * SCALE);
        assert(_vault.claimOf(ASSET, ALICE) == 0 && _owed() == 0 && _total() == before - refused);
        _requireHeld();
    }

    /// @dev Credits of `before - refused`, and a claim of `refused`.
    function _start(uint64 before, uint64 refused) private {
        vm.assume(refused <= before);
        _vault.pull(ASSET, address(this), before);
        _token.setShut(true);
        _vault.release(ASSET, ALICE, refused);
        _token.setShut(false);
    }

    function _requireHeld() private view {
        assert(_token.balanceOf(address(_vault)) == (_total() + _owed()) * SCALE);
        assert(_vault.assetOf(OTHER).total == 0 && _vault.assetOf(OTHER).owed == 0);
    }

    function _total() private view returns (uint256) {
        return _vault.assetOf(ASSET).total;
    }

    function _owed() private view returns (uint256) {
        return _vault.assetOf(ASSET).owed;
    }
}
