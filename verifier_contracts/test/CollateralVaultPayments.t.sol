// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {CollateralVaultFixture} from "./fixtures/CollateralVaultFixture.sol";
import {FalseToken} from "./tokens/FalseToken.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {HostileToken} from "./tokens/HostileToken.sol";

/// @dev Payments and claims.
contract CollateralVaultPaymentsTest is CollateralVaultFixture {
    // --- release

    function test_releasesWhatIsAsked() public {
        _deposit(USD, alice, 3 * ONE);
        usd.mint(BOB, 1);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Released(USD, BOB, ONE, true);
        assertTrue(_release(USD, BOB, ONE));
        _holds(USD, 2 * ONE, 0);
        assertEq(usd.balanceOf(BOB), ONE + 1);
    }

    function testFuzz_attack_25_aReleaseAboveTheTotalReverts(uint128 deposited, uint128 asked, uint128 gift) public {
        _deposit(USD, alice, deposited);
        usd.mint(address(vault), gift);
        if (asked > deposited) {
            _expectFromOperator(
                abi.encodeWithSelector(ICollateralVault.CreditsExceeded.selector, USD, asked, deposited)
            );
            vault.release(USD, BOB, asked);
            _holds(USD, deposited, 0);
        } else {
            assertTrue(_release(USD, BOB, asked));
            _holds(USD, deposited - asked, 0);
        }
    }

    function test_attack_25_claimsAreNotReleasedAgain() public {
        _deposit(USD, alice, ONE);
        usd.freeze(BOB, true);
        assertFalse(_release(USD, BOB, ONE));
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.CreditsExceeded.selector, USD, 1, 0));
        vault.release(USD, CAROL, 1);
    }

    function test_releasesToNobodyAndToItselfAreRefused() public {
        _deposit(USD, alice, ONE);
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.InvalidReceiver.selector, address(0)));
        vault.release(USD, address(0), ONE);
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.InvalidReceiver.selector, vault));
        vault.release(USD, address(vault), ONE);
    }

    /// @custom:property M3
    function testFuzz_whatTheTokenRefusesBecomesAClaim(uint128 amount, uint128 again, bool everything) public {
        again = amount == NO_CAP ? again : again % (amount + 1);
        _deposit(USD, alice, amount);
        everything ? usd.pause(true) : usd.freeze(BOB, true);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Released(USD, BOB, again, false);
        assertFalse(_release(USD, BOB, again));
        assertFalse(_release(USD, BOB, amount - again));
        _holds(USD, 0, amount);
        assertEq(vault.claimOf(USD, BOB), amount);
        assertEq(usd.balanceOf(address(vault)), amount);
    }

    function test_attack_26_whatSaysFalseOrLiesOnTheWayOutBecomesAClaim() public {
        FalseToken token = new FalseToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, 2 * ONE);
        token.set(true, false);
        assertFalse(_release(1, BOB, ONE));
        token.set(false, true);
        assertFalse(_release(1, BOB, ONE));
        _holds(1, 0, 2 * ONE);
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(ICollateralVault.InexactTransfer.selector, 1, 2 * ONE, 2 * ONE, 2 * ONE));
        vault.claim(1, BOB);
        token.set(false, false);
        vm.prank(BOB);
        assertEq(vault.claim(1, BOB), 2 * ONE);
        assertEq(token.balanceOf(BOB), 2 * ONE);
    }

    function test_attack_26_aFeeIsTheReceiversAndNeverTheVaults() public {
        FeeToken token = new FeeToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, 3 * ONE);
        token.setFee(100, true);
        assertFalse(_release(1, BOB, ONE));
        _holds(1, 2 * ONE, ONE);
        assertEq(token.balanceOf(address(vault)), 3 * ONE);
        token.setFee(100, false);
        assertTrue(_release(1, BOB, ONE));
        assertEq(token.balanceOf(BOB), ONE * 99 / 100);
        assertEq(token.balanceOf(address(vault)), 2 * ONE);
    }

    function testFuzz_attack_28_noTokenHoldsUpARelease(uint8 mode) public {
        HostileToken token = new HostileToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, ONE);
        token.turn(HostileToken.Mode(1 + mode % 6));
        // The gas that a token can burn is bounded, so the transaction never needs more than this.
        vm.prank(operator);
        uint256 before = gasleft();
        bool paid = vault.release{gas: RELEASE_GAS + 30_000}(1, BOB, ONE);
        assertLt(before - gasleft(), RELEASE_GAS + 30_000);
        assertFalse(paid);
        token.turn(HostileToken.Mode.Honest);
        _holds(1, 0, ONE);
        vm.prank(BOB);
        vault.claim(1, BOB);
        assertEq(token.balanceOf(BOB), ONE);
    }

    function test_attack_28_aTokenThatIsGoneHoldsUpNoRelease() public {
        _deposit(USD, alice, ONE);
        vm.etch(address(usd), "");
        assertFalse(_release(USD, BOB, ONE));
        assertEq(vault.claimOf(USD, BOB), ONE);
    }

    /// @dev Otherwise the sender could choose whether a payment succeeds, and a gas estimate could settle where it
    /// fails. A token that runs out of gas leaves too little gas to record a claim; one that reverts earlier leaves
    /// enough.
    function testFuzz_attack_7_shortOfGasNoPaymentBecomesAClaim(uint256 gas_, bool reverting) public {
        HostileToken token = new HostileToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, ONE);
        if (reverting) token.turn(HostileToken.Mode.WantsGas);
        gas_ = 5000 + gas_ % 400_000;
        vm.prank(operator);
        (bool done,) = address(vault).call{gas: gas_}(abi.encodeCall(vault.release, (1, BOB, ONE)));
        assertEq(vault.claimOf(1, BOB), 0);
        assertEq(token.balanceOf(BOB), done ? ONE : 0);
        _holds(1, done ? 0 : ONE, 0);
    }

    function testFuzz_attack_7_aRefusalIsBookedWithTheLeastGasThatIsAccepted(uint256 gas_) public {
        HostileToken token = new HostileToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, ONE);
        token.turn(HostileToken.Mode.BurnsGas);
        gas_ = 200_000 + gas_ % 100_000;
        vm.prank(operator);
        (bool done, bytes memory answer) = address(vault).call{gas: gas_}(abi.encodeCall(vault.release, (1, BOB, ONE)));
        assertEq(vault.claimOf(1, BOB), done ? ONE : 0);
        if (!done) assertEq(bytes32(bytes4(answer)), bytes32(ICollateralVault.NotEnoughGas.selector));
    }

    // --- claim

    function test_aClaimIsPaid() public {
        _owe(USD, BOB, 3 * ONE);
        usd.mint(CAROL, 1);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Claimed(USD, BOB, CAROL, 3 * ONE);
        vm.prank(BOB);
        assertEq(vault.claim(USD, CAROL), 3 * ONE);
        _holds(USD, 0, 0);
        assertEq(usd.balanceOf(CAROL), 3 * ONE + 1);
    }

    /// @custom:property M3
    function testFuzz_aClaimIsPaidOnceAndToItsOwnerAlone(address thief, address to, uint128 mine, uint128 others)
        public
    {
        vm.assume(mine > 0 && thief != BOB && thief != CAROL);
        vm.assume(to != address(0) && to != address(vault) && to != BOB && to != CAROL);
        _owe(USD, BOB, mine);
        _owe(USD, CAROL, others);
        vm.prank(thief);
        _expect(abi.encodeWithSelector(ICollateralVault.NothingOwed.selector, USD, thief));
        vault.claim(USD, thief == address(0) || thief == address(vault) ? to : thief);
        vm.prank(BOB);
        vault.claim(USD, to);
        assertEq(usd.balanceOf(to), mine);
        _holds(USD, 0, others);
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(ICollateralVault.NothingOwed.selector, USD, BOB));
        vault.claim(USD, to);
        assertEq(vault.claimOf(USD, CAROL), others);
    }

    function testFuzz_aClaimIsOfOneAsset(uint256 asset) public {
        vm.assume(asset != USD);
        _owe(USD, BOB, ONE);
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(ICollateralVault.NothingOwed.selector, asset, BOB));
        vault.claim(asset, BOB);
    }

    function test_aClaimIsPaidToSomebody() public {
        _owe(USD, BOB, ONE);
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(ICollateralVault.InvalidReceiver.selector, address(0)));
        vault.claim(USD, address(0));
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(ICollateralVault.InvalidReceiver.selector, vault));
        vault.claim(USD, address(vault));
    }

    function testFuzz_aClaimThatTheTokenRefusesStays(uint128 amount) public {
        vm.assume(amount > 0);
        _owe(USD, BOB, amount);
        usd.freeze(CAROL, true);
        vm.prank(BOB);
        _expect(abi.encodeWithSelector(FreezableToken.Frozen.selector, CAROL));
        vault.claim(USD, CAROL);
        _holds(USD, 0, amount);
        assertEq(vault.claimOf(USD, BOB), amount);
        usd.freeze(CAROL, false);
        vm.prank(BOB);
        vault.claim(USD, CAROL);
    }

    function test_attack_28_aClaimNeedsNoOtherContract() public {
        _owe(USD, BOB, ONE);
        _deposit(COIN, alice, ONE);
        // Everything except the token fails: the operator, the other assets, the owner, the asset's own cap.
        vm.etch(operator, hex"fe");
        vm.etch(address(coin), hex"fe");
        vault.setCap(USD, 0);
        vault.renounceOwnership();
        vm.prank(BOB);
        assertEq(vault.claim(USD, BOB), ONE);
        assertEq(usd.balanceOf(BOB), ONE);
    }
}
