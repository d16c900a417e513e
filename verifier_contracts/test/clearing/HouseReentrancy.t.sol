// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {CollateralVault} from "../../src/CollateralVault.sol";
import {InsuranceFund} from "../../src/InsuranceFund.sol";
import {FirstLoss} from "../../src/clearing/FirstLoss.sol";
import {House} from "../../src/clearing/House.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {ICollateralVault} from "../../src/interfaces/ICollateralVault.sol";
import {ReentrantToken} from "../tokens/ReentrantToken.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";

/// @dev A quote token that calls back in every transfer. One guard is for the code of both contracts.
contract HouseReentrancyTest is HouseFixture {
    ReentrantToken private token;
    uint256 private account;

    function setUp() public {
        _deploy();
        token = new ReentrantToken(6);
        ICollateralVault.Listing[] memory listings = new ICollateralVault.Listing[](1);
        listings[0] = ICollateralVault.Listing(CASH, address(token), type(uint128).max);
        vault = new CollateralVault(address(this), listings);
        (fund, tranche) = (new InsuranceFund(address(token)), new FirstLoss(address(token)));
        house = IHouse(address(new House(_contracts(), VENUE, [uint256(0x71), 0x72], _parameters())));
        vault.setOperator(address(house));
        tranche.setHouse(address(house));
        house.setEngine(address(engine));
        account = _open(alice);
        token.mint(alice, 100 * ONE);
        vm.prank(alice);
        token.approve(address(vault), type(uint256).max);
        vm.prank(alice);
        house.deposit(account, CASH, 10 * ONE);
        _announceRefund(account, CASH, 10 * ONE);
        vm.warp(NOW + 10 minutes);
        _publish();
    }

    function test_attack_nothingIsCalledWithinAPayment() public {
        uint256[] memory none = new uint256[](0);
        _refused(abi.encodeCall(house.register, ()));
        _refused(abi.encodeCall(house.refund, (account, CASH, ONE, alice)));
        _refused(abi.encodeCall(house.deposit, (account, CASH, ONE)));
        _refused(abi.encodeCall(house.call, (none)));
        _refused(abi.encodeCall(house.attest, (_latest(), none, new IBatches.Health[](0))));
        _refused(abi.encodeCall(house.freeze, (account)));
        _refused(abi.encodeCall(house.collectFees, ()));
        IBatches.Batch memory batch = _batch(_one(account), false);
        _refused(abi.encodeCall(house.settle, (batch)));
    }

    function _refused(bytes memory data) private {
        token.callBack(address(house), data);
        _refund(account, CASH, ONE, BOB);
        assertEq(token.successes(), 0);
        assertEq(
            token.lastAnswer(), abi.encodeWithSelector(ReentrancyGuardTransient.ReentrancyGuardReentrantCall.selector)
        );
        token.callBack(address(0), "");
    }
}
