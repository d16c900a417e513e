// SPDX-License-Identifier: GPL-3.0-or-later
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";

import {OracleFeed} from "../src/OracleFeed.sol";
import {IOracleFeed} from "../src/interfaces/IOracleFeed.sol";
import {ISignerQuorum} from "../src/interfaces/ISignerQuorum.sol";
import {DelayedChange} from "../src/libraries/DelayedChange.sol";
import {PriceHistory} from "../src/libraries/PriceHistory.sol";
import {OracleFixture} from "./fixtures/OracleFixture.sol";

/// @dev Storage written in `setUp` is cold in a test, as in a separate transaction.
contract OracleFeedGasTest is OracleFixture {
    function setUp() public {
        _deploy();
        for (uint256 i = 1; i <= PriceHistory.CAPACITY; ++i) {
            vm.warp(NOW + 10 * i);
            _publish(i, 100_000);
        }
        vm.warp(block.timestamp + 10);
    }

    function test_gasOfASnapshot() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(PriceHistory.CAPACITY + 1);
        bytes[] memory signatures = _sign(snapshot);
        feed.publish(snapshot, signatures);
        vm.snapshotGasLastCall("OracleFeed", "publish, 3 of 5 signers, 3 prices");
    }

    function test_gasOfAnAverage() public {
        assertEq(feed.averagePrice(2, 30 minutes), 100_000);
        vm.snapshotGasLastCall("OracleFeed", "averagePrice");
    }
}

