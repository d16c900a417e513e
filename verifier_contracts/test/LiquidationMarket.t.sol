// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ClearingHouse} from "../src/ClearingHouse.sol";
import {CollateralVault} from "../src/CollateralVault.sol";
import {DisclosureVerifier} from "../src/DisclosureVerifier.sol";
import {LiquidationEngine} from "../src/LiquidationEngine.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {ILiquidationEngine} from "../src/interfaces/ILiquidationEngine.sol";
import {ClearingHouseFixture} from "./ClearingHouseFixture.sol";
import {MockGroth16DisclosureVerifier} from "./MockGroth16DisclosureVerifier.sol";

/// @dev Engine, clearing house, vault and fund together; only the circuits are mocks.
contract LiquidationMarketTest is ClearingHouseFixture {
    uint256 private constant STAGE = 15 minutes;
    uint64 private constant DEPOSIT = 1000e6;
    uint256 private constant RICH = 1e30;

    MockGroth16DisclosureVerifier private circuit;
    LiquidationEngine private liquidation;
    uint256 private account;

    function setUp() public {
        _deploy();
        vault = new CollateralVault(address(this));
        vault.listAsset(CASH, address(usd), type(uint128).max);
        vault.listAsset(COIN, address(coin), type(uint128).max);
        house = new ClearingHouse(_contracts(), VENUE, _parameters());
        vault.setOperator(address(house));
        circuit = new MockGroth16DisclosureVerifier();
        address[] memory circuits = new address[](1);
        circuits[0] = address(circuit);
        DisclosureVerifier verifier = new DisclosureVerifier(address(feed), circuits);
        liquidation = new LiquidationEngine(
            address(house), address(verifier), ILiquidationEngine.Parameters(500, 10_000, 200, uint32(STAGE))
        );
        house.setEngine(address(liquidation));
        account = _open(alice, CASH, DEPOSIT);
        _fundWith(BOB, CASH, RICH);
        _later(60);
    }

    function test_aDefaultIsSoldAndItsOwnerPaid() public {
        _start(600e12, 1000e6);
        vm.snapshotGasLastCall("LiquidationMarket", "start, mock circuits");
        _bid(BOB, 570e6, 800e6);
        vm.snapshotGasLastCall("LiquidationMarket", "bid at a positive price, mock circuits");
        assertEq(usd.balanceOf(alice), 558.6e6);
        assertEq(fund.balanceOf(address(house)), 11.4e6);
        assertEq(usd.balanceOf(BOB), RICH - 570e6 - 800e6);
        assertEq(vault.assetOf(CASH).total, DEPOSIT + 800e6);
        IClearingHouse.Account memory known = house.accountOf(account);
        assertEq(known.owner, BOB);
        assertTrue(known.state == IClearingHouse.State.Open);
        assertEq(known.lastHealthyAt, block.timestamp);
    }

    function test_aShortfallIsPaidByTheFundAndThenByAllCash() public {
        _insure(300e6);
        _open(BOB, CASH, DEPOSIT);
        _start(-200e12, 400e6);
        _later(3 * STAGE);
        uint256 before = usd.balanceOf(BOB);
        _bid(BOB, -600e6, 0);
        vm.snapshotGasLastCall("LiquidationMarket", "bid at a negative price, mock circuits");
        assertEq(usd.balanceOf(BOB), before + 600e6);
        assertEq(fund.balanceOf(address(house)), 0);
        // 300 of 2000 are 15 %.
        assertEq(house.cashFactor(), 0.85e18);
        assertEq(vault.assetOf(CASH).total, 1700e6);
    }

    /// @dev Arbitrary balances, losses before, and times: whatever the price, the house can settle it.
    function testFuzz_thePriceCanBeSettled(uint64 insured, uint64 cash, int256 equity, uint256 wait) public {
        if (insured != 0) _insure(insured);
        uint256 other = _open(BOB, CASH, 1 + cash % (type(uint64).max - 1));
        _later(60);
        _settle(other, -int256(uint256(cash) * 1e6), 3 * STAGE);
        _later(60);
        _settle(account, equity % 2 ** 90, wait % (4 * STAGE + 1));
        assertEq(house.accountOf(account).owner, BOB);
        assertTrue(house.cashFactor() >= 0.8e18);
    }

    function test_attack_24_whoFallsSilentIsCalledAndThenSold() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        IDisclosureVerifier.Proof memory proof = _disclosure(5000e12, 1000e6);
        _refuse(proof, type(uint256).max);
        house.marginCall(account);
        uint256 deadline = block.timestamp + GRACE;
        vm.warp(deadline - 1);
        _later(1);
        proof = _disclosure(5000e12, 1000e6);
        _refuse(proof, deadline);
        _later(1);
        _start(5000e12, 1000e6);
        _bid(BOB, 4750e6, 0);
        assertEq(usd.balanceOf(alice), 4655e6);
    }

    function test_attack_24_whoAnswersTheCallIsNot() public {
        vm.warp(block.timestamp + HEARTBEAT);
        _later(60);
        house.marginCall(account);
        vm.warp(block.timestamp + GRACE);
        _attest(account);
        _later(1);
        _refuse(_disclosure(5000e12, 1000e6), type(uint256).max);
    }

    function test_attack_25_nothingIsWithdrawnDuringAnAuction() public {
        IClearingHouse.Next memory next = _nextWithdrawal(account, CASH, 1, alice, 7);
        IClearingHouse.Health memory health = _health("withdraw", account, alice, next.commitment, INITIAL);
        _start(600e12, 1000e6);
        vm.expectRevert(
            abi.encodeWithSelector(IClearingHouse.WrongState.selector, account, IClearingHouse.State.Seized)
        );
        vm.prank(alice);
        house.withdraw(account, CASH, 1, alice, next, health);
    }

    function test_attack_28_whoRecoversWithoutABidLeavesWithEverything() public {
        _start(600e12, 1000e6);
        _later(4 * STAGE + 1);
        liquidation.giveBack(account, _deadline(), _disclosure(1000e12, 1000e6));
        _withdraw(account, CASH, DEPOSIT, alice);
        assertEq(usd.balanceOf(alice), DEPOSIT);
    }

    function test_aTokenThatRefusesTheFormerOwnerDoesNotStopASale() public {
        _start(600e12, 1000e6);
        usd.freeze(alice, true);
        _bid(BOB, 570e6, 0);
        assertEq(vault.claimOf(CASH, alice), 558.6e6);
    }

    // --- helpers

    /// @dev Time goes on, and there is a new snapshot.
    function _later(uint256 wait) private {
        vm.warp(block.timestamp + wait);
        _publish(block.timestamp);
    }

    function _settle(uint256 which, int256 equity, uint256 wait) private {
        (uint256 kept, uint256 requirement) = (account, 1e18);
        account = which;
        // Somebody must be in default, however much there is.
        if (equity >= int256(requirement * 1e6)) equity = 0;
        _start(equity, requirement);
        _later(wait);
        _bid(BOB, type(int256).max, 0);
        account = kept;
    }

    function _start(int256 equity, uint256 requirement) private {
        liquidation.start(account, _deadline(), _disclosure(equity, requirement));
    }

    function _bid(address bidder, int256 limit, uint64 amount) private {
        IClearingHouse.Takeover memory terms = IClearingHouse.Takeover(account, bidder, 0, 0, CASH, amount);
        IClearingHouse.Next memory next = _nextTakeover(terms, _seed(account));
        IClearingHouse.Health memory health = _health("takeOver", account, bidder, next.commitment, INITIAL);
        vm.prank(bidder);
        liquidation.bid(account, limit, CASH, amount, next, health);
    }

    function _refuse(IDisclosureVerifier.Proof memory proof, uint256 deadline) private {
        vm.expectRevert(abi.encodeWithSelector(ILiquidationEngine.NotLiquidatable.selector, account, deadline));
        liquidation.start(account, _deadline(), proof);
    }

    function _deadline() private pure returns (uint256) {
        return NOW + 365 days;
    }

    /// @dev By docs/liquidation.md, not by the contract's own functions.
    function _disclosure(int256 equity, uint256 requirement) private returns (IDisclosureVerifier.Proof memory proof) {
        (proof.a, proof.b, proof.c) = ([uint256(1), 2], [[uint256(3), 4], [uint256(5), 6]], [uint256(7), 8]);
        bytes32 commitment = house.accountOf(account).commitment;
        bytes32 action = keccak256(abi.encode("disclose", account));
        bytes memory parts = abi.encode(block.chainid, address(liquidation), commitment, action, _deadline());
        proof.signals = [
            equity >= int256(requirement * 1e6) ? 1 : 0,
            uint256(commitment),
            uint256(feed.root()),
            equity < 0 ? FIELD - uint256(-equity) : uint256(equity),
            requirement,
            10_000,
            uint256(keccak256(parts)) % FIELD
        ];
        circuit.accept(proof.a, proof.b, proof.c, proof.signals);
    }
}
