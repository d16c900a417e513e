// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {IERC20Errors} from "@openzeppelin/contracts/interfaces/draft-IERC6093.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {ICollateralVault} from "../src/interfaces/ICollateralVault.sol";
import {Test} from "./Vm.sol";
import {FalseToken} from "./tokens/FalseToken.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {HostileToken} from "./tokens/HostileToken.sol";
import {NoReturnToken} from "./tokens/NoReturnToken.sol";
import {PhantomPermitToken} from "./tokens/PhantomPermitToken.sol";
import {ReentrantToken} from "./tokens/ReentrantToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

/// @dev Stands where the operator's code would be; the tests speak for it.
contract Operator {}

/// @dev Says anything when asked for its decimals.
contract OddDecimals {
    uint256 public immutable decimals;

    constructor(uint256 decimals_) {
        decimals = decimals_;
    }
}

contract CollateralVaultTest is Test {
    uint256 private constant ALICE_KEY = 0xA11CE;
    uint256 private constant NOW = 1_700_000_000;
    uint256 private constant RELEASE_GAS = 260_000;
    uint128 private constant NO_CAP = type(uint128).max;
    uint128 private constant ONE = 1_000_000;
    address private constant BOB = address(0xB0B);
    address private constant CAROL = address(0xCA201);

    /// @dev Slots of a vault with one token each.
    uint256 private constant USD = 8;
    uint256 private constant COIN = 0;

    address private alice;
    address private operator;
    FreezableToken private usd;
    FreezableToken private coin;
    CollateralVault private vault;

    function setUp() public {
        vm.warp(NOW);
        alice = vm.addr(ALICE_KEY);
        operator = address(new Operator());
        usd = new FreezableToken(6);
        coin = new FreezableToken(18);
        vault = new CollateralVault(address(this));
        vault.setOperator(operator);
        vault.listAsset(USD, address(usd), NO_CAP);
        vault.listAsset(COIN, address(coin), NO_CAP);
    }

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

    function testFuzz_attack_26_decimalsFrom6To18AreListedAndOthersRefused(uint8 decimals) public {
        TestToken token = new TestToken(decimals);
        if (decimals < 6 || decimals > 18) {
            _expect(abi.encodeWithSelector(ICollateralVault.UnsupportedDecimals.selector, token, decimals));
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
        vault.pullWithPermit(asset, alice, 0, NOW, 27, 0, 0);
        _expectFromOperator(expected);
        vault.release(asset, alice, 0);
        _expect(expected);
        vault.setCap(asset, 1);
    }

    function test_aTokenHasOneSlot() public {
        _expect(abi.encodeWithSelector(ICollateralVault.AlreadyListed.selector, usd, USD));
        vault.listAsset(1, address(usd), NO_CAP);
        _expect(abi.encodeWithSelector(ICollateralVault.AlreadyListed.selector, usd, USD));
        vault.listAsset(USD, address(usd), NO_CAP);
    }

    function test_aTokenWithCreditsOrClaimsIsNotExchanged() public {
        TestToken other = new TestToken(6);
        _deposit(USD, alice, ONE);
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, USD, ONE, 0));
        vault.listAsset(USD, address(other), NO_CAP);

        usd.freeze(alice, true);
        assertFalse(_release(USD, alice, ONE));
        _expect(abi.encodeWithSelector(ICollateralVault.SlotInUse.selector, USD, 0, ONE));
        vault.listAsset(USD, address(other), NO_CAP);

        vm.prank(alice);
        vault.claim(USD, BOB);
        vault.listAsset(USD, address(other), NO_CAP);
        assertEq(vault.assetOf(USD).token, address(other));
    }

    // --- who may

    function testFuzz_onlyTheOwnerListsSetsCapsAndTheOperator(address caller) public {
        vm.assume(caller != address(this));
        TestToken token = new TestToken(6);
        bytes memory expected = abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, caller);
        vm.prank(caller);
        _expect(expected);
        vault.listAsset(1, address(token), NO_CAP);
        vm.prank(caller);
        _expect(expected);
        vault.setCap(USD, 0);
        CollateralVault fresh = new CollateralVault(address(this));
        vm.prank(caller);
        _expect(expected);
        fresh.setOperator(operator);
    }

    function testFuzz_onlyTheOperatorMovesCredits(address caller, address from, uint128 amount) public {
        vm.assume(caller != operator);
        _deposit(USD, alice, ONE);
        bytes memory expected = abi.encodeWithSelector(ICollateralVault.NotOperator.selector, caller);
        vm.prank(caller);
        _expect(expected);
        vault.pull(USD, from, amount);
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
        CollateralVault fresh = new CollateralVault(address(this));
        _expect(abi.encodeWithSelector(ICollateralVault.NotAContract.selector, BOB));
        fresh.setOperator(BOB);
        vm.expectEmit(address(fresh));
        emit ICollateralVault.OperatorSet(operator);
        fresh.setOperator(operator);
        assertEq(fresh.operator(), operator);
    }

    function test_theOwnerChangesInTwoSteps() public {
        vault.transferOwnership(BOB);
        assertEq(vault.owner(), address(this));
        vm.prank(BOB);
        vault.acceptOwnership();
        assertEq(vault.owner(), BOB);
    }

    // --- caps

    function testFuzz_aPullFillsAtMostTheCap(uint128 cap, uint128 first, uint128 second) public {
        vault.setCap(USD, cap);
        first = cap == NO_CAP ? first : first % (cap + 1);
        _deposit(USD, alice, first);
        uint128 room = cap - first;
        usd.mint(alice, second);
        _approve(USD, alice);
        if (second > room) {
            _expectFromOperator(abi.encodeWithSelector(ICollateralVault.CapExceeded.selector, USD, second, room));
            vault.pull(USD, alice, second);
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
            // The fee is the sender's, and the vault gets what it asked for.
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
        // What the token burns is bounded: this is all that the transaction needs, and no more is ever spent.
        vm.prank(operator);
        uint256 before = gasleft();
        bool paid = vault.release{gas: RELEASE_GAS + 30_000}(1, BOB, ONE);
        assertTrue(before - gasleft() < RELEASE_GAS + 30_000);
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

    /// @dev Otherwise whoever sends the transaction decides whether it pays, and an estimate of gas could settle where it
    /// does not. A token that runs out of gas leaves too little to book a claim; one that reverts before does not.
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
        // Everything that is not the token fails: operator, the other assets, the owner, the asset's own cap.
        vm.etch(operator, hex"fe");
        vm.etch(address(coin), hex"fe");
        vault.setCap(USD, 0);
        vault.renounceOwnership();
        vm.prank(BOB);
        assertEq(vault.claim(USD, BOB), ONE);
        assertEq(usd.balanceOf(BOB), ONE);
    }

    // --- re-entrancy

    function test_attack_26_aReentrantTokenEntersNothing() public {
        // It is operator, owner and holder of a claim, so that only the guard is in its way.
        ReentrantToken token = new ReentrantToken(6);
        address self = address(token);
        TestToken other = new TestToken(6);
        vault = new CollateralVault(self);
        operator = self;
        vm.prank(self);
        vault.setOperator(self);
        vm.prank(self);
        vault.listAsset(1, self, NO_CAP);

        token.mint(alice, 100 * ONE);
        vm.prank(alice);
        token.approve(address(vault), type(uint256).max);
        bytes[6] memory calls = [
            abi.encodeCall(vault.pull, (1, alice, 1)),
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
            bytes32 expected = i == 5
                ? bytes32(ICollateralVault.NotTheVault.selector)
                : bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector);
            _reenters(token, expected);
        }
        _holds(1, vault.assetOf(1).total, 0);
        assertEq(token.successes(), 0);
    }

    /// @dev Runs each function that moves tokens, and looks at what became of the call in the middle of it.
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

    /// @dev Gives the token a claim of its own: while it calls itself in a loop no push succeeds.
    function _makeClaim(ReentrantToken token, address self) private {
        token.callBack(self, abi.encodeCall(token.transfer, (self, 0)));
        assertFalse(_release(1, self, ONE));
        token.callBack(address(0), "");
    }

    // --- helpers

    function _expect(bytes memory revertData) private {
        vm.expectRevert(revertData);
    }

    function _expectFromOperator(bytes memory revertData) private {
        vm.prank(operator);
        vm.expectRevert(revertData);
    }

    function _refuseDecimals(address token, uint256 found) private {
        _expect(abi.encodeWithSelector(ICollateralVault.UnsupportedDecimals.selector, token, found));
        vault.listAsset(1, token, NO_CAP);
    }

    function _approve(uint256 asset, address from) private {
        address token = vault.assetOf(asset).token;
        vm.prank(from);
        NoReturnToken(token).approve(address(vault), type(uint256).max);
    }

    function _pull(uint256 asset, address from, uint128 amount) private {
        vm.prank(operator);
        vault.pull(asset, from, amount);
    }

    function _release(uint256 asset, address to, uint128 amount) private returns (bool) {
        vm.prank(operator);
        return vault.release(asset, to, amount);
    }

    /// @dev Mints and pulls.
    function _deposit(uint256 asset, address from, uint128 amount) private {
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        TestToken(slot.token).mint(from, uint256(amount) * slot.scale);
        _approve(asset, from);
        _pull(asset, from, amount);
    }

    /// @dev Makes a claim by freezing whoever is paid for a moment. All other claims stay.
    function _owe(uint256 asset, address account, uint128 amount) private {
        _deposit(asset, alice, amount);
        FreezableToken token = FreezableToken(vault.assetOf(asset).token);
        token.freeze(account, true);
        assertFalse(_release(asset, account, amount));
        token.freeze(account, false);
    }

    function _permit(TestToken token, uint128 amount, uint256 deadline)
        private
        view
        returns (uint8 v, bytes32 r, bytes32 s)
    {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        uint256 value = uint256(amount) * 10 ** (token.decimals() - 6);
        bytes32 message = keccak256(abi.encode(typeHash, alice, address(vault), value, token.nonces(alice), deadline));
        return vm.sign(ALICE_KEY, keccak256(abi.encodePacked(hex"1901", token.DOMAIN_SEPARATOR(), message)));
    }

    function _holds(uint256 asset, uint256 total, uint256 owed) private view {
        ICollateralVault.Asset memory slot = vault.assetOf(asset);
        assertEq(slot.total, total);
        assertEq(slot.owed, owed);
    }
}

