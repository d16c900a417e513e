// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {OracleFeed} from "../src/OracleFeed.sol";
import {ICollateralList} from "../src/interfaces/ICollateralList.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {DelayedChange} from "../src/libraries/DelayedChange.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @dev The collateral assets of a snapshot and their order.
contract CollateralListTest is OracleFixture {
    uint256 private constant ROOT = 0x5009;

    function setUp() public {
        _deploy();
    }

    // --- attacks: another order revalues every account

    function test_attack_theListInAnotherOrder() public {
        string[] memory assets = _assets();
        (assets[1], assets[2]) = (assets[2], assets[1]);
        _refused(_collateralHash(assets));
    }

    function test_attack_anAssetMoreOrLess() public {
        string[] memory fewer = new string[](2);
        string[] memory more = new string[](4);
        (fewer[0], fewer[1]) = ("USDC", "BTC");
        (more[0], more[1], more[2], more[3]) = ("USDC", "BTC", "ETH", "SOL");
        _refused(_collateralHash(fewer));
        _refused(_collateralHash(more));
    }

    function testFuzz_attack_anotherHashSignedByAQuorum(bytes32 given) public {
        vm.assume(given != feed.collateralHash());
        _refused(given);
    }

    /// @dev Names are hashed one by one, so a boundary between two cannot move.
    function test_namesCannotShareTheirLetters() public {
        string[] memory assets = new string[](3);
        (assets[0], assets[1], assets[2]) = ("USDCB", "TC", "ETH");
        assertFalse(_collateralHash(assets) == feed.collateralHash());
        _refused(_collateralHash(assets));
    }

    // --- changes

    function testFuzz_anybodyAppliesAListAfterTheDelay(address sender, uint64 wait) public {
        string[] memory assets = new string[](4);
        (assets[0], assets[1], assets[2], assets[3]) = ("USDC", "BTC", "ETH", "SOL");
        bytes32 before = feed.collateralHash();
        vm.expectEmit(address(feed));
        emit ICollateralList.CollateralScheduled(assets, NOW + DELAY);
        feed.scheduleCollateral(assets);
        vm.warp(NOW + wait);
        bool early = wait < DELAY;
        if (early) {
            vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + DELAY, NOW + wait));
        } else {
            vm.expectEmit(address(feed));
            emit ICollateralList.CollateralChanged(_collateralHash(assets), assets);
        }
        vm.prank(sender);
        feed.applyCollateral(assets);
        assertEq(feed.collateralHash(), early ? before : _collateralHash(assets));
        assertEq(feed.collateral().length, early ? 3 : 4);
        (bytes32 change, uint256 readyAt) = feed.pendingCollateral();
        assertEq(change, early ? _collateralHash(assets) : bytes32(0));
        assertEq(readyAt, early ? NOW + DELAY : 0);
        // From the change on snapshots need the new list.
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        assertEq(_accepts(feed, snapshot, _sign(snapshot)), early);
        snapshot.collateralHash = _collateralHash(assets);
        assertEq(_accepts(feed, snapshot, _sign(snapshot)), !early);
    }

    function test_appliesNothingButWhatIsScheduledAndNotWhatIsCancelled() public {
        bytes32 change = _collateralHash(_assets());
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applyCollateral(_assets());
        feed.scheduleCollateral(new string[](0));
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.AlreadyScheduled.selector, keccak256("")));
        feed.scheduleCollateral(_assets());
        vm.warp(NOW + DELAY);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applyCollateral(_assets());
        vm.expectEmit(address(feed));
        emit ICollateralList.CollateralCancelled(keccak256(""));
        feed.cancelCollateral();
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, keccak256("")));
        feed.applyCollateral(new string[](0));
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, 0));
        feed.cancelCollateral();
    }

    function test_aMarketMayTakeNoCollateral() public {
        OracleFeed bare = new OracleFeed(_settings(), _signers(0, 5), THRESHOLD, _limits(3), new string[](0));
        assertEq(bare.collateral().length, 0);
        assertEq(bare.collateralHash(), keccak256(""));
    }

    function test_showsTheNamesInTheirOrder() public view {
        string[] memory assets = feed.collateral();
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(assets[i], _assets()[i]);
        }
        assertEq(assets.length, 3);
    }

    // --- lists that are refused

    function test_refusesNineAssets() public {
        for (uint256 count = 8; count < 10; ++count) {
            string[] memory assets = new string[](count);
            for (uint256 i = 0; i < count; ++i) {
                assets[i] = string(abi.encodePacked(uint8(65 + i)));
            }
            bytes memory expected = abi.encodeWithSelector(ICollateralList.TooManyAssets.selector, 9, 8);
            if (count == 9) vm.expectRevert(expected);
            feed.scheduleCollateral(assets);
            if (count == 9) vm.expectRevert(expected);
            new OracleFeed(_settings(), _signers(0, 5), THRESHOLD, _limits(3), assets);
        }
    }

    function test_refusesADuplicateAnEmptyAndALongName() public {
        string[3] memory wrong = ["USDC", "", string(new bytes(65))];
        for (uint256 i = 0; i < 3; ++i) {
            string[] memory assets = _assets();
            assets[2] = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(ICollateralList.AssetNameRefused.selector, 2));
            feed.scheduleCollateral(assets);
        }
        string[] memory longest = _assets();
        longest[2] = string(new bytes(64));
        feed.scheduleCollateral(longest);
    }

    function test_gasOfAList() public {
        feed.scheduleCollateral(_assets());
        vm.snapshotGasLastCall("OracleFeed", "scheduleCollateral, 3 assets");
        feed.cancelCollateral();
        vm.snapshotGasLastCall("OracleFeed", "cancelCollateral");
        feed.scheduleCollateral(_assets());
        vm.warp(NOW + DELAY);
        feed.applyCollateral(_assets());
        vm.snapshotGasLastCall("OracleFeed", "applyCollateral, 3 assets for 3");
    }

    function _refused(bytes32 given) private {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.collateralHash = given;
        bytes[] memory signatures = _sign(snapshot);
        bytes32 expected = _collateralHash(_assets());
        vm.expectRevert(abi.encodeWithSelector(ICollateralList.WrongCollateral.selector, given, expected));
        feed.publish(snapshot, signatures);
    }
}
