// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {Test} from "./Vm.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {NoReturnToken} from "./tokens/NoReturnToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Stands where the operator's code would be; the tests speak for it.
contract Operator {}

/// @dev A vault with cash and a coin, and what everybody does with it.
abstract contract CollateralVaultFixture is Test {
    uint256 internal constant ALICE_KEY = 0xA11CE;
    uint256 internal constant NOW = 1_700_000_000;
    uint256 internal constant RELEASE_GAS = 260_000;
    uint128 internal constant NO_CAP = type(uint128).max;
    uint128 internal constant ONE = 1_000_000;
    address internal constant BOB = address(0xB0B);
    address internal constant CAROL = address(0xCA201);

    /// @dev Slots of a vault with one token each.
    uint256 internal constant USD = 8;
    uint256 internal constant COIN = 0;

    address internal alice;
    address internal operator;
    FreezableToken internal usd;
    FreezableToken internal coin;
    CollateralVault internal vault;

    function setUp() public {
        vm.warp(NOW);
        alice = vm.addr(ALICE_KEY);
        operator = address(new Operator());
        usd = new FreezableToken(6);
        coin = new FreezableToken(18);
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](2);
        listings[0] = ICollateralVault.Listing(USD, address(usd), NO_CAP);
        listings[1] = ICollateralVault.Listing(COIN, address(coin), NO_CAP);
        vault = new CollateralVault(address(this), listings);
        vault.setOperator(operator);
    }

    /// @dev One that has no assets yet.
    function _fresh(address owner) internal returns (CollateralVault) {
        return new CollateralVault(owner, new ICollateralVault.Listing[](0));
    }

    /// @dev One asset, at deployment.
    function _listing(uint256 asset, address token, uint128 cap)
        internal
        pure
        returns (ICollateralVault.Listing[] memory listings)
    {
        listings = new ICollateralVault.Listing[](1);
        listings[0] = ICollateralVault.Listing(asset, token, cap);
    }

    function _expect(bytes memory revertData) internal {
        vm.expectRevert(revertData);
    }

    function _expectFromOperator(bytes memory revertData) internal {
        vm.prank(operator);
        vm.expectRevert(revertData);
    }

    function _approve(uint256 asset, address from) internal {
        address token = vault.assetOf(asset).token;
        vm.prank(from);
        NoReturnToken(token).approve(address(vault), type(uint256).max);
    }

    function _pull(uint256 asset, address from, uint128 amount) internal {
        vm.prank(operator);
        vault.pull(asset, from, amount);
    }

    function _release(uint256 asset, address to, uint128 amount) internal returns (bool) {
        vm.prank(operator);
        return vault.release(asset, to, amount);
    }

    /// @dev Mints and pulls.
    function _deposit(uint256 asset, address from, uint128 amount) internal {
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        TestToken(slot.token).mint(from, uint256(amount) * slot.scale);
        _approve(asset, from);
        _pull(asset, from, amount);
    }

    /// @dev Makes a claim by freezing whoever is paid for a moment. All other claims stay.
    function _owe(uint256 asset, address account, uint128 amount) internal {
        _deposit(asset, alice, amount);
        FreezableToken token = FreezableToken(vault.assetOf(asset).token);
        token.freeze(account, true);
        assertFalse(_release(asset, account, amount));
        token.freeze(account, false);
    }

    function _permit(TestToken token, uint128 amount, uint256 deadline)
        internal
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        uint256 value = uint256(amount) * 10 ** (token.decimals() - 6);
        bytes32 message = keccak256(abi.encode(typeHash, alice, address(vault), value, token.nonces(alice), deadline));
        return vm.sign(ALICE_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message)));
    }

    function _holds(uint256 asset, uint256 total, uint256 owed) internal view {
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        assertEq(slot.total, total);
        assertEq(slot.owed, owed);
    }
}