/// @dev Gas as in transactions of their own: whatever was there before the test is cold, and each measured call is the
/// first.
contract CollateralVaultGasTest is Test {
    uint256 private constant USD = 8;
    uint128 private constant ONE = 1_000_000;
    uint256 private constant ALICE_KEY = 0xA11CE;
    address private constant BOB = address(0xB0B);
    address private constant CAROL = address(0xCA201);

    address private operator;
    FreezableToken private usd;
    CollateralVault private vault;

    function setUp() public {
        operator = address(new Operator());
        usd = new FreezableToken(6);
        vault = new CollateralVault(address(this));
        vault.setOperator(operator);
        vault.listAsset(USD, address(usd), type(uint128).max);
        address alice = vm.addr(ALICE_KEY);
        usd.mint(alice, 100 * ONE);
        usd.mint(BOB, 1);
        vm.prank(alice);
        usd.approve(address(vault), 50 * ONE);
        vm.prank(operator);
        vault.pull(USD, alice, 10 * ONE);
        usd.freeze(CAROL, true);
        usd.freeze(address(0xF00), true);
        vm.prank(operator);
        vault.release(USD, address(0xF00), ONE);
        usd.freeze(address(0xF00), false);
    }

    function test_gasOfPull() public {
        address alice = vm.addr(ALICE_KEY);
        vm.prank(operator);
        vault.pull(USD, alice, ONE);
        vm.snapshotGasLastCall("CollateralVault", "pull");
    }

    function test_gasOfPullWithPermit() public {
        address alice = vm.addr(ALICE_KEY);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(ALICE_KEY, _digest(alice));
        vm.prank(operator);
        vault.pullWithPermit(USD, alice, 60 * ONE, block.timestamp, v, r, s);
        vm.snapshotGasLastCall("CollateralVault", "pullWithPermit");
    }

    function test_gasOfRelease() public {
        vm.prank(operator);
        assertTrue(vault.release(USD, BOB, ONE));
        vm.snapshotGasLastCall("CollateralVault", "release");
    }

    function test_gasOfARefusedRelease() public {
        vm.prank(operator);
        assertFalse(vault.release(USD, CAROL, ONE));
        vm.snapshotGasLastCall("CollateralVault", "release, refused");
    }

    function test_gasOfClaim() public {
        vm.prank(address(0xF00));
        vault.claim(USD, BOB);
        vm.snapshotGasLastCall("CollateralVault", "claim");
    }

    function test_bytesOfCode() public {
        vm.snapshotValue("CollateralVault", "bytes of code", address(vault).code.length);
    }

    /// @dev A plain computation, so that the tokens stay cold: the domain of TestToken, which has its own constants.
    function _digest(address alice) private view returns (bytes32) {
        bytes32 domainType =
            keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 domain =
            keccak256(abi.encode(domainType, keccak256("Test"), keccak256("1"), block.chainid, address(usd)));
        bytes32 permitType =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        bytes32 message = keccak256(abi.encode(permitType, alice, address(vault), 60 * ONE, 0, block.timestamp));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }
}