contract OracleFeedTest is OracleFixture {
    uint256 private constant GROUP_ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;
    uint256 private constant ROOT = 0x5009;

    function setUp() public {
        _deploy();
    }

    // --- accepted snapshots

    function test_acceptsWhatAQuorumSigned() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= 7;
        bytes[] memory signatures = _sign(snapshot);
        vm.expectEmit(address(feed));
        emit IOracleFeed.SnapshotPublished(bytes32(ROOT), NOW - 7, PARAMS, snapshot.indexPrices);
        vm.expectEmit(address(feed));
        emit IOracleFeed.ParametersChanged(0, PARAMS);
        feed.publish(snapshot, signatures);
        vm.snapshotGasLastCall("OracleFeed", "publish the first, 3 of 5 signers, 3 prices");

        (bytes32 root, uint256 timestamp) = feed.latest();
        assertEq(root, bytes32(ROOT));
        assertEq(timestamp, NOW - 7);
        assertEq(feed.publishedAt(root), NOW - 7);
        assertEq(feed.paramsHash(), PARAMS);
        for (uint256 i = 0; i < 3; ++i) {
            assertEq(feed.indexPrice(i), snapshot.indexPrices[i]);
        }
        assertTrue(feed.calmFor(type(uint256).max));
        assertEq(feed.breakerTrippedAt(), 0);
    }

    function testFuzz_anybodyPublishesWithAnyQuorum(address sender, uint256 first, uint256 count) public {
        count = THRESHOLD + count % 3;
        first = first % (6 - count);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot, first, count);
        vm.prank(sender);
        feed.publish(snapshot, signatures);
        assertEq(feed.publishedAt(bytes32(ROOT)), NOW);
    }

    function test_saysWhenTheParametersChange() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT + 1);
        snapshot.paramsHash = PARAMS + 1;
        bytes[] memory signatures = _sign(snapshot);
        vm.expectEmit(address(feed));
        emit IOracleFeed.ParametersChanged(PARAMS, PARAMS + 1);
        feed.publish(snapshot, signatures);
        assertEq(feed.paramsHash(), PARAMS + 1);

        vm.warp(NOW + 2);
        (snapshot.root, snapshot.timestamp) = (ROOT + 2, uint64(NOW + 2));
        signatures = _sign(snapshot);
        vm.expectEmit(address(feed), 0);
        emit IOracleFeed.ParametersChanged(PARAMS + 1, PARAMS + 1);
        feed.publish(snapshot, signatures);
    }

    function test_knowsNothingBeforeTheFirst() public {
        (bytes32 root, uint256 timestamp) = feed.latest();
        assertEq(root, 0);
        assertEq(timestamp, 0);
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.NoPrice.selector, 0));
        feed.indexPrice(0);
        vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, 0, 1));
        feed.averagePrice(0, 1);
    }

    function testFuzz_knowsNoOtherUnderlying(uint256 underlying) public {
        vm.assume(underlying > 2);
        _publish(ROOT, 100_000);
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.NoPrice.selector, underlying));
        feed.indexPrice(underlying);
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.NoPrice.selector, underlying));
        feed.limitsOf(underlying);
        vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, 0, 1));
        feed.averagePrice(underlying, 1);
    }

    function testFuzz_knowsNoOtherRoot(bytes32 root) public {
        vm.assume(root != bytes32(ROOT));
        _publish(ROOT, 100_000);
        assertEq(feed.publishedAt(root), 0);
    }

    // --- the signed message

    function testFuzz_digestIsThatOfTheDocument(IOracleFeed.RiskSnapshot memory snapshot, uint64 chain) public {
        vm.assume(chain != 0);
        vm.chainId(chain);
        assertEq(feed.digestOf(snapshot), _digest(snapshot, chain, address(feed)));
    }

    /// @dev The example of docs/formats/signatures.md.
    function test_digestOfTheExample() public {
        address contract_ = 0xCcCCccccCCCCcCCCCCCcCcCccCcCCCcCcccccccC;
        uint256[] memory prices = new uint256[](2);
        (prices[0], prices[1]) = (96_431_120_000, 2_222_190_000);
        vm.etch(contract_, address(feed).code);
        vm.chainId(31337);
        bytes32 assets = 0x258b629291422f7e29dc1b48cdb61c68f746e7310ab3cef3f876e7d3b2fc9630;
        assertEq(feed.collateralHash(), assets);
        assertEq(
            OracleFeed(contract_).digestOf(IOracleFeed.RiskSnapshot(1234567, 1_704_712_781, 89, assets, prices)),
            0xe02a05c7449858f1d2edd1af921ccd3565e2a5ce16844c0621668a4c434f0fc7
        );
    }

    // --- 22: time

    function testFuzz_attack_22_aStaleSnapshot(uint64 age) public {
        age %= uint64(NOW);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= age;
        if (age > MAX_AGE) {
            _refused(snapshot, abi.encodeWithSelector(IOracleFeed.SnapshotTooOld.selector, NOW - age, MAX_AGE));
        } else {
            assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
        }
    }

    function test_attack_22_aboutOneSecondOfAge() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp -= uint64(MAX_AGE) + 1;
        bytes memory expected = abi.encodeWithSelector(IOracleFeed.SnapshotTooOld.selector, NOW - MAX_AGE - 1, MAX_AGE);
        _refused(snapshot, expected);
        snapshot.timestamp += 1;
        assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
    }

    function testFuzz_attack_22_aSnapshotOfTheFuture(uint64 timestamp) public {
        timestamp = uint64(NOW) + 1 + timestamp % (type(uint64).max - uint64(NOW));
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.timestamp = timestamp;
        _refused(snapshot, abi.encodeWithSelector(IOracleFeed.FutureSnapshot.selector, timestamp, NOW));
    }

    function testFuzz_attack_22_aSnapshotOutOfOrder(uint256 earlier) public {
        earlier %= MAX_AGE;
        _publish(ROOT, 100_000);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT + 1);
        snapshot.timestamp -= uint64(earlier);
        _refused(snapshot, abi.encodeWithSelector(IOracleFeed.SnapshotOutOfOrder.selector, NOW - earlier, NOW));
    }

    // --- 22: roots

    function test_attack_22_aRootPublishedAgainAsIfItWereNew() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 60);
        _refused(_snapshot(ROOT), abi.encodeWithSelector(IOracleFeed.AlreadyPublished.selector, ROOT));
    }

    function testFuzz_attack_22_aRootThatNoProofCouldName(uint256 root) public {
        root = FIELD + root % (type(uint256).max - FIELD + 1);
        _refused(_snapshot(root), abi.encodeWithSelector(IOracleFeed.RootOutOfRange.selector, root));
        _refused(_snapshot(FIELD), abi.encodeWithSelector(IOracleFeed.RootOutOfRange.selector, FIELD));
        _refused(_snapshot(0), abi.encodeWithSelector(IOracleFeed.RootOutOfRange.selector, 0));
        assertTrue(_accepts(feed, _snapshot(FIELD - 1), _sign(_snapshot(FIELD - 1))));
    }

    // --- 22: prices

    function test_attack_22_aPriceOfZero() public {
        for (uint256 i = 0; i < 3; ++i) {
            IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
            snapshot.indexPrices[i] = 0;
            _refused(snapshot, abi.encodeWithSelector(IOracleFeed.PriceOutOfBounds.selector, i, 0, MIN, MAX));
        }
    }

    function testFuzz_attack_22_aPriceOutOfBounds(uint256 underlying, uint256 price) public {
        underlying %= 3;
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.indexPrices[underlying] = price;
        if (price < MIN || price > MAX) {
            bytes memory expected =
                abi.encodeWithSelector(IOracleFeed.PriceOutOfBounds.selector, underlying, price, MIN, MAX);
            _refused(snapshot, expected);
        } else {
            assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
        }
    }

    function test_attack_22_aPriceOneBelowAndOneAboveItsBounds() public {
        uint256[4] memory prices = [MIN - 1, MAX + 1, MIN, MAX];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(NOW + i);
            IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT + i, prices[i]);
            assertEq(_accepts(feed, snapshot, _sign(snapshot)), i > 1);
        }
    }

    function testFuzz_attack_22_aWrongNumberOfPrices(uint256 count) public {
        count %= 20;
        vm.assume(count != 3);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.indexPrices = new uint256[](count);
        _refused(snapshot, abi.encodeWithSelector(IOracleFeed.WrongNumberOfPrices.selector, count, 3));
    }

    // --- 22: signers

    function testFuzz_attack_22_fewerSignersThanTheThreshold(uint256 first, uint256 count) public {
        count %= THRESHOLD;
        first %= 6 - count;
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot, first, count);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, count, THRESHOLD));
        feed.publish(snapshot, signatures);
    }

    function test_attack_22_aDuplicateSigner() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        signatures[2] = signatures[1];
        address twice = vm.addr(keys[1]);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, twice, twice));
        feed.publish(snapshot, signatures);
    }

    function testFuzz_attack_22_signersInAnotherOrder(uint256 one, uint256 other) public {
        (one, other) = (one % 5, other % 5);
        vm.assume(one != other);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot, 0, 5);
        (signatures[one], signatures[other]) = (signatures[other], signatures[one]);
        assertFalse(_accepts(feed, snapshot, signatures));
    }

    function testFuzz_attack_22_aStrangersSignature(uint256 key) public {
        key = 8 + key % (GROUP_ORDER - 8);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        // As the last or as the first one: in one of the two places the order is ascending.
        bytes memory strange = _signature(key, feed.digestOf(snapshot));
        (bytes memory first, bytes memory last) = (signatures[0], signatures[2]);
        signatures[2] = strange;
        assertFalse(_accepts(feed, snapshot, signatures));
        (signatures[0], signatures[2]) = (strange, last);
        assertFalse(_accepts(feed, snapshot, signatures));
        signatures[0] = first;
        assertTrue(_accepts(feed, snapshot, signatures));
    }

    function test_attack_22_aStrangersSignatureIsNamed() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot, 3, 3);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotASigner.selector, vm.addr(keys[5])));
        feed.publish(snapshot, signatures);
    }

    function test_attack_22_aRemovedSigner() public {
        feed.scheduleSigners(_signers(1, 5), THRESHOLD);
        vm.warp(NOW + DELAY);
        feed.applySigners(_signers(1, 5), THRESHOLD);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NotASigner.selector, vm.addr(keys[0])));
        feed.publish(snapshot, signatures);
        feed.publish(snapshot, _sign(snapshot, 3, 3));
    }

    function test_attack_22_aQuorumOfOneSigner() public {
        for (uint256 threshold = 0; threshold < 2; ++threshold) {
            bytes memory expected = abi.encodeWithSelector(ISignerQuorum.ThresholdOutOfRange.selector, threshold, 2, 5);
            vm.expectRevert(expected);
            feed.scheduleSigners(_signers(0, 5), threshold);
            vm.expectRevert(expected);
            _feed(_settings(), _signers(0, 5), threshold, _limits(3));
        }
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.ThresholdOutOfRange.selector, 2, 2, 1));
        feed.scheduleSigners(_signers(0, 1), 2);
    }

    // --- signatures

    function test_aMalleatedSignatureIsRefused() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(keys[1], feed.digestOf(snapshot));
        bytes32 high = bytes32(GROUP_ORDER - uint256(s));
        signatures[1] = abi.encodePacked(r, high, v == 27 ? uint8(28) : uint8(27));
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureS.selector, high));
        feed.publish(snapshot, signatures);
    }

    function testFuzz_aMalformedSignatureIsRefused(bytes memory signature, uint256 place) public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        signatures[place % THRESHOLD] = signature;
        assertFalse(_accepts(feed, snapshot, signatures));
    }

    function testFuzz_aChangedSignatureIsRefused(uint256 place, uint256 bit) public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        bytes memory changed = signatures[place % THRESHOLD];
        changed[bit / 8 % 65] ^= bytes1(uint8(1 << (bit % 8)));
        assertFalse(_accepts(feed, snapshot, signatures));
    }

    function test_signaturesWithoutAPointAreRefused() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = new bytes(65);
        }
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignature.selector));
        feed.publish(snapshot, signatures);
        signatures[0] = new bytes(64);
        vm.expectRevert(abi.encodeWithSelector(ECDSA.ECDSAInvalidSignatureLength.selector, 64));
        feed.publish(snapshot, signatures);
    }

    function testFuzz_everyPartOfTheSnapshotIsSigned(uint256 part, uint256 change) public {
        vm.assume(change != 0);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        part %= 6;
        // The hash of the collateral has an equality of its own.
        if (part == 0) snapshot.root = 1 + change % (ROOT - 1);
        else if (part == 1) snapshot.timestamp -= uint64(1 + change % MAX_AGE);
        else if (part == 2) snapshot.paramsHash ^= change;
        else snapshot.indexPrices[part - 3] -= 1 + change % 1000;
        assertFalse(_accepts(feed, snapshot, signatures));
        assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
    }

    function testFuzz_signaturesForAnotherChainAreRefused(uint64 chain) public {
        vm.assume(chain != 0 && chain != block.chainid);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        vm.chainId(chain);
        assertFalse(_accepts(feed, snapshot, signatures));
        assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
    }

    function test_signaturesForAnotherContractAreRefused() public {
        OracleFeed other = _feed(_settings(), _signers(0, 5), THRESHOLD, _limits(3));
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        assertFalse(_accepts(other, snapshot, _sign(snapshot)));
        assertTrue(_accepts(feed, snapshot, _sign(snapshot)));
    }

    function test_signaturesForOffChainAreRefused() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes32 kind = keccak256("EIP712Domain(string name,string version)");
        bytes32 separator = keccak256(abi.encode(kind, keccak256("zkmargin"), keccak256("1")));
        bytes32 digest = keccak256(abi.encodePacked(hex"1901", separator, _structHash(snapshot)));
        bytes[] memory signatures = new bytes[](3);
        for (uint256 i = 0; i < 3; ++i) {
            signatures[i] = _signature(keys[i], digest);
        }
        assertFalse(_accepts(feed, snapshot, signatures));
    }

    function test_aSnapshotIsNotPublishedTwice() public {
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot);
        feed.publish(snapshot, signatures);
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.SnapshotOutOfOrder.selector, NOW, NOW));
        feed.publish(snapshot, signatures);
        vm.warp(NOW + MAX_AGE);
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.SnapshotOutOfOrder.selector, NOW, NOW));
        feed.publish(snapshot, signatures);
    }

    // --- the breaker

    function test_tripsJustBeyondTheBound() public {
        // 500 / 10 000 of 100 000 are 5 000.
        int256[4] memory moves = [int256(5000), -5000, 5001, -5001];
        for (uint256 i = 0; i < 4; ++i) {
            _deploy();
            _publish(ROOT, 100_000);
            vm.warp(NOW + 1);
            _publish(ROOT + 1, uint256(100_000 + moves[i]));
            assertEq(feed.breakerTrippedAt(), i < 2 ? 0 : NOW + 1);
            assertEq(feed.indexPrice(2), uint256(100_000 + moves[i]));
        }
    }

    function testFuzz_tripsBeyondTheBound(uint256 underlying, uint256 before, uint256 price) public {
        (before, price) = (MIN + before % (MAX - MIN + 1), MIN + price % (MAX - MIN + 1));
        underlying %= 3;
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        snapshot.indexPrices[underlying] = before;
        feed.publish(snapshot, _sign(snapshot));
        vm.warp(NOW + 60);
        (snapshot.root, snapshot.timestamp) = (ROOT + 1, uint64(NOW + 50));
        snapshot.indexPrices[underlying] = price;
        bytes[] memory signatures = _sign(snapshot);
        bool trips = price * 10_000 > before * 10_500 || price * 10_000 < before * 9_500;
        if (trips) {
            vm.expectEmit(address(feed));
            emit IOracleFeed.BreakerTripped(underlying, before, before, price);
        }
        feed.publish(snapshot, signatures);
        assertEq(feed.breakerTrippedAt(), trips ? NOW + 60 : 0);
        assertEq(feed.breakerSnapshotTime(), trips ? NOW + 50 : 0);
        // The snapshot that tripped the breaker is still the latest one.
        assertEq(feed.publishedAt(bytes32(ROOT + 1)), NOW + 50);
    }

    function testFuzz_isCalmAgainAfterAWhile(uint256 duration, uint64 wait) public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1);
        _publish(ROOT + 1, 200_000);
        vm.warp(NOW + 1 + uint256(wait));
        assertEq(feed.calmFor(duration), wait >= duration);
        assertTrue(feed.calmFor(wait));
        assertFalse(feed.calmFor(uint256(wait) + 1));
    }

    function test_tripsOnManySmallMoves() public {
        _publish(ROOT, 100_000);
        for (uint256 i = 1; i <= 5; ++i) {
            vm.warp(NOW + 10 * i);
            _publish(ROOT + i, 100_000 + 1000 * i);
        }
        assertEq(feed.breakerTrippedAt(), 0);
        vm.warp(NOW + 60);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(1, 106_000);
        bytes[] memory signatures = _sign(snapshot);
        vm.expectEmit(address(feed));
        emit IOracleFeed.BreakerTripped(2, 105_000, 100_000, 106_000);
        feed.publish(snapshot, signatures);
        assertEq(feed.breakerTrippedAt(), NOW + 60);
    }

    function test_tripsOnAMoveThatComesBackToWhereItBegan() public {
        uint256[3] memory prices = [uint256(100_000), 104_000, 98_000];
        for (uint256 i = 0; i < 3; ++i) {
            vm.warp(NOW + i);
            _publish(ROOT + i, prices[i]);
            assertEq(feed.breakerTrippedAt(), i < 2 ? 0 : NOW + 2);
        }
    }

    function test_doesNotTripOnASlowMove() public {
        for (uint256 i = 0; i < 20; ++i) {
            vm.warp(NOW + PERIOD * i);
            _publish(ROOT + i, 100_000 + 4000 * i);
            assertTrue(feed.calmFor(type(uint256).max));
        }
    }

    function test_comparesWithThePriceAtTheBeginningOfThePeriod() public {
        // 4 % just before the period ends, and 4 % more just before or just after.
        for (uint256 late = 0; late < 2; ++late) {
            _deploy();
            _publish(ROOT, 100_000);
            vm.warp(NOW + PERIOD - 2 + late);
            _publish(ROOT + 1, 100_000);
            vm.warp(NOW + PERIOD - 1 + late);
            _publish(ROOT + 2, 104_000);
            vm.warp(NOW + PERIOD + late);
            _publish(ROOT + 3, 108_000);
            assertEq(feed.breakerTrippedAt(), late == 0 ? NOW + PERIOD : 0);
        }
    }

    function test_tripsAgainOnlyForAFurtherMove() public {
        uint256[4] memory prices = [uint256(100_000), 90_000, 89_000, 85_000];
        uint256[4] memory tripped = [uint256(0), NOW + 1, NOW + 1, NOW + 3];
        for (uint256 i = 0; i < 4; ++i) {
            vm.warp(NOW + i);
            _publish(ROOT + i, prices[i]);
            assertEq(feed.breakerTrippedAt(), tripped[i]);
        }
    }

    function test_tripsInARunAreOneUnrest() public {
        uint256[5] memory waits = [uint256(0), 10, PERIOD, PERIOD, PERIOD + 1];
        uint256[5] memory since = [uint256(0), NOW + 10, NOW + 10, NOW + 10, NOW + 11 + 3 * PERIOD];
        for (uint256 i = 0; i < 5; ++i) {
            vm.warp(block.timestamp + waits[i]);
            _publish(ROOT + i, i % 2 == 0 ? 100_000 : 200_000);
            assertEq(feed.unrestSince(), since[i]);
            assertEq(feed.breakerTrippedAt(), i == 0 ? 0 : block.timestamp);
        }
    }

    // --- the average, and 23

    function test_attack_23_aPriceOfThisBlockDoesNotCountInTheAverage() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 100);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT + 1, 900_000);
        snapshot.timestamp -= 50;
        feed.publish(snapshot, _sign(snapshot));
        assertEq(feed.indexPrice(2), 900_000);
        assertEq(feed.averagePrice(2, 100), 100_000);
        assertEq(feed.averagePrice(2, 1), 100_000);
        // A second price does not count either. The last one counts from the next block on.
        _publish(ROOT + 2, 500_000);
        assertEq(feed.averagePrice(2, 100), 100_000);
        vm.warp(NOW + 101);
        assertEq(feed.averagePrice(2, 1), 500_000);
        assertEq(feed.averagePrice(2, 100), 104_000);
    }

    function testFuzz_averagesThePricesOfTheWindow(uint64 price, uint16 first, uint16 second, uint256 window) public {
        price = uint64(MIN + price % (MAX - MIN + 1));
        window = 1 + window % 200_000;
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1 + first);
        _publish(ROOT + 1, price);
        uint256 available = 1 + uint256(first) + second;
        vm.warp(NOW + available);
        if (window > available) {
            vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, available, window));
            feed.averagePrice(2, window);
            return;
        }
        uint256 later = window < second ? window : second;
        assertEq(feed.averagePrice(2, window), (later * price + (window - later) * 100_000) / window);
    }

    function test_refusesAnAverageOverNoTime() public {
        _publish(ROOT, 100_000);
        vm.warp(NOW + 1);
        vm.expectRevert(abi.encodeWithSelector(PriceHistory.EmptyWindow.selector));
        feed.averagePrice(2, 0);
    }

    // --- changes of signers

    function testFuzz_anybodyAppliesNewSignersAfterTheDelay(address sender, uint64 wait) public {
        vm.expectEmit(address(feed));
        emit ISignerQuorum.SignersScheduled(_signers(2, 5), 4, NOW + DELAY);
        feed.scheduleSigners(_signers(2, 5), 4);
        vm.warp(NOW + wait);
        bool early = wait < DELAY;
        if (early) vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + DELAY, NOW + wait));
        vm.prank(sender);
        feed.applySigners(_signers(2, 5), 4);
        assertEq(feed.threshold(), early ? 3 : 4);
        assertEq(feed.isSigner(vm.addr(keys[0])), early);
        assertTrue(feed.isSigner(vm.addr(keys[2])));
        assertEq(feed.isSigner(vm.addr(keys[6])), !early);
        assertEq(feed.signers()[0], vm.addr(keys[early ? 0 : 2]));
        (bytes32 change, uint256 readyAt) = feed.pendingSigners();
        assertEq(change, early ? keccak256(abi.encode(_signers(2, 5), 4)) : bytes32(0));
        assertEq(readyAt, early ? NOW + DELAY : 0);
    }

    function test_newSignersSignAndTheirThresholdCounts() public {
        feed.scheduleSigners(_signers(2, 5), 4);
        vm.warp(NOW + DELAY - 1);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + DELAY, NOW + DELAY - 1));
        feed.applySigners(_signers(2, 5), 4);
        vm.warp(NOW + DELAY);
        vm.expectEmit(address(feed));
        emit ISignerQuorum.SignersChanged(_signers(2, 5), 4);
        feed.applySigners(_signers(2, 5), 4);
        IOracleFeed.RiskSnapshot memory snapshot = _snapshot(ROOT);
        bytes[] memory signatures = _sign(snapshot, 2, 3);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooFewSignatures.selector, 3, 4));
        feed.publish(snapshot, signatures);
        feed.publish(snapshot, _sign(snapshot, 2, 4));
    }

    function testFuzz_appliesNothingButWhatIsScheduled(uint256 first, uint256 count, uint256 threshold) public {
        (count, threshold) = (2 + count % 4, threshold % 6);
        first %= 8 - count;
        feed.scheduleSigners(_signers(2, 5), 4);
        vm.warp(NOW + DELAY);
        vm.assume(first != 2 || count != 5 || threshold != 4);
        bytes32 other = keccak256(abi.encode(_signers(first, count), threshold));
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, other));
        feed.applySigners(_signers(first, count), threshold);
    }

    function test_appliesSignersOnce() public {
        bytes32 change = keccak256(abi.encode(_signers(2, 5), 4));
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applySigners(_signers(2, 5), 4);
        feed.scheduleSigners(_signers(2, 5), 4);
        vm.warp(NOW + DELAY);
        feed.applySigners(_signers(2, 5), 4);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applySigners(_signers(2, 5), 4);
    }

    function test_schedulesOneSetAtATimeAndCancels() public {
        bytes32 change = keccak256(abi.encode(_signers(2, 5), 4));
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, 0));
        feed.cancelSigners();
        feed.scheduleSigners(_signers(2, 5), 4);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.AlreadyScheduled.selector, change));
        feed.scheduleSigners(_signers(1, 5), 4);
        vm.expectEmit(address(feed));
        emit ISignerQuorum.SignersCancelled(change);
        feed.cancelSigners();
        vm.warp(NOW + DELAY);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applySigners(_signers(2, 5), 4);
        feed.scheduleSigners(_signers(1, 5), 4);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + 2 * DELAY, NOW + DELAY));
        feed.applySigners(_signers(1, 5), 4);
    }

    function testFuzz_whatIsCancelledIsNotApplied(uint64 cancelled, uint64 later) public {
        feed.scheduleSigners(_signers(2, 5), 4);
        feed.scheduleLimits(_limits(4));
        vm.warp(NOW + uint256(cancelled));
        feed.cancelSigners();
        feed.cancelLimits();
        vm.warp(NOW + uint256(cancelled) + later);
        bytes4 reason = DelayedChange.NotScheduled.selector;
        vm.expectRevert(abi.encodeWithSelector(reason, keccak256(abi.encode(_signers(2, 5), uint256(4)))));
        feed.applySigners(_signers(2, 5), 4);
        vm.expectRevert(abi.encodeWithSelector(reason, keccak256(abi.encode(_limits(4)))));
        feed.applyLimits(_limits(4));
    }

    function testFuzz_onlyTheAdminSchedulesAndCancels(address sender) public {
        vm.assume(sender != address(this));
        bytes memory expected = abi.encodeWithSelector(ISignerQuorum.NotAdmin.selector, sender);
        bytes[6] memory calls = [
            abi.encodeCall(feed.scheduleSigners, (_signers(2, 5), 4)),
            abi.encodeCall(feed.cancelSigners, ()),
            abi.encodeCall(feed.scheduleLimits, (_limits(4))),
            abi.encodeCall(feed.cancelLimits, ()),
            abi.encodeCall(feed.scheduleCollateral, (_assets())),
            abi.encodeCall(feed.cancelCollateral, ())
        ];
        feed.scheduleSigners(_signers(1, 5), 4);
        feed.scheduleLimits(_limits(5));
        feed.scheduleCollateral(new string[](0));
        for (uint256 i = 0; i < 6; ++i) {
            vm.prank(sender);
            (bool done, bytes memory answer) = address(feed).call(calls[i]);
            assertFalse(done);
            assertEq(answer, expected);
        }
    }

    function testFuzz_refusesSignersThatAreNotAscending(address[] memory signers_, uint256 threshold_) public {
        vm.assume(signers_.length > 1);
        threshold_ = 2 + threshold_ % (signers_.length - 1);
        (bool fits, address previous) = (signers_.length <= 32, address(0));
        bytes memory expected = abi.encodeWithSelector(ISignerQuorum.TooManySigners.selector, signers_.length, 32);
        for (uint256 i = 0; i < signers_.length && fits; ++i) {
            fits = signers_[i] > previous;
            expected = abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, previous, signers_[i]);
            previous = signers_[i];
        }
        if (!fits) vm.expectRevert(expected);
        feed.scheduleSigners(signers_, threshold_);
    }

    function test_refusesZeroAndDuplicateSigners() public {
        address[] memory signers_ = _signers(0, 5);
        signers_[0] = address(0);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, address(0), address(0)));
        feed.scheduleSigners(signers_, 3);
        signers_[0] = signers_[1];
        bytes memory expected =
            abi.encodeWithSelector(ISignerQuorum.SignersNotAscending.selector, signers_[1], signers_[1]);
        vm.expectRevert(expected);
        feed.scheduleSigners(signers_, 3);
        vm.expectRevert(expected);
        _feed(_settings(), signers_, 3, _limits(3));
    }

    function testFuzz_thresholdIsFromTwoToTheNumberOfSigners(uint256 count, uint256 threshold_) public {
        count %= 8;
        if (threshold_ < 2 || threshold_ > count) {
            bytes memory expected =
                abi.encodeWithSelector(ISignerQuorum.ThresholdOutOfRange.selector, threshold_, 2, count);
            vm.expectRevert(expected);
        }
        feed.scheduleSigners(_signers(0, count), threshold_);
    }

    function test_holdsThirtyTwoSignersAndNoMore() public {
        for (uint256 count = 32; count < 34; ++count) {
            address[] memory many = new address[](count);
            for (uint256 i = 0; i < count; ++i) {
                many[i] = address(uint160(i + 1));
            }
            if (count == 33) vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.TooManySigners.selector, 33, 32));
            _feed(_settings(), many, 2, _limits(3));
        }
    }

    // --- changes of limits

    function testFuzz_anybodyAppliesNewLimitsAfterTheDelay(address sender, uint64 wait, uint64 least, uint16 bps)
        public
    {
        IOracleFeed.Limits[] memory limits = _limits(4);
        (limits[2].minPrice, limits[2].maxMoveBps) = (1 + least % uint64(MAX), bps == 0 ? 1 : bps);
        vm.expectEmit(address(feed));
        emit IOracleFeed.LimitsScheduled(limits, NOW + DELAY);
        feed.scheduleLimits(limits);
        vm.warp(NOW + wait);
        bool early = wait < DELAY;
        if (early) vm.expectRevert(abi.encodeWithSelector(DelayedChange.TooEarly.selector, NOW + DELAY, NOW + wait));
        vm.prank(sender);
        feed.applyLimits(limits);
        IOracleFeed.Limits memory found = feed.limitsOf(2);
        assertEq(found.minPrice, early ? MIN : limits[2].minPrice);
        assertEq(found.maxMoveBps, early ? MOVE_BPS : limits[2].maxMoveBps);
        assertEq(found.maxPrice, MAX);
        assertEq(feed.underlyings(), early ? 3 : 4);
        (bytes32 change, uint256 readyAt) = feed.pendingLimits();
        assertEq(change, early ? keccak256(abi.encode(limits)) : bytes32(0));
        assertEq(readyAt, early ? NOW + DELAY : 0);
    }

    function test_schedulesOneSetOfLimitsAtATimeAndCancels() public {
        IOracleFeed.Limits[] memory limits = _limits(4);
        bytes32 change = keccak256(abi.encode(limits));
        feed.scheduleLimits(limits);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.AlreadyScheduled.selector, change));
        feed.scheduleLimits(_limits(5));
        vm.expectEmit(address(feed));
        emit IOracleFeed.LimitsCancelled(change);
        feed.cancelLimits();
        vm.warp(NOW + DELAY);
        vm.expectRevert(abi.encodeWithSelector(DelayedChange.NotScheduled.selector, change));
        feed.applyLimits(limits);
    }

    function test_aNewUnderlyingHasAPriceAndAHistoryOfItsOwn() public {
        feed.scheduleLimits(_limits(4));
        vm.warp(NOW + DELAY);
        _publish(ROOT, 100_000);
        IOracleFeed.Limits[] memory limits = _limits(4);
        vm.expectEmit(address(feed));
        emit IOracleFeed.LimitsChanged(limits);
        feed.applyLimits(limits);
        vm.warp(NOW + DELAY + 10);
        _refused(_snapshot(ROOT + 1), abi.encodeWithSelector(IOracleFeed.WrongNumberOfPrices.selector, 3, 4));
        uint256[] memory prices = new uint256[](4);
        (prices[0], prices[1], prices[2], prices[3]) = (96_431_120_000, 2_222_190_000, 100_000, 7777);
        IOracleFeed.RiskSnapshot memory snapshot =
            IOracleFeed.RiskSnapshot(ROOT + 1, uint64(block.timestamp), PARAMS, feed.collateralHash(), prices);
        feed.publish(snapshot, _sign(snapshot));
        assertEq(feed.breakerTrippedAt(), 0);
        vm.warp(NOW + DELAY + 20);
        assertEq(feed.averagePrice(3, 10), 7777);
        assertEq(feed.averagePrice(2, 20), 100_000);
        vm.expectRevert(abi.encodeWithSelector(PriceHistory.HistoryTooShort.selector, 10, 11));
        feed.averagePrice(3, 11);
    }

    function testFuzz_underlyingsDoNotBecomeFewerNorMoreThanEight(uint256 count) public {
        count %= 20;
        if (count < 3 || count > 8) {
            vm.expectRevert(abi.encodeWithSelector(IOracleFeed.WrongNumberOfUnderlyings.selector, count, 3, 8));
        }
        feed.scheduleLimits(_limits(count));
        vm.expectRevert(abi.encodeWithSelector(IOracleFeed.WrongNumberOfUnderlyings.selector, 0, 1, 8));
        _feed(_settings(), _signers(0, 5), THRESHOLD, _limits(0));
    }

    function testFuzz_limitsAllowAPriceAndAMove(uint256 place, IOracleFeed.Limits memory one) public {
        IOracleFeed.Limits[] memory limits = _limits(3);
        place %= 3;
        limits[place] = one;
        bool fits = one.minPrice != 0 && one.minPrice <= one.maxPrice && one.maxMoveBps != 0;
        bytes memory expected = abi.encodeWithSelector(IOracleFeed.LimitsOutOfRange.selector, place);
        if (!fits) vm.expectRevert(expected);
        feed.scheduleLimits(limits);
        if (!fits) vm.expectRevert(expected);
        _feed(_settings(), _signers(0, 5), THRESHOLD, limits);
    }

    function test_refusesLimitsWithoutAPriceOrAMove() public {
        IOracleFeed.Limits[3] memory wrong =
            [IOracleFeed.Limits(0, 9, 1), IOracleFeed.Limits(10, 9, 1), IOracleFeed.Limits(9, 9, 0)];
        for (uint256 i = 0; i < 3; ++i) {
            IOracleFeed.Limits[] memory limits = _limits(3);
            limits[i] = wrong[i];
            vm.expectRevert(abi.encodeWithSelector(IOracleFeed.LimitsOutOfRange.selector, i));
            feed.scheduleLimits(limits);
        }
        IOracleFeed.Limits[] memory narrow = _limits(3);
        narrow[1] = IOracleFeed.Limits(1, 1, 1);
        feed.scheduleLimits(narrow);
    }

    // --- deployment

    function test_saysWhatIsFixed() public {
        assertEq(feed.admin(), address(this));
        assertEq(feed.delay(), DELAY);
        assertEq(feed.maxAge(), MAX_AGE);
        assertEq(feed.guardian(), address(guardian));
        assertEq(feed.maxGap(), MAX_GAP);
        assertEq(feed.breakerPeriod(), PERIOD);
        assertEq(feed.threshold(), THRESHOLD);
        assertEq(feed.underlyings(), 3);
        assertEq(feed.signers().length, 5);
        assertFalse(feed.isSigner(STRANGER));
        vm.snapshotValue("OracleFeed", "bytes of code", address(feed).code.length);
    }

    function testFuzz_settingsAreInRange(uint256 delay, uint256 maxAge, uint256 maxGap, uint256 period) public {
        (delay, maxAge) = (delay % 40 days, maxAge % 2 days);
        (maxGap, period) = (maxGap % 2 hours, period % 2 days);
        IOracleFeed.Settings memory settings =
            IOracleFeed.Settings(STRANGER, address(guardian), delay, maxAge, maxGap, period);
        bytes4 reason = IOracleFeed.SettingOutOfRange.selector;
        if (delay < 1 days || delay > 30 days) {
            vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.DelayOutOfRange.selector, delay, 1 days, 30 days));
        } else if (maxAge == 0 || maxAge > 1 days) {
            vm.expectRevert(abi.encodeWithSelector(reason, maxAge, 1, 1 days));
        } else if (maxGap < 1 minutes || maxGap > 1 hours) {
            vm.expectRevert(abi.encodeWithSelector(reason, maxGap, 1 minutes, 1 hours));
        } else if (period == 0 || period > 1 days) {
            vm.expectRevert(abi.encodeWithSelector(reason, period, 1, 1 days));
        }
        _feed(settings, _signers(0, 5), THRESHOLD, _limits(3));
    }

    function test_refusesZeroSettingsAndNoAdmin() public {
        IOracleFeed.Settings memory settings = _settings();
        settings.admin = address(0);
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NoAdmin.selector));
        _feed(settings, _signers(0, 5), THRESHOLD, _limits(3));
        for (uint256 i = 0; i < 2; ++i) {
            settings = _settings();
            if (i == 0) settings.maxAge = 0;
            else settings.breakerPeriod = 0;
            vm.expectRevert(abi.encodeWithSelector(IOracleFeed.SettingOutOfRange.selector, 0, 1, 1 days));
            _feed(settings, _signers(0, 5), THRESHOLD, _limits(3));
        }
        settings = _settings();
        settings.guardian = STRANGER;
        vm.expectRevert(abi.encodeWithSelector(ISignerQuorum.NoGuardianContract.selector, STRANGER));
        _feed(settings, _signers(0, 5), THRESHOLD, _limits(3));
    }

    function test_theGapIsFromAMinuteToAnHour() public {
        uint256[4] memory gaps = [uint256(1 minutes), 1 hours, 1 minutes - 1, 1 hours + 1];
        for (uint256 i = 0; i < 4; ++i) {
            IOracleFeed.Settings memory settings = _settings();
            settings.maxGap = gaps[i];
            if (i > 1) {
                vm.expectRevert(
                    abi.encodeWithSelector(IOracleFeed.SettingOutOfRange.selector, gaps[i], 1 minutes, 1 hours)
                );
            }
            _feed(settings, _signers(0, 5), THRESHOLD, _limits(3));
        }
    }

    // --- helpers

    function _refused(IOracleFeed.RiskSnapshot memory snapshot, bytes memory expected) private {
        bytes[] memory signatures = _sign(snapshot);
        vm.expectRevert(expected);
        feed.publish(snapshot, signatures);
    }

    function _structHash(IOracleFeed.RiskSnapshot memory snapshot) private pure returns (bytes32) {
        bytes memory prices = "";
        for (uint256 i = 0; i < snapshot.indexPrices.length; ++i) {
            prices = bytes.concat(prices, bytes32(snapshot.indexPrices[i]));
        }
        bytes memory kind = "RiskSnapshot(uint256 root,uint64 timestamp,uint256 paramsHash,bytes32 collateralHash,"
            "uint256[] indexPrices)";
        return keccak256(
            bytes.concat(
                keccak256(kind),
                bytes32(snapshot.root),
                bytes32(uint256(snapshot.timestamp)),
                bytes32(snapshot.paramsHash),
                snapshot.collateralHash,
                keccak256(prices)
            )
        );
    }

    function _digest(IOracleFeed.RiskSnapshot memory snapshot, uint256 chain, address contract_)
        private
        pure
        returns (bytes32)
    {
        bytes32 kind = keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
        bytes32 separator = keccak256(abi.encode(kind, keccak256("zkmargin"), keccak256("1"), chain, contract_));
        return keccak256(abi.encodePacked(hex"1901", separator, _structHash(snapshot)));
    }
}
