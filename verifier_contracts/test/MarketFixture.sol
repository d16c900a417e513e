// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ClearingHouse} from "../src/ClearingHouse.sol";
import {DisclosureVerifier} from "../src/DisclosureVerifier.sol";
import {LiquidationEngine} from "../src/LiquidationEngine.sol";
import {IClearingHouse} from "../src/interfaces/IClearingHouse.sol";
import {IDisclosureVerifier} from "../src/interfaces/IDisclosureVerifier.sol";
import {ILiquidationEngine} from "../src/interfaces/ILiquidationEngine.sol";
import {ClearingHouseFixture} from "./ClearingHouseFixture.sol";
import {MockGroth16DisclosureVerifier} from "./MockGroth16DisclosureVerifier.sol";

/// @dev Engine, clearing house, vault and fund together; only the circuits and the feed are mocks.
abstract contract MarketFixture is ClearingHouseFixture {
    uint256 internal constant STAGE = 15 minutes;

    MockGroth16DisclosureVerifier internal circuit;
    LiquidationEngine internal liquidation;

    function _deployMarket() internal {
        _deploy();
        vault = _vault();
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
    }

    /// @dev Time goes on, and there is a new snapshot.
    function _later(uint256 wait) internal {
        vm.warp(block.timestamp + wait);
        _publish(block.timestamp);
    }

    function _bid(uint256 account, address bidder, int256 limit, uint64 amount) internal {
        IClearingHouse.Takeover memory terms = IClearingHouse.Takeover(account, bidder, 0, 0, CASH, amount);
        IClearingHouse.Next memory next = _nextTakeover(terms, _seed(account));
        IClearingHouse.Health memory health = _health("takeOver", account, bidder, next.commitment, INITIAL);
        vm.prank(bidder);
        liquidation.bid(account, limit, CASH, amount, next, health);
    }

    function _deadline() internal pure returns (uint256) {
        return NOW + 3650 days;
    }

    /// @dev By docs/liquidation.md, not by the contract's own functions.
    function _disclosure(uint256 account, int256 equity, uint256 requirement)
        internal
        returns (IDisclosureVerifier.Proof memory proof)
    {
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
