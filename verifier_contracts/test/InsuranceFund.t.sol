// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {InsuranceFund} from "../src/InsuranceFund.sol";
import {IInsuranceFund} from "../src/interfaces/IInsuranceFund.sol";
import {ExactTransfer} from "../src/libraries/ExactTransfer.sol";
import {Test} from "./Vm.sol";
import {FeeToken} from "./tokens/FeeToken.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";
import {NoReturnToken} from "./tokens/NoReturnToken.sol";
import {ReentrantToken} from "./tokens/ReentrantToken.sol";
import {TestToken} from "./tokens/TestToken.sol";

contract InsuranceFundTest is Test {
    uint128 private constant LARGEST = 10 ** 24;
    address private constant WINNER = address(0x817);
    address private constant MARKET = address(0x11);
    address private constant OTHER = address(0x22);

    TestToken private token;
    InsuranceFund private fund;

    function setUp() public {
        token = new TestToken(18);
        fund = _fundOf(address(token));
        vm.etch(MARKET, hex"00");
        vm.etch(OTHER, hex"00");
    }

    // --- deposits

    function testFuzz_anybodyDepositsForAMarket(address from, uint128 amount) public {
        vm.assume(from != address(0) && from != address(fund));
        amount %= LARGEST;
        uint256 before = token.balanceOf(from);
        token.mint(from, uint256(amount) * 1e12);
        vm.prank(from);
        token.approve(address(fund), type(uint256).max);
        vm.expectEmit(address(fund));
        emit IInsuranceFund.Deposited(MARKET, from, amount);
        vm.prank(from);
        fund.deposit(MARKET, amount);
        assertEq(fund.balanceOf(MARKET), amount);
        assertEq(fund.balanceOf(OTHER), 0);
        assertEq(token.balanceOf(address(fund)), uint256(amount) * 1e12);
        assertEq(token.balanceOf(from), before);
    }

    function test_depositAndPayment() public {
        _fill(MARKET, 5e6);
        vm.snapshotGasLastCall("InsuranceFund", "deposit");
        vm.expectEmit(address(fund));
        emit IInsuranceFund.Paid(MARKET, WINNER, 2e6);
        _pay(MARKET, WINNER, 2e6);
        vm.snapshotGasLastCall("InsuranceFund", "pay");
        assertEq(fund.balanceOf(MARKET), 3e6);
        assertEq(token.balanceOf(WINNER), 2e18);
        vm.snapshotValue("InsuranceFund", "bytes of code", address(fund).code.length);
    }

    function testFuzz_refusesAMarketWithoutCode(address market) public {
        vm.assume(market.code.length == 0);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.NotAMarket.selector, market));
        fund.deposit(market, 1);
    }

    function test_attack_26_refusesATokenThatTakesAFee() public {
        FeeToken fee = new FeeToken(18);
        fund = _fundOf(address(fee));
        fee.setFee(100, false);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, 0, 0.99e18, 1e18));
        fund.deposit(MARKET, 1e6);
    }

    function test_attack_26_refusesATokenThatTakesAFeeOnTopOfAPayment() public {
        FeeToken fee = new FeeToken(18);
        fund = _fundOf(address(fee));
        _fill(MARKET, 5e6);
        _fill(OTHER, 5e6);
        fee.setFee(100, true);
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.InexactTransfer.selector, 10e18, 4.95e18, 5e18));
        _pay(MARKET, WINNER, 5e6);
        // A fee that the receiver pays does not concern the fund.
        fee.setFee(100, false);
        _pay(MARKET, WINNER, 5e6);
        assertEq(fee.balanceOf(WINNER), 4.95e18);
        assertEq(fund.balanceOf(OTHER), 5e6);
    }

    function test_attack_26_decimalsFrom6To18() public {
        for (uint8 decimals = 0; decimals < 25; ++decimals) {
            address asset = address(new TestToken(decimals));
            if (decimals < 6 || decimals > 18) {
                vm.expectRevert(
                    abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, asset, uint256(decimals))
                );
                new InsuranceFund(asset);
            } else {
                fund = _fundOf(asset);
                assertEq(fund.scale(), 10 ** (decimals - 6));
                _fill(MARKET, 7);
                assertEq(TestToken(asset).balanceOf(address(fund)), 7 * fund.scale());
            }
        }
        vm.expectRevert(abi.encodeWithSelector(ExactTransfer.UnsupportedDecimals.selector, WINNER, 0));
        new InsuranceFund(WINNER);
    }

    function test_takesATokenThatAnswersNothing() public {
        fund = _fundOf(address(new NoReturnToken()));
        _fill(MARKET, 3e6);
        _pay(MARKET, WINNER, 3e6);
        assertEq(fund.balanceOf(MARKET), 0);
    }

    // --- payments

    /// @custom:property M7
    function testFuzz_contagion_aMarketPaysItsOwnOnly(uint128 own, uint128 others, uint128 amount) public {
        own %= LARGEST;
        others %= LARGEST;
        amount %= 2 * LARGEST;
        _fill(MARKET, own);
        _fill(OTHER, others);
        if (amount > own) {
            vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.BalanceExceeded.selector, MARKET, amount, own));
            _pay(MARKET, WINNER, amount);
        } else {
            _pay(MARKET, WINNER, amount);
            assertEq(fund.balanceOf(MARKET), own - amount);
            assertEq(token.balanceOf(WINNER), uint256(amount) * 1e12);
        }
        assertEq(fund.balanceOf(OTHER), others);
    }

    function testFuzz_strangersHaveNothingToPay(address stranger, uint128 amount) public {
        vm.assume(stranger != MARKET && amount != 0);
        _fill(MARKET, LARGEST);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.BalanceExceeded.selector, stranger, amount, 0));
        _pay(stranger, WINNER, amount);
    }

    function test_aGiftIsNobodys() public {
        token.mint(address(fund), 1e18);
        vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.BalanceExceeded.selector, MARKET, 1, 0));
        _pay(MARKET, WINNER, 1);
        _fill(MARKET, 1e6);
        assertEq(fund.balanceOf(MARKET), 1e6);
    }

    function test_aRefusedPaymentIsNone() public {
        FreezableToken frozen = new FreezableToken(6);
        fund = _fundOf(address(frozen));
        _fill(MARKET, 9);
        frozen.freeze(WINNER, true);
        vm.expectRevert(abi.encodeWithSelector(FreezableToken.Frozen.selector, WINNER));
        _pay(MARKET, WINNER, 9);
        assertEq(fund.balanceOf(MARKET), 9);
        _pay(MARKET, OTHER, 9);
    }

    function test_refusesReceiversThatNobodyIs() public {
        _fill(MARKET, 9);
        address[2] memory none = [address(0), address(fund)];
        for (uint256 i = 0; i < 2; ++i) {
            vm.expectRevert(abi.encodeWithSelector(IInsuranceFund.InvalidReceiver.selector, none[i]));
            _pay(MARKET, none[i], 9);
        }
    }

    function test_attack_26_aTokenThatCallsBackChangesNothing() public {
        ReentrantToken hostile = new ReentrantToken(6);
        fund = _fundOf(address(hostile));
        _fill(MARKET, 9);
        _fill(address(hostile), 9);
        hostile.callBack(address(fund), abi.encodeCall(fund.pay, (WINNER, 9)));
        _pay(MARKET, OTHER, 4);
        assertEq(hostile.successes(), 0);
        assertEq(
            bytes32(bytes4(hostile.lastAnswer())),
            bytes32(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        assertEq(fund.balanceOf(address(hostile)), 9);
        assertEq(fund.balanceOf(MARKET), 5);
        assertEq(hostile.balanceOf(address(fund)), 14);
    }

    // --- helpers

    function _fundOf(address asset) private returns (InsuranceFund made) {
        made = new InsuranceFund(asset);
        TestToken(asset).mint(address(this), type(uint128).max);
        // The interface without return values fits every token.
        NoReturnToken(asset).approve(address(made), type(uint256).max);
    }

    function _fill(address market, uint128 amount) private {
        TestToken(fund.token()).mint(address(this), uint256(amount) * fund.scale());
        fund.deposit(market, amount);
    }

    function _pay(address market, address to, uint128 amount) private {
        vm.prank(market);
        fund.pay(to, amount);
    }
}
