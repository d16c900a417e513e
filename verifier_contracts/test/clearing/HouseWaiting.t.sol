// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev Funds that wait: deposits, refunds, credits, bonds and fees.
contract HouseWaitingTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_aDepositWaits() public {
        uint256 account = _open(alice);
        uint256 commitment = house.accountOf(account).commitment;
        _fundWith(alice, CASH, 7 * ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.Deposited(account, CASH, alice, 5 * ONE);
        vm.prank(alice);
        house.deposit(account, CASH, 5 * ONE);
        vm.prank(alice);
        house.deposit(account, CASH, 2 * ONE);
        _waits(account, CASH, 7 * ONE, 0, 0);
        assertEq(house.waitingTotal(CASH), 7 * ONE);
        assertEq(_cash(), 7 * ONE);
        assertEq(house.socialisable(), 0);
        assertEq(house.accountOf(account).commitment, commitment);
    }

    function test_onlyTheOwnerDepositsSomethingOfAnAsset() public {
        uint256 account = _open(alice);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, account, BOB));
        house.deposit(account, CASH, 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingMoved.selector));
        house.deposit(account, CASH, 0);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoSuchAsset.selector, 9));
        house.deposit(account, 9, 1);
    }

    function test_depositsWithAPermit() public {
        uint256 account = _open(alice);
        usd.mint(alice, 5 * ONE);
        IHouse.Permit memory permit = _permit(5 * ONE);
        vm.prank(alice);
        house.depositWithPermit(account, CASH, 5 * ONE, permit);
        _waits(account, CASH, 5 * ONE, 0, 0);
        // A permit that was used by somebody else has left its allowance.
        usd.mint(alice, ONE);
        permit = _permit(ONE);
        usd.permit(alice, address(vault), ONE, permit.deadline, permit.v, permit.r, permit.s);
        vm.prank(alice);
        house.depositWithPermit(account, CASH, ONE, permit);
        _waits(account, CASH, 6 * ONE, 0, 0);
    }

    /// @dev A registered account that was never opened holds waiting funds alone.
    function test_aRegisteredAccountDepositsAndGoes() public {
        vm.prank(alice);
        uint256 account = house.register();
        _deposit(account, CASH, 5 * ONE);
        _announceRefund(account, CASH, 5 * ONE);
        _wait(10 minutes);
        _refund(account, CASH, 5 * ONE, alice);
        assertEq(usd.balanceOf(alice), 5 * ONE);
    }

    // --- refunds

    function test_refundsAtParAfterNotice() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.RefundAnnounced(account, CASH, 6 * ONE, NOW + 10 minutes);
        _announceRefund(account, CASH, 6 * ONE);
        vm.warp(NOW + 10 minutes - 1);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NoticeRunning.selector, account, NOW + 10 minutes));
        house.refund(account, CASH, ONE, alice);
        vm.warp(NOW + 10 minutes);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 6 * ONE + 1, 6 * ONE));
        house.refund(account, CASH, 6 * ONE + 1, alice);
        vm.expectEmit(address(house));
        emit IHouseTypes.Refunded(account, CASH, BOB, 2 * ONE);
        _refund(account, CASH, 2 * ONE, BOB);
        _refund(account, CASH, 4 * ONE, BOB);
        assertEq(usd.balanceOf(BOB), 6 * ONE);
        _waits(account, CASH, 4 * ONE, 0, 0);
        assertEq(house.waitingTotal(CASH), 4 * ONE);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 1, 0));
        house.refund(account, CASH, 1, alice);
    }

    function test_announcesWhatWaits() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 10 * ONE + 1, 10 * ONE));
        house.announceRefund(account, CASH, 10 * ONE + 1);
        _announceRefund(account, CASH, 10 * ONE);
        _announceRefund(account, CASH, 3 * ONE);
        _waits(account, CASH, 10 * ONE, 0, 3 * ONE);
    }

    /// @dev Funds belong to who deposited them: nobody else has any.
    /// @custom:property W1
    function test_attack_nobodyElseTakesARefund() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        _announceRefund(account, CASH, 10 * ONE);
        _wait(10 minutes);
        vm.prank(BOB);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 1, 0));
        house.refund(account, CASH, 1, BOB);
    }

    function test_refundsSomething() public {
        uint256 account = _open(alice);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingMoved.selector));
        house.refund(account, CASH, 0, alice);
    }

    // --- credits

    function test_aCreditUsesUpWhatWaits() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        IBatches.Batch memory batch = _creditBatch(account, CASH, 4 * ONE);
        _accept(batch, 0);
        vm.expectEmit(address(house));
        emit IHouseTypes.Credited(account, CASH, 4 * ONE, 4 * ONE);
        vm.prank(VENUE);
        house.settle(batch);
        _waits(account, CASH, 6 * ONE, 0, 0);
        assertEq(house.waitingTotal(CASH), 6 * ONE);
        assertEq(_cash(), 10 * ONE);
        assertEq(house.accountOf(account).commitment, batch.accounts[0].last);
        _deposit(account, COIN, 5 * ONE);
        _credit(account, COIN, 5 * ONE);
        assertEq(house.waitingTotal(COIN), 0);
    }

    /// @dev "At most what waits", to the micro.
    /// @custom:property W2
    function test_attack_noCreditOfMoreThanWaits() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        bytes memory reason =
            abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 10 * ONE + 1, 10 * ONE);
        _expectSettle(_creditBatch(account, CASH, 10 * ONE + 1), reason);
        IBatches.Batch memory batch = _creditBatch(account, CASH, 10 * ONE);
        batch.requests[0].value = CASH + 16 * (2 ** 64 + uint256(ONE));
        reason =
            abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 2 ** 64 + uint256(ONE), 10 * ONE);
        _expectSettle(batch, reason);
        _credit(account, CASH, 10 * ONE);
        _expectSettle(
            _creditBatch(account, CASH, 1), abi.encodeWithSelector(IHouseTypes.NotWaiting.selector, account, CASH, 1, 0)
        );
    }

    /// @dev After a loss, a credit costs less than a token, rounded against the account.
    /// @custom:property W2
    function test_aCreditOfCashCostsTheFactorRoundedUp() public {
        (uint256 a, uint256 b) = _tradedPair();
        _endow(b, CASH, 1000 * ONE);
        _lose(a, 10 * ONE);
        uint256 factor = house.cashFactor();
        assertEq(factor, 0.99e18);
        uint256 account = _open(BOB);
        _deposit(account, CASH, 10 * ONE);
        _credit(account, CASH, ONE + 1);
        // 0.99 * 1 000 001 = 990 000.99, rounded up.
        _waits(account, CASH, 10 * ONE - 990_001, 0, 0);
    }

    function test_aCreditCutsWhatLeaves() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        _announceRefund(account, CASH, 7 * ONE);
        _credit(account, CASH, 2 * ONE);
        _waits(account, CASH, 8 * ONE, 0, 7 * ONE);
        _credit(account, CASH, 3 * ONE);
        _waits(account, CASH, 5 * ONE, 0, 5 * ONE);
    }

    function test_aCreditUsesUpCountedCashFirst() public {
        uint256 account = _open(alice);
        _deposit(account, CASH, 10 * ONE);
        _count(account);
        _deposit(account, CASH, ONE);
        _announceRefund(account, CASH, ONE);
        _waits(account, CASH, 11 * ONE, 10 * ONE, ONE);
        _credit(account, CASH, 4 * ONE);
        _waits(account, CASH, 7 * ONE, 6 * ONE, ONE);
        _credit(account, CASH, 7 * ONE);
        _waits(account, CASH, 0, 0, 0);
    }

    function test_anUnknownRequestIsRefused() public {
        uint256 account = _open(alice);
        IBatches.Batch memory batch = _creditBatch(account, CASH, 1);
        batch.requests[0].tag = 3;
        _expectSettle(
            batch, abi.encodeWithSelector(IHouseTypes.NoSuchRequest.selector, account, 3, batch.requests[0].value)
        );
    }

    // --- bonds

    function test_aBondIsLeftOnce() public {
        uint256 account = _open(alice);
        _fundWith(alice, CASH, 2 * BOND);
        vm.expectEmit(address(house));
        emit IHouseTypes.BondPosted(account, BOND);
        vm.prank(alice);
        house.postBond(account);
        assertEq(_flags(account), BONDED);
        assertEq(house.timesOf(account).bond, BOND);
        assertEq(house.waitingTotal(CASH), BOND);
        assertEq(_cash(), BOND);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.AlreadyBonded.selector, account));
        house.postBond(account);
        uint256 other = _open(BOB);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotOwner.selector, other, alice));
        house.postBond(other);
    }

    function test_withoutABondThereIsNothingToLeave() public {
        uint256 account = _open(alice);
        IHouse.Parameters memory parameters = _parameters();
        parameters.bond = 0;
        vm.prank(timelock);
        house.setParameters(parameters);
        vm.prank(alice);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingMoved.selector));
        house.postBond(account);
        _trade(account, _open(BOB));
    }

    // --- fees

    function test_feesGoIntoTheTranche() public {
        (uint256 a, uint256 b) = _tradedPair();
        _endow(a, CASH, 100 * ONE);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NothingMoved.selector));
        house.collectFees();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _accept(batch, 3 * ONE);
        vm.prank(VENUE);
        house.settle(batch);
        assertEq(house.unpaidFees(), 3 * ONE);
        vm.expectEmit(address(house));
        emit IHouseTypes.FeesCollected(3 * ONE, 3 * ONE);
        house.collectFees();
        assertEq(house.unpaidFees(), 0);
        assertEq(tranche.balance(), 3 * ONE);
        assertEq(_cash(), 97 * ONE + 2 * BOND);
    }

    /// @dev Fees are credits: they bear losses, and waiting funds do not pay them.
    function test_feesAreWorthTheFactorAndWaitForTheirBacking() public {
        (uint256 a, uint256 b) = _tradedPair();
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _accept(batch, 3 * ONE);
        vm.prank(VENUE);
        house.settle(batch);
        _deposit(b, CASH, 100 * ONE);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.NotBacked.selector, CASH, 3 * ONE, 0));
        house.collectFees();
        _credit(b, CASH, 100 * ONE);
        _lose(a, ONE);
        house.collectFees();
        assertEq(tranche.balance(), 2_970_000);
    }

    function test_aTokenThatRefusesStopsTheFees() public {
        (uint256 a, uint256 b) = _tradedPair();
        _endow(a, CASH, 100 * ONE);
        IBatches.Batch memory batch = _batch(_two(a, b), true);
        _accept(batch, 3 * ONE);
        vm.prank(VENUE);
        house.settle(batch);
        usd.freeze(address(house), true);
        vm.expectRevert(abi.encodeWithSelector(IHouseTypes.FeeRefused.selector, 3 * ONE));
        house.collectFees();
        assertEq(house.unpaidFees(), 3 * ONE);
    }

    // --- helpers

    /// @dev Carol takes the account over and is paid a loss that holders of cash bear.
    function _lose(uint256 account, uint64 loss) private {
        _seize(account);
        _takeOver(account, CAROL, -int256(uint256(loss)), 0);
    }

    function _permit(uint64 value) private view returns (IHouse.Permit memory permit) {
        bytes32 typeHash =
            keccak256("Permit(address owner,address spender,uint256 value,uint256 nonce,uint256 deadline)");
        permit.deadline = block.timestamp;
        bytes32 message =
            keccak256(abi.encode(typeHash, alice, address(vault), uint256(value), usd.nonces(alice), permit.deadline));
        (permit.v, permit.r, permit.s) =
            vm.sign(ALICE_KEY, keccak256(abi.encodePacked(hex"1901", usd.DOMAIN_SEPARATOR(), message)));
    }
}
