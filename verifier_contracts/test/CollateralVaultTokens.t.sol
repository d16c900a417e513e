// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {CollateralVaultFixture} from "./fixtures/CollateralVaultFixture.sol";
import {FalseToken} from "./tokens/FalseToken.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {NoReturnToken} from "./tokens/NoReturnToken.sol";
import {PhantomPermitToken} from "./tokens/PhantomPermitToken.sol";
import {ReentrantToken} from "./tokens/ReentrantToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Incoming payments with all kinds of tokens: with fees, without return values, with permits, and reentrant.
contract CollateralVaultTokensTest is CollateralVaultFixture {
    // --- pull

    function test_pullsWhatIsAsked() public {
        usd.mint(alice, 5 * ONE);
        _approve(USD, alice);
        vm.expectEmit(address(vault));
        emit ICollateralVault.Pulled(USD, alice, 3 * ONE);
        _pull(USD, alice, 3 * ONE);
        _holds(USD, 3 * ONE, 0);
        assertEq(usd.balanceOf(alice), 2 * ONE);
        _pull(USD, alice, ONE);
    }

    function testFuzz_attack_26_everyNumberOfDecimalsIsAccountedExactly(uint8 decimals, uint128 amount, uint128 back)
        public
    {
        decimals = 6 + decimals % 13;
        back = amount == NO_CAP ? back : back % (amount + 1);
        TestToken token = new TestToken(decimals);
        vault.listAsset(1, address(token), NO_CAP);
        uint256 scale = 10 ** (decimals - 6);
        _deposit(1, alice, amount);
        _holds(1, amount, 0);
        assertEq(token.balanceOf(address(vault)), amount * scale);
        assertTrue(_release(1, BOB, back));
        _holds(1, amount - back, 0);
        assertEq(token.balanceOf(BOB), back * scale);
    }

    function testFuzz_attack_26_feeOnTransferIsRefused(uint128 amount, uint256 bps, bool onTop) public {
        vm.assume(amount >= 10_000);
        bps = 1 + bps % 9999;
        FeeToken token = new FeeToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        token.mint(alice, uint256(amount) * 2);
        _approve(1, alice);
        token.setFee(bps, onTop);
        if (onTop) {
            // The sender pays the fee, and the vault gets the whole value.
            _pull(1, alice, amount);
            _holds(1, amount, 0);
        } else {
            uint256 arriving = amount - amount * bps / 10_000;
            _expectFromOperator(
                abi.encodeWithSelector(ICollateralVault.InexactTransfer.selector, 1, 0, arriving, amount)
            );
            vault.pull(1, alice, amount);
            _holds(1, 0, 0);
        }
    }

    function testFuzz_withoutAllowanceOrBalanceNothingIsPulled(uint128 amount) public {
        vm.assume(amount > 0);
        usd.mint(alice, amount - 1);
        _expectFromOperator(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, vault, 0, amount));
        vault.pull(USD, alice, amount);
        _approve(USD, alice);
        _expectFromOperator(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientBalance.selector, alice, amount - 1, amount)
        );
        vault.pull(USD, alice, amount);
        _holds(USD, 0, 0);
    }

    function test_attack_26_aTokenThatReturnsNothingIsAccounted() public {
        NoReturnToken token = new NoReturnToken();
        vault.listAsset(1, address(token), NO_CAP);
        _deposit(1, alice, ONE);
        _holds(1, ONE, 0);
        assertTrue(_release(1, BOB, ONE));
        assertEq(token.balanceOf(BOB), ONE);
    }

    function test_attack_26_aTokenThatSaysFalseOrLiesCreditsNothing() public {
        FalseToken token = new FalseToken(6);
        vault.listAsset(1, address(token), NO_CAP);
        token.set(true, false);
        _expectFromOperator(abi.encodeWithSelector(SafeERC20.SafeERC20FailedOperation.selector, token));
        vault.pull(1, alice, ONE);
        token.set(false, true);
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.InexactTransfer.selector, 1, 0, 0, ONE));
        vault.pull(1, alice, ONE);
        _holds(1, 0, 0);
    }

    function testFuzz_theVaultsOwnTokensCannotBePulled(uint128 amount) public {
        vm.assume(amount > 0);
        PhantomPermitToken token = new PhantomPermitToken();
        vault.listAsset(1, address(token), NO_CAP);
        uint256 value = uint256(amount) * 10 ** 12;
        token.mint(address(vault), value);
        _expectFromOperator(abi.encodeWithSelector(ICollateralVault.InexactTransfer.selector, 1, value, value, value));
        vault.pull(1, address(vault), amount);
    }

    function testFuzz_attack_27_aDonationIsNobodysCredit(uint128 amount, uint128 gift) public {
        _deposit(USD, alice, amount);
        usd.mint(address(vault), gift);
        _holds(USD, amount, 0);
        if (gift > 0 && amount < NO_CAP) {
            _expectFromOperator(
                abi.encodeWithSelector(ICollateralVault.CreditsExceeded.selector, USD, amount + 1, amount)
            );
            vault.release(USD, alice, amount + 1);
        }
        assertTrue(_release(USD, alice, amount));
        assertEq(usd.balanceOf(address(vault)), gift);
    }

    // --- permit

    function testFuzz_pullsWithAPermit(uint128 amount, uint64 wait) public {
        coin.mint(alice, uint256(amount) * 10 ** 12);
        (uint8 v, bytes32 r, bytes32 s) = _permit(coin, amount, NOW + wait);
        vm.prank(operator);
        vault.pullWithPermit(COIN, alice, amount, NOW + wait, v, r, s);
        _holds(COIN, amount, 0);
        assertEq(coin.allowance(alice, address(vault)), 0);
    }

    function test_attack_26_aPermitIsNotReplayed() public {
        coin.mint(alice, 10 ** 19);
        (uint8 v, bytes32 r, bytes32 s) = _permit(coin, ONE, NOW);
        vm.prank(operator);
        vault.pullWithPermit(COIN, alice, ONE, NOW, v, r, s);
        _expectFromOperator(
            abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, vault, 0, 10 ** 18)
        );
        vault.pullWithPermit(COIN, alice, ONE, NOW, v, r, s);
        _holds(COIN, ONE, 0);
    }

    function test_attack_26_aPermitThatSomebodyUsedUpBeforehandStillServes() public {
        coin.mint(alice, 10 ** 18);
        (uint8 v, bytes32 r, bytes32 s) = _permit(coin, ONE, NOW);
        vm.prank(BOB);
        coin.permit(alice, address(vault), 10 ** 18, NOW, v, r, s);
        vm.prank(operator);
        vault.pullWithPermit(COIN, alice, ONE, NOW, v, r, s);
        _holds(COIN, ONE, 0);
    }

    function testFuzz_attack_26_aPermitOfAnotherAmountDeadlineOrSignerIsNone(uint128 amount, uint64 late, bytes32 r2)
        public
    {
        vm.assume(amount > 0 && amount < NO_CAP && late > 0);
        coin.mint(alice, uint256(amount) * 10 ** 12);
        (uint8 v, bytes32 r, bytes32 s) = _permit(coin, amount + 1, NOW);
        vm.assume(r2 != r);
        bytes memory expected = abi.encodeWithSelector(
            IERC20Errors.ERC20InsufficientAllowance.selector, vault, 0, uint256(amount) * 10 ** 12
        );
        _expectFromOperator(expected);
        vault.pullWithPermit(COIN, alice, amount, NOW, v, r, s);
        (v, r, s) = _permit(coin, amount, NOW);
        _expectFromOperator(expected);
        vault.pullWithPermit(COIN, alice, amount, NOW, v, r2, s);
        vm.warp(NOW + late);
        _expectFromOperator(expected);
        vault.pullWithPermit(COIN, alice, amount, NOW, v, r, s);
    }

    function testFuzz_attack_26_aTokenThatTakesAnyPermitStillWantsAnAllowance(uint128 amount, bytes32 r, bytes32 s)
        public
    {
        vm.assume(amount > 0);
        PhantomPermitToken token = new PhantomPermitToken();
        vault.listAsset(1, address(token), NO_CAP);
        uint256 value = uint256(amount) * 10 ** 12;
        token.mint(alice, value);
        _expectFromOperator(abi.encodeWithSelector(IERC20Errors.ERC20InsufficientAllowance.selector, vault, 0, value));
        vault.pullWithPermit(1, alice, amount, NOW, 27, r, s);
        vm.prank(alice);
        token.approve(address(vault), value);
        vm.prank(operator);
        vault.pullWithPermit(1, alice, amount, NOW, 27, r, s);
        _holds(1, amount, 0);
    }

    // --- re-entrancy

    function test_attack_26_aReentrantTokenEntersNothing() public {
        // The token is operator, owner and holder of a claim, so only the reentrancy guard stops it.
        ReentrantToken token = new ReentrantToken(6);
        address self = address(token);
        TestToken other = new TestToken(6);
        vault = new CollateralVault(self, _listing(1, self, NO_CAP));
        operator = self;
        vault.setOperator(self);

        token.mint(alice, 100 * ONE);
        vm.prank(alice);
        token.approve(address(vault), type(uint256).max);
        bytes[7] memory calls = [
            abi.encodeCall(vault.pull, (1, alice, 1)),
            abi.encodeCall(vault.pullUncapped, (1, alice, 1)),
            abi.encodeCall(vault.pullWithPermit, (1, alice, 1, NOW, 27, 0, 0)),
            abi.encodeCall(vault.release, (1, alice, 1)),
            abi.encodeCall(vault.claim, (1, alice)),
            abi.encodeCall(vault.listAsset, (2, address(other), NO_CAP)),
            abi.encodeCall(vault.push, (1, alice, 1))
        ];
        for (uint256 i = 0; i < calls.length; ++i) {
            token.callBack(address(0), "");
            _pull(1, alice, 3 * ONE);
            _release(1, BOB, ONE);
            _makeClaim(token, self);
            token.callBack(address(vault), calls[i]);
            bytes32 expected = i == 6
                ? bytes32(ICollateralVault.NotTheVault.selector)
                : bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            _reenters(token, expected);
        }
        _holds(1, vault.assetOf(1).total, 0);
        assertEq(token.successes(), 0);
    }

    /// @dev Runs each function that moves tokens, and checks the result of the nested call.
    function _reenters(ReentrantToken token, bytes32 expected) private {
        uint256 before = vault.assetOf(1).total;
        _pull(1, alice, ONE);
        assertEq(bytes32(bytes4(token.lastAnswer())), expected);
        assertTrue(_release(1, BOB, ONE));
        assertEq(bytes32(bytes4(token.lastAnswer())), expected);
        vm.prank(address(token));
        vault.claim(1, CAROL);
        assertEq(bytes32(bytes4(token.lastAnswer())), expected);
        assertEq(vault.assetOf(1).total, before);
        assertEq(token.balanceOf(address(vault)), before);
    }

    /// @dev Gives the token a claim: while it calls itself in a loop, no push succeeds.
    function _makeClaim(ReentrantToken token, address self) private {
        token.callBack(self, abi.encodeCall(token.transfer, (self, 0)));
        assertFalse(_release(1, self, ONE));
        token.callBack(address(0), "");
    }
}
