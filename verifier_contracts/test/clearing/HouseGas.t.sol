// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {House} from "../../src/clearing/House.sol";
import {IBatches} from "../../src/clearing/IBatches.sol";
import {IHouse} from "../../src/clearing/IHouse.sol";
import {IHouseTypes} from "../../src/clearing/IHouseTypes.sol";
import {HouseFixture} from "./fixtures/HouseFixture.sol";
import {AnyProofs} from "./mocks/AnyProofs.sol";

/// @dev Gas of the house without that of proofs, as in separate transactions: all storage from before a test is cold.
contract HouseGasTest is HouseFixture {
    uint256 private constant ACCOUNTS = 128;
    uint256 private constant NOTICED_ACCOUNT = 129;
    uint256 private constant SEIZED = 130;

    function setUp() public {
        _deploy();
        AnyProofs any = new AnyProofs();
        IHouse.Contracts memory contracts = _contracts();
        contracts.batches = address(any);
        vault = _vault();
        contracts.vault = address(vault);
        house = IHouse(address(new House(contracts, VENUE, [uint256(0x71), 0x72], _parameters())));
        vault.setOperator(address(house));
        house.setEngine(address(engine));
        for (uint256 i = 0; i < ACCOUNTS + 2; ++i) {
            _bonded(alice);
        }
        _fundWith(alice, CASH, 1000 * ONE);
        _settleAll(_first(ACCOUNTS), 1, 20);
        vm.prank(alice);
        house.deposit(1, CASH, 10 * ONE);
        vm.prank(alice);
        house.deposit(2, CASH, 10 * ONE);
        vm.prank(alice);
        house.announceRefund(2, CASH, 5 * ONE);
        vm.prank(alice);
        house.announceWithdrawal(NOTICED_ACCOUNT);
        _seize(SEIZED);
        vm.warp(NOW + 10 minutes);
        _publish();
    }

    function test_gasOfSettle() public {
        _settleAll(_first(2), 1, 2);
        vm.snapshotGasLastCall("House", "settle, 2 accounts, 1 fill");
    }

    function test_gasOfSettle_32_5() public {
        _settleAll(_first(32), 6, 27);
        vm.snapshotGasLastCall("House", "settle, 32 accounts with 5 fills each");
    }

    function test_gasOfSettle_128_20() public {
        _settleAll(_first(128), 86, 30);
        vm.snapshotGasLastCall("House", "settle, 128 accounts with 20 fills each");
    }

    function test_gasOfSettleWithACredit() public {
        IBatches.Batch memory batch = _batch(_one(1), false);
        batch.requests = new IBatches.Request[](1);
        batch.requests[0] = IBatches.Request(1, 1, CASH + 16 * uint256(ONE));
        vm.prank(VENUE);
        house.settle(batch);
        vm.snapshotGasLastCall("House", "settle, 1 credit");
    }

    function test_gasOfAttest() public {
        _attestAll(32);
        vm.snapshotGasLastCall("House", "attest, 32 accounts");
    }

    function test_gasOfAttest_128() public {
        _attestAll(128);
        vm.snapshotGasLastCall("House", "attest, 128 accounts");
    }

    function test_gasOfOwners() public {
        vm.prank(BOB);
        uint256 account = house.register();
        vm.snapshotGasLastCall("House", "register");
        vm.prank(BOB);
        house.open(account, _step(), [uint256(4), 5], IHouseTypes.SealedKey(1, [uint256(2), 3]));
        vm.snapshotGasLastCall("House", "open");
    }

    function test_gasOfDeposit() public {
        vm.prank(alice);
        house.deposit(4, CASH, ONE);
        vm.snapshotGasLastCall("House", "deposit");
    }

    function test_gasOfARefund() public {
        vm.prank(alice);
        house.announceRefund(1, CASH, ONE);
        vm.snapshotGasLastCall("House", "announceRefund");
    }

    function test_gasOfRefund() public {
        vm.prank(alice);
        house.refund(2, CASH, ONE, BOB);
        vm.snapshotGasLastCall("House", "refund");
    }

    function test_gasOfWithdraw() public {
        IBatches.Batch memory batch = _batch(_one(1), false);
        batch.requests = new IBatches.Request[](1);
        batch.requests[0] = IBatches.Request(1, 1, CASH + 16 * uint256(ONE));
        vm.prank(VENUE);
        house.settle(batch);
        (IHouse.Step memory step, IBatches.Health memory health, bytes32 root) = (_step(), _health(1), _latest());
        vm.prank(alice);
        house.withdraw(NOTICED_ACCOUNT, CASH, ONE, BOB, root, step, health);
        vm.snapshotGasLastCall("House", "withdraw");
    }

    function test_gasOfACall() public {
        vm.warp(NOW + HEARTBEAT + 1 hours);
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(block.timestamp + 1 hours);
            _publish();
        }
        house.call(_first(32));
        vm.snapshotGasLastCall("House", "call, 32 accounts");
    }

    function test_gasOfSeizure() public {
        _seize(5);
        vm.snapshotGasLastCall("House", "seize");
    }

    function test_gasOfATakeover() public {
        IHouse.NewKeys memory keys;
        keys.step = _step();
        vm.prank(address(engine));
        house.takeOver(SEIZED, CAROL, 0, 0, keys);
        vm.snapshotGasLastCall("House", "takeOver");
    }

    function _settleAll(uint256[] memory accounts, uint256 fills, uint256 elements) private {
        IBatches.Batch memory batch = _batch(accounts, true);
        batch.fills = new IBatches.Operations[](fills);
        for (uint256 i = 0; i < fills; ++i) {
            batch.fills[i] = _operations(elements);
        }
        vm.prank(VENUE);
        house.settle(batch);
    }

    function _attestAll(uint256 count) private {
        IBatches.Health[] memory health = new IBatches.Health[](1);
        (health[0], health[0].circuit) = (_health(count), keccak256("health_128x13"));
        bytes32 root = _latest();
        house.attest(root, _first(count), health);
    }

    function _first(uint256 count) private pure returns (uint256[] memory list) {
        list = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            list[i] = i + 1;
        }
    }
}
