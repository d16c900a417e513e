// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {House} from "../src/clearing/House.sol";
import {IHouse} from "../src/clearing/IHouse.sol";
import {DemoSnapshotRegistry} from "../src/demo/DemoSnapshotRegistry.sol";
import {IGuardian} from "../src/interfaces/IGuardian.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {PauseGroups} from "../src/libraries/PauseGroups.sol";
import {HouseFixture} from "./clearing/fixtures/HouseFixture.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";
import {FreezableToken} from "./tokens/FreezableToken.sol";

/// @dev Gas of an administrator's rare transactions.
contract OracleFeedSettingsGasTest is OracleFixture {
    function setUp() public {
        _deploy();
    }

    function test_gasOfSigners() public {
        (address[] memory signers, uint256 threshold) = (_signers(1, 5), 4);
        feed.scheduleSigners(signers, threshold);
        _snapshot("scheduleSigners, 5");
        feed.cancelSigners();
        _snapshot("cancelSigners");
        feed.scheduleSigners(signers, threshold);
        vm.warp(block.timestamp + DELAY);
        feed.applySigners(signers, threshold);
        _snapshot("applySigners, 5 for 5");
    }

    function test_gasOfLimits() public {
        IOracleFeed.Limits[] memory limits = _limits(4);
        feed.scheduleLimits(limits);
        _snapshot("scheduleLimits, 4 underlyings");
        feed.cancelLimits();
        _snapshot("cancelLimits");
        feed.scheduleLimits(limits);
        vm.warp(block.timestamp + DELAY);
        feed.applyLimits(limits);
        _snapshot("applyLimits, 4 underlyings for 3");
    }

    function _snapshot(string memory name) private {
        vm.snapshotGasLastCall("OracleFeed", name);
    }
}

/// @dev The same for the contracts of a market.
contract MarketSettingsGasTest is HouseFixture {
    function setUp() public {
        _deploy();
    }

    function test_gasOfTheHouse() public {
        House other = new House(_contracts(), VENUE, [uint256(1), 2], _parameters());
        other.setEngine(address(engine));
        vm.snapshotGasLastCall("House", "setEngine");
        other.setWindDown(address(closer));
        vm.snapshotGasLastCall("House", "setWindDown");
        vm.prank(timelock);
        house.setVenue(STRANGER);
        vm.snapshotGasLastCall("House", "setVenue");
        vm.prank(timelock);
        house.setVenueKey([uint256(1), 2]);
        vm.snapshotGasLastCall("House", "setVenueKey");
        IHouse.Parameters memory parameters = _parameters();
        vm.prank(timelock);
        house.setParameters(parameters);
        vm.snapshotGasLastCall("House", "setParameters");
    }

    function test_gasOfGivingBack() public {
        uint256 account = _open(alice);
        _seize(account);
        _giveBack(account, NOW);
        vm.snapshotGasLastCall("House", "giveBack");
    }

    function test_gasOfTheVault() public {
        address token = address(new FreezableToken(8));
        vault.listAsset(1, token, 1);
        vm.snapshotGasLastCall("CollateralVault", "listAsset");
        vault.setCap(1, 2);
        vm.snapshotGasLastCall("CollateralVault", "setCap");
        _vault().setOperator(address(engine));
        vm.snapshotGasLastCall("CollateralVault", "setOperator");
    }

    function test_gasOfTheGuardian() public {
        vm.prank(timelock);
        guardian.setLimits(PauseGroups.TRADE, IGuardian.Limits(1 days, 7 days), "test");
        vm.snapshotGasLastCall("Guardian", "setLimits");
        vm.prank(timelock);
        guardian.setGuardian(STRANGER, "test");
        vm.snapshotGasLastCall("Guardian", "setGuardian");
    }

    function test_gasOfTheDemoRegistry() public {
        DemoSnapshotRegistry registry = new DemoSnapshotRegistry();
        registry.publish(ROOT);
        vm.snapshotGasLastCall("DemoSnapshotRegistry", "publish");
        vm.snapshotValue("DemoSnapshotRegistry", "bytes of code", address(registry).code.length);
    }
}
