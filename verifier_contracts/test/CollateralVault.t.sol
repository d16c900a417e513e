// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {ExactTransfer} from "../src/libraries/ExactTransfer.sol";
import {CollateralVaultFixture} from "./fixtures/CollateralVaultFixture.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev A token with any answer to `decimals`.
contract OddDecimals {
    uint256 public immutable decimals;

    constructor(uint256 decimals_) {
        decimals = decimals_;
    }
}

/// @dev Listings, permissions and caps.
contract CollateralVaultTest is CollateralVaultFixture {
    // --- listing

    function test_listsATokenWithItsScale() public {
        TestToken token = new TestToken(8);
        vm.expectEmit(address(vault));
        emit ICollateralVault.AssetListed(3, address(token), 100, 5);
        vault.listAsset(3, address(token), 5);
        ICollateralVault.Asset memory asset = vault.assetOf(3);
        assertEq(asset.token, address(token));
        assertEq(asset.scale, 100);
        assertEq(asset.cap, 5);
        assertEq(asset.total, 0);
        assertEq(asset.owed, 0);
    }

    function testFuzz_assetsAreListedAtDeploymentForAnyOwner(address owner, uint8 asset, uint128 cap) public {
        vm.assume(owner != address(0));
        asset %= 9;
        vm.expectEmit();
        emit ICollateralVault.AssetListed(asset, address(coin), 10 ** 12, cap);
        CollateralVault fresh = new CollateralVault(owner, _listing(asset, address(coin), cap));
        assertEq(fresh.owner(), owner);
        assertEq(fresh.assetOf(asset).token, address(coin));
        assertEq(fresh.assetOf(asset).scale, 10 ** 12);
        assertEq(fresh.assetOf(asset).cap, cap);
    }

    /// @dev The same checks apply as in `listAsset`.
    function test_invalidListingsAreRefusedAtDeployment() public {
        address fine = address(new TestToken(6));
        address odd = address(new TestToken(20));
        _expect(abi.encodeWithSelector(ICollateralVault.NoSuchSlot.selector, 9));
        new CollateralVault(address(this), _listing(9, fine, NO_CAP));
        _expect(abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, odd, 20));
        new CollateralVault(address(this), _listing(1, odd, NO_CAP));
        ICollateralVault.Listing[] memory twice = new ICollateralVault.Listing[](2);
        (twice[0], twice[1]) = (_listing(1, fine, NO_CAP)[0], _listing(2, fine, NO_CAP)[0]);
        _expect(abi.encodeWithSelector(ICollateralVault.AlreadyListed.selector, fine, 1));
        new CollateralVault(address(this), twice);
    }

    function testFuzz_attack_26_decimalsFrom6To18AreListedAndOthersRefused(uint8 decimals) public {
        TestToken token = new TestToken(decimals);
        if (decimals < 6 || decimals > 18) {
            _expect(abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, token, decimals));
            vault.listAsset(1, address(token), NO_CAP);
        } else {
            vault.listAsset(1, address(token), NO_CAP);
            assertEq(vault.assetOf(1).scale, 10 ** (decimals - 6));
        }
    }

    function test_attack_26_5And20DecimalsAreRefused() public {
        _refuseDecimals(address(new TestToken(5)), 5);
        _refuseDecimals(address(new TestToken(19)), 19);
        _refuseDecimals(address(new TestToken(20)), 20);
    }

    function test_refusesWhatSaysNoDecimals() public {
        _refuseDecimals(address(0), 0);
        _refuseDecimals(BOB, 0);
        _refuseDecimals(operator, 0);
        _refuseDecimals(address(new OddDecimals(256 + 18)), 0);
    }

    function testFuzz_refusesASlotThatThereIsNot(uint256 asset) public {
        vm.assume(asset > 8);
        TestToken token = new TestToken(6);
        _expect(abi.encodeWithSelector(ICollateralVault.NoSuchSlot.selector, asset));
        vault.listAsset(asset, address(token), NO_CAP);
    }

    function test_thereAreNineSlots() public {
        address token = address(new TestToken(6));
        _expect(abi.encodeWithSelector(ICollateralVault.NoSuchSlot.selector, 9));
        vault.listAsset(9, token, NO_CAP);
    }

    function testFuzz_refusesAnAssetThatIsNotListed(uint256 asset) public {
        vm.assume(asset != USD && asset != COIN);
        bytes memory expected = abi.encodeWithSelector(ICollateralVault.NotListed.selector, asset);
        _expectFromOperator(expected);
        vault.pull(asset, alice, 0);
        _expectFromOperator(expected);
        vault.pullUncapped(asset, alice, 0);
        _expectFromOperator(expected);
        vault.pullWithPermit(asset, alice, 0, NOW, 27, 0, 0);
        _expectFromOperator(expected);
        vault.release(asset, alice, 0);
        _expect(expected);
        vault.setCap(asset, 1);
    }

    function test_aTokenHasOneSlot() public {
        _expect(abi.encodeWithSelector(ICollateralVault.AlreadyListed.selector, usd, USD));
        vault.listAsset(1, address(usd), NO_CAP);
        _expect(abi.encodeWithSelector(ICollateralVault.AlreadyListed.selector, coin, COIN));
        vault.listAsset(COIN, address(coin), NO_CAP);
    }

    function test_aTokenWithCreditsOrClaimsIsNotExchanged() public {
        TestToken other = new TestToken(6);
        _deposit(COIN, alice, ONE);
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, COIN, ONE, 0));
        vault.listAsset(COIN, address(other), NO_CAP);

        coin.freeze(alice, true);
        assertFalse(_release(COIN, alice, ONE));
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, COIN, 0, ONE));
        vault.listAsset(COIN, address(other), NO_CAP);

        vm.prank(alice);
        vault.claim(COIN, BOB);
        vault.listAsset(COIN, address(other), NO_CAP);
        assertEq(vault.assetOf(COIN).token, address(other));
    }

    /// @dev Cash debts of some accounts can make the total 0 while others have credits. Collateral has no debts.
    function test_cashIsListedOnceForAll() public {
        TestToken other = new TestToken(6);
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, USD, 0, 0));
        vault.listAsset(USD, address(other), NO_CAP);
        _deposit(USD, alice, ONE);
        assertTrue(_release(USD, alice, ONE));
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, USD, 0, 0));
        vault.listAsset(USD, address(other), NO_CAP);

        ICollateralVault.Listing[] memory none = new ICollateralVault.Listing[](0);
        CollateralVault fresh = new CollateralVault(address(this), none);
        fresh.listAsset(USD, address(usd), NO_CAP);
        assertEq(fresh.assetOf(USD).token, address(usd));
    }

    // --- permissions

    function testFuzz_onlyTheOwnerListsAndSetsCaps(address caller) public {
        vm.assume(caller != address(this));
        TestToken token = new TestToken(6);
        bytes memory expected = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, caller);
        vm.prank(caller);
        _expect(expected);
        vault.listAsset(1, address(token), NO_CAP);
        vm.prank(caller);
        _expect(expected);
        vault.setCap(USD, 0);
    }

    /// @dev Not the owner, which is a timelock from the beginning, while the operator is set at once.
    function testFuzz_onlyTheDeployerSetsTheOperator(address caller) public {
        vm.assume(caller != address(this) && caller != address(0));
        CollateralVault fresh = _fresh(caller);
        vm.prank(caller);
        _expect(abi.encodeWithSelector(ICollateralVault.NotDeployer.selector, caller));
        fresh.setOperator(operator);
        fresh.setOperator(operator);
        assertEq(fresh.operator(), operator);
    }

    /// @custom:property R4
    function testFuzz_onlyTheOperatorMovesCredits(address caller, address from, uint128 amount) public {
        vm.assume(caller != operator);
        _deposit(USD, alice, ONE);
        bytes memory expected = abi.encodeWithSelector(ICollateralVault.NotOperator.selector, caller);
        vm.prank(caller);
        _expect(expected);
        vault.pull(USD, from, amount);
        vm.prank(caller);
        _expect(expected);
        vault.pullUncapped(USD, from, amount);
        vm.prank(caller);
        _expect(expected);
        vault.pullWithPermit(USD, from, amount, NOW, 27, 0, 0);
        vm.prank(caller);
        _expect(expected);
        vault.release(USD, from, amount);
    }

    function testFuzz_onlyTheVaultPushes(address caller, uint256 amount) public {
        vm.assume(caller != address(vault));
        _deposit(USD, alice, ONE);
        vm.prank(caller);
        _expect(abi.encodeWithSelector(ICollateralVault.NotTheVault.selector, caller));
        vault.push(USD, caller, amount);
    }

    function test_theOperatorIsSetOnceAndHasCode() public {
        _expect(abi.encodeWithSelector(ICollateralVault.OperatorAlreadySet.selector, operator));
        vault.setOperator(address(this));
        CollateralVault fresh = _fresh(address(this));
        _expect(abi.encodeWithSelector(ICollateralVault.NotAContract.selector, BOB));
        fresh.setOperator(BOB);
        vm.expectEmit(address(fresh));
        emit ICollateralVault.OperatorSet(operator);
        fresh.setOperator(operator);
        assertEq(fresh.operator(), operator);
    }

    /// @dev In one step: an owner can list a worthless token, so it must be a timelock in any case.
    function testFuzz_theOwnerHandsOverOrGivesUp(address other) public {
        vm.assume(other != address(0) && other != address(this));
        vault.transferOwnership(other);
        vm.prank(other);
        vault.setCap(USD, 5);
        _expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, address(this)));
        vault.setCap(USD, 6);
        vm.prank(other);
        vault.renounceOwnership();
        vm.prank(other);
        _expect(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, other));
        vault.setCap(USD, 7);
        assertEq(vault.assetOf(USD).cap, 5);
    }

    // --- caps

    function testFuzz_aPullFillsAtMostTheCap(uint128 cap, uint128 first, uint128 second, bool permit) public {
        vault.setCap(USD, cap);
        first = cap == NO_CAP ? first : first % (cap + 1);
        _deposit(USD, alice, first);
        uint128 room = cap - first;
        usd.mint(alice, second);
        _approve(USD, alice);
        if (second > room) {
            _expectFromOperator(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, USD, second, room));
            // The permit is invalid, but the allowance exists.
            if (permit) vault.pullWithPermit(USD, alice, second, NOW, 27, 0, 0);
            else vault.pull(USD, alice, second);
            assertEq(vault.assetOf(USD).total, first);
        } else {
            _pull(USD, alice, second);
            assertEq(vault.assetOf(USD).total, uint256(first) + second);
        }
    }

    function testFuzz_belowTheCreditsACapStopsTheInflowOnly(uint128 amount, uint128 cap, uint128 more) public {
        vm.assume(amount > 0 && more > 0);
        cap %= amount;
        _deposit(USD, alice, amount);
        vm.expectEmit(address(vault));
        emit ICollateralVault.CapChanged(USD, cap);
        vault.setCap(USD, cap);
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, USD, more, 0));
        vault.pull(USD, alice, more);
        assertTrue(_release(USD, alice, amount));
        assertEq(usd.balanceOf(alice), amount);
    }

    /// @dev The funds pay somebody else: a full cap must not keep a default in place.
    function testFuzz_whatIsPulledUncappedPassesACap(uint128 first, uint128 cap, uint128 more) public {
        more = uint128(more % (uint256(NO_CAP) - first + 1));
        _deposit(USD, alice, first);
        vault.setCap(USD, cap);
        usd.mint(alice, more);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Pulled(USD, alice, more);
        vm.prank(operator);
        vault.pullUncapped(USD, alice, more);
        _holds(USD, uint256(first) + more, 0);
        assertEq(usd.balanceOf(address(vault)), uint256(first) + more);
    }

    function testFuzz_creditsBeyondTheLargestNumberAreRefused(uint128 first, uint128 more) public {
        vm.assume(more > NO_CAP - first);
        _deposit(USD, alice, first);
        bytes memory expected = abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, USD, more, NO_CAP - first);
        _expectFromOperator(expected);
        vault.pullUncapped(USD, alice, more);
        _expectFromOperator(expected);
        vault.pull(USD, alice, more);
    }

    // --- helpers

    function _refuseDecimals(address token, uint256 found) private {
        _expect(abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, token, found));
        vault.listAsset(1, token, NO_CAP);
    }
}
