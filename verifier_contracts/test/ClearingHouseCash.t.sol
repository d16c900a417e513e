// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IMarginVerifier} from "../src/interfaces/IMarginVerifier.sol";
import {ClearingHouseFixture} from "./fixtures/ClearingHouseFixture.sol";

/// @dev Accounts that have never traded cannot owe cash. Bounds on the fall of the cash factor.
contract ClearingHouseCashTest is ClearingHouseFixture {
    uint256 private constant DAY = 1 days;

    function setUp() public {
        _deploy();
        // Another account's cash, which an attacker could take.
        _open(BOB, CASH, 1000 * ONE);
    }

    // --- accounts that have never traded

    /// @dev The circuits accept, since the collateral suffices. But nobody else has the opening: the escrow may be
    /// garbage.
    function test_anAccountThatNeverTradedCannotBorrow() public {
        uint256 account = _open(alice, COIN, 100 * ONE);
        _refuse(account, 1, 0);
        _deposit(account, COIN, ONE);
        _refuse(account, 1, 0);
        // Collateral can be withdrawn.
        _withdraw(account, COIN, 101 * ONE, alice);
        assertEq(coin.balanceOf(alice), 101 * ONE * COIN_SCALE);
    }

    function testFuzz_anAccountThatNeverTradedWithdrawsItsDeposits(
        uint64 opened,
        uint64 added,
        uint64 part,
        uint64 more
    ) public {
        added = 1 + added % (type(uint64).max - 1);
        uint256 account = _open(alice, CASH, opened);
        _deposit(account, CASH, added);
        uint256 cash = uint256(opened) + added;
        part = 1 + uint64(part % (cash > type(uint64).max ? type(uint64).max : cash));
        if (part > cash) part = uint64(cash);
        _withdraw(account, CASH, part, alice);
        cash -= part;
        if (cash < type(uint64).max) _refuse(account, uint64(cash + 1 + more % (type(uint64).max - cash)), cash);
        while (cash != 0) {
            part = cash > type(uint64).max ? type(uint64).max : uint64(cash);
            _withdraw(account, CASH, part, alice);
            cash -= part;
        }
        assertEq(usd.balanceOf(alice), uint256(opened) + added);
        _refuse(account, 1, 0);
    }

    function test_cashOfAPermitCountsToo() public {
        uint256 account = _open(alice, COIN, 0);
        _fundWith(alice, CASH, ONE);
        IClearingHouse.Next memory next = _nextDeposit(account, CASH, ONE, 7);
        vm.prank(alice);
        // The permit is invalid, but the allowance exists.
        house.depositWithPermit(account, CASH, ONE, next, IClearingHouse.Permit(0, 27, 0, 0));
        _refuse(account, ONE + 1, ONE);
        _withdraw(account, CASH, ONE, alice);
    }

    /// @dev The limit counts credits, whatever they are worth.
    function test_afterALossItIsCreditsThatCount() public {
        uint256 account = _open(alice, CASH, 100 * ONE);
        _lose(22 * ONE);
        assertEq(house.cashFactor(), 0.98e18);
        _refuse(account, 100 * ONE + 1, 100 * ONE);
        _withdraw(account, CASH, 100 * ONE, alice);
        assertEq(usd.balanceOf(alice), 98 * ONE);
    }

    function testFuzz_anAccountThatTradedMayOwe(uint64 cash, uint64 more) public {
        (cash, more) = (1 + cash % (100 * ONE), 1 + more % (100 * ONE));
        uint256 account = _open(alice, CASH, cash);
        uint256 other = _open(alice, CASH, cash);
        _trade(account, ALICE_KEY);
        _withdraw(account, CASH, cash + more, alice);
        _deposit(account, CASH, 1);
        _withdraw(account, CASH, more, alice);
        // A trade of one account does not affect another.
        _refuse(other, cash + more, cash);
    }

    function test_aTradeThatIsRefusedIsNone() public {
        uint256 account = _open(alice, COIN, 100 * ONE);
        IClearingHouse.Next memory next = _nextTrade(account, 7);
        IClearingHouse.Health memory health = _health("trade", account, alice, next.commitment, INITIAL - 1);
        bytes memory signature = _sign(ALICE_KEY, account, next, health.deadline);
        vm.prank(VENUE);
        vm.expectRevert(abi.encodeWithSelector(IMarginVerifier.RequirementTooLow.selector, INITIAL - 1, INITIAL));
        house.trade(account, next, health, signature);
        _refuse(account, 1, 0);
    }

    /// @dev Both are in one storage slot.
    function test_callsAndDepositsLeaveCashAndTradesAlone() public {
        uint256 account = _open(alice, CASH, 5);
        uint256 traded = _open(alice, CASH, 5);
        _trade(traded, ALICE_KEY);
        vm.warp(NOW + HEARTBEAT + 1);
        _publish(0x5010);
        _deposit(account, COIN, 1);
        house.marginCall(account);
        house.marginCall(traded);
        _refuse(account, 6, 5);
        _withdraw(account, CASH, 5, alice);
        _withdraw(traded, CASH, 6, alice);
    }

    // --- bounds on the fall of the factor

    function test_twoLossesOfADayAreAFiftiethTogether() public {
        _lose(12 * ONE);
        assertEq(house.cashFactor(), 0.988e18);
        assertEq(house.socialisable(), 8 * ONE);
        vm.warp(NOW + DAY - 1);
        assertEq(house.socialisable(), 8 * ONE);
        // In credits of 0.988.
        _refuseLoss(9 * ONE, 8_892_000, 8 * ONE);
        _lose(8_097_166);
        assertEq(house.cashFactor(), 0.98e18);
        assertEq(house.socialisable(), 0);
        _refuseLoss(2, 1, 0);
    }

    function test_aDayLaterItMayFallByAnotherFiftieth() public {
        _lose(20 * ONE);
        vm.warp(NOW + DAY - 1);
        assertEq(house.socialisable(), 0);
        vm.warp(NOW + DAY);
        assertEq(house.socialisable(), 19.6e6);
        _refuseLoss(20 * ONE + 2, 19.6e6 + 1, 19.6e6);
        _lose(20 * ONE);
        assertEq(house.cashFactor(), 0.9604e18);
        // The second loss falls into another day than the first.
        vm.warp(NOW + DAY + DAY - 1);
        assertEq(house.socialisable(), 0);
    }

    /// @dev The bound of a new day does not depend on earlier days or days without losses.
    function test_aDayBeginsWithItsFirstLoss() public {
        vm.warp(NOW + 10 * DAY);
        _lose(ONE);
        vm.warp(NOW + 11 * DAY - 1);
        assertEq(house.socialisable(), 19 * ONE);
        vm.warp(NOW + 13 * DAY);
        assertEq(house.socialisable(), 999 * ONE / 50);
    }

    /// @dev Losses at any times, at most as large as allowed: the factor never falls by more than a fiftieth from the
    /// first loss of a day, so by at most two fiftieths in any 24 hours. The remaining bound can always be taken.
    function testFuzz_theFactorFallsByAFiftiethADay(uint64[10] memory losses, uint32[10] memory waits) public {
        uint256[11] memory times;
        uint256[11] memory factors;
        (uint256 anchor, uint256 since) = (WAD, 0);
        factors[0] = WAD;
        for (uint256 i = 1; i <= 10; ++i) {
            vm.warp(block.timestamp + waits[i - 1] % (DAY / 2));
            uint256 left = house.socialisable();
            uint256 credits = left * WAD / factors[i - 1];
            credits = losses[i - 1] % 3 == 0 ? credits : losses[i - 1] % (credits + 1);
            _lose(uint64(credits));
            (times[i], factors[i]) = (block.timestamp, house.cashFactor());
            if (factors[i] < factors[i - 1] && times[i] - since >= DAY) (anchor, since) = (factors[i - 1], times[i]);
            assertGe(factors[i] * 50, anchor * 49);
            assertGe(factors[i], 0.8e18);
            for (uint256 j = 1; j < i; ++j) {
                if (times[i] - times[j] < DAY) assertGe(factors[i] * 2500, factors[j - 1] * 2401);
            }
        }
    }

    // --- helpers

    function _refuse(uint256 account, uint64 amount, uint256 cash) private {
        IClearingHouse.Next memory next = _nextWithdrawal(account, CASH, amount, alice, _seed(account));
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.CashExceeded.selector, account, amount, cash));
        vm.prank(alice);
        house.withdraw(account, CASH, amount, alice, next, health);
    }

    /// @dev An account defaults, and the holders of cash pay the given number of credits.
    function _lose(uint64 credits) private {
        IClearingHouse.Takeover memory takeover = _default(credits);
        _takeOver(takeover);
    }

    function _refuseLoss(uint64 credits, uint256 loss, uint256 bound) private {
        IClearingHouse.Takeover memory takeover = _default(credits);
        IClearingHouse.Next memory next = _nextTakeover(takeover, 77);
        IClearingHouse.Health memory health =
            _health("takeOver", takeover.account, takeover.winner, next.commitment, INITIAL);
        vm.prank(engine);
        vm.expectRevert(abi.encodeWithSelector(IClearingHouse.LossExceedsBound.selector, loss, bound));
        house.takeOver(takeover, next, health);
    }

    function _default(uint64 credits) private returns (IClearingHouse.Takeover memory) {
        _publish(block.timestamp * 1000 + house.accounts());
        uint256 account = _open(STRANGER, COIN, 0);
        _seize(account);
        return IClearingHouse.Takeover(account, STRANGER, -int256(uint256(credits)), 0, COIN, 0);
    }
}
