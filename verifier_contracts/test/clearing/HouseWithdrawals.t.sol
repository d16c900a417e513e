// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {House} from "../../src/clearing/House.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";
import {MockBatches} from "./mocks/MockBatches.sol";

/// @dev Withdrawals with proofs of something else, and withdrawals that nobody can prevent.
contract HouseWithdrawalsTest is HouseFixture {
    uint256 private account;

    function setUp() public {
        _deploy();
        account = _open(alice);
        _endow(account, COIN, 10 * ONE);
        _announceWithdrawal(account);
        _wait(10 minutes);
    }

    // --- proofs

    /// @dev The mock accepts a proof for one asset, amount, receiver, state and account alone.
    /// @custom:property S3
    function testFuzz_attack_20_aProofOfAnotherWithdrawalIsOfNoUse(uint256 which) public {
        uint256 other = _open(alice);
        _endow(other, COIN, 10 * ONE);
        _endow(other, CASH, 10 * ONE);
        _announceWithdrawal(other);
        _wait(10 minutes);
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, COIN, ONE, BOB);
        which %= 5;
        if (which == 4) step.commitment = _commitment();
        _expectNotAccepted(
            which == 0 ? other : account,
            which == 1 ? CASH : COIN,
            which == 2 ? ONE - 1 : ONE,
            which == 3 ? CAROL : BOB,
            step,
            health
        );
        if (which == 4) return;
        bytes32 root = _latest();
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, BOB, root, step, health);
    }

    /// @custom:property S3
    function test_attack_20_aProofOfAnotherChainOrHouseIsOfNoUse() public {
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, COIN, ONE, BOB);
        uint256 chain = block.chainid;
        vm.chainId(chain + 1);
        _expectNotAccepted(account, COIN, ONE, BOB, step, health);
        vm.chainId(chain);
        IHouse first = house;
        house = IHouse(address(new House(_contracts(), VENUE, [uint256(0x71), 0x72], _parameters())));
        assertTrue(house.domain() != first.domain());
        assertTrue(house.contextOf("withdraw", account, BOB) != first.contextOf("withdraw", account, BOB));
    }

    /// @dev The present state is a signal of the proof, so the second time it is a proof of another state.
    function test_attack_5_20_aWithdrawalIsUsedOnce() public {
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, COIN, ONE, BOB);
        bytes32 root = _latest();
        vm.prank(alice);
        house.withdraw(account, COIN, ONE, BOB, root, step, health);
        _announceWithdrawal(account);
        _silence(10 minutes);
        _expectNotAccepted(account, COIN, ONE, BOB, step, health);
    }

    /// @custom:property H5
    function testFuzz_attack_25_aWithdrawalNeedsInitialMargin(uint32 bps) public {
        vm.assume(bps != INITIAL);
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawalAt(account, COIN, ONE, alice, bps);
        _expectNotAccepted(account, COIN, ONE, alice, step, health);
    }

    /// @dev A proof of health of the state before the withdrawal is not one of the state after it.
    function test_attack_25_noWithdrawalAboveEquity() public {
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, COIN, 5 * ONE, alice);
        (IHouse.Step memory larger,) = _withdrawal(account, COIN, 20 * ONE, alice);
        _expectNotAccepted(account, COIN, 20 * ONE, alice, larger, health);
        step.proof = larger.proof;
        _expectNotAccepted(account, COIN, 20 * ONE, alice, step, health);
    }

    /// @dev Even if the circuits accepted it, the house pays no more than what backs accounts.
    function test_attack_25_noWithdrawalOfABadDebt() public {
        _deposit(account, COIN, ONE);
        _expectWithdraw(
            account,
            COIN,
            10 * ONE + 1,
            alice,
            abi.encodeWithSelector(IHouseTypes.NotBacked.selector, COIN, 10 * ONE + 1, 10 * ONE)
        );
    }

    function test_attack_25_noWithdrawalDuringAnAuction() public {
        (IHouse.Step memory step, IBatches.Health memory health) = _withdrawal(account, COIN, ONE, alice);
        _seize(account);
        bytes32 root = _latest();
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.WrongState.selector, account, IHouseTypes.State.Seized));
        house.withdraw(account, COIN, ONE, alice, root, step, health);
    }

    // --- a holder who wants to leave

    /// @dev Under the worst guardian, the holder leaves at the end of the bound.
    function test_attack_28_aPauseEndsAndTheHolderLeaves() public {
        _pause(2, 1 days);
        _expectWithdraw(account, COIN, ONE, alice, abi.encodeWithSelector(IHouseTypes.Paused.selector, 2));
        _wait(1 days - 10 minutes);
        // A notice is no withdrawal, so it runs during the pause.
        _announceWithdrawal(account);
        _wait(10 minutes);
        vm.prank(PAUSER);
        vm.expectRevert();
        guardian.pause(2, 1, "again");
        _withdrawNow(account, COIN, 10 * ONE, alice);
        assertEq(coin.balanceOf(alice), 10 * ONE * COIN_SCALE);
    }

    /// @custom:property M3
    function test_attack_28_aRefusedTokenDoesNotKeepAnybody() public {
        coin.freeze(alice, true);
        _withdrawNow(account, COIN, ONE, alice);
        assertEq(vault.claimOf(COIN, alice), ONE);
    }

    function test_aDepositThatTheTokenRefusesChangesNothing() public {
        _fundWith(alice, CASH, ONE);
        usd.freeze(alice, true);
        vm.prank(alice);
        vm.expectRevert();
        house.deposit(account, CASH, ONE);
        _waits(account, CASH, 0, 0, 0);
    }

    function test_attack_28_aRefusedTokenDoesNotKeepARefund() public {
        _deposit(account, COIN, ONE);
        _announceRefund(account, COIN, ONE);
        _wait(10 minutes);
        coin.freeze(alice, true);
        _refund(account, COIN, ONE, alice);
        assertEq(vault.claimOf(COIN, alice), ONE);
    }

    // --- no account, no risk

    function testFuzz_thereIsNothingToDoWithoutAnAccount(uint256 none) public {
        none = none % 2 == 0 ? 0 : 2 + none % 2 ** 40;
        bytes memory reason = abi.encodeWithSelector(IHouseTypes.WrongState.selector, none, IHouseTypes.State.None);
        vm.expectRevert(reason);
        house.announceWithdrawal(none);
        vm.expectRevert(reason);
        house.requestKey(none, [uint256(1), 2], 3);
        vm.expectRevert(reason);
        house.postBond(none);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, none, address(this)));
        house.deposit(none, COIN, 1);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, none, COIN, 1, 0));
        house.announceRefund(none, COIN, 1);
        IHouse.NewKeys memory keys = _newKeys(none, alice);
        vm.expectRevert(reason);
        house.renewKeys(none, keys);
        _expectWithdraw(none, COIN, 1, alice, reason);
        _expectAttest(_latest(), none, reason);
        _expectSettle(_batch(_one(none), true), reason);
        _expectSettle(_batch(_one(none), false), reason);
        vm.expectRevert(reason);
        house.call(_one(none));
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotFreezable.selector, none));
        house.freeze(none);
        vm.prank(address(engine));
        vm.expectRevert(reason);
        house.seize(none);
        assertFalse(house.isOverdue(none));
        assertFalse(house.isCalled(none));
    }

    /// @dev A pause of either group stops fills that raise risk, and no withdrawal.
    function testFuzz_noRiskWhileTradingOrLiquidationsArePaused(bool trading) public {
        _pause(trading ? 1 : 4, 1 hours);
        (uint256 a, uint256 b) = (_bonded(BOB), _bonded(CAROL));
        _expectSettle(_batch(_two(a, b), true), abi.encodeWithSelector(IHouseTypes.Paused.selector, 5));
        _withdrawNow(account, COIN, ONE, alice);
    }

    function _expectNotAccepted(
        uint256 account_,
        uint256 asset,
        uint64 amount,
        address to,
        IHouse.Step memory step,
        IBatches.Health memory health
    ) private {
        bytes memory data = abi.encodeCall(house.withdraw, (account_, asset, amount, to, _latest(), step, health));
        vm.prank(alice);
        (bool done, bytes memory answer) = address(house).call(data);
        assertFalse(done);
        assertEq(bytes32(bytes4(answer)), bytes32(MockBatches.NotAccepted.selector));
    }
}
